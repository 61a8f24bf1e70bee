"""Firewall marks on directors, and HTTPS on web servers."""

import pytest

from lvslab.errors import UsageError
from lvslab.host.certificates import Certificate
from lvslab.model import Lab, WebServer, load_lab
from lvslab.nodes.facts.system import File
from lvslab.nodes.probe import Reading, Readings
from provision import marks, nginx, provisioner, web
from provision.marks import RULES, UNIT, UNIT_FILE
from provision.provisioner import plan, provision, roles
from provision.role import Facts
from provision.step import Step, Write
from tests.unit.recorded import LABS, facts_of, reading, with_files

GIVEN = Certificate("a private key\n", "a certificate\n")
RUNS = Reading(0, f"ActiveState=active\nUnitFileState=enabled\nNames={UNIT}\n")
LINKS = ["enable socache_shmcb.load", "enable ssl.load", "enable ssl.conf"]


@pytest.fixture
def fwmark() -> Lab:
    """Return the lab with marks and HTTPS."""
    return load_lab(LABS / "lvs-dr-fwmark.yml")


def contents(steps: list[Step]) -> dict[str, str]:
    """Return the files that steps write."""
    return {step.path: step.content for step in steps if isinstance(step, Write)}


def marked(lab: Lab) -> Readings:
    """Return the readings of a director whose marks are as they should be."""
    files = contents(marks.plan(lab, lab.node("director1"), Facts()))
    there = with_files({"files": Reading(0, "")}, {path: File(text) for path, text in files.items()})
    return {**there, "units": RUNS, "marks": reading("nft/lvs-marks.txt")}


def whats(lab: Lab, readings: Readings) -> list[str]:
    """Return what the role would do to a director."""
    return [step.what for step in marks.plan(lab, lab.node("director1"), Facts(readings))]


def test_marks_come_before_keepalived(fwmark: Lab, lab: Lab) -> None:
    """A director that takes the VIP knows what to do with its packets; one without marks has no such role."""
    names = [role.name for role in roles(fwmark, fwmark.node("director1"))]
    assert names == ["base", "marks", "director"]
    assert "marks" not in [role.name for role in roles(lab, lab.node("director1"))]
    assert "marks" not in [role.name for role in roles(fwmark, fwmark.node("web1"))]


def test_a_bare_director_gets_its_marks(fwmark: Lab) -> None:
    """Its file, checked before it counts, then the unit that loads it now and at every boot."""
    assert whats(fwmark, {}) == [
        f"write {RULES}",
        f"write {UNIT_FILE}",
        f"start {UNIT}",
    ]
    [rules, unit, *_] = marks.plan(fwmark, fwmark.node("director1"), Facts())
    assert isinstance(rules, Write) and rules.check == ("nft", "--check", "--file")
    assert "        ip daddr 192.168.18.41 tcp dport 443 meta mark set 5\n" in rules.content
    assert rules.content.count("meta mark set") == 2
    assert isinstance(unit, Write) and f"ExecStart=/usr/sbin/nft --file {RULES}\n" in unit.content


def test_marks_that_are_there_are_left_alone(fwmark: Lab) -> None:
    """What nft lists is what was written."""
    assert whats(fwmark, marked(fwmark)) == []


def test_marks_that_somebody_took_away_are_put_back(fwmark: Lab) -> None:
    """The file is right, the table is not: the unit is restarted."""
    gone = {**marked(fwmark), "marks": Reading(1, "Error: No such file or directory\n")}
    assert whats(fwmark, gone) == [f"restart {UNIT}"]


def test_marks_that_the_lab_file_has_anew_are_loaded(fwmark: Lab) -> None:
    """The file is written and the unit restarted."""
    assert whats(fwmark, with_files(marked(fwmark), {RULES: File("")})) == [f"write {RULES}", f"restart {UNIT}"]


