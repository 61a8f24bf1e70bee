"""The small decisions that all roles share: a file, a unit, a kernel setting, a line of a table."""

import pytest

from lvslab.model import Lab
from lvslab.nodes.facts.system import File
from lvslab.nodes.probe import NOTHING, Probe, Reading
from provision.role import Facts, Wants, reread, started, sysctl, with_line, write
from provision.step import Run, Write
from tests.unit.recorded import packed

PATH = "/etc/x.conf"
WANTED = {"net.ipv4.ip_forward": "1", "net.ipv4.conf.lo.arp_ignore": "1"}
CONF = "# Why.\nnet.ipv4.ip_forward = 1\nnet.ipv4.conf.lo.arp_ignore = 1\n"


def having(files: dict[str, File] | None = None, sysctls: str = "", units: str = "") -> Facts:
    """Return facts of a node with these files, settings and units."""
    return Facts({"files": packed(files or {}), "sysctls": Reading(0, sysctls), "units": Reading(0, units)})


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (None, [Write(PATH, "a\n", None, 0o644)]),
        (File("a\n", 0o644), []),
        (File("b\n", 0o644), [Write(PATH, "a\n", "b\n", 0o644)]),
        (File("a\n", 0o600), [Write(PATH, "a\n", "a\n", 0o644)]),
        (File("a", 0o644), [Write(PATH, "a\n", "a", 0o644)]),
    ],
)
def test_a_file_is_written_only_where_it_differs(there: File | None, expected: list[Write]) -> None:
    """Content and mode both count, and the old content is known, for the diff."""
    assert write(having({PATH: there} if there else {}), PATH, "a\n") == expected


NOW, ALL_ANEW = ("--no-reload", "enable", "--now"), ("enable", "--now")


@pytest.mark.parametrize(
    ("active", "enabled", "words"),
    [
        ("active", "enabled", None),
        ("inactive", "disabled", NOW),
        ("", "", NOW),
        ("inactive", "enabled", ALL_ANEW),
        ("failed", "disabled", ALL_ANEW),
        ("active", "disabled", ALL_ANEW),
    ],
)
def test_a_unit_is_started_unless_it_runs_and_will(active: str, enabled: str, words: tuple[str, ...] | None) -> None:
    """Running now is not enough: it has to come back after a reboot.

    One that systemd does not hold is read as it starts, and nothing else need be.
    """
    facts = having(units=f"Names=x.service\nActiveState={active}\nUnitFileState={enabled}\n")
    steps = [Run("start x.service", ("systemctl", "--quiet", *words, "x.service"))] if words else []
    assert started(facts, "x.service") == steps


@pytest.mark.parametrize(
    ("active", "enabled", "is_held"),
    [
        ("inactive", "disabled", False),
        ("", "", False),
        ("inactive", "enabled", True),
        ("failed", "disabled", True),
        ("active", "disabled", True),
    ],
)
def test_systemd_reads_anew_what_it_holds(active: str, enabled: str, is_held: bool) -> None:
    """A unit that is in its memory would go on as it was read; any other is read when it is named."""
    facts = having(units=f"Names=x.service\nActiveState={active}\nUnitFileState={enabled}\n")
    assert [step.what for step in reread(facts, "x.service")] == ["have systemd read its units"] * is_held


@pytest.mark.parametrize(
    ("file", "now", "whats"),
    [
        (CONF, "net.ipv4.ip_forward = 1\nnet.ipv4.conf.lo.arp_ignore = 1\n", []),
        ("", "net.ipv4.ip_forward = 1\nnet.ipv4.conf.lo.arp_ignore = 1\n", [f"write {PATH}", f"apply {PATH}"]),
        (CONF, "net.ipv4.ip_forward = 0\nnet.ipv4.conf.lo.arp_ignore = 1\n", [f"apply {PATH}"]),
        (CONF, "net.ipv4.ip_forward = 1\n", [f"apply {PATH}"]),
        (CONF + "# more\n", "", [f"write {PATH}", f"apply {PATH}"]),
    ],
)
def test_kernel_settings_hold_now_and_after_a_reboot(file: str, now: str, whats: list[str]) -> None:
    """The file is for the next boot, loading it for this one; a setting that is not known yet is set."""
    steps = sysctl(having({PATH: File(file)} if file else {}, sysctls=now), PATH, WANTED, "Why.")
    assert [step.what for step in steps] == whats
    assert [step.content for step in steps if isinstance(step, Write)] == [CONF] * ("write" in " ".join(whats))


