"""Drills on every lab that comes with lvslab: what fits is predicted, judged and shown, what does not is told."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lvslab import faults
from lvslab.drill.orders import orders_of
from lvslab.errors import UsageError
from lvslab.history import (
    Advert,
    Arp,
    Attempt,
    DirectorSample,
    Event,
    Fault,
    History,
    Log,
    Phase,
    Recovery,
    Row,
    Run,
    RunFolder,
    Served,
    StorageSample,
    WebSample,
)
from lvslab.judge import Verdict, judge
from lvslab.judge.distribution import witnesses
from lvslab.judge.predict import of_strike, predictions, setup_of
from lvslab.judge.sight import Sight
from lvslab.judge.strikes import strike_of
from lvslab.measure.watch import chosen
from lvslab.model import Drill, Lab, LocalService, Protocol, Role, load_drill, load_lab, parse_drill
from lvslab.report import write_all
from tests.unit.recorded import LABS

MS = 1_000_000
SECOND = 1000 * MS
RATE = 50
ENDS = 20
BEGINS, HEALS, SETTLED = 6, 8, 10
EVERY = [load_lab(path) for path in sorted(LABS.glob("*.yml"))]
DRILLS = [load_drill(path) for path in sorted((LABS.parent / "drills").glob("*.yml"))]
on_every_lab = pytest.mark.parametrize("lab", EVERY, ids=lambda lab: lab.name)
# the one fault that costs nothing on any lab
STEP = "drill: made\ntitle: Made\ntimeline: [{at: 0, inject: clock.step, target: master, for: 2}]\nfor: 4\n"
HOLDS = "expect: {outage: none, holder: {before: master, after: master}}\n"


def injected(lab: Lab, drill: Drill) -> list[Fault]:
    """Return the steps of a drill's faults, each injected at 6 s and healed at 8 s."""
    moments = {"injecting": BEGINS, "injected": BEGINS, "healing": HEALS, "healed": HEALS}
    return [
        Fault(at * SECOND, number, step, order.name, order.targets, dict(order.arguments))
        for number, order in enumerate(orders_of(lab, drill))
        for step, at in moments.items()
    ]


def turns(lab: Lab, name: str = "") -> tuple[str, ...]:
    """Return who answers in turn for a service: each server as often as its weight says."""
    service = chosen(lab, name)
    if isinstance(service, LocalService):
        return (lab.holder_of(service.address),)
    return tuple(server.node for server in service.real_servers for _ in range(server.weight))


def requests(lab: Lab, name: str = "") -> Iterator[Event]:
    """Return what prober and web servers have of requests that are all answered; by UDP these log nothing."""
    service, servers = chosen(lab, name), turns(lab, name)
    source = str(next(iter(lab.client.addresses.values())))
    for number in range(ENDS * RATE):
        t, port, server = number * SECOND // RATE, 20000 + number, servers[number % len(servers)]
        # behind address translation, where networks have an inside, a web server is asked at its own address
        vip = str(lab.node(server).addresses.get("inside", service.address))
        done = t + 4 * MS
        if service.protocol is Protocol.UDP:
            yield Attempt(t, t, None, done, done, source, port, service.name, server)
            continue
        yield Attempt(t, t, t + MS, done, done, source, port, service.name, server, 200)
        yield Served(t + 2 * MS, server, source, port, vip, 200, "lvslab-prober")


def looks(lab: Lab, second: int, name: str = "") -> Iterator[Event]:
    """Return a look at every node that is as the lab file says."""
    t, asked, servers = second * SECOND, chosen(lab, name), turns(lab, name)
    sent = [servers[number % len(servers)] for number in range(second * RATE)]
    for node in lab.directors:
        holds = tuple(str(vip) for vip in lab.vips if lab.holder_of(vip) == node.name)
        rows = tuple(
            Row(service.name, server.node, server.weight, 0, 0, sent.count(server.node) if passes else 0)
            for service in lab.virtual_services
            for passes in [service is asked and str(service.address) in holds]
            for server in service.real_servers
        )
        states = {name: state.value for name, state in lab.vrrp_state(node).items()}
        httpd = True if node in lab.web_servers else None
        yield DirectorSample(t, node.name, MS, holds, states, lab.has_keepalived(node), rows, httpd=httpd)
    for node in lab.with_role(Role.WEB):
        yield WebSample(t, node.name, MS, httpd=True, mounted=True if lab.storage else None)
    if lab.storage:
        members, spares = lab.storage.array.members, lab.storage.array.spares
        yield StorageSample(t, lab.storage.node, MS, "clean", members, 0, spares, mounted=True, exported=True)


