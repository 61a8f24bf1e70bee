"""What people read of a lab's status."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from lvslab.cli import render
from lvslab.errors import NodeError
from lvslab.host.isolation import Keeper
from lvslab.host.state import Phase, State
from lvslab.lifecycle import status as lifecycle_status
from lvslab.lifecycle.status import Answers, FaultStatus, Status
from lvslab.model import Lab
from tests.unit.recorded import NODES, status_of

STATE = State("mine", "lvs-dr", Phase.READY, Keeper(1, 1), "tcg", "sha256", "digest")


def assembled(lab: Lab, said: Answers, **there: str) -> Status:
    """Return the status of the lab where all machines run but those told otherwise."""
    return lifecycle_status.assemble(lab, STATE, dict.fromkeys(NODES, "running") | there, said)


def answers(**others: str) -> dict[str, object]:
    """Return what nodes said, those in ``others`` in another state than provisioned."""
    return {name: status_of(others.get(name, "lvs-dr"), name) for name in NODES}


def lines(seen: Status) -> list[str]:
    """Return the lines that a person would read, blanks made single."""
    console = Console(file=io.StringIO(), width=200, highlight=False)
    console.print(render.status(seen))
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines() if line.strip()]


def test_a_lab_that_is_as_it_should_be(lab: Lab) -> None:
    """Nodes, who holds the VIP, tables and storage, each in its line."""
    assert lines(assembled(lab, answers())) == [  # type: ignore[arg-type]
        "mine lab lvs-dr, libvirt (tcg), ready",
        "NODE ROLE STATE ADDRESS",
        "director1 director running 192.168.18.31 MASTER holds 192.168.18.41",
        "director2 director running 192.168.18.30 BACKUP",
        "web1 web running 192.168.18.32 httpd runs root 192.168.18.34:/web",
        "web2 web running 192.168.18.33 httpd runs root 192.168.18.34:/web",
        "nfs nfs running 192.168.18.34",
        "VIRTUAL SERVICE ON SCHED REAL SERVER FORWARD WEIGHT CONNS",
        "TCP 192.168.18.41:80 director1 rr 192.168.18.32:80 DR 1 10",
        "192.168.18.33:80 DR 1 10",
        "TCP 192.168.18.41:80 director2 rr 192.168.18.32:80 DR 1 0",
        "192.168.18.33:80 DR 1 0",
        "STORAGE",
        "array raid5 clean vdb1 active sync, vdc1 active sync, vdd1 active sync, vde1 spare",
        "volume vg0/web 2.0 GiB mounted",
        "export /web 192.168.18.0/24",
    ]


def test_what_is_wrong_stands_where_it_belongs(lab: Lab) -> None:
    """A stopped httpd, a removed row, an array that rebuilds, a node that does not answer."""
    said = answers(director1="web1-stopped", web1="web1-stopped", nfs="array-rebuilding")
    said["web2"] = NodeError("web2: no end to a command after 20 s")
    seen = lines(assembled(lab, said))  # type: ignore[arg-type]
    assert "web1 web running 192.168.18.32 httpd is stopped root 192.168.18.34:/web" in seen
    assert "web2 web running 192.168.18.33 does not answer" in seen
    assert seen[-1] == "web2: no end to a command after 20 s"
    assert "TCP 192.168.18.41:80 director1 rr 192.168.18.33:80 DR 1 16" in seen
    (array,) = (line for line in seen if line.startswith("array "))
    assert array.startswith("array raid5 clean, degraded, recovering vdb1 active sync, vde1 spare rebuilding, ")


def test_a_lab_with_machines_that_are_off(lab: Lab) -> None:
    """What cannot be known is not shown as if it were."""
    said = answers()
    for name in ("director1", "director2", "nfs"):
        del said[name]
    seen = lines(assembled(lab, said, director1="shut off", director2="paused", nfs="shut off"))  # type: ignore[arg-type]
    assert "director1 director shut off 192.168.18.31" in seen
    assert "192.168.18.41 no director holds it" in seen
    assert "? director1 unknown" in seen
    assert seen[-1] == "array unknown"


def test_machines_that_boot_leave_the_tables_their_shape(lab: Lab) -> None:
    """Why each cannot be read stands below, once, however much of the status comes from it."""
    why = "{0} (192.168.121.10): no ssh connection: No route to host"
    seen = lines(assembled(lab, {name: NodeError(why.format(name)) for name in NODES}))
    assert max(len(line) for line in seen) < 80
    assert "director1 director running 192.168.18.31 does not answer" in seen
    assert seen[-5:] == [why.format(name) for name in NODES]


def test_a_director_without_keepalived_is_named(lab: Lab) -> None:
    """The table is there, and whose keepalived it is that does not run stands below."""
    whole = assembled(lab, answers())  # type: ignore[arg-type]
    silent = replace(whole.ipvs["director2"], reason="keepalived does not run")
    seen = lines(replace(whole, ipvs=whole.ipvs | {"director2": silent}))
    assert seen[-1] == "director2: keepalived does not run"


def test_what_is_broken_is_told_last(lab: Lab) -> None:
    """Each active fault with its id, target, arguments and age; one that was cut short says so."""
    active = (
        FaultStatus(3, "network.loss", ("web1", "web2"), {"percent": "10", "network": ""}, True, 12.4),
        FaultStatus(4, "host.load", (), {"processes": "2"}, False, 1.0),
    )
    assert lines(replace(assembled(lab, answers()), faults=active))[-3:] == [  # type: ignore[arg-type]
        "FAULT ON WITH FOR",
        "3 network.loss web1, web2 percent=10 12 s",
        "4 host.load host processes=2 cut short",
    ]


def test_what_to_type_next_names_this_lab(lab: Lab) -> None:
    """An instance with another name than its lab has to be named each time."""
    text = render.next_lines(assembled(lab, answers()))  # type: ignore[arg-type]
    assert "lvslab client --name mine -- curl -si http://192.168.18.41/" in text
    assert "lvslab down mine" in text


@pytest.mark.parametrize(
    ("line", "style"), [("+a", "green"), ("-a", "red"), ("@@ -1 +1 @@", "cyan"), (" a", ""), ("", "")]
)
def test_differences_have_their_colours(line: str, style: str) -> None:
    """Added, removed, where."""
    assert render.diff_style(line) == style
