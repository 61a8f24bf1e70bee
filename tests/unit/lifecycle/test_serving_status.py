"""Status and expectations of two directors that are real servers as well: a VIP on lo is nobody's."""

from lvslab.host.isolation import Keeper
from lvslab.host.state import Phase, State
from lvslab.lifecycle.status import Status, assemble
from lvslab.lifecycle.verify import mismatches
from lvslab.model import load_lab
from lvslab.nodes.probe import Readings
from tests.unit.recorded import LABS, altered, status_of

LAB = load_lab(LABS / "lvs-dr-local.yml")
RUNNING = dict.fromkeys(LAB.nodes, "running")
LOOPBACK = '{"family":"inet","local":"127.0.0.1"'
HIDDEN = '{"family":"inet","local":"192.168.18.41","prefixlen":32,"scope":"global","label":"lo"},'
OTHERS = (("192.168.18.32:80", "192.168.18.31:80"), ("192.168.18.33:80", "192.168.18.30:80"))


def director(name: str, hidden: bool = True) -> Readings:
    """Return what a director of lvs-dr said, with the table of this lab and perhaps the VIP on lo."""
    said = status_of("lvs-dr", name)
    for old, new in OTHERS:
        said = altered(altered(said, "ipvs", old, new), "ipvs-counters", old, new)
    said |= {"units": status_of("lvs-nat-local", "director1")["units"]}
    said = altered(said, "units", "Names=apache2.service", "Names=nginx.service")
    return altered(said, "addresses", LOOPBACK, HIDDEN + LOOPBACK) if hidden else said


def seen(**said: Readings) -> Status:
    """Return the status by what directors said."""
    state = State("x", LAB.name, Phase.READY, Keeper(1, 1), "tcg", "", "")
    idle = {name: status_of("lvs-dr", "web1") for name in ("web1", "web2", "nfs")}
    return assemble(LAB, state, RUNNING, idle | said)


def test_a_vip_that_both_have_on_lo_has_one_holder() -> None:
    """The master has it on its network besides; all is as the lab file says."""
    status = seen(director1=director("director1"), director2=director("director2"))
    assert status.vip is not None
    assert status.vip.holders == ("director1",)
    assert [status.web[name].vips_on_lo for name in ("director1", "director2")] == [("192.168.18.41/32",)] * 2
    assert mismatches(LAB, status) == []


def test_a_vip_that_is_on_lo_alone_has_no_holder() -> None:
    """Whoever has it there answers no ARP for it."""
    status = seen(director2=director("director2"))
    assert status.vip is not None
    assert status.vip.holders == ()


def test_a_director_that_lacks_it_on_lo_is_told() -> None:
    """As backup it would drop what the master sends."""
    status = seen(director1=director("director1"), director2=director("director2", hidden=False))
    assert mismatches(LAB, status) == ["director2: 192.168.18.41/32 is not on lo"]
