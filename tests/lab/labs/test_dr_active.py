"""Two directors that both work, each master of one VIP; when one is gone the other holds both, within 0.2 s."""

import pytest
from harness.asking import Asking
from harness.settled import wait_for_holders

from lvslab.judge.predict import Moment, Prediction, find, setup_of
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

pytestmark = [pytest.mark.lab("lvs-dr-active"), pytest.mark.thorough]
VRRP = 112
PORT = 80
VIPS = {"director1": "192.168.18.41", "director2": "192.168.18.42"}
SERVICES = {"director1": "one", "director2": "two"}
INSTANCES = {"director1": "VI_1", "director2": "VI_2"}
OTHER = {"director1": "director2", "director2": "director1"}
DIRECTORS = pytest.mark.parametrize("director", VIPS)
TAKEN_OVER = 20.0
# counters are added up every two seconds
COUNTED = 10.0
# the prober asks every 10 ms, and the new master's own work is no timer where processors are emulated
INTERVAL, WORK = 0.01, 0.15


def wait_until_settled(lab: LabUnderTest) -> None:
    """Return when each director holds its own VIP and both have all real servers.

    After a restore machines wake one after the other, and 50 ms are soon over: for a moment both are master.
    """

    def tables() -> dict[str, list[int]]:
        return {name: [len(entry.real_servers) for entry in lab.ipvs(name)] for name in VIPS}

    wait_for_holders(lab, TAKEN_OVER, {vip: (name,) for name, vip in VIPS.items()})
    wanted = {name: [2, 2] for name in VIPS}
    wait_for(
        lambda: tables() == wanted, within=TAKEN_OVER, what=f"the tables are not {wanted}", seen=lambda: str(tables())
    )


def passed_on(lab: LabUnderTest, director: str) -> dict[str, int]:
    """Return how many connections a director has passed on for each VIP, which lags by up to two seconds."""
    return {
        entry.address.removesuffix(f":{PORT}"): sum(row.connections for row in entry.real_servers)
        for entry in lab.ipvs(director)
    }


def adverts(lab: LabUnderTest) -> set[tuple[str, str, int, int, int, int]]:
    """Return the adverts of a second: source, destination, version, router id, priority, interval in 1/100 s.

    RFC 9568, section 5.2.
    """
    with lab.client.wire("lan", host=None) as wire:
        frames = list(wire.frames(within=1.0))
    found = [frame.payload for frame in frames if frame.kind == 0x0800 and frame.payload[9] == VRRP]
    return {
        (
            ".".join(map(str, raw[12:16])),
            ".".join(map(str, raw[16:20])),
            raw[20] >> 4,
            raw[21],
            raw[22],
            int.from_bytes(raw[24:26]) & 0xFFF,
        )
        for raw in found
    }


def promised(lab: LabUnderTest, director: str) -> Prediction:
    """Return what it should cost that a director is powered off which is master of one VIP."""
    told = find(setup_of(lab.model), "node.power-off master")
    [one] = [each for each in told if (each.subject, each.moment) == (INSTANCES[director], Moment.INJECT)]
    return one


@DIRECTORS
def test_each_vip_is_its_own_directors(lab: LabUnderTest, director: str) -> None:
    """The client asks one director for the one, and the other for the other; both answer by both web servers."""
    vip = VIPS[director]
    answers = lab.client.get(10, address=vip)
    assert {answer.server for answer in answers} == {"web1", "web2"}
    assert lab.client.neighbour(vip) == lab.mac(director)
    assert lab.holders(vip) == (director,)
    other = OTHER[director]
    assert lab.vrrp()[director] == {INSTANCES[director]: "MASTER", INSTANCES[other]: "BACKUP"}


@DIRECTORS
def test_each_director_passes_on_what_is_for_its_vip(lab: LabUnderTest, director: str) -> None:
    """The connections are counted by the one that holds the address, and by no other."""
    other, vip = OTHER[director], VIPS[director]
    before, idle = passed_on(lab, director)[vip], passed_on(lab, other)[vip]
    lab.client.get(20, address=vip)
    wait_for(lambda: passed_on(lab, director)[vip] - before >= 20, within=COUNTED, what=f"{director} counts no 20")
    assert passed_on(lab, other)[vip] == idle


def test_adverts_are_version_3_every_50_ms_from_one_to_the_other(lab: LabUnderTest) -> None:
    """By unicast both ways, each the master's own."""
    one, two = lab.address("director1"), lab.address("director2")
    assert adverts(lab) == {(one, two, 3, 51, 100, 5), (two, one, 3, 52, 100, 5)}


@DIRECTORS
@pytest.mark.usefixtures("restored")
def test_the_other_holds_both_when_one_is_powered_off(lab: LabUnderTest, director: str) -> None:
    """Within what VRRPv3 promises: 3 x 0.05 s and the skew, less up to an interval. The other VIP is never missed."""
    other, told = OTHER[director], promised(lab, director)
    assert told.latest is not None
    wait_until_settled(lab)
    with Asking(VIPS[other], PORT) as beside, lab.probe(service=SERVICES[director]) as probe:
        lab.inject("node.power-off", director)
        wait_for_holders(lab, TAKEN_OVER, dict.fromkeys(VIPS.values(), (other,)))
        assert {answer.server for answer in lab.client.get(10, address=VIPS[director])} == {"web1", "web2"}
    assert [each.error for each in beside.since(0) if each.error] == []
    outage = max(each.length for each in probe.outages if each.end is not None) / 1e9
    assert told.earliest - INTERVAL <= outage <= told.latest + INTERVAL + WORK


@pytest.mark.usefixtures("recovers")
def test_each_takes_its_own_back(lab: LabUnderTest) -> None:
    """keepalived stops on one, and starts again; the other gives back what was not its own. Then it is its turn."""
    wait_until_settled(lab)
    for director, other in OTHER.items():
        lab.node(director).check_output("systemctl stop keepalived")
        wait_for_holders(lab, TAKEN_OVER, dict.fromkeys(VIPS.values(), (other,)))
        lab.node(director).check_output("systemctl start keepalived")
        wait_for_holders(lab, TAKEN_OVER, {vip: (name,) for name, vip in VIPS.items()})


def test_provisioning_again_finds_nothing_to_do(lab: LabUnderTest) -> None:
    """What is there is what the lab file says."""
    assert {name: outcome.steps for name, outcome in lab.plan().items() if outcome.steps} == {}
