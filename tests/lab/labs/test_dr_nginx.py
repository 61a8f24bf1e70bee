"""Direct routing to nginx: five checks that a person makes of a new cluster, one after the other."""

from collections import Counter

import pytest

from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

pytestmark = [pytest.mark.lab("lvs-dr-nginx"), pytest.mark.thorough]
WEBS = ("web1", "web2")
TAKEN_OVER = 20.0
NOTICED = 30.0


def wait_for_holder(lab: LabUnderTest, director: str) -> None:
    """Return when a director, and no other, holds the VIP, and requests by way of it are shared."""
    wait_for(lambda: lab.holders() == (director,), within=TAKEN_OVER, what=f"{director} does not hold the VIP")
    wait_for_shares(lab, {"web1": 5, "web2": 5}, TAKEN_OVER)


def wait_for_shares(lab: LabUnderTest, wanted: dict[str, int], within: float) -> None:
    """Return when ten requests are shared in this way."""
    seen: list[str] = []

    def shared() -> bool:
        try:
            shares = lab.client.shares(sum(wanted.values()))
        except OSError as err:
            seen[:] = [str(err)]
            return False
        seen[:] = [str(dict(shares))]
        return shares == wanted

    wait_for(shared, within=within, what=f"requests are not shared as {wanted}", seen=lambda: str(seen), every=0.2)


def test_connections_alternate(lab: LabUnderTest) -> None:
    """Check one: each web server answers every other request, with its own page."""
    answers = lab.client.get(20)
    servers = [answer.server for answer in answers]
    assert Counter(servers) == {"web1": 10, "web2": 10}
    assert servers == servers[:2] * 10
    assert all(f"<h1>lvs-dr-nginx: {answer.server}</h1>" in answer.body for answer in answers)


def test_it_is_nginx_that_serves(lab: LabUnderTest) -> None:
    """The other HTTP server of the box does not run."""
    for web in WEBS:
        assert lab.node(web).service("nginx").is_running
        assert not lab.node(web).service("apache2").is_running
    assert "Server: nginx" in lab.client.run("curl", "-si", f"http://{lab.vip}/").stdout.splitlines()


@pytest.mark.parametrize("web", WEBS)
def test_the_access_log_names_the_client_and_the_vip(lab: LabUnderTest, web: str) -> None:
    """The VIP is nginx's own address, and nothing stands between it and the client; the format is lvslab's."""
    lab.client.get(2, path="/?named")
    line = lab.node(web).check_output("grep '/?named' /var/log/nginx/access.log | tail -n 1")
    assert f" client={lab.address('client')}:" in line
    assert f' vip={lab.vip}:80 status=200 request="GET /?named HTTP/1.1"' in line


@pytest.mark.usefixtures("restored")
def test_the_backup_takes_over_and_gives_back(lab: LabUnderTest) -> None:
    """Checks two and three: keepalived stops on the master, and starts again."""
    lab.node("director1").check_output("systemctl stop keepalived")
    wait_for_holder(lab, "director2")
    lab.node("director1").check_output("systemctl start keepalived")
    wait_for_holder(lab, "director1")


@pytest.mark.usefixtures("restored")
def test_a_stopped_web_server_is_left_out_until_it_is_back(lab: LabUnderTest) -> None:
    """Checks four and five: nginx stops on one web server, and starts again."""
    lab.node("web1").check_output("systemctl stop nginx")
    wait_for_shares(lab, {"web2": 10}, NOTICED)
    lab.node("web1").check_output("systemctl start nginx")
    wait_for_shares(lab, {"web1": 5, "web2": 5}, NOTICED)
    assert lab.holders() == ("director1",)


def test_provisioning_again_finds_nothing_to_do(lab: LabUnderTest) -> None:
    """What is there is what the lab file says."""
    assert {name: outcome.steps for name, outcome in lab.plan().items() if outcome.steps} == {}
