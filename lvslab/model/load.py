"""Read lab files and drills: the one place of the model that touches the disk."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from lvslab.errors import LabFileError
from lvslab.model.base import Model, did_you_mean
from lvslab.model.document import Document, read_document
from lvslab.model.drill import Drill, drill_mistakes
from lvslab.model.explain import explained
from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake, Placed, placed, reasoned, worded
from lvslab.model.rules import mistakes_of

MOST_BYTES = 2**20
M = TypeVar("M", bound=Model)


class _NotUtf8Error(LabFileError):
    def __init__(self, path: Path, line: int) -> None:
        super().__init__(f"{path}:{line}: found bytes that are not UTF-8", f"file {path}")
        self.line = line


def load_lab(path: Path) -> Lab:
    """Read and check a lab file; LabFileError holds one line for each mistake in it."""
    return parse_lab(_text(path), str(path))


def parse_lab(text: str, source: str = "lab.yml") -> Lab:
    """Check the text of a lab file; ``source`` is the file's name in messages."""
    return _parse(text, source, Lab, mistakes_of)


def lab_mistakes(path: Path) -> list[Placed]:
    """Return every mistake in a lab file with its line; LabFileError where there is no file to read."""
    try:
        document = read_document(_text(path))
    except _NotUtf8Error as err:
        return [(err.line, Mistake((), "found bytes that are not UTF-8, allowed: text in UTF-8", err.line))]
    return _checked(document, Lab, mistakes_of)[1]


def load_drill(path: Path) -> Drill:
    """Read and check a drill file; LabFileError holds one line for each mistake in it."""
    return parse_drill(_text(path), str(path))


def parse_drill(text: str, source: str = "drill.yml") -> Drill:
    """Check the text of a drill file; ``source`` is the file's name in messages."""
    return _parse(text, source, Drill, drill_mistakes)


def load_file(path: Path) -> Lab | Drill:
    """Read and check a lab or a drill, whichever the file's first keys say it is."""
    text = _text(path)
    data = read_document(text).data
    is_drill = isinstance(data, dict) and "drill" in data
    return parse_drill(text, str(path)) if is_drill else parse_lab(text, str(path))


def _parse(text: str, source: str, model: type[M], rules: Callable[[M], Iterable[Mistake]]) -> M:
    made, found = _checked(read_document(text), model, rules)
    if made is None or found:
        count = f"{len(found)} mistake{'s' if len(found) > 1 else ''}"
        hint, details = f"lvslab validate {source}", worded(found, source)
        raise LabFileError(f"{source}: {count}", hint, details, list(reasoned(found, source)))
    return made


def _checked(
    document: Document, model: type[M], rules: Callable[[M], Iterable[Mistake]]
) -> tuple[M | None, list[Placed]]:
    made, found = _made(document, model, rules)
    return made, placed([*document.mistakes, *found], document.lines)


def _made(
    document: Document, model: type[M], rules: Callable[[M], Iterable[Mistake]]
) -> tuple[M | None, list[Mistake]]:
    if not document.readable:
        return None, []
    try:
        made = model.model_validate(document.data)
    except ValidationError as err:
        return None, explained(err, model)
    return made, list(rules(made))


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise LabFileError(f"{path}: found a folder or device, expected a lab file", f"ls {path}")
        return _bytes(path).decode()
    except FileNotFoundError as err:
        raise LabFileError(f"{path}: no such file, expected a lab file", _hint(path)) from err
    except OSError as err:
        raise LabFileError(f"{path}: cannot be read: {err.strerror}", f"ls -l {path}") from err
    except UnicodeDecodeError as err:
        line = err.object[: err.start].count(b"\n") + 1
        raise _NotUtf8Error(path, line) from err


def _bytes(path: Path) -> bytes:
    content = path.read_bytes()
    if len(content) > MOST_BYTES:
        raise LabFileError(f"{path}: found {len(content)} bytes, a lab file has at most 1 MiB", f"ls -l {path}")
    return content


def _hint(path: Path) -> str:
    others = [other.name for other in sorted(path.parent.glob("*.yml"))]
    return did_you_mean(path.name, others) or f"ls {path.parent}"
