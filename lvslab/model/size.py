"""Sizes of disks and volumes: bytes in Python, ``2GiB`` in a lab file."""

import re

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from lvslab.model.base import refusal

UNITS = {"MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
PATTERN = "([1-9][0-9]{0,5})(MiB|GiB|TiB)"


class Size(int):
    """A number of bytes; as an int it is the bytes, ``text`` is how a lab file writes it."""

    @property
    def mib(self) -> float:
        """The size in MiB."""
        return self / UNITS["MiB"]

    @property
    def gib(self) -> float:
        """The size in GiB."""
        return self / UNITS["GiB"]

    @property
    def text(self) -> str:
        """The size in the largest unit that divides it, such as ``2GiB``."""
        unit = next((unit for unit in ("TiB", "GiB") if self % UNITS[unit] == 0), "MiB")
        return f"{self // UNITS[unit]}{unit}"

    @classmethod
    def parse(cls, value: object) -> "Size":
        """Read ``2GiB``; a bare number is refused, for it leaves the unit open."""
        if isinstance(value, Size):
            return value
        match = re.fullmatch(PATTERN, value) if isinstance(value, str) else None
        if match is None:
            raise refusal(value, "a size such as 512MiB or 2GiB")
        return cls(int(match[1]) * UNITS[match[2]])

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        as_text = core_schema.plain_serializer_function_ser_schema(lambda size: size.text, when_used="json")
        return core_schema.no_info_plain_validator_function(cls.parse, serialization=as_text)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": f"^{PATTERN}$", "examples": ["512MiB", "2GiB"]}
