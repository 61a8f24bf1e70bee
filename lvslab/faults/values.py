"""The parameters of faults: what each takes, its default and its meaning. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lvslab.faults.targets import Scene
from lvslab.model import Size

Read = Callable[[str, Scene], str]
"""Returns a value as it is kept, from the text that a person gave; ValueError says what is allowed."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a kind: its name, what its value looks like, what it means, and its default (None: needed)."""

    name: str
    form: str
    meaning: str
    default: str | None
    read: Read


def number(least: float, most: float) -> Read:
    """Take a number between two bounds, both allowed."""

    def read(text: str, _scene: Scene) -> str:
        if not re.fullmatch(r"[+-]?\d{1,9}(\.\d{1,6})?", text) or not least <= float(text) <= most:
            raise ValueError(f"a number from {least:g} to {most:g}")
        return text.removeprefix("+")

    return read


def whole(least: int, most: int) -> Read:
    """Take a whole number between two bounds, both allowed."""

    def read(text: str, _scene: Scene) -> str:
        if not re.fullmatch(r"\d{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return str(int(text))

    return read


def percent(text: str, _scene: Scene) -> str:
    """Take a share such as ``10`` or ``2.5%``."""
    bare = text.removesuffix("%")
    if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", bare) or not 0 < float(bare) <= 100:
        raise ValueError("a percentage above 0 and up to 100")
    return bare


def rate(text: str, _scene: Scene) -> str:
    """Take a rate as tc(8) writes it: ``512kbit``, ``10mbit``."""
    if not re.fullmatch(r"[1-9]\d{0,8}(\.\d{1,3})?[kmg]?bit", text):
        raise ValueError("a rate such as 512kbit or 10mbit")
    return text


def size(text: str, _scene: Scene) -> str:
    """Take a size with a unit, as lab files do: ``1MiB``."""
    try:
        return Size.parse(text).text
    except ValueError as err:
        raise ValueError("a size such as 512MiB or 2GiB") from err


def one_of(*words: str) -> Read:
    """Take one of some words."""

    def read(text: str, _scene: Scene) -> str:
        if text not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return text

    return read


def network(text: str, scene: Scene) -> str:
    """Take a network of the lab; nothing means all of them. The management network is none of them."""
    if text and text not in scene.lab.networks:
        raise ValueError(f"a network of the lab: {', '.join(scene.lab.networks)}")
    return text


def service(text: str, scene: Scene) -> str:
    """Take a virtual service of the lab; nothing means all of them."""
    names = [each.name for each in scene.lab.virtual_services]
    if text and text not in names:
        raise ValueError(f"a virtual service of the lab: {', '.join(names)}")
    return text


def group(text: str, scene: Scene) -> str:
    """Take words for nodes, ``client`` and ``others``; keep what they stand for."""
    return ",".join(scene.group(text))


def disk(text: str, scene: Scene) -> str:
    """Take the serial of one of the targets' disks; nothing means the first."""
    serials = [disk.serial for name in scene.targets for disk in scene.lab.node(name).disks]
    if not serials:
        raise ValueError(f"nothing: {', '.join(scene.targets)} has no disk besides the one it boots from")
    if text and text not in serials:
        raise ValueError(f"the serial of a disk: {', '.join(serials)}")
    return text or serials[0]


NETWORK = Parameter("network", "NETWORK", "the network; all of the lab's unless told", "", network)
