"""Direct routing to nginx: the five checks that a person makes of a new cluster, each by itself."""

from collections import Counter
from collections.abc import Iterator

import pytest
from harness.settled import wait_for_holder, wait_for_shares, wait_for_states, wait_for_tables

from lvslab.pytest_plugin import LabUnderTest

pytestmark = [pytest.mark.lab("lvs-dr-nginx"), pytest.mark.thorough]
DIRECTORS = ("director1", "director2")
WEBS = ("web1", "web2")
TAKEN_OVER = 20.0
NOTICED = 30.0


def wait_until_served_by(lab: LabUnderTest, director: str) -> None:
    """Return when a director, and no other, holds the VIP, and requests by way of it are shared."""
    wait_for_holder(lab, TAKEN_OVER, director)
    wait_for_shares(lab, TAKEN_OVER, {"web1": 5, "web2": 5})


@pytest.fixture(scope="class")
def failed_over(lab: LabUnderTest) -> Iterator[None]:
    """Stop keepalived on the master, and have the backup serve."""
    try:
        lab.node("director1").check_output("systemctl stop keepalived")
        wait_until_served_by(lab, "director2")
        yield
    finally:
        lab.reset()


@pytest.fixture(scope="class")
def without_web1(lab: LabUnderTest) -> Iterator[None]:
    """Stop nginx on web1, and have it out of both tables."""
    try:
        lab.node("web1").check_output("systemctl stop nginx")
        wait_for_tables(lab, NOTICED, "web2")
        yield
    finally:
        lab.reset()


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


@pytest.mark.usefixtures("failed_over")
class TestMaster:
    """keepalived stops on the master, and starts again."""

    def test_when_it_stops_the_backup_serves(self, lab: LabUnderTest) -> None:
        """Check two: without keepalived on director1, director2 has the VIP, and both web servers answer by it."""
        wait_for_states(lab, TAKEN_OVER, director1=None, director2="MASTER")
        assert lab.client.shares(10) == {"web1": 5, "web2": 5}
        assert lab.client.neighbour(lab.vip) == lab.mac("director2")

    def test_it_takes_the_vip_again_when_it_is_back(self, lab: LabUnderTest) -> None:
        """Check three: keepalived starts on director1, of the higher priority, and director2 is BACKUP again."""
        lab.node("director1").check_output("systemctl start keepalived")
        wait_until_served_by(lab, "director1")
        wait_for_states(lab, TAKEN_OVER, director1="MASTER", director2="BACKUP")
        assert lab.client.neighbour(lab.vip) == lab.mac("director1")


@pytest.mark.usefixtures("without_web1")
class TestWebServer:
    """nginx stops on one web server, and starts again."""

    def test_when_it_stops_it_leaves_the_table_and_the_other_serves_all(self, lab: LabUnderTest) -> None:
        """Check four: no request fails after the removal of web1, and the VIP stays where it is."""
        assert lab.client.shares(10) == {"web2": 10}
        assert lab.holders() == ("director1",)

    def test_when_it_is_back_it_serves_again(self, lab: LabUnderTest) -> None:
        """Check five: nginx starts on web1; it is in both tables again, and has its half."""
        lab.node("web1").check_output("systemctl start nginx")
        wait_for_tables(lab, NOTICED, *WEBS)
        assert lab.client.shares(10) == {"web1": 5, "web2": 5}
        assert lab.holders() == ("director1",)


def test_provisioning_again_finds_nothing_to_do(lab: LabUnderTest) -> None:
    """What is there is what the lab file says."""
    assert {name: outcome.steps for name, outcome in lab.plan().items() if outcome.steps} == {}


@pytest.mark.parametrize(("name", "begins"), [("web.error", "500 "), ("web.wrong-body", "200 this is not the page")])
def test_nginx_answers_wrongly(lab: LabUnderTest, name: str, begins: str) -> None:
    """web1 does, from the moment the fault bites until it is healed; web2 answers well."""

    def answers() -> dict[str, str]:
        return {each.server: f"{each.status} {each.body}" for each in lab.client.get(2)}

    with lab.fault(name, "web1"):
        wrong = answers()
        assert wrong["web1"].startswith(begins) and wrong["web2"].startswith("200 <!doctype html>")
    assert all(each.startswith("200 <!doctype html>") for each in answers().values())
