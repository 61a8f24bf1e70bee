"""The scripts that keepalived runs on a director (vrrp_script): files that are root's alone."""

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
    return {path(script): content(lab, script) for script in own}


def content(lab: Lab, script: OwnScript) -> str:
    """Return a script."""
    return templates.render("vrrp-script.sh.j2", lab=lab, revives=script is OwnScript.REVIVE_WEB)


def plan(lab: Lab, node: Node, facts: Facts) -> list[Step]:
    """Return the steps to the scripts; keepalived starts a script anew each time, and so needs no reload."""
    return [step for where, text in files(lab, node).items() for step in write(facts, where, text, MODE)]
