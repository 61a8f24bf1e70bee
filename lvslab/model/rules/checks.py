"""Rules on health checks: what each type knows, and what a program has to be."""

from collections.abc import Iterator

from lvslab.model.base import shown
from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake, YamlPath
from lvslab.model.rules.words import absolute
from lvslab.model.service import Check, CheckType, VirtualService

WEB = (CheckType.HTTP_GET, CheckType.SSL_GET)
KNOWN = {
    "path": (*WEB, CheckType.MISC_CHECK),
    "status_code": WEB,
    "digest": WEB,
    "script": (CheckType.MISC_CHECK,),
    "command": (CheckType.MISC_CHECK,),
    "dynamic": (CheckType.MISC_CHECK,),
}
"""Which types of checks know a key."""
MOST_DYNAMIC = 253
"""The highest weight that an exit status can tell, which is two more than it (keepalived.conf(5), misc_dynamic)."""


def checks_have_what_their_type_knows(lab: Lab) -> Iterator[Mistake]:
    """Only who asks for a page expects one, and only MISC_CHECK runs a program."""
    for path, _, check in _checks(lab):
        for key, types in KNOWN.items():
            value = getattr(check, key)
            if value and check.type not in types:
                yield Mistake((*path, key), f"found {shown(value)}, allowed: only with type {' or '.join(types)}")


def programs_are_told(lab: Lab) -> Iterator[Mistake]:
    """MISC_CHECK runs one that provisioning brings, which asks for a page, or a command that has an absolute path."""
    for path, _, check in _checks(lab):
        if check.type is not CheckType.MISC_CHECK:
            continue
        if bool(check.script) is bool(check.command):
            found = "both script and command" if check.script else "neither script nor command"
            yield Mistake(path, f"found {found}, allowed: one of them")
        if check.path and not check.script:
            yield Mistake((*path, "path"), f"found {shown(check.path)}, allowed: only with script")
        yield from absolute(check.command, (*path, "command"))


def programs_have_whole_seconds(lab: Lab) -> Iterator[Mistake]:
    """keepalived reads misc_timeout as a whole number."""
    for path, _, check in _checks(lab):
        if check.type is CheckType.MISC_CHECK and check.connect_timeout != int(check.connect_timeout):
            message = f"found {check.connect_timeout}, allowed: whole seconds with type MISC_CHECK"
            yield Mistake((*path, "connect_timeout"), message)


def weights_can_be_told(lab: Lab) -> Iterator[Mistake]:
    """A weight that a program may change is one that an exit status can tell."""
    for path, service, check in _checks(lab):
        for number, server in enumerate(service.real_servers):
            if check.dynamic and server.weight > MOST_DYNAMIC:
                where = (*path[:-1], "real_servers", number, "weight")
                yield Mistake(where, f"found {server.weight}, allowed: at most {MOST_DYNAMIC} with a dynamic check")


def pages_by_https_are_served(lab: Lab) -> Iterator[Mistake]:
    """SSL_GET finds somebody who speaks TLS."""
    for path, _, check in _checks(lab):
        if check.type is CheckType.SSL_GET and not lab.web.tls:
            yield Mistake((*path, "type"), "found SSL_GET, allowed: only where web has tls")


def _checks(lab: Lab) -> Iterator[tuple[YamlPath, VirtualService, Check]]:
    for index, service in enumerate(lab.virtual_services):
        if service.check:
            yield ("virtual_services", index, "check"), service, service.check


RULES = (
    checks_have_what_their_type_knows,
    programs_are_told,
    programs_have_whole_seconds,
    weights_can_be_told,
    pages_by_https_are_served,
)
