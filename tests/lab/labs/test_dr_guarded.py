"""What production adds to direct routing: the backup knows the connections, and somebody always answers."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from harness.holding import LARGE, PATH, Download, end_of, opened, wait_until_known
from harness.settled import wait_for_holder

from lvslab.model import SORRY
from lvslab.pytest_plugin import LabUnderTest
from lvslab.pytest_plugin.client import Answer
from lvslab.wait import wait_for

pytestmark = pytest.mark.lab("lvs-dr-guarded")
WEBS = ("web1", "web2")
# 7 s at worst, and httpd itself its time to stop and to start where processors are emulated
NOTICED = 30.0
TAKEN_OVER = 20.0


def wait_for_answer(lab: LabUnderTest, status: int, *servers: str) -> Answer:
    """Return the first answer with a status from one of some servers."""
    seen: list[str] = []

    def answered() -> Answer | None:
        try:
            [answer] = lab.client.get()
        except OSError as err:
            seen[:] = [str(err)]
            return None
        seen[:] = [f"{answer.status} from {answer.server}"]
        return answer if (answer.status, answer.server in servers) == (status, True) else None

    what = f"no {status} from {' or '.join(servers)}"
    return wait_for(answered, within=NOTICED, what=what, seen=lambda: str(seen), every=0.1)


def wait_for_row(lab: LabUnderTest, address: str) -> None:
    """Return when this is the only real server in the master's table."""
    seen: list[str] = []

    def is_alone() -> bool:
        seen[:] = [row.address for service in lab.ipvs("director1") for row in service.real_servers]
        return seen == [address]

    wait_for(is_alone, within=NOTICED, what=f"{address} is not alone in the table", seen=lambda: str(seen))


@pytest.fixture
def large(lab: LabUnderTest) -> Iterator[None]:
    """Put the large page on the shared storage."""
    nfs = lab.node("nfs")
    nfs.check_output(f"head --bytes={LARGE} /dev/zero >/web{PATH}")
    yield
    nfs.check_output(f"rm -f /web{PATH}")


def test_connections_alternate(lab: LabUnderTest) -> None:
    """None of what is added changes how connections are shared."""
    assert lab.client.shares(20) == {"web1": 10, "web2": 10}


def test_the_master_sends_and_the_backup_listens(lab: LabUnderTest) -> None:
    """keepalived has started the half of the sync daemon that goes with the VRRP state."""
    said = {name: lab.node(name).check_output("ipvsadm --list --daemon") for name in ("director1", "director2")}
    assert "master sync daemon" in said["director1"]
    assert "backup sync daemon" in said["director2"]
    assert all("syncid=51" in each for each in said.values())


def test_the_backup_knows_the_masters_connections(lab: LabUnderTest) -> None:
    """A connection that was opened and says nothing is on the backup as well, with the same real server."""
    with closing(opened(lab)) as connection:
        there = wait_until_known(lab, "director2", end_of(connection))
        assert there == wait_until_known(lab, "director1", end_of(connection))
        assert there[0] == "ESTABLISHED"


@pytest.mark.usefixtures("restored", "large")
def test_a_download_goes_on_by_the_other_director(lab: LabUnderTest) -> None:
    """The master is stopped in the middle of a page; the rest comes, to the last byte."""
    with Download(lab) as download:
        wait_until_known(lab, "director2", download.end)
        with lab.fault("process.stop", "director1"):
            wait_for_holder(lab, TAKEN_OVER, "director2")
            assert download.rest() == LARGE


@pytest.mark.usefixtures("restored")
def test_the_sorry_server_answers_when_no_web_server_is_left(lab: LabUnderTest) -> None:
    """With both stopped the director answers, with 503; with one of them back, that one does, and only that one."""
    for web in WEBS:
        lab.node(web).check_output("systemctl stop apache2")
    answer = wait_for_answer(lab, 503, SORRY)
    assert "No web server is there to answer" in answer.body
    wait_for_row(lab, "127.0.0.1:80")
    lab.node("web1").check_output("systemctl start apache2")
    wait_for_answer(lab, 200, "web1")
    wait_for_row(lab, f"{lab.address('web1')}:80")
    assert lab.client.shares(10) == {"web1": 10}


@pytest.mark.usefixtures("restored")
def test_a_web_server_that_hangs_is_taken_out(lab: LabUnderTest) -> None:
    """Its kernel still takes connections; a check that asks for a page notices that none comes."""
    with lab.fault("process.freeze", "web1"):
        wait_for(lambda: set(lab.real_servers("director1")) == {"web2"}, within=NOTICED, what="web1 is still there")
        assert lab.client.shares(6) == {"web2": 6}


@pytest.mark.usefixtures("restored")
def test_after_a_split_brain_the_one_that_stays_says_so(lab: LabUnderTest) -> None:
    """The last advert of the one that yields has director1 send gratuitous ARP for the VIP."""
    with lab.fault("network.block", "director1", "director2", protocol="vrrp"):
        wait_for_holder(lab, TAKEN_OVER, "director1", "director2")
        wire = lab.client.wire("lan")
    told: list[str] = []

    def has_last_word() -> bool:
        told.extend(arp.sender_mac for arp in wire.arps() if arp.is_gratuitous and arp.sender == lab.vip)
        return told[-1:] == [lab.mac("director1")]

    with wire:
        wait_for_holder(lab, TAKEN_OVER, "director1")
        wait_for(has_last_word, within=TAKEN_OVER, what="director1 says nothing", seen=lambda: str(told))
