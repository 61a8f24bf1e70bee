"""The lines of keepalived.conf(5) after conditions and parameters (*ADVANCED CONFIGURATION*).

``$NAME=VALUE`` is put in where ``$NAME`` or ``${NAME}`` stands. ``@id`` lines count when the config-id is known.
Parameters over several lines and ``~SEQ``/``~LST`` are not carried out: their lines come out as opaque ones.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

DEFINITION = re.compile(r"\s*\$([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)(?=\s|$)")
CONDITION = re.compile(r"\s*@(\^?)(\S+)\s*(.*)", re.DOTALL)
MOST_PASSES = 8
MOST_LETTERS = 4096


@dataclass(frozen=True)
class SourceLine:
    """A line with its number; ``condition`` is ``@id`` where nobody said which id counts, ``opaque`` what it is."""

    number: int
    text: str
    condition: str = ""
    opaque: str = ""


def lines_of(text: str, config_id: str | None) -> Iterator[SourceLine]:
    """Yield the lines that count, parameters put in."""
    values: dict[str, str] = {}
    rest = enumerate(text.split("\n"), 1)
    for number, raw in rest:
        condition, line = _conditioned(raw, config_id)
        if line is None:
            continue
        definition = DEFINITION.fullmatch(line)
        if definition is None:
            yield _line(number, substituted(line, values), condition)
        elif line.rstrip().endswith("\\") or condition:
            yield SourceLine(number, line, condition, f"${definition[1]}")
            values.pop(definition[1], None)
            while line.rstrip().endswith("\\"):
                line = next(rest, (0, ""))[1]
        else:
            values[definition[1]] = _value(definition[2])


def _line(number: int, line: str, condition: str) -> SourceLine:
    first = line.split(maxsplit=1)[:1]
    sequence = first[0].partition("(")[0] if first and first[0].startswith("~") else ""
    return SourceLine(number, line, condition, sequence)


def _value(text: str) -> str:
    # a comment ends a value; a quoted value may hold # and !, and is taken as it stands
    return text.strip() if text.lstrip()[:1] in ('"', "'") else re.split("[#!]", text, maxsplit=1)[0].strip()


def _conditioned(line: str, config_id: str | None) -> tuple[str, str | None]:
    """Return the condition that stays open, and the rest of the line; None where the line does not count."""
    found = CONDITION.fullmatch(line)
    if found is None:
        return "", line
    negated, name, rest = found.groups()
    if config_id is None:
        return f"@{negated}{name}", rest
    return "", rest if (name == config_id) != bool(negated) else None


def substituted(line: str, values: Mapping[str, str]) -> str:
    """Put parameters in, also those within values; what is not defined stays as it is."""
    for _ in range(MOST_PASSES):
        after = REFERENCE.sub(lambda found: values.get(found[1] or found[2], found[0]), line)
        if after == line or len(after) > MOST_LETTERS:
            break
        line = after
    return line
