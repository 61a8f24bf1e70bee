"""The base of all models, and the words that refuse a value: what was found and what is allowed."""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Model(BaseModel):
    """A frozen model that refuses unknown keys; its attributes' docstrings describe the JSON schema."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)


def shown(value: object) -> str:
    """Word a value found in a lab file for a message: short, and on one line."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, bool):
        return str(value).lower()
    plain = isinstance(value, StrEnum) or not isinstance(value, str)
    text = str(value) if plain else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def refusal(found: object, allowed: str) -> PydanticCustomError:
    """Build the error that says what was found and what is allowed."""
    words = {"found": shown(found), "allowed": allowed}
    return PydanticCustomError("lab_value", "found {found}, allowed: {allowed}", words)


def closest_first(word: str, known: Iterable[str]) -> list[str]:
    """Order the known words so that those most like the given one stand first."""
    names = list(known)
    close = get_close_matches(word, names, n=3, cutoff=0.6)
    return close + [name for name in names if name not in close]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Word a guess such as ``did you mean 'memory'?``; empty when no known word is like it."""
    spelled = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), list(spelled), n=1, cutoff=0.6)
    return f"did you mean {spelled[close[0]]!r}?" if close else ""
