"""Word what pydantic refuses the way a lab file's reader needs it: what was found, what is allowed."""

from collections.abc import Callable, Iterable
from functools import partial

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from lvslab.model.base import Model, did_you_mean, shown
from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake, Why, YamlPath
from lvslab.model.schema import allowed_keys

OF_KEYS = ("extra_forbidden", "invalid_key", "missing")
"""What pydantic calls errors of keys rather than of values."""
Keys = Callable[[YamlPath], dict[str, str]]
"""Gives the keys allowed at a path, with their meanings."""


def explained(error: ValidationError, model: type[Model] = Lab) -> list[Mistake]:
    """Turn the validation error of a model into mistakes."""
    every = error.errors(include_url=False)
    keys = partial(allowed_keys, model=model)
    return [_mistake(details, keys) for details in every if not _follows(details, every)]


def _follows(details: ErrorDetails, every: list[ErrorDetails]) -> bool:
    # pydantic counts only the good entries of a list, so a bad one makes the list too short as well.
    place = details["loc"]
    below = [other for other in every if other["loc"][: len(place)] == place != other["loc"]]
    return details["type"] == "too_short" and bool(below)


def _mistake(details: ErrorDetails, keys: Keys) -> Mistake:
    path = tuple(part for part in details["loc"] if part != "[key]")
    word = WORDINGS.get(details["type"], _otherwise)
    return Mistake(path, word(path, details, keys), why=_why(path, details, keys))


def _why(path: YamlPath, details: ErrorDetails, keys: Keys) -> Why | None:
    """Tell what the key is for whose value is wrong; None where it is the key that is."""
    names = [number for number, part in enumerate(path) if isinstance(part, str)]
    if not names or details["type"] in OF_KEYS:
        return None
    name = str(path[names[-1]])
    meaning = keys(path[: names[-1]]).get(name)
    return Why(f"{name}: {meaning}") if meaning else None


def _missing(path: YamlPath, details: ErrorDetails, keys: Keys) -> str:
    meaning = keys(path[:-1]).get(str(path[-1]), "")
    return f"is missing: {meaning}" if meaning else "is missing"


def _unknown(path: YamlPath, details: ErrorDetails, keys: Keys) -> str:
    known = keys(path[:-1])
    return f"unknown key{_guess(path[-1], known)}, allowed: {', '.join(known)}"


def _mapping(path: YamlPath, details: ErrorDetails, keys: Keys) -> str:
    known = keys(path)
    names = f" of {', '.join(known)}" if known else ""
    return f"found {shown(details['input'])}, allowed: a mapping{names}"


def _list(path: YamlPath, details: ErrorDetails, keys: Keys) -> str:
    return f"found {shown(details['input'])}, allowed: a list"


def _choice(path: YamlPath, details: ErrorDetails, keys: Keys) -> str:
    found = details["input"]
    choices = str(details["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
    return f"found {shown(found)}{_guess(found, choices.split(', '))}, allowed: {choices}"


def _empty(path: YamlPath, details: ErrorDetails, keys: Keys) -> str:
    return f"found {details['ctx']['actual_length']} entries, allowed: at least {details['ctx']['min_length']}"


def _key(path: YamlPath, details: ErrorDetails, keys: Keys) -> str:
    return f"found the key {shown(details['input'])}, allowed: a text; write it in quotes"


def _given(path: YamlPath, details: ErrorDetails, keys: Keys) -> str:
    return details["msg"]


def _guess(found: object, known: Iterable[str]) -> str:
    guess = did_you_mean(str(found), known)
    return f" ({guess})" if guess else ""


def _otherwise(path: YamlPath, details: ErrorDetails, keys: Keys) -> str:
    return f"found {shown(details['input'])}: {details['msg']}"


WORDINGS: dict[str, Callable[[YamlPath, ErrorDetails, Keys], str]] = {
    "dict_type": _mapping,
    "enum": _choice,
    "extra_forbidden": _unknown,
    "invalid_key": _key,
    "lab_value": _given,
    "literal_error": _choice,
    "missing": _missing,
    "model_type": _mapping,
    "too_short": _empty,
    "tuple_type": _list,
}
