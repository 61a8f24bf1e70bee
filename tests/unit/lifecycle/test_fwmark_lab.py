"""Status and expectations of a lab with firewall marks, a port, and every port."""

from dataclasses import replace

import pytest

from lvslab.host.isolation import Keeper
from lvslab.host.state import Phase, State
from lvslab.lifecycle import served as service
from lvslab.lifecycle import verify
from lvslab.lifecycle.served import request_mismatches
from lvslab.lifecycle.status import DirectorStatus, assemble, probes
from lvslab.model import Lab, load_lab
from lvslab.model.marks import marks_of
from lvslab.model.table import rules
from lvslab.nodes.facts.marks import MARKS
from lvslab.nodes.probe import Reading, Readings
from tests.unit.recorded import LABS, NODES, reading, status_of

STATE = State("x", "lvs-dr-fwmark", Phase.READY, Keeper(1, 1), "tcg", "", "")
HEAD = "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n"
COLUMNS = "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"


@pytest.fixture
def fwmark() -> Lab:
    """Return the lab."""
    return load_lab(LABS / "lvs-dr-fwmark.yml")


def listed(lab: Lab) -> str:
    """Return what ``ipvsadm -Ln`` says of the rules of a lab, in the columns of its recorded output."""
    lines = []
    for words in (line.split() for line in rules(lab).splitlines()):
        if words[0] == "-A":
            protocol = {"-f": "FWM", "-t": "TCP"}[words[1]]
            lines.append(f"{protocol}  {words[2]} {words[4]} persistent {words[6]}\n")
        else:
            lines.append(f"  -> {words[4]:<28} Route   {words[7]}      0          0         \n")
    return HEAD + COLUMNS + "".join(lines)


def said(lab: Lab, table: str, marks: Reading) -> Readings:
    """Return what a director says: its table and marks, all else as recorded."""
    return {**status_of("lvs-dr", "director1"), "ipvs": Reading(0, table), "marks": marks}


def director(lab: Lab, readings: Readings) -> DirectorStatus:
    """Return a director's part of the status."""
    there = dict.fromkeys(NODES, "running")
    return assemble(lab, STATE, there, {"director1": readings}).ipvs["director1"]


def told(lab: Lab, readings: Readings) -> list[str]:
    """Return what is not as expected of director1's table and marks."""
    seen = assemble(lab, STATE, dict.fromkeys(NODES, "running"), {"director1": readings})
    alone = replace(seen, ipvs={"director1": seen.ipvs["director1"]}, nodes=(), vips=(), web={}, storage=None)
    return verify.mismatches(lab, alone)


def test_only_directors_with_marks_are_asked_for_them(fwmark: Lab, lab: Lab) -> None:
    """nft need not be there where nothing is marked."""
    assert MARKS in probes(fwmark, fwmark.node("director1"))
    assert MARKS not in probes(fwmark, fwmark.node("web1"))
    assert MARKS not in probes(lab, lab.node("director1"))


def test_a_director_with_its_marks_and_table_is_as_expected(fwmark: Lab) -> None:
    """A mark, a port, and every port are found again in what ipvsadm lists."""
    readings = said(fwmark, listed(fwmark), reading("nft/lvs-marks.txt"))
    assert director(fwmark, readings).marks == marks_of(fwmark)
    assert told(fwmark, readings) == []


def test_lost_marks_are_told(fwmark: Lab) -> None:
    """Each port that nobody marks has its line."""
    readings = said(fwmark, listed(fwmark), Reading(1, "Error: No such file or directory\n"))
    assert told(fwmark, readings) == [
        "director1: nothing puts the mark 5 on tcp 192.168.18.41 port 80",
        "director1: nothing puts the mark 5 on tcp 192.168.18.41 port 443",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("FWM  5 rr", "FWM  6 rr", "director1: no virtual service FWM 5 in the IPVS table"),
        ("FWM  5 rr", "TCP  5 rr", "director1: no virtual service FWM 5 in the IPVS table"),
        ("FWM  5 rr persistent 5", "FWM  5 rr", "director1: FWM 5 has no flags, expected persistent 5"),
        (
            "TCP  192.168.18.42:0 rr",
            "TCP  192.168.18.42:1 rr",
            "director1: no virtual service 192.168.18.42:0 in the IPVS table",
        ),
    ],
)
def test_a_table_that_differs_is_told(fwmark: Lab, old: str, new: str, expected: str) -> None:
    """By the mark, or by the address with port 0."""
    table = listed(fwmark)
    assert old in table
    assert told(fwmark, said(fwmark, table.replace(old, new), reading("nft/lvs-marks.txt"))) == [expected]


def test_pages_are_asked_for_and_other_ports_are_only_opened(
    fwmark: Lab, served: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """ssh and HTTPS answer no HTTP; that somebody listens is what can be told."""
    knocked: list[tuple[str, int]] = []

    class Connection:
        def close(self) -> None:
            """Let it go."""

    def connect(address: tuple[str, int], timeout: float) -> Connection:
        knocked.append(address)
        if address[1] == 22:
            raise ConnectionRefusedError("refused")
        return Connection()

    monkeypatch.setattr(service.socket, "create_connection", connect)
    served[:] = ["web1"] * 6
    assert request_mismatches(fwmark, requests=2) == ["192.168.18.41:22: no answer to the client: refused"]
    assert knocked == [("192.168.18.41", 443), ("192.168.18.41", 22), ("192.168.18.43", 443)]
    assert served == []
