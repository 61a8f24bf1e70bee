"""A director that balances as a test wants it to, and connections that are held open over it."""

import http.client
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from ipaddress import IPv4Address

from lvslab.host import client
from lvslab.model import Scheduler, SchedulerFlag
from lvslab.model.table import flags_of, option_of, rules
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

DIRECTOR = "director1"
PATIENCE = 5.0
# a connection that the lab was verified by is remembered for two minutes after its end
FORGOTTEN = 150.0
COUNTED = 10.0


def balance(lab: LabUnderTest, scheduler: Scheduler, *flags: SchedulerFlag, **weights: int) -> dict[str, int]:
    """Have director1 balance anew; return the weights, 1 but where told, in the order of its table."""
    service = lab.model.virtual_services[0]
    servers = tuple(each.model_copy(update={"weight": weights.get(each.node, 1)}) for each in service.real_servers)
    wanted = service.model_copy(update={"scheduler": scheduler, "scheduler_flags": flags, "real_servers": servers})
    lines = rules(lab.model.model_copy(update={"virtual_services": (wanted,)}))
    lab.node(DIRECTOR).check_output("ipvsadm --clear && printf %%s %s | ipvsadm --restore", lines)
    [there] = lab.ipvs(DIRECTOR)
    assert (there.scheduler, there.flags) == (scheduler.value, flags_of(wanted))
    # the kernel puts what is added before what is there (ip_vs_ctl.c)
    return {each.node: each.weight for each in reversed(servers)}


@contextmanager
def balancing_also(lab: LabUnderTest, address: str, scheduler: Scheduler) -> Iterator[None]:
    """Have director1 balance another address of the VIP's network as well, for as long as the block lasts.

    The address is put where a VIP of direct routing is: on the director's card, and on lo of the real servers.
    """
    service = lab.model.virtual_services[0].model_copy(
        update={"address": IPv4Address(address), "scheduler": scheduler}
    )
    lines = rules(lab.model.model_copy(update={"virtual_services": (service,)}))
    card = lab.node(DIRECTOR).check_output("ip -oneline address show to %s", lab.address(DIRECTOR)).split()[1]
    places = {server.node: "lo" for server in service.real_servers} | {DIRECTOR: card}
    try:
        for name, interface in places.items():
            lab.node(name).check_output("ip address add %s dev %s", f"{address}/32", interface)
        lab.node(DIRECTOR).check_output("printf %%s %s | ipvsadm --restore", lines)
        yield
    finally:
        lab.node(DIRECTOR).run(f"ipvsadm --delete-service {option_of(service)}")
        for name, interface in places.items():
            lab.node(name).run("ip address delete %s dev %s", f"{address}/32", interface)


def weigh(lab: LabUnderTest, server: str, weight: int) -> None:
    """Give a real server another weight; 0 pauses it."""
    where = f"{option_of(lab.model.virtual_services[0])} -r {lab.address(server)}:80"
    lab.node(DIRECTOR).check_output(f"ipvsadm --edit-server {where} --gatewaying --weight {weight}")


def remove(lab: LabUnderTest, server: str) -> None:
    """Take a real server out of the table, as keepalived does with one that its check finds dead."""
    where = f"{option_of(lab.model.virtual_services[0])} -r {lab.address(server)}:80"
    lab.node(DIRECTOR).check_output(f"ipvsadm --delete-server {where}")


def wait_until_idle(lab: LabUnderTest) -> None:
    """Return when the director counts no connection at all, neither open nor closing."""
    seen: dict[str, tuple[int, int]] = {}

    def idle() -> bool:
        seen.update({name: (row.active, row.inactive) for name, row in lab.real_servers(DIRECTOR).items()})
        return not any(map(any, seen.values()))

    wait_for(idle, within=FORGOTTEN, what="connections are still known", seen=lambda: str(seen), every=0.2)


def homes(lab: LabUnderTest, ends: Iterable[tuple[str, int]], address: str = "") -> dict[tuple[str, int], str | None]:
    """Return who answers each of the client's addresses and ports (0: any); None where the connection is refused.

    They ask the VIP, or another ``address`` that is balanced.
    """
    return client.inside(lambda: {end: _answerer(address or lab.vip, end) for end in ends})


def _answerer(vip: str, end: tuple[str, int]) -> str | None:
    connection = http.client.HTTPConnection(vip, 80, timeout=PATIENCE, source_address=end)
    try:
        connection.request("GET", "/", headers={"Connection": "close"})
        response = connection.getresponse()
        response.read()
        return response.getheader("X-Real-Server")
    except ConnectionRefusedError:
        return None
    finally:
        connection.close()


class Held:
    """Connections that have been answered and stay open: to IPVS, active ones."""

    def __init__(self, lab: LabUnderTest) -> None:
        self._lab = lab
        self._open: list[tuple[str, http.client.HTTPConnection]] = []

    def more(self, count: int) -> list[str]:
        """Open so many more, one after the other, and return whom each of them went to."""
        for _ in range(count):
            self._open.append(client.inside(partial(_answered, self._lab.vip)))
        return [server for server, _ in self._open[len(self._open) - count :]]

    def let_go(self, server: str) -> None:
        """Close those of a real server; return when the director has seen it."""
        for name, connection in self._open:
            if name == server:
                connection.close()
        self._open = [each for each in self._open if each[0] != server]
        wait_for(
            lambda: self._lab.real_servers(DIRECTOR)[server].active == 0,
            within=COUNTED,
            what=f"connections to {server} are still open",
            every=0.2,
        )

    def close(self) -> None:
        """Close all."""
        for _, connection in self._open:
            connection.close()


def _answered(vip: str) -> tuple[str, http.client.HTTPConnection]:
    """Ask for a page without ending the connection; whoever answered may end its own half of it."""
    connection = http.client.HTTPConnection(vip, 80, timeout=PATIENCE)
    connection.request("GET", "/")
    response = connection.getresponse()
    response.read()
    return response.getheader("X-Real-Server", ""), connection
