"""Rules on health checks: whether there is one, how long it takes, and what it does not notice."""

from collections.abc import Iterator

from lvslab.lint.finding import Severity
from lvslab.lint.rule import Seen, Sight, at, rule
from lvslab.model.keepalived import Check, RealServer, VirtualServer
from lvslab.model.keepalived.lvs import WEB_CHECKS

SYNTAX = "keepalived.conf(5), real_server"
TOLD = ("BFD_CHECK", "FILE_CHECK")
WEB_PORTS = (80, 443, 8000, 8080, 8443)


def _checks(sight: Sight) -> Iterator[tuple[VirtualServer, RealServer, Check]]:
    for service in sight.configuration.virtual_servers:
        for server in service.real_servers:
            for check in server.checks:
                yield service, server, check


@rule(
    "check-missing",
    Severity.WARNING,
    "TCP_CHECK",
    "HTTP_GET",
    "SSL_GET",
    "MISC_CHECK",
    reason="A real server without a check counts as well for ever: when it dies, its share of the clients gets no "
    "answer.",
    remedy="write TCP_CHECK, HTTP_GET or another check into the real_server",
    reference=f"{SYNTAX}: healthcheckers",
)
def check_missing(sight: Sight) -> Iterator[Seen]:
    """Find a real server without a health check."""
    for service in sight.configuration.virtual_servers:
        unchecked = [server for server in service.real_servers if not server.checks]
        if unchecked:
            names = ", ".join(str(server.address or "?") for server in unchecked)
            yield at(unchecked[0], f"{service.name}: found no check of {names}", also=tuple(unchecked))


@rule(
    "delay-loop-default",
    Severity.WARNING,
    "delay_loop",
    reason="Without a delay_loop keepalived checks once a minute; for that long a dead server gets its share of the "
    "clients.",
    remedy="write `delay_loop SECONDS`, 2 to 10 for most services",
    reference=f"{SYNTAX}: delay_loop",
)
def delay_loop_default(sight: Sight) -> Iterator[Seen]:
    """Find checks at keepalived's default of one in 60 s."""
    for service in sight.configuration.virtual_servers:
        checks = [check for server in service.real_servers for check in server.checks if check.kind not in TOLD]
        blocks = (service, *service.real_servers, *checks)
        if checks and not any(block.has("delay_loop") for block in blocks):
            yield at(service, f"{service.name}: found no delay_loop, so checks are 60 s apart", also=blocks)


@rule(
    "check-slow",
    Severity.WARNING,
    "delay_loop",
    "connect_timeout",
    "retry",
    "delay_before_retry",
    reason="A server that is silent is removed, at worst, after delay_loop + retry × delay_before_retry + "
    "(retry + 1) × connect_timeout.",
    remedy="lower connect_timeout and retry first, they count most; then delay_loop",
    reference=f"{SYNTAX}: delay_loop, retry, delay_before_retry, connect_timeout",
)
def check_slow(sight: Sight) -> Iterator[Seen]:
    """Find a check that notices a dead server later than the budget."""
    if sight.budget is None:
        return
    for service in sight.configuration.virtual_servers:
        asking = [(server, one) for server in service.real_servers for one in server.checks if one.kind not in TOLD]
        if not asking:
            continue
        server, check = max(asking, key=lambda pair: pair[1].worst_detection)
        if check.worst_detection > sight.budget:
            seconds = f"{check.worst_detection:g} s at worst, expected {sight.budget:g} s"
            message = f"{service.name}: {server.address} is removed after {seconds}"
            yield at(check, message, also=(server, service))


