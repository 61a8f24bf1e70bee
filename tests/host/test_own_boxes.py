"""A real server from a box of the user's own, on real machines: raised, left alone, and the rest of the lab works.

The box is a Debian of lvslab's own, exported under another name: no FreeBSD or Solaris is at hand. Nothing in it
knows of the lab, since it is given no keys and no addresses.
"""

import json
import time
from collections.abc import Iterator

import pytest

from lvslab.host.box import cache
from lvslab.wait import wait_for
from tests.host.lvslab_program import SMALL, leftovers, run

pytestmark = pytest.mark.thorough

NAME = "own-box"
VIP, OWN_ADDRESS = "192.168.18.41", "192.168.18.33"
NODE = f"  web2: {{role: web, addresses: {{lan: {OWN_ADDRESS}}}, box: boxes/own.box}}\n"
CLIENT = "client: {addresses"


def said(*words: str) -> str:
    """Return what lvslab prints about the lab; it has to succeed."""
    verb, *rest = words
    done = run(verb, "--name", NAME, *rest)
    assert done.returncode == 0, done.stderr
    return done.stdout


def state_of(node: str) -> str:
    """Return the state of a node's machine, as the status tells it."""
    nodes = {each["name"]: each for each in json.loads(said("status", "--json"))["nodes"]}
    return str(nodes[node]["state"])


@pytest.fixture(scope="module")
def raised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Have the small lab with a second real server from a box of its own run; return what ``up`` told."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "boxes").mkdir()
    cache.export(cache.build(lambda line: None), folder / "boxes" / "own.box")
    text = SMALL.read_text().replace(CLIENT, f"{NODE}{CLIENT}", 1)
    (folder / "own.yml").write_text(text.replace("[{node: web1}]", "[{node: web1}, {node: web2}]"))
    try:
        done = run("up", str(folder / "own.yml"), "--name", NAME)
        assert done.returncode == 0, done.stderr
        yield done.stderr
    finally:
        assert run("down", NAME).returncode == 0
        assert leftovers(NAME) == []


def test_up_says_which_node_is_left_to_the_person(raised: str) -> None:
    """The node, whose it is, and what to type."""
    assert "web2 runs linux from a box of your own" in raised
    assert f"lvslab vagrant --name {NAME} -- ssh web2" in raised


def test_its_machine_runs_from_the_users_box_on_the_labs_network(raised: str) -> None:
    """libvirt has an image of that box, and a card on the lab's bridge."""
    assert state_of("web2") == "running"
    assert "own.box" in said("client", "--", "virsh", "vol-list", "default")
    assert " lan " in said("client", "--", "virsh", "domiflist", "web2")


def test_it_is_neither_provisioned_nor_logged_in_to(raised: str) -> None:
    """It has not the lab's address, no plan is made for it, and who wants to log in is told why not."""
    assert run("client", "--name", NAME, "--", "curl", "-s", "-m2", f"http://{OWN_ADDRESS}/").returncode != 0
    assert set(json.loads(said("provision", "--dry-run", "--json"))["nodes"]) == {"director1", "web1"}
    refused = run("exec", "--name", NAME, "web2", "--", "true")
    assert refused.returncode == 2
    assert "lvslab does not log in to it" in refused.stderr


def test_the_rest_of_the_lab_serves(raised: str) -> None:
    """The director keeps the node out of its table, so that every request is answered."""

    def is_left_out() -> bool:
        return OWN_ADDRESS not in said("exec", "director1", "--", "ipvsadm", "-Ln")

    wait_for(is_left_out, within=30, what="director1's table has web2")
    for _ in range(4):
        assert "X-Real-Server: web1" in said("client", "--", "curl", "-si", "-m2", f"http://{VIP}/")


def test_verify_tells_what_is_left_and_does_not_wait_for_it(raised: str) -> None:
    """Exit code 3, the line of the table, and long before the time that a difference would be waited for."""
    began = time.monotonic()
    done = run("verify", "--name", NAME, "--within", "120")
    assert (done.returncode, time.monotonic() - began < 30) == (3, True), done.stderr
    assert f"web2: not in director1's table of {VIP}:80" in done.stdout


def test_a_reset_leaves_it_be_but_for_its_power_and_its_cable(raised: str) -> None:
    """No snapshot is taken of it; a fault from outside is over when the lab is put back, and none works inside."""
    assert said("client", "--", "virsh", "snapshot-list", "web2", "--name").split() == []
    assert run("fault", "inject", "process.stop", "--name", NAME, "--on", "web2").returncode == 2
    assert run("fault", "inject", "node.power-off", "--name", NAME, "--on", "web2").returncode == 0
    assert state_of("web2") == "shut off"
    said("reset")
    assert state_of("web2") == "running"
