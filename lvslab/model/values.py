"""Check the small values of a lab file: names, paths, addresses, ports, seconds.

Every text that later lands in a configuration file or on a command line passes one of the patterns here,
so nothing in a lab file can end a line, open a quote or pass for an option.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import (
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from lvslab.model.base import refusal


@dataclass(frozen=True)
class Text:
    """A text that matches a pattern from end to end; ``allowed`` is the pattern in words."""

    pattern: str
    allowed: str

    def check(self, value: object) -> str:
        """Return the text, or refuse it."""
        if isinstance(value, str) and re.fullmatch(self.pattern, value, re.ASCII):
            return value
        quotes = "" if isinstance(value, str) else ", in quotes"
        raise refusal(value, self.allowed + quotes)

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, core_schema.str_schema())

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True)
class Whole:
    """A whole number between two bounds, both of them allowed."""

    low: int
    high: int

    def check(self, value: object) -> int:
        """Return the number, or refuse it; true and false are no numbers here."""
        if type(value) is int and self.low <= value <= self.high:
            return value
        raise refusal(value, f"a whole number from {self.low} to {self.high}")

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        numbers = core_schema.int_schema(ge=self.low, le=self.high)
        return core_schema.no_info_before_validator_function(self.check, numbers)


def _seconds(value: object) -> int | float:
    # A whole number stays an int, so that a template writes "1" and not "1.0".
    if type(value) in (int, float) and isinstance(value, int | float) and 0 < value <= 3600:
        return value
    raise refusal(value, "seconds, more than 0 and at most 3600")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise refusal(value, "true or false")


def _address(value: object) -> IPv4Address | IPv6Address:
    if isinstance(value, IPv4Address | IPv6Address):
        return value
    # A zone ("%eth0") may hold any character, so it would be a way around the patterns.
    text = value if isinstance(value, str) and "%" not in value else "no address"
    try:
        return ip_address(text)
    except ValueError:
        raise refusal(value, "an IP address such as 192.168.18.31") from None


def _subnet(value: object) -> IPv4Network | IPv6Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    text = value if isinstance(value, str) and "/" in value and "%" not in value else "no subnet"
    try:
        subnet = ip_network(text, strict=False)
    except ValueError:
        raise refusal(value, "a subnet such as 192.168.18.0/24") from None
    if ip_address(text.partition("/")[0]) != subnet.network_address:
        raise refusal(value, f"the subnet that it is in, {subnet}")
    return subnet


def _ipv4_subnet(value: object) -> IPv4Network:
    subnet = _subnet(value)
    if isinstance(subnet, IPv4Network):
        return subnet
    raise refusal(value, "an IPv4 subnet such as 192.168.121.0/24")


_AS_TEXT = PlainSerializer(str, return_type=str, when_used="json")
_SUBNET_SCHEMA = WithJsonSchema({"type": "string", "examples": ["192.168.18.0/24"]})
_ADDRESS_SCHEMA = WithJsonSchema({"type": "string", "examples": ["192.168.18.31"]})
_SECONDS_SCHEMA = WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 3600})
_LABEL = "[a-z](?:[a-z0-9-]{0,%d}[a-z0-9])?"
_LABEL_IN_WORDS = "a lower-case letter, then lower-case letters, digits and hyphens, at most %d characters"
_PATH_IN_WORDS = "an absolute path of letters, digits, '_', '-' and '.', no part of it starting with '.'"
_PART = "[A-Za-z0-9_][A-Za-z0-9._+-]{0,60}"
_BOX_IN_WORDS = "a path of letters, digits, '_', '-', '+' and '.' to a file that ends in '.box'"

Address = Annotated[IPv4Address | IPv6Address, BeforeValidator(_address), _AS_TEXT, _ADDRESS_SCHEMA]
Subnet = Annotated[IPv4Network | IPv6Network, BeforeValidator(_subnet), _AS_TEXT, _SUBNET_SCHEMA]
IPv4Subnet = Annotated[IPv4Network, BeforeValidator(_ipv4_subnet), _AS_TEXT, _SUBNET_SCHEMA]
Seconds = Annotated[int | float, BeforeValidator(_seconds), _SECONDS_SCHEMA]
Port = Annotated[int, Whole(1, 65535)]
Flag = Annotated[bool, BeforeValidator(_flag)]
HostName = Annotated[str, Text(_LABEL % 61, _LABEL_IN_WORDS % 63)]
# The bridge is named lab-<network>, and Linux allows an interface's name fifteen characters.
NetworkName = Annotated[str, Text(_LABEL % 9, _LABEL_IN_WORDS % 11)]
Word = Annotated[str, Text("[A-Za-z][A-Za-z0-9_-]{0,30}", "a letter, then letters, digits, '_' and '-'")]
Title = Annotated[str, Text(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,120}", "one line of 1 to 120 characters")]
BoxFile = Annotated[str, Text(rf"/?(?:(?:\.\.?|{_PART})/){{0,12}}{_PART}\.box", _BOX_IN_WORDS)]
AbsolutePath = Annotated[str, Text("(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,60}){1,12}", _PATH_IN_WORDS)]