def packets(lab: Lab, second: int) -> Iterator[Event]:
    """Return the masters' adverts, and at the beginning who has each VIP."""
    for each in lab.vrrp_instances:
        node = lab.node(each.master)
        priority, interval = each.priorities[node.name], float(each.advert_int)
        yield Advert(
            second * SECOND,
            each.network,
            node.mac(each.network),
            str(node.addresses[each.network]),
            each.virtual_router_id,
            each.version,
            priority,
            interval,
            tuple(map(str, each.virtual_addresses)),
            node.name,
        )
    for vip in lab.vips if second == 0 else ():
        network, node = lab.network_of(vip), lab.node(lab.holder_of(vip))
        assert network is not None
        yield Arp(0, network.name, 2, node.mac(network.name), str(vip), "whoever asked", node.name)


def quiet(lab: Lab, drill: Drill) -> History:
    """Return a run in which a drill's faults cost nothing."""
    name = drill.probe.service or ""
    marks = {"before": 0, "fault": BEGINS, "recovery": SETTLED, "after": SETTLED + 1, "end": ENDS}
    events: list[Event] = [
        Run(drill.name, lab.name, "made", "2026-11-20T10:00:00Z", 0, 0, "tcg", float(RATE)),
        *requests(lab, name),
        *(event for second in range(ENDS) for event in (*looks(lab, second, name), *packets(lab, second))),
        *injected(lab, drill),
        *(Phase(at * SECOND, name) for name, at in marks.items()),
        Recovery((SETTLED + 1) * SECOND, SECOND),
        Log(0, lab.directors[0].name, "systemd", 6, "Startup finished"),
    ]
    return History(tuple(sorted(events, key=lambda each: each.t)))


@on_every_lab
def test_a_drill_that_costs_nothing_passes_on_every_lab_and_is_shown(lab: Lab, tmp_path: Path) -> None:
    """IPv4 and IPv6, one VIP and several, with and without IPVS, VRRP and storage: all judges find what they need."""
    drill = parse_drill(STEP + HOLDS)
    history = quiet(lab, drill)
    found = judge(history, lab, drill)
    assert [each.message for each in found if each.verdict is not Verdict.PASS] == []
    folder = RunFolder(tmp_path)
    write_all(folder, history, lab, drill, found)
    assert json.loads((tmp_path / "summary.json").read_text())["verdict"] == "pass"
    assert lab.name in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("name", ["flows", "datagrams"])
def test_a_drill_that_asks_by_udp_is_judged_and_shown(name: str, tmp_path: Path) -> None:
    """A frozen httpd costs datagrams nothing; no page speaks of connections, and no web server's log is heard."""
    lab = load_lab(LABS / "lvs-udp.yml")
    frozen = "[{at: 0, inject: process.freeze, target: real-server, with: {process: httpd}, for: 2}]"
    drill = parse_drill(f"drill: made\ntitle: Made\nprobe: {{service: {name}}}\ntimeline: {frozen}\nfor: 4\n")
    history = quiet(lab, drill)
    found = judge(history, lab, drill)
    assert [each.message for each in found if each.verdict is not Verdict.PASS] == []
    folder = RunFolder(tmp_path)
    write_all(folder, history, lab, drill, found)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["verdict"] == "pass"
    assert {(each["service"], each["log"]) for each in summary["shares"]} == {(name, None)}
    page = (tmp_path / "report.html").read_text()
    assert "each a datagram from a new port" in page and "each a new connection" not in page


@pytest.mark.parametrize("wish", ["load: {users: 2}", "downloads: 2"])
def test_load_and_downloads_of_a_service_by_udp_are_refused(wish: str) -> None:
    """In the one error that tells all that the lab lacks, before anything is touched."""
    drill = parse_drill(f"{STEP}lab: lvs-udp\nprobe: {{service: flows}}\n{wish}\n")
    with pytest.raises(UsageError, match="drill made cannot run on lvs-udp: lvs-udp: flows has no pages"):
        orders_of(load_lab(LABS / "lvs-udp.yml"), drill)


