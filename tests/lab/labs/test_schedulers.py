"""Every scheduler, by what tells it from the others; the judge's arithmetic is what the kernel does."""

import http.client
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from lvslab.host import client
from lvslab.judge import hashing, schedulers
from lvslab.lifecycle.progress import Silence
from lvslab.measure.addresses import addresses
from lvslab.model import Scheduler, SchedulerFlag, parse_lab
from lvslab.model.rules.scheduling import NOT_BUILT
from lvslab.model.table import flags_of
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for
from provision.provisioner import provision
from tests.lab.harness.balancing import (
    DIRECTOR,
    PATIENCE,
    Held,
    balance,
    balancing_also,
    homes,
    remove,
    wait_until_idle,
    weigh,
)

# three real servers on the machines of the default lab
pytestmark = pytest.mark.lab("lvs-dr-routers")
LAB_FILE = Path(__file__).parents[3] / "labs" / "lvs-dr-routers.yml"
SERVERS = ("web1", "web2", "nfs")
CLIENTS = 24
SECOND_VIP = "192.168.0.201"
RELOADED = 20.0
Pick = Callable[[Mapping[str, int], Mapping[str, int]], str | None]


@pytest.fixture(scope="module", autouse=True)
def forgetful(lab: LabUnderTest) -> None:
    """Have the director forget a connection one second after its end: the schedulers count those that it knows."""
    lab.node(DIRECTOR).check_output("ipvsadm --set 0 1 0")


@pytest.fixture(scope="module")
def ends(lab: LabUnderTest) -> Iterator[tuple[tuple[str, int], ...]]:
    """Return 24 clients: addresses, and any port of each."""
    with addresses(lab.model, lab.model.virtual_services[0], CLIENTS) as every:
        yield tuple((each, 0) for each in every)


@pytest.fixture
def held(lab: LabUnderTest) -> Iterator[Held]:
    """Return connections to be held open; all are closed in the end."""
    connections = Held(lab)
    yield connections
    connections.close()


def picks(lab: LabUnderTest, count: int) -> list[str]:
    """Return who answers so many requests, one after the other."""
    return [answer.server for answer in lab.client.get(count)]


def predicted(pick: Pick, weights: Mapping[str, int], count: int) -> list[str | None]:
    """Return where so many connections go that all stay open."""
    active: Counter[str] = Counter()
    order = []
    for _ in range(count):
        server = pick(weights, active)
        active.update([server] if server else [])
        order.append(server)
    return order


def is_turn_of(seen: Sequence[str], cycle: Sequence[str]) -> bool:
    """Whether a sequence is a cycle over and over, begun anywhere in it."""
    turns = ([cycle[(start + step) % len(cycle)] for step in range(len(seen))] for start in range(len(cycle)))
    return list(seen) in turns


# those that look at no connection


def test_rr_takes_turns_whatever_the_weights(lab: LabUnderTest) -> None:
    """A weight of 5 gives no more than one of 1."""
    weights = balance(lab, Scheduler.RR, web1=5)
    assert is_turn_of(picks(lab, 12), schedulers.rr(weights, 3))


@pytest.mark.parametrize("weights", [{"web1": 2, "nfs": 0}, {"web1": 4, "web2": 3, "nfs": 2}], ids=str)
def test_wrr_repeats_its_exact_sequence(lab: LabUnderTest, weights: dict[str, int]) -> None:
    """2 to 1 is AAB, 4 to 3 to 2 is AABABCABC in the order of the table; a weight of 0 gets nothing."""
    there = balance(lab, Scheduler.WRR, **weights)
    length = schedulers.cycle(Scheduler.WRR, there)
    assert is_turn_of(picks(lab, 3 * length), schedulers.wrr(there, length))


@pytest.mark.parametrize("weights", [{}, {"nfs": 3, "web2": 2}], ids=str)
def test_sh_sends_each_client_where_its_hash_says(
    lab: LabUnderTest, ends: Sequence[tuple[str, int]], weights: dict[str, int]
) -> None:
    """Time and again, each to its own server; together they use all servers."""
    there = balance(lab, Scheduler.SH, **weights)
    seen = homes(lab, ends)
    assert seen == {end: hashing.sh(there, end[0]) for end in ends}
    assert set(seen.values()) == set(SERVERS)
    assert homes(lab, ends) == seen


