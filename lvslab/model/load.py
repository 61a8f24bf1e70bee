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
from lvslab.model.mistake import Mistake, worded
from lvslab.model.rules import mistakes_of

MOST_BYTES = 2**20
M = TypeVar("M", bound=Model)


def load_lab(path: Path) -> Lab:
    """Read and check a lab file; LabFileError holds one line for each mistake in it."""
    return parse_lab(_text(path), str(path))


def parse_lab(text: str, source: str = "lab.yml") -> Lab:
    """Check the text of a lab file; ``source`` is the file's name in messages."""
    return _parse(text, source, Lab, mistakes_of)


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
    document = read_document(text)
    made, found = _checked(document, model, rules)
    mistakes = [*document.mistakes, *found]
    if made is None or mistakes:
        count = f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}"
        details = worded(mistakes, source, document.lines)
        raise LabFileError(f"{source}: {count}", f"lvslab validate {source}", details)
    return made


def _checked(
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
        raise LabFileError(f"{path}:{line}: found bytes that are not UTF-8", f"file {path}") from err


def _bytes(path: Path) -> bytes:
    content = path.read_bytes()
    if len(content) > MOST_BYTES:
        raise LabFileError(f"{path}: found {len(content)} bytes, a lab file has at most 1 MiB", f"ls -l {path}")
    return content


def _hint(path: Path) -> str:
    others = [other.name for other in sorted(path.parent.glob("*.yml"))]
    return did_you_mean(path.name, others) or f"ls {path.parent}"
