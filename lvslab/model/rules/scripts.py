"""Rules on the scripts that VRRP instances track."""

from collections.abc import Iterator

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake
from lvslab.model.rules.words import absolute, repeated, unknown


def names_are_unique(lab: Lab) -> Iterator[Mistake]:
    """Each script has a name of its own."""
    yield from repeated(
        [(("vrrp_scripts", i, "name"), one.name) for i, one in enumerate(lab.vrrp_scripts)], "the name"
    )


def scripts_run_one_thing(lab: Lab) -> Iterator[Mistake]:
    """A script is one that provisioning brings, or a command that has an absolute path."""
    for index, script in enumerate(lab.vrrp_scripts):
        path = ("vrrp_scripts", index)
        if bool(script.script) is bool(script.command):
            found = "both script and command" if script.script else "neither script nor command"
            yield Mistake(path, f"found {found}, allowed: one of them")
        yield from absolute(script.command, (*path, "command"))


def own_scripts_are_roots(lab: Lab) -> Iterator[Mistake]:
    """What provisioning brings is root's to read and to run."""
    for index, script in enumerate(lab.vrrp_scripts):
        if script.script and script.user != "root":
            message = f"found {script.user}, allowed: root, whom {script.script} belongs to"
            yield Mistake(("vrrp_scripts", index, "user"), message)


def tracked_scripts_are_known(lab: Lab) -> Iterator[Mistake]:
    """An instance tracks scripts of the lab, each once."""
    known = [script.name for script in lab.vrrp_scripts]
    for index, instance in enumerate(lab.vrrp_instances):
        path = ("vrrp_instances", index, "track_scripts")
        tracked = [((*path, number), name) for number, name in enumerate(instance.track_scripts)]
        yield from repeated(tracked, "the script")
        yield from (Mistake(at, unknown("script", name, known)) for at, name in tracked if name not in known)


def scripts_are_tracked(lab: Lab) -> Iterator[Mistake]:
    """A script that nobody tracks would decide nothing."""
    tracked = {name for instance in lab.vrrp_instances for name in instance.track_scripts}
    for index, script in enumerate(lab.vrrp_scripts):
        if script.name not in tracked:
            message = f"no VRRP instance tracks {script.name}, allowed: one that is in track_scripts"
            yield Mistake(("vrrp_scripts", index, "name"), message)


def own_scripts_have_a_web_server(lab: Lab) -> Iterator[Mistake]:
    """A script that asks the director's web server runs where there is one."""
    serving = {node.name for node in lab.web_servers}
    own = {script.name: script.script for script in lab.vrrp_scripts if script.script}
    for index, instance in enumerate(lab.vrrp_instances):
        idle = ", ".join(name for name in instance.priorities if name not in serving)
        for number, name in enumerate(instance.track_scripts):
            if name in own and idle:
                message = f"{own[name]} asks a web server, but has none on {idle}, allowed: with local_services"
                yield Mistake(("vrrp_instances", index, "track_scripts", number), message)


RULES = (
    names_are_unique,
    scripts_run_one_thing,
    own_scripts_are_roots,
    tracked_scripts_are_known,
    scripts_are_tracked,
    own_scripts_have_a_web_server,
)
