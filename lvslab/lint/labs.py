"""Lint of a lab: the rules on its directors' keepalived.conf(5), by the lab file's lines, and rules on the lab."""

from collections.abc import Iterator, Mapping, Sequence

from lvslab.lint.files import in_order, sightings
from lvslab.lint.finding import Finding
from lvslab.lint.rules.lab import LAB_RULES
from lvslab.model import Lab, SchedulerFlag
from lvslab.model.document import read_document
from lvslab.model.keepalived import Configuration, Statement
from lvslab.model.keepalived.lvs import CHECKS
from lvslab.model.mistake import YamlPath, line_of

Lines = Mapping[YamlPath, int]
# what a lab file calls the directives that have another name there
NAMES = {
    "authentication": "auth_pass",
    "virtual_ipaddress": "virtual_addresses",
    "priority": "priorities",
    "state": "priorities",
    "lvs_sched": "scheduler",
    "lvs_method": "forwarding",
    "track_script": "track_scripts",
    "unicast_peer": "unicast",
    "unicast_src_ip": "unicast",
    "misc_timeout": "connect_timeout",
    "misc_path": "script",
    "misc_dynamic": "dynamic",
    **dict.fromkeys(SchedulerFlag, "scheduler_flags"),
    **dict.fromkeys(CHECKS, "check"),
}


def lint_lab(
    lab: Lab, text: str, source: str, configurations: Sequence[Configuration], budget: float | None = None
) -> list[Finding]:
    """Return the findings in a lab, by the lines of its file.

    ``text`` is the lab file and ``source`` its name; ``configurations`` are the keepalived.conf(5) of its directors,
    as they are rendered from it. ``budget`` is the time in seconds within which a failure has to be noticed; the
    lab's own (``detection_budget``) unless told.
    """
    lines = read_document(text).lines
    within = lab.detection_budget if budget is None else budget
    found = [
        rule.finding(source, line_of(path, lines), message) for rule in LAB_RULES for path, message in rule.check(lab)
    ]
    for conf, rule, seen in sightings(configurations, within):
        found.append(rule.finding(source, _line(lab, lines, trail(conf, seen.line)), seen.message))
    return in_order(found)


def trail(conf: Configuration, line: int) -> tuple[Statement, ...]:
    """Return the statement on a line with the blocks around it, the outermost first."""
    return next(_trails(conf.statement.children, (), line), ())


def _trails(
    statements: Sequence[Statement], above: tuple[Statement, ...], line: int
) -> Iterator[tuple[Statement, ...]]:
    for each in statements:
        if each.line == line:
            yield (*above, each)
        yield from _trails(each.children, (*above, each), line)


def _line(lab: Lab, lines: Lines, statements: tuple[Statement, ...]) -> int:
    return line_of(_path(lab, statements), lines)


def _path(lab: Lab, statements: tuple[Statement, ...]) -> YamlPath:
    """Return the place in the lab file that a place in a keepalived.conf follows from."""
    if not statements:
        return ()
    top, *below = statements
    path = _top(lab, top)
    for each in below:
        if each.keyword == "real_server":
            path = (*path, "real_servers", _real_server(lab, path, each))
        elif each.keyword in CHECKS:
            # a lab says once, for the service, how its servers are checked
            path = (*path[:2], "check")
        else:
            path = (*path, NAMES.get(each.keyword, each.keyword))
    return path


def _top(lab: Lab, top: Statement) -> YamlPath:
    if top.keyword == "vrrp_instance":
        names = [one.name for one in lab.vrrp_instances]
        return ("vrrp_instances", names.index(top.words[0])) if top.words[0] in names else ("vrrp_instances",)
    if top.keyword == "vrrp_script":
        names = [one.name for one in lab.vrrp_scripts]
        return ("vrrp_scripts", names.index(top.words[0])) if top.words[0] in names else ("vrrp_scripts",)
    if top.keyword == "virtual_server":
        known = [service.words for service in lab.virtual_services]
        words = top.words[:2]
        return ("virtual_services", known.index(words)) if words in known else ("virtual_services",)
    return ()


def _real_server(lab: Lab, path: YamlPath, statement: Statement) -> int:
    service = lab.virtual_services[path[1]] if len(path) > 1 and isinstance(path[1], int) else None
    addresses = [str(lab.real_server_address(service, one)) for one in service.real_servers] if service else []
    return addresses.index(statement.words[0]) if statement.words[0] in addresses else 0