LINE = "server:/web\t/srv\tnfs\tdefaults\t0\t0"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"{LINE}\n"),
        (f"{LINE}\n", f"{LINE}\n"),
        ("UUID=1 / ext4 defaults 0 1\n", f"UUID=1 / ext4 defaults 0 1\n{LINE}\n"),
        ("UUID=1 / ext4", f"UUID=1 / ext4\n{LINE}\n"),
        ("# /srv is mounted below\n", f"# /srv is mounted below\n{LINE}\n"),
        ("other:/x /srv nfs ro 0 0\n/dev/vdb /srv2 ext4\n", f"/dev/vdb /srv2 ext4\n{LINE}\n"),
        ("a /srv x\nb\t/srv\ty\n", f"{LINE}\n"),
        ("\n\nword\n", f"\n\nword\n{LINE}\n"),
        ("/srv /elsewhere none bind\n", f"/srv /elsewhere none bind\n{LINE}\n"),
    ],
)
def test_a_table_has_one_line_for_each_target(before: str, after: str) -> None:
    """Lines of other targets and comments stay; the target's own line is replaced; a second time changes nothing."""
    assert with_line(before, "/srv", LINE) == after
    assert with_line(after, "/srv", LINE) == after


def test_wants_of_several_roles_are_asked_for_once() -> None:
    """Two roles that look at the same file read it in one go, in the order of the roles."""
    disks = Probe("disks", ("lsblk",))
    both = Wants(packages=("a",), files=("/f", "/g"), probes=(disks,)) + Wants(files=("/g", "/h"), probes=(disks,))
    assert both == Wants(packages=("a",), files=("/f", "/g", "/h"), probes=(disks,))
    assert [probe.name for probe in both.all_probes].count("disks") == 1


def test_probes_have_names_of_their_own() -> None:
    """No reading of a node hides another."""
    names = [probe.name for probe in Wants(probes=(Probe("disks", ("lsblk",)),)).all_probes]
    assert len(names) == len(set(names))


def test_a_node_of_which_nothing_is_known_has_nothing() -> None:
    """Facts of an empty reading raise nothing: whatever is looked for is not there."""
    facts = Facts({})
    assert facts.reading("x") is NOTHING
    assert (facts.files, facts.interfaces, facts.units, facts.sysctls, facts.mounts) == ({}, (), {}, {}, {})
    assert (facts.packages, facts.hostname, facts.routes) == (frozenset(), "", ())
    assert not facts.unit("x.service").is_active
    assert not facts.has_address("lo", "192.168.18.41/32")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param('"address":"52:54:00:00:12:1f"', id="made with what the lab wants, as by VirtualBox"),
        pytest.param('"address":"52:54:00:f1:00:0a"', id="bare"),
        pytest.param('"address":"52:54:00:00:12:1f","permaddr":"52:54:00:f1:00:0a"', id="given"),
        pytest.param('"address":"02:00:00:00:00:01","permaddr":"52:54:00:f1:00:0a"', id="given another one"),
    ],
)
def test_an_interface_is_found_by_its_cards_address_or_the_labs(lab: Lab, said: str) -> None:
    """Whatever the card was made with, and whatever it was given since."""
    rows = f'[{{"ifname":"eth0","address":"52:54:00:ff:00:0a"}},{{"ifname":"eth1",{said}}}]'
    found = Facts({"addresses": Reading(0, rows)}).interface_of(lab.node("director1"), "lan")
    assert found is not None and found.name == "eth1"


def test_an_interface_that_is_not_there_is_not_found(lab: Lab) -> None:
    """Another card's address is not taken for it."""
    rows = '[{"ifname":"eth2","address":"52:54:00:f2:00:0a"}]'
    assert Facts({"addresses": Reading(0, rows)}).interface_of(lab.node("director1"), "lan") is None