def test_sh_port_sends_each_port_where_its_hash_says(lab: LabUnderTest) -> None:
    """One client is many: its connections are spread like those of many addresses."""
    there = balance(lab, Scheduler.SH, SchedulerFlag.SH_PORT)
    own = lab.address("client")
    ports = [(own, port) for port in range(20000, 20000 + CLIENTS)]
    seen = homes(lab, ports)
    assert seen == {end: hashing.sh(there, *end) for end in ports}
    assert set(seen.values()) == set(SERVERS)


def test_sh_refuses_the_clients_of_a_paused_server_unless_they_fall_back(
    lab: LabUnderTest, ends: Sequence[tuple[str, int]]
) -> None:
    """Weight 0 keeps the server's buckets. With the flag they are answered elsewhere. Nobody else moves."""
    for flags in ((), (SchedulerFlag.SH_FALLBACK,)):
        there = balance(lab, Scheduler.SH, *flags) | {"web1": 0}
        before = homes(lab, ends)
        weigh(lab, "web1", 0)
        after = homes(lab, ends)
        assert after == {end: hashing.sh(there, end[0], fallback=bool(flags)) for end in ends}
        assert {end for end in ends if before[end] != after[end]} == {end for end in ends if before[end] == "web1"}
        assert (None in after.values()) is not bool(flags)


def test_sh_moves_the_clients_of_others_when_a_server_is_removed(
    lab: LabUnderTest, ends: Sequence[tuple[str, int]]
) -> None:
    """The buckets are dealt anew, so about half of those move whose server is still there."""
    there = balance(lab, Scheduler.SH)
    before = homes(lab, ends)
    remove(lab, "web1")
    after = homes(lab, ends)
    assert after == {end: hashing.sh({name: 1 for name in there if name != "web1"}, end[0]) for end in ends}
    others = [end for end in ends if before[end] != "web1"]
    assert sum(before[end] != after[end] for end in others) > len(others) / 4


def test_mh_moves_hardly_anybody_else_when_a_server_is_removed(
    lab: LabUnderTest, ends: Sequence[tuple[str, int]]
) -> None:
    """Each client has its server, and keeps it when another goes."""
    balance(lab, Scheduler.MH)
    before = homes(lab, ends)
    assert set(before.values()) == set(SERVERS)
    assert homes(lab, ends) == before
    remove(lab, "web1")
    after = homes(lab, ends)
    assert set(after.values()) == {"web2", "nfs"}
    assert sum(before[end] not in ("web1", after[end]) for end in ends) <= 1


def test_mh_refuses_the_clients_of_a_paused_server_unless_they_fall_back(
    lab: LabUnderTest, ends: Sequence[tuple[str, int]]
) -> None:
    """As sh does: with the flag they are answered elsewhere, and nobody else moves."""
    for flags in ((), (SchedulerFlag.MH_FALLBACK,)):
        balance(lab, Scheduler.MH, *flags)
        before = homes(lab, ends)
        weigh(lab, "web1", 0)
        after = homes(lab, ends)
        theirs = {end for end in ends if before[end] == "web1"}
        assert {end for end in ends if before[end] != after[end]} == theirs
        assert {after[end] is None for end in theirs} == {not flags}


def test_mh_port_spreads_one_client(lab: LabUnderTest) -> None:
    """Each of its connections is hashed by itself."""
    balance(lab, Scheduler.MH, SchedulerFlag.MH_PORT)
    assert set(picks(lab, CLIENTS)) == set(SERVERS)


def test_dh_sends_all_clients_of_one_address_to_one_server(
    lab: LabUnderTest, ends: Sequence[tuple[str, int]]
) -> None:
    """The VIP's hash says which, whatever the weights; when that is paused, all are refused."""
    there = balance(lab, Scheduler.DH, web1=5)
    home = hashing.dh(there, lab.vip)
    assert home
    assert set(homes(lab, ends).values()) == {home}
    weigh(lab, home, 0)
    assert set(homes(lab, ends).values()) == {None}


def test_dh_sends_two_addresses_to_a_server_each(lab: LabUnderTest, ends: Sequence[tuple[str, int]]) -> None:
    """Whoever asks: the hash of the address that is asked says where, and these two have different ones."""
    there = balance(lab, Scheduler.DH)
    first, second = hashing.dh(there, lab.vip), hashing.dh(there, SECOND_VIP)
    assert first != second
    with balancing_also(lab, SECOND_VIP, Scheduler.DH):
        assert set(homes(lab, ends).values()) == {first}
        assert set(homes(lab, ends, SECOND_VIP).values()) == {second}