def test_a_service_that_a_lab_lacks_is_told() -> None:
    """By its name, and with those that there are."""
    drill = parse_drill(f"{STEP}probe: {{service: flows}}\n")
    with pytest.raises(UsageError, match=r"no service flows has pages or answers datagrams; there is http$"):
        orders_of(load_lab(LABS / "lvs-dr.yml"), drill)


@pytest.mark.parametrize("lab", [lab for lab in EVERY if lab.virtual_services], ids=lambda lab: lab.name)
def test_client_directors_and_access_logs_tell_the_same_on_every_lab(lab: Lab) -> None:
    """Each of them counts the connections, whatever address a web server is asked at."""
    sight = Sight(quiet(lab, parse_drill(STEP)), lab, parse_drill(STEP))
    service = next(each for each in lab.virtual_services if each.name == chosen(lab, "").name)
    heard = witnesses(sight, service, sight.history.phases[0])
    assert [each.name for each in heard] == ["client", "ipvs", "access log"]
    assert all(abs(each.total - BEGINS * RATE) <= RATE for each in heard), heard


@on_every_lab
def test_a_drill_fits_a_lab_or_says_in_one_error_what_it_lacks(lab: Lab) -> None:
    """Which drill, which lab, and what to do about it; nothing has happened to the lab by then."""
    for drill in DRILLS:
        try:
            assert len(orders_of(lab, drill)) == len(drill.timeline)
        except UsageError as err:
            assert drill.lab != lab.name
            assert err.message.startswith(f"drill {drill.name} cannot run on {lab.name}: ")
            assert err.hint == f"lvslab up {drill.lab}, the lab that it was written for"


@on_every_lab
def test_every_drill_that_fits_is_predicted(lab: Lab) -> None:
    """Something is told beforehand of each of its faults, on labs that it was not made for as well."""
    for drill in (each for each in DRILLS if fits(lab, each)):
        service = chosen(lab, drill.probe.service or "").name
        steps = injected(lab, drill)
        history = History(tuple(sorted(steps, key=lambda each: each.t)))
        for span in history.faults:
            strike = strike_of(history, lab, span, service)
            assert of_strike(setup_of(lab), strike), f"{drill.name}: {strike.key}"


def fits(lab: Lab, drill: Drill) -> bool:
    """Whether a lab has what a drill needs."""
    try:
        orders_of(lab, drill)
    except UsageError:
        return False
    return True


@on_every_lab
def test_everything_that_is_predicted_can_be_told(lab: Lab) -> None:
    """As a table and as JSON, each with a reason and where it is from."""
    for each in predictions(setup_of(lab)):
        assert each.window and each.failing and each.source
        assert json.dumps(each.as_json())


@on_every_lab
@pytest.mark.parametrize("name", faults.kinds())
def test_every_fault_can_be_ordered_on_every_node_or_says_why_not(lab: Lab, name: str) -> None:
    """Idle machines included: the answer is an order, or a UsageError."""
    for node in lab.nodes:
        try:
            assert faults.order(lab, name, (node,)).targets == (node,)
        except UsageError as err:
            assert err.message.startswith(name) or lab.name in err.message


def test_all_that_a_lab_lacks_is_told_at_once() -> None:
    """Targets, expected holders, storage: nobody mends one to learn of the next."""
    text = (
        STEP.replace("master", "storage") + "writes: true\nlab: lvs-dr-ipvsadm\nexpect: {holder: {after: backup}}\n"
    )
    with pytest.raises(UsageError) as caught:
        orders_of(load_lab(LABS / "lvs-dr-ipvsadm.yml"), parse_drill(text))
    assert caught.value.message == "drill made cannot run on lvs-dr-ipvsadm: lvs-dr-ipvsadm has no storage"
    assert caught.value.details == ["lvs-dr-ipvsadm has no backup"]
    assert caught.value.hint == "lvslab graph lvs-dr-ipvsadm"
