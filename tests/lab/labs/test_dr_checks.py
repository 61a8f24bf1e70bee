"""What keepalived asks real servers, by HTTPS and by a program, and the quorum that it counts their weights for."""

import pytest

from lvslab.model import SORRY
from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for

pytestmark = [pytest.mark.lab("lvs-dr-checks"), pytest.mark.thorough]
VIP = "192.168.18.41"
UNITS = {"web1": "apache2", "web2": "nginx"}
WEBS = pytest.mark.parametrize("web", UNITS)
DIRECTORS = ("director1", "director2")
PAGE = "/var/www/html/weight"
# the checks take 11 s at worst, and httpd itself its time to stop and to start where processors are emulated
NOTICED = 40.0


def rows(lab: LabUnderTest, director: str, port: int) -> dict[str, int]:
    """Return the weights in a director's table for a port, by node; the sorry server by its name."""
    names = {lab.address(web): web for web in UNITS} | {"127.0.0.1": SORRY}
    [entry] = [each for each in lab.ipvs(director) if each.address == f"{VIP}:{port}"]
    return {names[row.address.rpartition(":")[0]]: row.weight for row in entry.real_servers}


def wait_for_rows(lab: LabUnderTest, port: int, wanted: dict[str, int]) -> None:
    """Return when both directors have these weights for a port."""
    seen: dict[str, dict[str, int]] = {}

    def there() -> bool:
        seen.update({director: rows(lab, director, port) for director in DIRECTORS})
        return all(each == wanted for each in seen.values())

    wait_for(there, within=NOTICED, what=f"the tables are not {wanted}", seen=lambda: str(seen), every=0.2)


def statuses(lab: LabUnderTest) -> set[tuple[int, str]]:
    """Return status and server of ten answers by HTTP."""
    return {(answer.status, answer.server) for answer in lab.client.get(10)}


def said(lab: LabUnderTest) -> list[str]:
    """Return what director1 has logged of the quorum."""
    return lab.node("director1").check_output("journalctl --quiet --output cat --identifier lvs-quorum").split()


def by_https(lab: LabUnderTest) -> tuple[int, str]:
    """Ask by HTTPS; return curl's exit status, and the page."""
    done = lab.client.run("curl", "-sS", "--max-time", "20", f"https://{VIP}/")
    return done.returncode, done.stdout


def test_the_web_servers_are_not_alike(lab: LabUnderTest) -> None:
    """apache2 on one, nginx on the other; each runs its own, serves by HTTP and HTTPS, and takes its turn."""
    for web, unit in UNITS.items():
        assert lab.node(web).service(unit).is_running
        [other] = {*UNITS.values()} - {unit}
        assert not lab.node(web).service(other).is_running
    assert lab.client.shares(20) == {"web1": 10, "web2": 10}
    pages = [by_https(lab) for _ in range(4)]
    assert {status for status, _ in pages} == {0}
    assert all(any(f"<h1>lvs-dr-checks: {web}" in page for _, page in pages) for web in UNITS)


@WEBS
def test_both_checks_ask_each_web_server(lab: LabUnderTest, web: str) -> None:
    """The program asks for /weight, which is not there, and SSL_GET for the page: both under keepalived's name."""
    log = lab.node(web).check_output(f"grep KeepAliveClient /var/log/{UNITS[web]}/access.log | tail -n 100")
    for director in DIRECTORS:
        lines = [line for line in log.splitlines() if f"client={lab.address(director)}:" in line]
        assert any(' status=404 request="GET /weight HTTP/1.0"' in line for line in lines)
        assert any(f" vip={lab.address(web)}:443 status=200" in line for line in lines)


@WEBS
@pytest.mark.usefixtures("recovers")
def test_a_web_server_tells_its_weight(lab: LabUnderTest, web: str) -> None:
    """What is on its page is its weight in both tables, and its share; without the page it is the lab file's."""
    [other] = {*UNITS} - {web}
    lab.node(web).check_output(f"echo 3 >{PAGE}")
    wait_for_rows(lab, 80, {web: 3, other: 1})
    assert lab.client.shares(20) == {web: 15, other: 5}
    assert rows(lab, "director1", 443) == {web: 1, other: 1}
    lab.node(web).check_output(f"rm {PAGE}")
    wait_for_rows(lab, 80, {web: 1, other: 1})


def broken(lab: LabUnderTest, web: str, how: str) -> tuple[str, str]:
    """Return the commands that break a web server in one way, and mend it."""
    unit = UNITS[web]
    if how == "stopped":
        return f"systemctl stop {unit}", f"systemctl start {unit}"
    return f"systemctl kill --signal=STOP {unit}", f"systemctl kill --signal=CONT {unit}"


@pytest.mark.parametrize(("web", "how"), [("web1", "stopped"), ("web2", "frozen")])
@pytest.mark.usefixtures("recovers")
def test_below_the_quorum_the_sorry_server_answers_and_above_it_ends(lab: LabUnderTest, web: str, how: str) -> None:
    """A weight of 1 is less than 2: by HTTP the sorry server alone is asked. HTTPS has no quorum, and goes on."""
    [other] = {*UNITS} - {web}
    breaks, mends = broken(lab, web, how)
    lab.node(web).check_output(breaks)
    wait_for_rows(lab, 80, {SORRY: 1})
    assert statuses(lab) == {(503, SORRY)}
    wait_for_rows(lab, 443, {other: 1})
    assert by_https(lab)[0] == 0
    assert said(lab)[-1] == "down"
    lab.node(web).check_output(mends)
    wait_for_rows(lab, 80, {web: 1, other: 1})
    wait_for_rows(lab, 443, {web: 1, other: 1})
    assert statuses(lab) == {(200, "web1"), (200, "web2")}
    assert said(lab)[-1] == "up"


@pytest.mark.usefixtures("restored")
def test_a_weight_that_is_enough_keeps_the_quorum(lab: LabUnderTest) -> None:
    """The quorum counts weights, not servers: one that says it can carry 2 carries all."""
    lab.node("web2").check_output(f"echo 2 >{PAGE}")
    wait_for_rows(lab, 80, {"web1": 1, "web2": 2})
    lab.node("web1").check_output("systemctl stop apache2")
    wait_for_rows(lab, 80, {"web2": 2})
    assert statuses(lab) == {(200, "web2")}


@pytest.mark.usefixtures("restored")
def test_a_page_that_is_no_weight_fails_the_check(lab: LabUnderTest) -> None:
    """So the server is removed from HTTP, and with it the quorum is lost; HTTPS asks for another page."""
    lab.node("web1").check_output(f"echo nonsense >{PAGE}")
    wait_for_rows(lab, 80, {SORRY: 1})
    assert rows(lab, "director1", 443) == {"web1": 1, "web2": 1}


@pytest.mark.usefixtures("recovers")
def test_a_fault_of_httpd_breaks_the_one_that_runs(lab: LabUnderTest) -> None:
    """On each web server another, and each is told by its own name."""
    with lab.fault("process.stop", *UNITS, process="httpd"):
        assert [web for web, unit in UNITS.items() if lab.node(web).service(unit).is_running] == []
    assert [web for web, unit in UNITS.items() if not lab.node(web).service(unit).is_running] == []


def test_provisioning_again_finds_nothing_to_do(lab: LabUnderTest) -> None:
    """Program, certificate and sites are as they should be."""
    assert {name: outcome.steps for name, outcome in lab.plan().items() if outcome.steps} == {}