def test_fo_takes_the_highest_weight_and_the_next_when_that_is_paused(lab: LabUnderTest) -> None:
    """A connection that is open when its server gets weight 0 goes on."""
    there = balance(lab, Scheduler.FO, web1=3, web2=2)
    assert set(picks(lab, 6)) == {schedulers.fo(there, {})} == {"web1"}
    old = http.client.HTTPConnection(lab.vip, 80, timeout=PATIENCE)
    client.inside(old.connect)
    weigh(lab, "web1", 0)
    assert set(picks(lab, 6)) == {"web2"}
    old.request("GET", "/", headers={"Connection": "close"})
    assert old.getresponse().getheader("X-Real-Server") == "web1"
    old.close()
    weigh(lab, "web1", 3)
    assert set(picks(lab, 6)) == {"web1"}


# those that look at connections


@pytest.mark.parametrize(
    ("scheduler", "pick"),
    [
        (Scheduler.LC, schedulers.lc),
        (Scheduler.WLC, schedulers.wlc),
        (Scheduler.SED, schedulers.sed),
        (Scheduler.NQ, schedulers.nq),
        (Scheduler.OVF, schedulers.ovf),
        (Scheduler.FO, schedulers.fo),
    ],
)
def test_each_open_connection_decides_where_the_next_goes(
    lab: LabUnderTest, held: Held, scheduler: Scheduler, pick: Pick
) -> None:
    """Nine that stay open, weights 1, 2 and 3: each goes where the judge's arithmetic says."""
    weights = balance(lab, scheduler, web2=2, nfs=3)
    wait_until_idle(lab)
    assert held.more(9) == predicted(pick, weights, 9)


def test_lc_and_wlc_fill_up_the_server_that_has_become_free(lab: LabUnderTest, held: Held) -> None:
    """Six are held, two on each; those of web1 end, and the next two go there."""
    for scheduler in (Scheduler.LC, Scheduler.WLC):
        balance(lab, scheduler)
        wait_until_idle(lab)
        assert Counter(held.more(6)) == dict.fromkeys(SERVERS, 2)
        held.let_go("web1")
        assert held.more(2) == ["web1", "web1"]
        for server in SERVERS:
            held.let_go(server)


@pytest.mark.parametrize("scheduler", [Scheduler.LC, Scheduler.WLC])
def test_lc_and_wlc_keep_short_connections_from_a_server_with_long_ones(
    lab: LabUnderTest, held: Held, scheduler: Scheduler
) -> None:
    """Two are held on web1 and none elsewhere: twelve that end at once go to the other two, though they end there."""
    balance(lab, scheduler)
    wait_until_idle(lab)
    assert Counter(held.more(6)) == dict.fromkeys(SERVERS, 2)
    for server in ("web2", "nfs"):
        held.let_go(server)
    assert set(picks(lab, 12)) == {"web2", "nfs"}


def test_wlc_gives_by_weight_what_lc_gives_alike(lab: LabUnderTest, held: Held) -> None:
    """Six that stay open, weights 4, 1 and 1: lc gives each server two, and wlc four to the heavy one."""
    seen = {}
    for scheduler in (Scheduler.LC, Scheduler.WLC):
        balance(lab, scheduler, web1=4)
        wait_until_idle(lab)
        seen[scheduler] = Counter(held.more(6))
        for server in SERVERS:
            held.let_go(server)
    assert seen == {Scheduler.LC: dict.fromkeys(SERVERS, 2), Scheduler.WLC: {"web1": 4, "web2": 1, "nfs": 1}}


@pytest.mark.parametrize(
    "scheduler",
    [
        Scheduler.RR,
        Scheduler.LC,
        Scheduler.WLC,
        Scheduler.LBLC,
        Scheduler.LBLCR,
        Scheduler.SED,
        Scheduler.NQ,
        Scheduler.OVF,
    ],
)
def test_a_paused_server_is_passed_over_and_keeps_what_it_has(
    lab: LabUnderTest, held: Held, scheduler: Scheduler
) -> None:
    """The server whose turn it would be gets weight 0: none of three more goes there, and none that is open ends."""
    balance(lab, scheduler, **dict.fromkeys(SERVERS, 5))
    wait_until_idle(lab)
    before = held.more(3)
    paused = before[0]
    weigh(lab, paused, 0)
    assert paused not in held.more(3)
    assert lab.real_servers(DIRECTOR)[paused].active == before.count(paused)


