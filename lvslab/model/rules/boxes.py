"""Rules on boxes of the user's own."""

from collections.abc import Iterator

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake
from lvslab.model.node import Role, System


def boxes_of_ones_own_are_of_web_servers(lab: Lab) -> Iterator[Mistake]:
    """A node that lvslab cannot log in to is a real server and nothing else."""
    for name, node in lab.nodes.items():
        if node.box and node.role is not Role.WEB:
            message = f"found {node.box!r}, allowed: only for nodes of role web, and {name} has role {node.role}"
            yield Mistake(("nodes", name, "box"), message)


def other_systems_are_in_boxes_of_ones_own(lab: Lab) -> Iterator[Mistake]:
    """The box that lvslab builds is Linux."""
    for name, node in lab.nodes.items():
        if node.system is not System.LINUX and not node.box:
            message = f"found {node.system}, allowed: linux, unless the node has a box of your own (box: FILE.box)"
            yield Mistake(("nodes", name, "system"), message)


RULES = (boxes_of_ones_own_are_of_web_servers, other_systems_are_in_boxes_of_ones_own)
