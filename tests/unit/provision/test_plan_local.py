"""Plans of directors that answer themselves: the web server first, then the scripts, then keepalived."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from lvslab.model import Lab, OwnScript, load_lab, parse_lab
from lvslab.nodes.facts.system import File
from provision import scripts
from provision.director import KEEPALIVED_CONF, keepalived_conf
from provision.provisioner import plan
from provision.role import Facts
from provision.step import Write
from tests.unit.recorded import LABS, facts_of, packed


@pytest.fixture
def lab() -> Lab:
    """Return the lab of two directors that serve."""
    return load_lab(LABS / "vrrp-nginx.yml")


def conf(lab: Lab, node: str) -> str:
    """Return a director's keepalived.conf(5)."""
    return keepalived_conf(lab, lab.node(node), Facts())


def test_a_bare_director_serves_before_keepalived_asks_whether_it_does(lab: Lab) -> None:
    """The script would start an nginx that has not its site yet; keepalived -t looks for the script."""
    steps = [step.what for step in plan(lab, lab.node("director1"), Facts(facts_of("bare", "director1")))]
    order = [
        "write /var/www/html/index.html",
        "write /etc/nginx/sites-available/default",
        "start nginx.service",
        "write /etc/keepalived/scripts/revive-web",
        f"write {KEEPALIVED_CONF}",
        "start keepalived.service",
    ]
    assert [step for step in steps if step in order] == order


def test_no_director_has_the_address_for_good_or_keeps_quiet_about_it(lab: Lab) -> None:
    """The VIP is keepalived's to give and take, and the ARP settings of real servers are not set."""
    steps = [step.what for step in plan(lab, lab.node("director1"), Facts(facts_of("bare", "director1")))]
    assert not [step for step in steps if "10.63.0.158" in step or "lvs-real-server" in step]


def test_the_page_tells_who_answers(lab: Lab) -> None:
    """In its text and in a header, as with any web server."""
    steps = plan(lab, lab.node("director1"), Facts(facts_of("bare", "director1")))
    written = {step.path: step.content for step in steps if isinstance(step, Write)}
    assert "<h1>vrrp-nginx: director1</h1>" in written["/var/www/html/index.html"]
    assert "add_header X-Real-Server director1 always;" in written["/etc/nginx/sites-available/default"]


def test_a_script_is_roots_alone_and_put_back_when_it_is_not(lab: Lab) -> None:
    """enable_script_security refuses what a stranger could change; keepalived needs no reload for a script."""
    node = lab.node("director1")
    [(path, content)] = scripts.files(lab, node).items()
    [step] = scripts.plan(Facts({}), scripts.files(lab, node))
    assert isinstance(step, Write) and (step.path, step.mode) == ("/etc/keepalived/scripts/revive-web", 0o700)
    well = Facts({"files": packed({path: File(content, 0o700)})})
    open_to_all = Facts({"files": packed({path: File(content, 0o777)})})
    assert scripts.plan(well, scripts.files(lab, node)) == []
    assert [each.what for each in scripts.plan(open_to_all, scripts.files(lab, node))] == [f"write {path}"]


def test_keepalived_is_told_of_the_script_before_the_instance_that_tracks_it(lab: Lab) -> None:
    """With all that a vrrp_script knows; the instance has its own address as the source of its adverts."""
    text = conf(lab, "director1")
    script = (
        'vrrp_script chk_nginx {\n    script "/etc/keepalived/scripts/revive-web"\n    interval 2\n    timeout 2\n'
        "    rise 1\n    fall 2\n    weight 0\n    user root\n}\n"
    )
    assert text.index(script) < text.index("vrrp_instance VI_1 {")
    assert "    track_script {\n        chk_nginx\n    }\n" in text
    assert "    enable_script_security\n    script_user root\n" in text
    assert "    mcast_src_ip 10.63.0.154\n" in text and "    mcast_src_ip 10.63.0.155\n" in conf(lab, "director2")
    assert "    state BACKUP\n" in text and "    nopreempt\n" in text
    assert "virtual_server" not in text and "unicast" not in text
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(("mine", "other"), [("director1", "director2"), ("director2", "director1")])
def test_adverts_by_unicast_go_to_the_others(mine: str, other: str) -> None:
    """Each director's list has everybody but itself."""
    lab = load_lab(LABS / "vrrp-nginx-weight.yml")
    own, peer = lab.node(mine).addresses["lan"], lab.node(other).addresses["lan"]
    expected = f"    unicast_src_ip {own}\n    unicast_peer {{\n        {peer}\n    }}\n"
    text = conf(lab, mine)
    assert expected in text and "mcast_src_ip" not in text
    assert "    weight -20\n" in text


def test_a_command_stands_as_it_is_and_brings_no_file() -> None:
    """keepalived splits it at blanks, and no shell sees it."""
    text = (LABS / "vrrp-nginx.yml").read_text()
    begin = text.index("    script: revive-web")
    line = text[begin : text.index("\n", begin)]
    lab = parse_lab(text.replace(line, "    command: [/usr/bin/systemctl, is-active, nginx]\n    user: nobody"))
    assert '    script "/usr/bin/systemctl is-active nginx"\n' in conf(lab, "director1")
    assert "    user nobody\n" in conf(lab, "director1")
    assert scripts.files(lab, lab.node("director1")) == {}


def test_only_the_script_that_revives_touches_the_unit(lab: Lab) -> None:
    """And it is systemd that starts nginx, so that systemd knows of it."""
    start = "/usr/bin/systemctl start nginx.service"
    assert start in scripts.content(lab, lab.node("director1"), OwnScript.REVIVE_WEB)
    assert "systemctl" not in scripts.content(lab, lab.node("director1"), OwnScript.CHECK_WEB)


@contextmanager
def answering(status: int) -> Iterator[int]:
    """Have a web server answer every request with a status; gives its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def run(lab: Lab, port: int, folder: Path) -> int:
    """Run the script that only looks, for a web server on this port; return its exit status."""
    there = lab.model_copy(update={"web": lab.web.model_copy(update={"port": port})})
    file = folder / "check-web"
    file.write_text(scripts.content(there, there.node("director1"), OwnScript.CHECK_WEB))
    return subprocess.run(["bash", str(file)], timeout=20, check=False).returncode


@pytest.mark.parametrize(("status", "is_well"), [(200, True), (403, False), (500, False)])
def test_the_script_wants_the_page_and_nothing_less(lab: Lab, tmp_path: Path, status: int, is_well: bool) -> None:
    """An error is no page."""
    with answering(status) as port:
        assert (run(lab, port, tmp_path) == 0) is is_well


def test_the_script_fails_when_nobody_listens(lab: Lab, tmp_path: Path) -> None:
    """The connection is refused, and that is all."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_port
    assert run(lab, port, tmp_path) != 0


def test_the_script_fails_when_a_server_takes_the_connection_and_says_nothing(lab: Lab, tmp_path: Path) -> None:
    """As one does that is stopped by SIGSTOP: the kernel goes on to take connections for it."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        assert run(lab, server.server_port, tmp_path) != 0
