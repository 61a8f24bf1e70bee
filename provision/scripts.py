"""The scripts that keepalived runs on a director (vrrp_script): files that are root's alone."""

from collections.abc import Mapping

from lvslab.model import Lab, Node, OwnScript, VrrpScript
from provision import templates
from provision.role import Facts, write
from provision.step import Step

FOLDER = "/etc/keepalived/scripts"
"""Root's alone, with all above it: enable_script_security wants that (keepalived.conf(5), global_defs)."""
MODE = 0o700


def path(script: OwnScript) -> str:
    """Return where a script stands."""
    return f"{FOLDER}/{script.value}"


def command(script: VrrpScript) -> str:
    """Return what keepalived is told to run, which is no shell's: it splits the text at blanks."""
    return path(script.script) if script.script else " ".join(script.command)


def files(lab: Lab, node: Node) -> dict[str, str]:
    """Return the scripts of a director, with what is in them."""
    own = dict.fromkeys(script.script for script in lab.scripts_of(node) if script.script)
    return {path(script): content(lab, node, script) for script in own}


def content(lab: Lab, node: Node, script: OwnScript) -> str:
    """Return a script for a director."""
    revives = script is OwnScript.REVIVE_WEB
    return templates.render("vrrp-script.sh.j2", lab=lab, server=lab.web_server_of(node), revives=revives)


def plan(facts: Facts, programs: Mapping[str, str]) -> list[Step]:
    """Return the steps to scripts by their paths; keepalived starts one anew each time, and so needs no reload."""
    return [step for where, text in programs.items() for step in write(facts, where, text, MODE)]
