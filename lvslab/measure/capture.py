"""Capture VRRP and ARP on the lab's bridges, stamped by the kernel, as events and as a pcap (packet(7)).

IPv6's neighbour discovery is taken for ARP, whose place it has.

A bridge hands its own device what is broadcast or multicast, and, while the device is promiscuous, everything that it
forwards; so the answer of one port to another is seen as well.
"""

import ctypes
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pyroute2 import IPRoute

from lvslab.history import Advert, Arp, Event
from lvslab.host import client
from lvslab.measure import packets
from lvslab.measure.clock import Clock
from lvslab.measure.packets import ArpPacket, VrrpPacket
from lvslab.measure.pcap import PcapFile
from lvslab.model import Lab

# what Python's socket module has no names for: linux/if_packet.h, asm-generic/socket.h, linux/if_ether.h
ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP = 1
PACKET_MR_PROMISC = 1
SO_ATTACH_FILTER = 26
SO_TIMESTAMPNS = 35
LOOK_EVERY = 0.1

# classic BPF (linux/filter.h): ARP; or IP whose protocol, IPv6 whose next header is VRRP; or neighbour discovery
LOAD_HALF, LOAD_BYTE, JUMP_IF_EQUAL, RETURN = 0x28, 0x30, 0x15, 0x06
FILTER = (
    (LOAD_HALF, 0, 0, 12),
    (JUMP_IF_EQUAL, 10, 0, packets.ARP),
    (JUMP_IF_EQUAL, 0, 2, packets.IPV4),
    (LOAD_BYTE, 0, 0, 23),
    (JUMP_IF_EQUAL, 7, 8, packets.VRRP),
    (JUMP_IF_EQUAL, 0, 7, packets.IPV6),
    (LOAD_BYTE, 0, 0, 20),
    (JUMP_IF_EQUAL, 4, 0, packets.VRRP),
    (JUMP_IF_EQUAL, 0, 4, packets.ICMPV6),
    (LOAD_BYTE, 0, 0, 54),
    (JUMP_IF_EQUAL, 1, 0, packets.SOLICITATION),
    (JUMP_IF_EQUAL, 0, 1, packets.ADVERTISEMENT),
    (RETURN, 0, 0, 0xFFFF),
    (RETURN, 0, 0, 0),
)


def open_socket(interface: str) -> socket.socket:
    """Return a packet socket that hears VRRP and ARP on an interface, with the kernel's stamps."""
    # protocol 0 hears nothing until the filter stands and the socket is bound
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in FILTER))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(FILTER), ctypes.addressof(code)))
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    membership = struct.pack("iHH8s", socket.if_nametoindex(interface), PACKET_MR_PROMISC, 0, b"")
    sock.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership)
    sock.bind((interface, ETH_P_ALL))
    return sock


def receive(sock: socket.socket) -> tuple[int, bytes] | None:
    """Return the next frame with its stamp (CLOCK_REALTIME, ns), or None when there is none."""
    try:
        frame, ancillary, _, _ = sock.recvmsg(65535, 64)
    except BlockingIOError:
        return None
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, rest = struct.unpack("qq", data[:16])
            return seconds * 1_000_000_000 + rest, frame
    return time.time_ns(), frame


def owners(lab: Lab) -> dict[str, str]:
    """Return who has which MAC address on the lab's networks; to be called inside the lab."""
    nodes = {node.mac(network): node.name for node in lab.nodes.values() for network in node.addresses}
    return {**nodes, **dict.fromkeys(client.inside(_macs), client.NAME)}


def _macs() -> list[str]:
    with IPRoute() as here:
        found = [link.get_attr("IFLA_ADDRESS") for link in here.get_links()]
    return [mac for mac in found if mac and mac != "00:00:00:00:00:00"]


class Translator:
    """Turns packets into events: with the node's name, and of ARP only what concerns a VIP."""

    def __init__(self, lab: Lab, names: dict[str, str]) -> None:
        self._vips = {str(vip) for vip in lab.vips}
        self._names = names

    def event(self, t: int, network: str, frame: bytes) -> Event | None:
        """Return the event that a frame is, or None."""
        packet = packets.parse(frame)
        if isinstance(packet, VrrpPacket):
            return self._advert(t, network, packet)
        if isinstance(packet, ArpPacket) and {packet.sender, packet.target} & self._vips:
            return self._arp(t, network, packet)
        return None

    def _advert(self, t: int, network: str, packet: VrrpPacket) -> Advert:
        return Advert(
            t=t,
            network=network,
            mac=packet.mac,
            source=packet.source,
            virtual_router_id=packet.virtual_router_id,
            version=packet.version,
            priority=packet.priority,
            interval=packet.interval,
            addresses=packet.addresses,
            node=self._names.get(packet.mac, ""),
        )

    def _arp(self, t: int, network: str, packet: ArpPacket) -> Arp:
        return Arp(
            t=t,
            network=network,
            operation=packet.operation,
            sender_mac=packet.sender_mac,
            sender=packet.sender,
            target=packet.target,
            node=self._names.get(packet.mac, ""),
        )


class Capture:
    """Captures in a thread; that it may be late to read is no matter, since the kernel stamps."""

    def __init__(self, lab: Lab, path: Path, clock: Clock, sink: Callable[[Event], None]) -> None:
        self._lab, self._path, self._clock, self._sink = lab, path, clock, sink
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._sockets: dict[socket.socket, str] = {}

    def start(self) -> "Capture":
        """Begin; returns when every bridge is heard."""
        self._translator = Translator(self._lab, owners(self._lab))
        self._sockets = {open_socket(network.bridge): name for name, network in self._lab.networks.items()}
        self._thread.start()
        return self

    def stop(self) -> None:
        """Take what has come up to now, and end."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        for sock in self._sockets:
            sock.close()

    def _run(self) -> None:
        with PcapFile(self._path) as file:
            while not self._ended.is_set():
                readable, _, _ = select.select(list(self._sockets), [], [], LOOK_EVERY)
                for sock in readable:
                    self._drain(sock, file)
                file.flush()

    def _drain(self, sock: socket.socket, file: PcapFile) -> None:
        while heard := receive(sock):
            stamp, frame = heard
            file.add(stamp, frame)
            event = self._translator.event(self._clock.of_realtime(stamp), self._sockets[sock], frame)
            if event:
                self._sink(event)