def web_steps(lab: Lab) -> list[Step]:
    """Return the plan of a bare web server of a lab that has a certificate."""
    return web.plan(lab, lab.node("web1"), Facts(facts_of("bare", "web1"), GIVEN))


def test_a_web_server_of_apache_serves_https(fwmark: Lab) -> None:
    """It listens on both ports, with the same pages; the module is enabled, key and certificate are there."""
    steps = web_steps(fwmark)
    files = contents(steps)
    assert files[web.PORTS] == "Listen 80\nListen 443\n"
    assert files[web.SITE].count("DocumentRoot /var/www/html\n") == 2
    secure = files[web.SITE].partition("<VirtualHost *:443>")[2]
    assert f"    SSLEngine on\n    SSLCertificateFile {web.CERTIFICATE}\n" in secure
    assert files[web.KEY] == GIVEN.key and files[web.CERTIFICATE] == GIVEN.certificate
    assert [step.what for step in steps][-6:] == [
        "enable headers.load",
        "enable lvslab.conf",
        *LINKS,
        f"start {web.HTTPD}",
    ]


def test_a_web_server_of_nginx_serves_https(fwmark: Lab) -> None:
    """One site on both ports."""
    lab = fwmark.model_copy(update={"web": fwmark.web.model_copy(update={"server": WebServer.NGINX})})
    site = contents(web_steps(lab))[nginx.SITE]
    assert "    listen 80 default_server;\n    listen 443 ssl default_server;\n" in site
    assert f"    ssl_certificate {web.CERTIFICATE};\n    ssl_certificate_key {web.KEY};\n" in site
    assert not [step for step in web_steps(lab) if step.what in LINKS]


def test_a_web_server_without_https_has_nothing_of_it(lab: Lab) -> None:
    """Neither port nor module, nor key."""
    steps = web.plan(lab, lab.node("web1"), Facts(facts_of("bare", "web1")))
    files = contents(steps)
    assert files[web.PORTS] == "Listen 80\n"
    assert "SSL" not in files[web.SITE] and web.KEY not in files
    assert not [step for step in steps if step.what in LINKS]


def test_a_key_is_shown_to_nobody(fwmark: Lab) -> None:
    """It is never open to others on the node, and a dry run tells only that it would be written."""
    [key] = [step for step in web_steps(fwmark) if step.what == f"write {web.KEY}"]
    assert isinstance(key, Write)
    assert (key.mode, key.secret) == (0o600, True)
    assert key.diff() == f"# {web.KEY} is a secret"


def test_a_key_that_is_there_stays(fwmark: Lab) -> None:
    """A second run writes neither, so that httpd is not restarted; one that others can read is written anew."""
    there = {web.KEY: File(GIVEN.key, 0o600), web.CERTIFICATE: File(GIVEN.certificate)}
    for files, expected in ((there, []), (there | {web.KEY: File(GIVEN.key)}, [f"write {web.KEY}"])):
        seen = Facts(with_files(facts_of("bare", "web1"), files), GIVEN)
        written = [step.what for step in web.plan(fwmark, fwmark.node("web1"), seen)]
        assert [what for what in written if what.startswith("write /etc/ssl/")] == expected


def test_the_certificate_reaches_the_plan(fwmark: Lab) -> None:
    """What the host has is in the facts that a plan is made from."""
    node = fwmark.node("web1")
    steps = plan(fwmark, node, Facts(facts_of("bare", "web1"), GIVEN))
    assert contents(steps)[web.CERTIFICATE] == GIVEN.certificate
    assert {web.KEY, web.CERTIFICATE, *web.TLS_ENABLED} <= set(provisioner.wants(fwmark, node).files)


def test_https_without_an_authority_is_refused(fwmark: Lab) -> None:
    """Machines that lvslab has not raised have no folder with an authority."""
    with pytest.raises(UsageError, match="lvs-dr-fwmark: HTTPS takes the authority of a lab that lvslab has raised"):
        provision(fwmark, {}, lambda node, text: None)
