"""The directors: who holds the VIP, what their tables say, and what keeps a bad configuration out."""

import pytest
from testinfra.host import Host

from lvslab.errors import NodeError
from lvslab.model.table import rows_of
from lvslab.nodes.facts import director as facts_of
from lvslab.nodes.probe import read
from lvslab.pytest_plugin import LabUnderTest
from provision.director import KEEPALIVED_CONF
from provision.provisioner import apply
from provision.step import Write

DIRECTORS = ("director1", "director2")
each_director = pytest.mark.parametrize("director", DIRECTORS)
CHECK = ("keepalived", "-t", "-f")
pytestmark = pytest.mark.lab(restore="never")  # they look, and what one tries to change is refused


def test_the_vip_is_on_the_lan_interface_of_exactly_one_director(lab: LabUnderTest) -> None:
    """The one with the highest priority holds it, as /32, on the interface of its lan address."""
    held = {}
    for name in DIRECTORS:
        rows = [line.split() for line in lab.node(name).check_output("ip -4 -oneline address show").splitlines()]
        interface = {row[3].split("/")[0]: (row[1], row[3]) for row in rows}
        if lab.vip in interface:
            held[name] = interface[lab.vip]
            assert interface[lab.vip][0] == interface[lab.address(name)][0]
    assert held.keys() == {"director1"}
    assert held["director1"][1] == f"{lab.vip}/32"


@each_director
def test_the_ipvs_table_is_what_the_lab_file_says(lab: LabUnderTest, director: str) -> None:
    """Round robin, direct routing, both web servers with weight 1; on the backup as on the master."""
    [service] = lab.model.virtual_services
    [row] = lab.ipvs(director)
    assert (row.protocol, row.address, row.scheduler) == ("TCP", f"{lab.vip}:80", "rr")
    rows = {server.address: (server.forwarding, server.weight) for server in row.real_servers}
    assert rows == rows_of(lab.model, service)
    assert set(rows.values()) == {("DR", 1)}


@each_director
def test_keepalived_runs_and_starts_at_boot(lab: LabUnderTest, director: str) -> None:
    """The unit is active and enabled."""
    service = lab.node(director).service("keepalived")
    assert service.is_running
    assert service.is_enabled


@each_director
def test_keepalived_accepts_its_configuration(lab: LabUnderTest, director: str) -> None:
    """``keepalived -t`` finds nothing wrong with the file that stands there."""
    tested = lab.node(director).run("keepalived -t -f %s", KEEPALIVED_CONF)
    assert tested.succeeded, tested.stderr


@each_director
def test_keepalived_tells_its_vrrp_state(lab: LabUnderTest, director: str) -> None:
    """Its dump says MASTER on the one and BACKUP on the other, as the lab file's priorities want it."""
    states = facts_of.vrrp_states(read(lab.remote(director), [facts_of.DUMP])["vrrp"])
    assert states == lab.model.vrrp_state(director)


def running(node: Host) -> tuple[str, str, list[str]]:
    """Return keepalived's PID, the MD5 of its configuration, and what lies beside that."""
    pid = node.file("/run/keepalived.pid").content_string.strip()
    return pid, node.file(KEEPALIVED_CONF).md5sum, node.file("/etc/keepalived").listdir()


@each_director
def test_a_broken_configuration_is_refused_and_the_running_one_stays(lab: LabUnderTest, director: str) -> None:
    """The file and the process are the same afterwards, and nothing lies beside them."""
    node = lab.node(director)
    before = running(node)
    broken = "virtual_server 192.168.18.41 http {\n    lvs_sched no-such-scheduler\n"
    with pytest.raises(NodeError, match="write /etc/keepalived") as refused:
        apply(lab.remote(director), [Write(KEEPALIVED_CONF, broken, check=CHECK)], lambda name, text: None)
    assert any("keepalived.conf" in line for line in refused.value.details)
    assert running(node) == before
    assert node.run("kill -0 %s", before[0]).succeeded
