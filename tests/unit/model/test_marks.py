"""Services of more than one port: by firewall mark, or every port of an address."""

import pytest

from lvslab.model import Lab, Protocol, VirtualService, load_lab
from lvslab.model.marks import Mark, marks_of
from lvslab.model.table import entry_of, flags_of, option_of, rows_of, rules, title_of
from tests.unit.recorded import LABS

VIP = "192.168.18.41"


@pytest.fixture(scope="module")
def fwmark() -> Lab:
    """Return the lab with a mark, a port and every port."""
    return load_lab(LABS / "lvs-dr-fwmark.yml")


def named(lab: Lab, name: str) -> VirtualService:
    """Return a service by its name."""
    return next(service for service in lab.virtual_services if service.name == name)


def test_each_port_of_a_marked_service_is_marked(fwmark: Lab) -> None:
    """ssh at the same address is not."""
    assert marks_of(fwmark) == (Mark(VIP, Protocol.TCP, 80, 5), Mark(VIP, Protocol.TCP, 443, 5))
    assert [mark.rule for mark in marks_of(fwmark)] == [
        "ip daddr 192.168.18.41 tcp dport 80 meta mark set 5",
        "ip daddr 192.168.18.41 tcp dport 443 meta mark set 5",
    ]
    assert Mark("fd00::41", Protocol.UDP, 53, 7).rule == "ip6 daddr fd00::41 udp dport 53 meta mark set 7"


def test_a_lab_without_marks_has_none(lab: Lab) -> None:
    """A service by its address needs none."""
    assert marks_of(lab) == ()


def test_rules_name_the_mark_and_the_port_0(fwmark: Lab) -> None:
    """As ipvsadm saves them: a mark's servers have port 0, for a packet keeps the port that it came with."""
    lines = rules(fwmark).splitlines()
    assert lines[:3] == [
        "-A -f 5 -s rr -p 5",
        "-a -f 5 -r 192.168.18.32:0 -g -w 1",
        "-a -f 5 -r 192.168.18.33:0 -g -w 1",
    ]
    assert "-A -t 192.168.18.41:22 -s rr -p 5" in lines
    assert "-a -t 192.168.18.42:0 -r 192.168.18.32:0 -g -w 1" in lines
    assert "-a -t 192.168.18.43:443 -r 192.168.18.33:443 -g -w 1" in lines


@pytest.mark.parametrize(
    ("name", "entry", "option", "title", "words"),
    [
        ("pfwm", ("FWM", "5"), "-f 5", "FWM 5", ("fwmark", "5")),
        ("ssh", ("TCP", f"{VIP}:22"), f"-t {VIP}:22", f"{VIP}:22", (VIP, "22")),
        ("pcc", ("TCP", "192.168.18.42:0"), "-t 192.168.18.42:0", "192.168.18.42:0", ("192.168.18.42",)),
    ],
)
def test_a_service_is_called_as_each_program_calls_it(
    fwmark: Lab, name: str, entry: tuple[str, str], option: str, title: str, words: tuple[str, ...]
) -> None:
    """By ipvsadm in its list and on its command line, by messages, and by keepalived.conf."""
    service = named(fwmark, name)
    assert (entry_of(service), option_of(service), title_of(service), service.words) == (entry, option, title, words)
    assert flags_of(service) == "persistent 5"


def test_only_rows_of_one_port_have_a_port(fwmark: Lab) -> None:
    """Real servers of a mark and of every port have 0."""
    ports = {each.name: {row.rpartition(":")[2] for row in rows_of(fwmark, each)} for each in fwmark.virtual_services}
    assert ports == {"pfwm": {"0"}, "ssh": {"22"}, "pcc": {"0"}, "ppc-http": {"80"}, "ppc-https": {"443"}}


def test_a_check_opens_the_port_that_is_told_or_the_services(fwmark: Lab) -> None:
    """A service of every port has none of its own to open."""
    ports = {each.name: each.checked_port(each.real_servers[0]) for each in fwmark.virtual_services}
    assert ports == {"pfwm": 80, "ssh": 22, "pcc": 80, "ppc-http": 80, "ppc-https": 443}


def test_pages_are_asked_for_where_the_web_servers_have_them(fwmark: Lab) -> None:
    """Neither ssh nor HTTPS answers a request of HTTP; every port holds that of HTTP, too."""
    assert {each.name: fwmark.page_port(each) for each in fwmark.virtual_services} == {
        "pfwm": 80,
        "ssh": None,
        "pcc": 80,
        "ppc-http": 80,
        "ppc-https": None,
    }


def test_pages_behind_another_port_are_asked_for_at_the_services(lab: Lab) -> None:
    """With NAT the client knows nothing of the web server's port; UDP has no pages."""
    http = lab.virtual_services[0]
    servers = tuple(each.model_copy(update={"port": 80}) for each in http.real_servers)
    assert lab.page_port(http.model_copy(update={"port": 8080, "real_servers": servers})) == 8080
    assert lab.page_port(http.model_copy(update={"protocol": Protocol.UDP})) is None
