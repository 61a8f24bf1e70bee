"""YAML text as plain data that remembers on which line each value stands."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from lvslab.model.mistake import Mistake, YamlPath

DEEPEST = 50
"""Lists and mappings inside each other; no lab or drill has ten, and what reads them calls itself for each."""


@dataclass(frozen=True)
class Document:
    """The data of a YAML text, the line of each path in it, and what is wrong with the text itself."""

    data: object = None
    lines: dict[YamlPath, int] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()
    readable: bool = True


def read_document(text: str) -> Document:
    """Read a YAML text; a text that is no YAML gives a document that is not readable and says why."""
    try:
        return _read(text)
    except yaml.YAMLError as err:
        return _unreadable(*_wording(err))


class _Loader(yaml.SafeLoader):
    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        try:
            return super().construct_object(node, deep)
        except ValueError as err:  # it has the shape of a date or a number, and is none: 2020-13-45
            problem = "this is no value, or is a text that needs quotes"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from err


def _read(text: str) -> Document:
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return _unreadable("lists and mappings are nested too deeply", _line(event))
        # An alias may hold itself or grow without bound, and its value has no line of its own.
        if isinstance(event, yaml.AliasEvent):
            return _unreadable(f"found the alias *{event.anchor}, allowed: the value itself", _line(event))
    loader = _Loader(text)
    root = loader.get_single_node()
    if root is None:
        return _unreadable("the file is empty, allowed: a lab, which starts with 'lab: <name>'")
    places = list(_places(root, ()))
    return Document(loader.construct_document(root), dict(reversed(places)), tuple(_duplicates(places)))


def _places(node: yaml.Node, path: YamlPath) -> Iterator[tuple[YamlPath, int]]:
    """Walk a node tree and name the line of each key and list item."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, key.value if isinstance(key, yaml.ScalarNode) else "?")
            yield here, _line(key)
            yield from _places(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*path, index), _line(value)
            yield from _places(value, (*path, index))


def _duplicates(places: list[tuple[YamlPath, int]]) -> Iterator[Mistake]:
    # What stands below a key that occurs twice is not looked at: the key itself is the mistake.
    first: dict[YamlPath, int] = {}
    twice: set[YamlPath] = set()
    for path, line in places:
        below = any(path[:length] in twice for length in range(1, len(path)))
        if path in first and not below:
            twice.add(path)
            yield Mistake(path, f"the key stands twice, allowed: once; the first is on line {first[path]}", line)
        first.setdefault(path, line)


def _line(marked: yaml.Node | yaml.Event) -> int:
    return marked.start_mark.line + 1 if marked.start_mark else 1


def _unreadable(message: str, line: int = 1) -> Document:
    return Document(mistakes=(Mistake((), message, line),), readable=False)


def _wording(err: yaml.YAMLError) -> tuple[str, int]:
    if not isinstance(err, yaml.MarkedYAMLError) or err.problem_mark is None:
        return f"not YAML: {str(err).splitlines()[0]}", 1
    context = f" {err.context}" if err.context else ""
    mark = err.problem_mark
    return f"not YAML{context}: {err.problem}, at column {mark.column + 1}", mark.line + 1
