"""A network with an MTU of its own: all that is plugged into it keeps to it, and a tunnel's segments leave room."""

import http.client
from collections.abc import Iterator

import pytest

from lvslab.host import client, wiring
from lvslab.lifecycle.progress import Silence
from lvslab.model import Lab
from lvslab.pytest_plugin import LabUnderTest
from lvslab.pytest_plugin.wire import IPIP
from provision.provisioner import provision

pytestmark = [pytest.mark.lab("lvs-tun"), pytest.mark.thorough]
WEBS = ("web1", "web2")
MTU, SEGMENT = 1400, 1340


@pytest.fixture(scope="module")
def smaller(lab: LabUnderTest) -> Iterator[Lab]:
    """Have the web servers' network carry packets of 1400 bytes, as a lab file with that key would."""
    far = lab.model.networks["far"].model_copy(update={"mtu": MTU})
    changed = lab.model.model_copy(update={"networks": {**lab.model.networks, "far": far}})
    try:
        wiring.set_mtus(changed)
        provision(changed, {web: lab.remote(web) for web in WEBS}, Silence().node)
        yield changed
    finally:
        wiring.set_mtus(lab.model)
        lab.reset()


def put(address: str, size: int) -> int:
    """Ask with a header of ``size`` bytes and return the status; to be called inside the client."""
    connection = http.client.HTTPConnection(address, 80, timeout=20)
    connection.request("GET", "/", headers={"X-Large": "x" * size, "Connection": "close"})
    response = connection.getresponse()
    response.read()
    return response.status


@pytest.mark.usefixtures("smaller")
def test_a_tunnel_fits_into_a_network_of_small_packets(lab: LabUnderTest) -> None:
    """Interfaces and default routes say so, a large request arrives, and no packet on the wire is larger."""
    for web in WEBS:
        assert lab.node(web).check_output("cat /sys/class/net/eth1/mtu") == str(MTU)
        assert f"advmss {SEGMENT}" in lab.node(web).check_output("ip route show default")
    with lab.client.wire("far", host="router") as wire:
        assert client.inside(lambda: put(lab.vip, 6000)) == 200
        sizes = [len(each.frame.payload) for each in wire.packets() if each.protocol == IPIP]
    assert max(sizes) == MTU


def test_the_mtu_outlives_a_reboot(lab: LabUnderTest, smaller: Lab) -> None:
    """The next boot finds it in networkd's file, and libvirt gives the machine's new tap what its bridge has."""
    with lab.fault("node.power-off", "web1"):
        pass
    assert lab.node("web1").check_output("cat /sys/class/net/eth1/mtu") == str(MTU)
    assert client.inside(lambda: [put(lab.vip, 6000) for _ in WEBS]) == [200, 200]
    assert provision(smaller, {"web1": lab.remote("web1")}, Silence().node, dry_run=True)[0].steps == ()
