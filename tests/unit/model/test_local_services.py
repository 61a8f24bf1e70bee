"""Labs whose directors answer themselves: no virtual service, scripts that are tracked, adverts by unicast."""

import pytest

from lvslab.errors import LabFileError
from lvslab.model import Lab, VrrpState, load_lab, parse_lab
from tests.unit.recorded import LABS

TEXT = (LABS / "vrrp-nginx.yml").read_text()


@pytest.fixture
def lab() -> Lab:
    """Return the lab of two directors that serve."""
    return load_lab(LABS / "vrrp-nginx.yml")


def mistakes_after(*changes: tuple[str, str]) -> list[str]:
    """Return what is wrong with the lab after changes, without file and line."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(LabFileError) as caught:
        parse_lab(text, "x.yml")
    return [line.split(": ", 1)[1] for line in caught.value.details]


def test_directors_that_answer_themselves_are_the_web_servers(lab: Lab) -> None:
    """Any director that can have the address may answer; there is no real server, and nothing in a table."""
    [service] = lab.services
    assert lab.servers_of(service) == ("director1", "director2")
    assert (
        [node.name for node in lab.web_servers] == [node.name for node in lab.servers] == ["director1", "director2"]
    )
    assert (lab.real_servers, lab.virtual_services) == ((), ())
    assert lab.page_port(service) == 80


def test_whoever_is_first_may_have_the_address_and_nobody_starts_as_master(lab: Lab) -> None:
    """With nopreempt it stays where it is, and keepalived wants state BACKUP on both for that."""
    [instance] = lab.vrrp_instances
    assert lab.may_hold(lab.vips[0]) == lab.can_hold(lab.vips[0]) == ("director1", "director2")
    assert {instance.first_state_of(name) for name in instance.priorities} == {VrrpState.BACKUP}


def test_the_peers_of_a_director_are_the_others_on_the_network(lab: Lab) -> None:
    """Unicast needs no address that the lab file has not already."""
    assert [str(each) for each in lab.peers_of(lab.vrrp_instances[0], "director1")] == ["10.63.0.155"]
    assert [str(each) for each in lab.peers_of(lab.vrrp_instances[0], "director2")] == ["10.63.0.154"]


def test_a_director_runs_the_scripts_that_its_instances_track(lab: Lab) -> None:
    """A run may take as long as the interval unless told."""
    [script] = lab.scripts_of(lab.node("director1"))
    assert (script.name, script.interval, script.limit, script.user) == ("chk_nginx", 2, 2, "root")
    assert script.model_copy(update={"timeout": None, "interval": 5}).limit == 5
    assert lab.scripts_of(lab.node("web1")) == ()


def test_a_director_that_balances_for_others_serves_nobody() -> None:
    """What is there already stays as it was."""
    lab = load_lab(LABS / "lvs-dr.yml")
    assert [node.name for node in lab.web_servers] == ["web1", "web2"]
    assert lab.servers == lab.real_servers
    assert lab.servers_of(lab.services[0]) == ("web1", "web2")


SCRIPT = "    script: revive-web                  # asks nginx for a page, starts nginx where it does not run\n"
COMMAND = "    command: [/usr/bin/systemctl, is-active, nginx]\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "track_scripts: [chk_nginx]",
            "track_scripts: [chk_nginxx, chk_nginx]",
            "vrrp_instances[0].track_scripts[0]: there is no script 'chk_nginxx', allowed: chk_nginx",
        ),
        (
            "track_scripts: [chk_nginx]",
            "track_scripts: [chk_nginx, chk_nginx]",
            "vrrp_instances[0].track_scripts[1]: the script chk_nginx is taken by vrrp_instances[0].track_scripts[0]",
        ),
        (
            "    track_scripts: [chk_nginx]\n",
            "",
            "vrrp_scripts[0].name: no VRRP instance tracks chk_nginx, allowed: one that is in track_scripts",
        ),
        (SCRIPT, "", "vrrp_scripts[0]: found neither script nor command, allowed: one of them"),
        (SCRIPT, SCRIPT + COMMAND, "vrrp_scripts[0]: found both script and command, allowed: one of them"),
        (
            SCRIPT,
            "    command: [systemctl, is-active, nginx]\n",
            "vrrp_scripts[0].command[0]: found 'systemctl', allowed: an absolute path",
        ),
        (
            SCRIPT,
            "    command: [/bin/sh, '-c;reboot']\n",
            "vrrp_scripts[0].command[1]: found '-c;reboot', allowed: letters, digits, '_', '-', '.', '/', ':', '=',"
            " ',' and '+'",
        ),
        (
            "script: revive-web",
            "script: revive",
            "vrrp_scripts[0].script: found 'revive' (did you mean 'revive-web'?), allowed: check-web, revive-web",
        ),
        (
            SCRIPT,
            SCRIPT + "    user: nobody\n",
            "vrrp_scripts[0].user: found nobody, allowed: root, whom revive-web belongs to",
        ),
        (
            "weight: 0 ",
            "weight: -254 ",
            "vrrp_scripts[0].weight: found -254, allowed: a whole number from -253 to 253",
        ),
        (
            "interval: 2",
            "interval: 0.5",
            "vrrp_scripts[0].interval: found 0.5, allowed: a whole number from 1 to 3600",
        ),
        (
            "address: 10.63.0.158, port: 80",
            "address: 10.63.0.158, port: 81",
            "local_services[0].port: found 81, allowed: 80, which the web server listens on",
        ),
        (
            "address: 10.63.0.158, port: 80",
            "address: 10.63.0.159, port: 80",
            "local_services[0].address: 10.63.0.159 is no virtual address of a VRRP instance or a director, allowed:"
            " 10.63.0.158",
        ),
        (
            "  - {name: http, address: 10.63.0.158, port: 80}",
            "  - {name: http, address: 10.63.0.158, port: 80}\n  - {name: more, address: 10.63.0.158}",
            "local_services[1]: the endpoint tcp 10.63.0.158 port 80 is taken by local_services[0]",
        ),
        (
            "mcast_src_ip: true ",
            "mcast_src_ip: true\n    unicast: true ",
            "vrrp_instances[0].mcast_src_ip: found true, allowed: only without unicast, whose source is always"
            " written down",
        ),
        (
            "priorities: {director1: 100, director2: 98}",
            "priorities: {director1: 100}\n    unicast: true",
            "vrrp_instances[0].unicast: found true, allowed: only with two directors or more, for adverts go from one"
            " to the others",
        ),
    ],
)
def test_a_mistake_is_named(old: str, new: str, expected: str) -> None:
    """With its place, what was found and what is allowed."""
    assert expected in mistakes_after((old, new))


def test_a_command_needs_no_web_server_and_may_be_another_users() -> None:
    """What it asks is its own affair."""
    text = TEXT.replace(SCRIPT, COMMAND + "    user: nobody\n")
    [script] = parse_lab(text).vrrp_scripts
    assert (script.command, script.user) == (("/usr/bin/systemctl", "is-active", "nginx"), "nobody")


def test_a_script_that_asks_the_web_server_is_for_directors_that_have_one() -> None:
    """In lvs-dr nobody serves on a director."""
    text = (LABS / "lvs-dr.yml").read_text()
    scripts = "vrrp_scripts: [{name: chk, script: check-web}]\nvrrp_instances:"
    text = text.replace("vrrp_instances:", scripts, 1).replace(
        "version: 2", "version: 2\n    track_scripts: [chk]", 1
    )
    with pytest.raises(LabFileError) as caught:
        parse_lab(text, "x.yml")
    [line] = caught.value.details
    assert "check-web asks a web server, but has none on director1, director2, allowed: with" in line


def test_a_director_serves_or_is_sorry() -> None:
    """Both would be the same nginx on the same port."""
    text = (LABS / "lvs-dr-guarded.yml").read_text()
    text += "\nlocal_services: [{name: own, address: 192.168.18.41, port: 80}]\n"
    with pytest.raises(LabFileError) as caught:
        parse_lab(text, "x.yml")
    assert any("only without a sorry_server" in line for line in caught.value.details)


def test_nothing_at_all_to_ask_for_is_told() -> None:
    """A lab has a service of one kind or the other."""
    begin = TEXT.index("local_services:")
    with pytest.raises(LabFileError) as caught:
        parse_lab(TEXT[:begin], "x.yml")
    assert any("virtual_services: found none" in line for line in caught.value.details)
