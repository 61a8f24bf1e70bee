"""The programs that MISC_CHECK runs on a director: files that are root's alone, as those of vrrp_script are."""

from lvslab.model import CheckScript, Lab, Node, RealServer, VirtualService
from lvslab.model.rules.checks import MOST_DYNAMIC
from provision import templates
from provision.scripts import FOLDER

AGENT = "KeepAliveClient"
"""What keepalived's own checks by HTTP call themselves, so that whoever reads access logs knows them all."""


def path(script: CheckScript) -> str:
    """Return where a program stands."""
    return f"{FOLDER}/{script.value}"


def command(lab: Lab, service: VirtualService, server: RealServer) -> str:
    """Return what keepalived is told to run for a real server, which is no shell's: it splits the text at blanks."""
    check = service.check
    assert check is not None
    where = (str(lab.real_server_address(service, server)), str(service.checked_port(server)))
    if check.script is None:
        return " ".join((*check.command, *where))
    weight = (str(server.weight),) if check.dynamic else ()
    return " ".join((path(check.script), *where, check.path or "/", *weight))


def files(lab: Lab, node: Node) -> dict[str, str]:
    """Return the programs of a director, with what is in them."""
    if not lab.has_keepalived(node):
        return {}
    own = dict.fromkeys(one.check.script for one in lab.virtual_services if one.check and one.check.script)
    return {path(script): templates.render(f"{script.value}.sh.j2", agent=AGENT, most=MOST_DYNAMIC) for script in own}
