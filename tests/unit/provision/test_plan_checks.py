"""Programs that ask real servers how they are: where they stand, how they are called, what they make of answers."""

import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from lvslab.model import Lab, load_lab, parse_lab
from provision import checks
from provision.director import KEEPALIVED_CONF, keepalived_conf
from provision.provisioner import plan
from provision.role import Facts
from provision.step import Write
from tests.unit.recorded import LABS, facts_of

PROGRAM = "/etc/keepalived/scripts/ask-page"
WEIGHT = "7"


@pytest.fixture
def lab() -> Lab:
    """Return the lab whose checks run a program."""
    return load_lab(LABS / "lvs-dr-checks.yml")


def variant(*changes: tuple[str, str]) -> Lab:
    """Return the lab, its text changed."""
    text = (LABS / "lvs-dr-checks.yml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse_lab(text)


def conf(lab: Lab) -> str:
    """Return director1's keepalived.conf(5)."""
    return keepalived_conf(lab, lab.node("director1"), Facts())


@contextmanager
def answering(status: int, page: str = "") -> Iterator[int]:
    """Have a web server answer every request; gives its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("X-Agent", self.headers["User-Agent"])
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def asked(lab: Lab, folder: Path, port: int, *weight: str) -> int:
    """Run the program for a web server on this port; return its exit status."""
    file = folder / "ask-page"
    file.write_text(checks.files(lab, lab.node("director1"))[PROGRAM])
    file.chmod(stat.S_IRWXU)
    return subprocess.run([str(file), "127.0.0.1", str(port), "/weight", *weight], timeout=20, check=False).returncode


def test_the_program_is_there_before_keepalived_looks_for_it(lab: Lab) -> None:
    """It is root's alone, as enable_script_security wants it."""
    steps = plan(lab, lab.node("director1"), Facts(facts_of("bare", "director1")))
    whats = [step.what for step in steps]
    assert whats.index(f"write {PROGRAM}") < whats.index(f"write {KEEPALIVED_CONF}")
    [written] = [step for step in steps if isinstance(step, Write) and step.path == PROGRAM]
    assert written.mode == 0o700


def test_only_labs_whose_checks_run_it_have_it() -> None:
    """A director of the default lab runs no program of lvslab's."""
    plain = load_lab(LABS / "lvs-dr.yml")
    assert checks.files(plain, plain.node("director1")) == {}


def test_it_is_told_the_weight_only_where_it_may_change_it() -> None:
    """keepalived takes an exit status of 2 and more for a failure where the check is not dynamic."""
    fixed = variant(("      dynamic: true\n", ""))
    assert f'misc_path "{PROGRAM} 192.168.18.32 80 /weight"\n' in conf(fixed)
    assert "misc_dynamic" not in conf(fixed)


def test_a_command_of_ones_own_is_told_address_and_port() -> None:
    """No shell sees it, and no file is brought."""
    own = variant(
        ("script: ask-page", "command: [/usr/local/bin/ask, --fast]"), ("      path: /weight\n", "      port: 8080\n")
    )
    assert '            misc_path "/usr/local/bin/ask --fast 192.168.18.33 8080"\n' in conf(own)
    assert checks.files(own, own.node("director1")) == {}


@pytest.mark.parametrize(("status", "expected"), [(200, 0), (404, 1), (403, 1), (500, 1)])
def test_without_a_weight_the_page_has_to_be_there(lab: Lab, tmp_path: Path, status: int, expected: int) -> None:
    """Whatever is on it."""
    with answering(status, "hello") as port:
        assert asked(lab, tmp_path, port) == expected


@pytest.mark.parametrize(
    ("status", "page", "expected"),
    [
        (200, "0", 2),
        (200, "3\n", 5),
        (200, "3\r\n", 5),
        (200, "008\n", 10),
        (200, "253", 255),
        (404, "", 9),
        (200, "254", 1),
        (200, "", 1),
        (200, "-1", 1),
        (200, "<h1>hello</h1>", 1),
        (200, "$(reboot)", 1),
        (500, "3", 1),
    ],
)
def test_with_a_weight_the_page_is_the_weight(
    lab: Lab, tmp_path: Path, status: int, page: str, expected: int
) -> None:
    """Two is added to it (keepalived.conf(5), misc_dynamic); no such page is the lab file's, all else fails."""
    with answering(status, page) as port:
        assert asked(lab, tmp_path, port, WEIGHT) == expected


def test_who_refuses_fails(lab: Lab, tmp_path: Path) -> None:
    """Nobody listens on the port."""
    with answering(200) as port:
        pass
    assert asked(lab, tmp_path, port, WEIGHT) == asked(lab, tmp_path, port) == 1


def test_it_is_called_what_keepaliveds_own_checks_are_called(lab: Lab) -> None:
    """So it is no client in the access log."""
    assert "User-Agent: KeepAliveClient" in checks.files(lab, lab.node("director1"))[PROGRAM]


def test_the_hysteresis_stands_beside_the_quorum() -> None:
    """The quorum is lost below 2, and there again from 4 on."""
    servers = ("weight: 1}, {node: web2, weight: 1}", "weight: 2}, {node: web2, weight: 2}")
    assert "    quorum 3\n    hysteresis 1\n" in conf(variant(servers, ("quorum: 2", "quorum: 3\n    hysteresis: 1")))
