"""Firewall marks: by which a director knows the packets of a service that is more than one port."""

from collections.abc import Iterator
from dataclasses import dataclass

from lvslab.model.lab import Lab
from lvslab.model.service import Protocol

TABLE = "lvs_marks"
"""The table of nftables that holds the marks, of family inet, and nothing else."""


@dataclass(frozen=True)
class Mark:
    """Packets for an address and port, and the mark that they get."""

    address: str
    protocol: Protocol
    port: int
    value: int

    @property
    def rule(self) -> str:
        """The rule of nft(8) that puts the mark on them."""
        family = "ip6" if ":" in self.address else "ip"
        return f"{family} daddr {self.address} {self.protocol.value} dport {self.port} meta mark set {self.value}"


def marks_of(lab: Lab) -> tuple[Mark, ...]:
    """Return the marks that a lab's directors are to put on packets."""
    return tuple(_marks(lab))


def _marks(lab: Lab) -> Iterator[Mark]:
    for service in lab.virtual_services:
        if service.fwmark:
            address = str(service.address)
            yield from (Mark(address, service.protocol, port, service.fwmark) for port in service.ports)