@rule(
    "check-shallow",
    Severity.NOTE,
    "TCP_CHECK",
    "HTTP_GET",
    "SSL_GET",
    reason="TCP_CHECK is content when the kernel accepts a connection. A web server that hangs, or that waits for "
    "its storage, accepts connections and answers nobody.",
    remedy="write HTTP_GET (SSL_GET for TLS) with a page that needs what the site needs",
    reference=f"{SYNTAX}: TCP_CHECK, HTTP_GET",
)
def check_shallow(sight: Sight) -> Iterator[Seen]:
    """Find TCP_CHECK alone on a web service, which does not notice a server that hangs."""
    for service in sight.configuration.virtual_servers:
        found = [check for server in service.real_servers for check in server.checks]
        if service.port in WEB_PORTS and found and {check.kind for check in found} == {"TCP_CHECK"}:
            message = f"{service.name}: found TCP_CHECK on a web service, which only asks for a connection"
            yield at(found[0], message, also=service.real_servers)


@rule(
    "check-tcp-on-udp",
    Severity.WARNING,
    "protocol",
    reason="A check by TCP says nothing of a service by UDP: where the daemon listens on UDP alone, every server is "
    "removed.",
    remedy="write UDP_CHECK, DNS_CHECK or MISC_CHECK; or `protocol TCP`, if that is what the service is",
    reference=f"{SYNTAX}: UDP_CHECK",
)
def check_tcp_on_udp(sight: Sight) -> Iterator[Seen]:
    """Find TCP_CHECK on a service by UDP."""
    for service, server, check in _checks(sight):
        written = (service.word("protocol") or "").upper() == "UDP"
        if written and check.kind == "TCP_CHECK":
            yield at(
                check, f"{service.name}: found TCP_CHECK of {server.address} on a service by UDP", also=(service,)
            )


@rule(
    "retry-word",
    Severity.ERROR,
    "nb_get_retry",
    "retry",
    reason="Only HTTP_GET and SSL_GET still know the old word nb_get_retry; elsewhere keepalived 2 ignores it, and "
    "the retries are the default: 1.",
    remedy="write `retry N`",
    reference=f"{SYNTAX}: retry",
)
def retry_word(sight: Sight) -> Iterator[Seen]:
    """Find nb_get_retry where keepalived does not know it."""
    for service, _, check in _checks(sight):
        if check.kind not in WEB_CHECKS and check.has("nb_get_retry"):
            message = (
                f"{service.name}: found nb_get_retry in {check.kind}, which does not know it; {check.retry} counts"
            )
            yield at(check, message, "nb_get_retry")


@rule(
    "retry-old-word",
    Severity.NOTE,
    "nb_get_retry",
    reason="keepalived takes nb_get_retry in HTTP_GET and SSL_GET for retry, and says that it is deprecated.",
    remedy="write `retry N`",
    reference=f"{SYNTAX}: retry",
)
def retry_old_word(sight: Sight) -> Iterator[Seen]:
    """Find nb_get_retry where keepalived still knows it."""
    for service, _, check in _checks(sight):
        if check.kind in WEB_CHECKS and check.has("nb_get_retry"):
            yield at(check, f"{service.name}: found nb_get_retry, the old word for retry", "nb_get_retry")


@rule(
    "check-incomplete",
    Severity.ERROR,
    "url",
    "misc_path",
    reason="keepalived leaves out a check that does not say what to ask for; its server then always counts as well.",
    remedy="write `url { path / }` into HTTP_GET and SSL_GET, `misc_path PROGRAM` into MISC_CHECK",
    reference=f"{SYNTAX}: HTTP_GET, MISC_CHECK",
)
def check_incomplete(sight: Sight) -> Iterator[Seen]:
    """Find a check without what it is to ask for."""
    for service, _, check in _checks(sight):
        needed = {"MISC_CHECK": "misc_path", "HTTP_GET": "url", "SSL_GET": "url"}.get(check.kind, "")
        if needed and not check.has(needed):
            yield at(check, f"{service.name}: found {check.kind} without {needed}")


RULES = (
    check_missing,
    delay_loop_default,
    check_slow,
    check_shallow,
    check_tcp_on_udp,
    retry_word,
    retry_old_word,
    check_incomplete,
)