def test_sed_picks_as_in_the_worked_example(lab: LabUnderTest, held: Held) -> None:
    """A, B and C of weights 1, 2 and 3 have 1, 2 and 3 open: 2/1, 3/2 and 4/3, so the next goes to C."""
    balance(lab, Scheduler.SED, web1=1, web2=2, nfs=3)
    wait_until_idle(lab)
    assert Counter(held.more(6)) == {"web1": 1, "web2": 2, "nfs": 3}
    assert held.more(1) == ["nfs"]


def test_nq_uses_an_idle_server_where_sed_waits_for_a_fast_one(lab: LabUnderTest, held: Held) -> None:
    """Three connections, of which sed gives the slow server none and nq one."""
    seen = {}
    for scheduler in (Scheduler.SED, Scheduler.NQ):
        balance(lab, scheduler, web1=1, web2=5, nfs=5)
        wait_until_idle(lab)
        seen[scheduler] = Counter(held.more(3))["web1"]
        for server in SERVERS:
            held.let_go(server)
    assert seen == {Scheduler.SED: 0, Scheduler.NQ: 1}


@pytest.mark.parametrize("scheduler", [Scheduler.SED, Scheduler.NQ])
def test_sed_and_nq_leave_short_connections_with_one_server(lab: LabUnderTest, scheduler: Scheduler) -> None:
    """None is open when the next one comes, and those that are closing do not count; sed takes the heaviest."""
    weights = balance(lab, scheduler, web1=2)
    wait_until_idle(lab)
    home = {Scheduler.SED: schedulers.sed, Scheduler.NQ: schedulers.nq}[scheduler](weights, {})
    assert set(picks(lab, 6)) == {home}
    assert (home == "web1") is (scheduler is Scheduler.SED)


def test_ovf_refuses_when_every_server_has_more_open_than_its_weight(lab: LabUnderTest, held: Held) -> None:
    """Each takes one more than its weight, the highest first; then there is nobody."""
    balance(lab, Scheduler.OVF, web2=2, nfs=3)
    wait_until_idle(lab)
    assert held.more(9) == ["nfs"] * 4 + ["web2"] * 3 + ["web1"] * 2
    with pytest.raises(ConnectionRefusedError):
        held.more(1)


@pytest.mark.parametrize(("scheduler", "returns"), [(Scheduler.LBLC, False), (Scheduler.LBLCR, True)])
def test_lblc_leaves_an_overloaded_server_and_lblcr_takes_another_beside_it(
    lab: LabUnderTest, held: Held, scheduler: Scheduler, returns: bool
) -> None:
    """Three open on a weight of 2 are too many when another is idle; when they end, lblcr knows the first still."""
    weights = balance(lab, scheduler, web1=2, web2=2, nfs=2)
    wait_until_idle(lab)
    first, second, _ = weights
    assert held.more(4) == [first, first, first, second]
    held.let_go(first)
    assert held.more(1) == [first if returns else second]


# the way to them


@pytest.mark.parametrize("scheduler", NOT_BUILT)
def test_the_kernel_lacks_what_a_lab_file_may_not_say(lab: LabUnderTest, scheduler: Scheduler) -> None:
    """Once Debian builds the module, the rule can go."""
    assert lab.node(DIRECTOR).run("modprobe --dry-run ip_vs_%s", scheduler.value).rc != 0


@pytest.mark.parametrize(
    ("scheduler", "flags"),
    [
        ("sh", "[sh-port, sh-fallback]"),
        ("mh", "[mh-port, mh-fallback]"),
        ("lblcr", "[]"),
        ("ovf", "[]"),
    ],
)
def test_a_lab_file_says_scheduler_and_flags(lab: LabUnderTest, scheduler: str, flags: str) -> None:
    """keepalived takes the file, the table has them both, and a second look finds nothing to do."""
    text = LAB_FILE.read_text()
    changed = parse_lab(text.replace("scheduler: rr", f"scheduler: {scheduler}\n    scheduler_flags: {flags}"))
    wanted = changed.virtual_services[0]
    remotes = {DIRECTOR: lab.remote(DIRECTOR)}
    provision(changed, remotes, Silence().node, False)
    seen: list[tuple[str, str, int]] = []

    def is_there() -> bool:
        seen[:] = [(each.scheduler, each.flags, len(each.real_servers)) for each in lab.ipvs(DIRECTOR)]
        return seen == [(wanted.scheduler.value, flags_of(wanted), len(SERVERS))]

    wait_for(is_there, within=RELOADED, what=f"{scheduler} is not in the table", seen=lambda: str(seen), every=0.2)
    [again] = provision(changed, remotes, Silence().node, True)
    assert again.steps == ()
    assert {answer.status for answer in lab.client.get(6)} == {200}
