"""What our cluster promises, tried on real machines: an example of a suite of one's own."""

import pytest

from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

pytestmark = pytest.mark.lab("lvs-dr", restore="test")


def test_requests_are_shared_evenly(lab: LabUnderTest) -> None:
    """Round robin: every other connection goes to the same web server."""
    assert lab.client.shares(20) == {"web1": 10, "web2": 10}


def test_the_service_is_gone_for_less_than_two_and_a_half_seconds_when_keepalived_stops(lab: LabUnderTest) -> None:
    """We promise that to our users when we take a director out of service."""
    with lab.probe(rate=50) as probe:
        with lab.fault("process.stop", "master", process="keepalived"):
            wait_for(lambda: lab.holders() == ("director2",), within=30, what="the VIP on director2")
        wait_for(lambda: lab.holders() == ("director1",), within=30, what="the VIP back on director1")
    assert probe.longest_outage_ms < 2500
    assert set(probe.shares) == {"web1", "web2"}


def test_a_real_server_without_httpd_gets_no_requests(lab: LabUnderTest) -> None:
    """keepalived takes it out of the table of both directors."""
    with lab.fault("process.stop", "web1", process="httpd"):
        for director in ("director1", "director2"):
            wait_for(lambda name=director: set(lab.real_servers(name)) == {"web2"}, within=30, what=director)
        assert lab.client.shares(10) == {"web2": 10}


def test_web_servers_serve_the_shared_volume(lab: LabUnderTest) -> None:
    """Each node is a testinfra host, and the storage is what mdadm, LVM and exportfs say."""
    web = lab.node("web1")
    assert web.service("apache2").is_running
    assert web.mount_point("/var/www/html").filesystem == "nfs4"
    assert lab.storage.array.level == "raid5"
    assert lab.storage.array.is_clean
