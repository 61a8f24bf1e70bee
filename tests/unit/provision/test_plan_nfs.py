"""The storage node as an NFS server."""

from collections.abc import Callable

import pytest

from lvslab.model import Lab
from lvslab.nodes.facts.system import File
from lvslab.nodes.probe import Reading, Readings
from provision import nfs
from provision.nfs import EXPORTS, NFS_CONF, SERVER
from provision.role import Facts
from provision.step import Write
from tests.unit.recorded import altered, facts_of, with_files

ENABLE, RESTART = f"enable {SERVER}", f"restart {SERVER}"
RUNS = "nfs-kernel-server.service\nActiveState=active\nUnitFileState=enabled"
Deviation = Callable[[Readings], Readings]


def whats(lab: Lab, readings: Readings) -> list[str]:
    """Return what the role's two plans would do, that of its foundation first."""
    plans = (role.plan(lab, lab.node("nfs"), Facts(readings)) for role in (nfs.NFS_SERVER, nfs.NFS))
    return [step.what for plan in plans for step in plan]


def test_a_bare_server_is_set_up_in_order(lab: Lab) -> None:
    """The server reads its grace period only as it starts; what it exports is told later, for that is the lab's."""
    assert whats(lab, facts_of("bare", "nfs")) == [
        f"write {NFS_CONF}",
        f"enable rpcbind.service and {SERVER}",
        "start rpcbind.service",
        RESTART,
        "write /web/index.html",
        f"write {EXPORTS}",
        "export",
    ]


@pytest.mark.parametrize(
    ("deviation", "repair"),
    [
        (lambda seen: with_files(seen, {"/web/index.html": None}), ["write /web/index.html"]),
        (lambda seen: with_files(seen, {NFS_CONF: None}), [f"write {NFS_CONF}", RESTART]),
        (lambda seen: with_files(seen, {EXPORTS: File("")}), [f"write {EXPORTS}", "export"]),
        (lambda seen: {**seen, "exports": Reading(0, "")}, ["export"]),
        (lambda seen: altered(seen, "units", RUNS, RUNS.replace("=active", "=inactive")), [RESTART]),
        (lambda seen: altered(seen, "wanted", f"{SERVER}\n", ""), [ENABLE]),
        (
            lambda seen: with_files(
                altered(seen, "units", RUNS, RUNS.replace("=active", "=failed")), {EXPORTS: File("")}
            ),
            [RESTART, f"write {EXPORTS}", "export"],
        ),
        (
            lambda seen: altered(
                seen, "units", "portmap.service\nActiveState=active", "portmap.service\nActiveState=inactive"
            ),
            ["start rpcbind.service"],
        ),
    ],
)
def test_what_differs_is_repaired_and_nothing_else(lab: Lab, deviation: Deviation, repair: list[str]) -> None:
    """A changed export needs no restart; a server that does not run, or would not, is brought up."""
    assert whats(lab, deviation(facts_of("lvs-dr", "nfs"))) == repair


def test_the_export_is_the_lab_file_s(lab: Lab) -> None:
    """Folder, network and options, as exports(5) wants them."""
    assert nfs.exports(lab) == "/web 192.168.18.0/24(rw,sync,no_root_squash)\n"


def test_the_page_names_the_lab(lab: Lab) -> None:
    """It stands in the export, so every web server shows the same."""
    steps = nfs.plan(lab, lab.node("nfs"), Facts(facts_of("bare", "nfs")))
    (page,) = (step for step in steps if isinstance(step, Write) and step.path == "/web/index.html")
    assert "<h1>lvs-dr</h1>" in page.content
