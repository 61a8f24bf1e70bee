"""A capture on a real bridge, in a network namespace that ends with the test."""

import json
import subprocess
import sys

import pytest

# two machines' ports on a bridge; each of the frames below leaves the first machine
SCRIPT = """
import json, socket, struct, time
from pyroute2 import IPRoute
from lvslab.measure.capture import open_socket, receive
from lvslab.measure.node_clocks import checksum
from lvslab.wait import wait_for

with IPRoute() as here:
    here.link("add", ifname="lab-lan", kind="bridge")
    bridge = here.link_lookup(ifname="lab-lan")[0]
    for number in (1, 2):
        here.link("add", ifname=f"tap{number}", kind="veth", peer=f"node{number}")
        here.link("set", index=here.link_lookup(ifname=f"tap{number}")[0], master=bridge, state="up")
        here.link("set", index=here.link_lookup(ifname=f"node{number}")[0], state="up")
    here.link("set", index=bridge, state="up")
    macs = [here.get_links(here.link_lookup(ifname=f"node{n}")[0])[0].get_attr("IFLA_ADDRESS") for n in (1, 2)]

time.sleep(0.2)
one, two = (bytes.fromhex(mac.replace(":", "")) for mac in macs)

def ipv4(protocol, check=0):
    # a bridge drops multicast whose header does not sum up
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 0, 0, 255, protocol, check, bytes(4), bytes([224, 0, 0, 18]))
    return header if check else ipv4(protocol, checksum(header))

ipv6 = lambda header: struct.pack("!IHBB16s16s", 6 << 28, 8, header, 255, bytes(16), bytes(16))
frames = {
    "advert": bytes.fromhex("01005e000012") + one + b"\\x08\\x00" + ipv4(112) + bytes(8),
    "advert6": bytes.fromhex("333300000012") + one + b"\\x86\\xdd" + ipv6(112) + bytes(8),
    "arp-answer": two + one + b"\\x08\\x06" + bytes(28),
    "udp": two + one + b"\\x08\\x00" + ipv4(17) + bytes(8),
    "udp6": two + one + b"\\x86\\xdd" + ipv6(17) + bytes(8),
    "last": two + one + b"\\x08\\x06" + bytes([1] * 28),
}
seen, begun = {}, time.time_ns()

def said_and_heard():
    # the bridge learns where the second machine is, so nothing to it is flooded
    other.send(one + two + b"\\x88\\xb5" + bytes(46))
    for frame in frames.values():
        speaks.send(frame)
    time.sleep(0.2)
    while heard := receive(hears):
        stamp, frame = heard
        seen.update({name: begun <= stamp <= time.time_ns() for name, sent in frames.items() if frame == sent})
    return {"advert", "advert6", "arp-answer", "last"} <= seen.keys()

raw = socket.AF_PACKET, socket.SOCK_RAW
with open_socket("lab-lan") as hears, socket.socket(*raw) as speaks, socket.socket(*raw) as other:
    speaks.bind(("node1", 0))
    other.bind(("node2", 0))
    # a busy kernel may take its time to open the ports, and to hand on what was captured
    wait_for(said_and_heard, within=10, what="not all was captured", seen=lambda: str(seen))
print(json.dumps(seen))
"""


@pytest.fixture(scope="module")
def seen() -> dict[str, bool]:
    """Return which frames were captured, each with whether its stamp is of the moment it was sent."""
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, bool] = json.loads(done.stdout)
    return found


def test_adverts_of_both_families_are_captured_with_the_kernels_stamps(seen: dict[str, bool]) -> None:
    """A stamp lies between sending and reading."""
    assert seen["advert"] and seen["advert6"]


def test_an_answer_from_one_machine_to_another_is_captured(seen: dict[str, bool]) -> None:
    """It is for neither the bridge nor everybody: only a promiscuous bridge sees it."""
    assert seen["arp-answer"]


def test_everything_else_stays_in_the_kernel(seen: dict[str, bool]) -> None:
    """The filter keeps the traffic of a load away."""
    assert not {"udp", "udp6"} & set(seen)
