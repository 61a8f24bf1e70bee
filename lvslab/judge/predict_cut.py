"""What it should cost that packets are lost: partitions, one way, by protocol, between any of a cluster's parts.

A request takes a way: from the client to the master, from there to a real server, and back, with NAT by the master
again. Adverts, health checks and the storage's pages have ways of their own. What a fault costs follows from the ways
that it cuts, so a fault that nobody has thought of before is predicted like the usual ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lvslab.judge import predict_director, predict_server, predict_serving, predict_storage
from lvslab.judge.prediction import Moment, Prediction, untold
from lvslab.judge.strike import BACKUP, CLIENT, MASTER, STORAGE, Cut, both_ways, one_way
from lvslab.judge.timing import Carried, ServiceTiming, Setup, VrrpTiming

ARP_AGAIN = 1.0
"""Seconds between two ARP requests for an address that nobody answers for (arp(7), retrans_time_ms)."""
SPLIT = "RFC 3768, section 10; keepalived issue 2387"
CHECKS = "health-checks"
_DIRECTORS = "VRRP takes both directions for granted: what a director hears, not what it can serve, makes it master"


def usual(setup: Setup) -> dict[str, Cut]:
    """Return the cuts that people ask for, by what a fault that makes them is called."""
    servers = tuple(dict.fromkeys(name for each in setup.carried for name in each.servers))
    parts: dict[str, tuple[str, ...]] = {"master": (MASTER,), "backup": (BACKUP,)}
    parts |= {"real-server": servers[:1], "real-server everywhere": servers} if servers else {}
    parts |= {"storage": (STORAGE,)} if setup.storage else {}
    everybody = (MASTER, BACKUP, CLIENT, STORAGE, *servers)
    found = {
        f"network.partition {word}": Cut(both_ways(some, _rest(everybody, some))) for word, some in parts.items()
    }
    found["network.partition master from backup"] = Cut(both_ways((MASTER,), (BACKUP,)))
    found["network.partition master from client"] = Cut(both_ways((MASTER,), (CLIENT,)))
    if servers:
        found["network.partition master from real-servers"] = Cut(both_ways((MASTER,), servers))
        found["network.partition real-server from client"] = Cut(both_ways(servers[:1], (CLIENT,)))
    found |= {f"network.drop {word}": Cut(one_way(some, _rest(everybody, some))) for word, some in parts.items()}
    for protocol in ("vrrp", "sync", CHECKS, "arp"):
        found[f"network.block {protocol}"] = Cut(both_ways((MASTER, BACKUP), everybody), protocol)
    return found


def predictions(setup: Setup, fault: str, cut: Cut) -> Iterator[Prediction]:
    """Return what a cut should cost each service, and its end."""
    for carried in setup.carried:
        service = carried.service
        # the sync daemon's own messages are no request's way, and its state does not hang on them
        if service and service.is_served_by_directors and cut.protocol not in ("sync", "arp"):
            yield predict_serving.cut(service, fault, cut)
        else:
            yield from _Case(fault, carried, cut).predictions()


def _rest(everybody: tuple[str, ...], some: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in everybody if name not in some)


@dataclass(frozen=True)
class _Case:
    """A cut, and one service that it may befall."""

    fault: str
    carried: Carried
    cut: Cut

    @property
    def name(self) -> str:
        """The service's name."""
        return self.carried.name

    @property
    def service(self) -> ServiceTiming | None:
        """The virtual service; None for what directors answer themselves."""
        return self.carried.service

    @property
    def vrrp(self) -> VrrpTiming | None:
        """The VRRP instance, if its adverts do not reach the backup; else None."""
        vrrp = self.carried.vrrp
        has_backup = vrrp is not None and vrrp.priority is not None
        return vrrp if has_backup and self.cut.loses(MASTER, BACKUP, "vrrp") else None

    @property
    def servers(self) -> tuple[str, ...]:
        """The real servers; a director that answers itself is one without a name."""
        return self.carried.servers or ("",)

    @property
    def unchecked(self) -> tuple[str, ...]:
        """The real servers that the master's checks do not reach."""
        return tuple(name for name in self.carried.servers if self.cut.parts(MASTER, name, CHECKS))

    @property
    def hung(self) -> tuple[str, ...]:
        """The real servers that do not reach the storage."""
        reads = self.carried.storage is not None and not self.carried.is_udp
        stored = self.carried.servers if reads else ()
        return tuple(name for name in stored if self.cut.parts(name, STORAGE))

    def is_entered(self, director: str) -> bool:
        """Whether requests reach a director, and replies the client where they come from there."""
        answers = self.service is None or self.carried.carries_replies
        return not self.cut.loses(CLIENT, director) and not (answers and self.cut.loses(director, CLIENT))

    def unserved(self, director: str) -> tuple[str, ...]:
        """Return the real servers by which a request that a director should pass on is not answered."""
        if not self.is_entered(director):
            return self.servers
        home = director if self.carried.carries_replies else CLIENT
        lost = self.cut.loses
        return tuple(name for name in self.carried.servers if lost(director, name) or lost(name, home))

    def predictions(self) -> Iterator[Prediction]:
        """Return what the cut should cost, and its end."""
        reason = self._unknown()
        if reason:
            yield untold(self.fault, self.name, reason, source="arp(7); keepalived.conf(5): vrrp_sync_group")
            return
        yield self._inject()
        yield from self._heal()

    def _unknown(self) -> str:
        if self.cut.protocol == "arp" and self.cut.lost:
            if self.carried.is_udp:
                return "datagrams confirm no ARP entry, so one that is in use ages as well, within a minute"
            return (
                "an ARP entry that is in use is confirmed by TCP and lives on; one that is not ages within a minute"
            )
        if self.cut.in_part:
            return "only one of several networks is cut, and instances of a sync group change their state together"
        return ""

    def _inject(self) -> Prediction:
        gone = self.unserved(MASTER)
        if self.vrrp:
            return self._taken_over(self.vrrp, gone) if gone else self._split(self.vrrp)
        if gone:
            return self._unserved(gone)
        return self._served()

    def _told(
        self,
        *reasons: str,
        window: tuple[float, float | None] = (0, 0),
        share: tuple[float, float] = (1, 1),
        source: str = SPLIT,
    ) -> Prediction:
        return Prediction(self.fault, Moment.INJECT, self.name, *window, share, reasoning=reasons, source=source)

    def _taken_over(self, vrrp: VrrpTiming, gone: tuple[str, ...]) -> Prediction:
        """Return what it costs that the master serves no longer, and the backup hears nothing of it."""
        crash = predict_director.crash(
            vrrp, self.fault, "the backup hears no adverts, and takes over when its timer ends"
        )
        two = "the old master does not know, and is one as well; nobody who asks for the VIP hears it"
        if self.unserved(BACKUP):
            failing = "the backup takes over, and requests that it passes on are not answered either"
            told = self._told(failing, window=(0, None), share=self._share(gone, sure=False))
            return replace(told, two_holders=True)
        if not self.cut.loses(MASTER, CLIENT):
            contested = "the backup takes the VIP as well, and the client hears the ARP of both"
            return untold(self.fault, self.name, contested, source=SPLIT, two_holders=True)
        return replace(
            crash,
            subject=self.name,
            share=self._share(gone),
            two_holders=True,
            unheard=True,
            breaks=not vrrp.synced,
            reasoning=(*crash.reasoning, two),
        )

    def _split(self, vrrp: VrrpTiming) -> Prediction:
        """Return what it costs that the backup takes over from a master that serves as before."""
        takeover = (
            f"the backup hears no adverts and takes over after {vrrp.master_down - vrrp.advert_int:.2f} to "
            f"{vrrp.master_down:.2f} s, while the master goes on: split brain"
        )
        if self.cut.loses(BACKUP, CLIENT):
            told = self._told(takeover, "no client hears of the second owner, so all go on with the first")
            return replace(told, two_holders=True)
        whose = "whom a client asks is decided by the last ARP that it heard, which is the backup's gratuitous one"
        if self.unserved(BACKUP):
            why = "clients follow the ARP of two owners, and one of them does not reach all real servers"
            return untold(self.fault, self.name, why, (takeover, whose), SPLIT, two_holders=True)
        if self.carried.carries_replies:
            why = "a reply goes to whichever owner the real server's ARP cache has for the gateway, and only the one "
            why += "that passed the request on can translate it"
            return untold(self.fault, self.name, why, (takeover, whose), SPLIT, two_holders=True)
        serves = "both forward to the same real servers, so requests are answered whichever ARP reply wins"
        told = self._told(takeover, whose, serves, *predict_director.open_connections(vrrp))
        return replace(told, two_holders=True, breaks=not vrrp.synced)

    def _unserved(self, gone: tuple[str, ...]) -> Prediction:
        """Return what it costs that requests of the master are not answered, and it stays master."""
        service = self.service
        if service is None or not self.is_entered(MASTER):
            reason = (
                "client and master do not reach each other, and the backup hears the master's adverts: it stays one"
            )
            return self._told(reason, _DIRECTORS, window=(0, None), source="RFC 3768, section 6.4.2")
        if set(gone) <= set(self.unchecked):
            return predict_server.silent(service, self.fault, len(gone))
        reason = "the master's checks are answered, while requests are not: no real server is removed"
        return predict_server.never(service, self.fault, len(gone), reason)

    def _served(self) -> Prediction:
        """Return what a cut costs that no request has to pass."""
        service = self.service
        if service and service.check and self.unchecked:
            return self._removed(service)
        if service and self.hung:
            servers = None if len(self.hung) == len(self.servers) else len(self.hung)
            return predict_storage.hangs(service, self.fault, "the storage is not reached", servers)
        reason = "no request takes a way that is cut, and the backup hears the master"
        if self.cut.protocol == "sync":
            reason = "requests go on; a failover meanwhile breaks the connections that the backup was not told of"
        return self._told(reason, source="keepalived.conf(5): lvs_sync_daemon; RFC 3768, section 6.4.2")

    def _removed(self, service: ServiceTiming) -> Prediction:
        """Return what it costs that real servers are removed which are well: nothing, unless it is all of them."""
        well = "the servers are well, but the master's checks do not reach them, and it removes them"
        if len(self.unchecked) < len(self.servers):
            return self._told(well, "the others answer meanwhile", source=predict_server.SOURCE)
        if service.sorry_server:
            return self._told(well, "then the sorry server answers", source="keepalived.conf(5): sorry_server")
        first = predict_server.removal(service)
        late = f"not before {first:g} s, by delay_loop, retry and connect_timeout; from then on the table is empty"
        return self._told(well, late, window=(first, None), share=(0, 1), source=predict_server.SOURCE)

    def _heal(self) -> Iterator[Prediction]:
        """Return what the end of the cut should cost."""
        service, emptied = self.service, bool(self.unchecked) and len(self.unchecked) == len(self.servers)
        if self.vrrp:
            yield self._met(self.vrrp, service if emptied else None)
        elif not self.is_entered(MASTER):
            again = f"the client asks by ARP for the VIP again, once in {ARP_AGAIN:g} s"
            yield replace(self._told(again, window=(0, ARP_AGAIN), share=(0, 1), source="arp(7)"), moment=Moment.HEAL)
        elif self.hung:
            why = "TCP has doubled its patience with each try: an NFS client may wait about as long again as it has"
            told = untold(self.fault, self.name, why, source="nfs(5); RFC 6298, section 5.5")
            yield replace(told, moment=Moment.HEAL)
        elif service and (self.unchecked or self.unserved(MASTER)):
            yield from predict_server.back(service, self.fault, len(self.unchecked), bool(self.unchecked))

    def _met(self, vrrp: VrrpTiming, emptied: ServiceTiming | None) -> Prediction:
        """Return what it costs that two owners meet; ``emptied`` is given where the old one's table is empty."""
        told = predict_director.two_owners_end(vrrp, self.fault, "both advertise, and now hear each other")
        told = replace(told, subject=self.name)
        if self.cut.loses(BACKUP, CLIENT) and self.is_entered(MASTER):
            unknown = "no client has heard of the second owner: only what it announces from now on can cost anything"
            told = replace(told, reasoning=(*told.reasoning, unknown))
        if emptied is None or emptied.check is None:
            return told
        table = f"the one that stays removed its real servers: up to {emptied.check.back:g} s until it has them again"
        latest = max(told.latest or 0.0, emptied.check.back)
        return replace(told, latest=latest, share=(0, 1), hands_over=False, reasoning=(*told.reasoning, table))

    def _share(self, gone: tuple[str, ...], sure: bool = True) -> tuple[float, float]:
        low, high = self.service.share(len(gone)) if self.service else (1.0, 1.0)
        return (low, high) if sure else (0.0, 1.0)
