"""lvslab lint: what it prints, and how it ends."""

import json
from pathlib import Path
from typing import NoReturn

import pytest

from lvslab.cli import raising
from lvslab.errors import UnusableError
from lvslab.host.paths import project_root
from tests.unit.cli.conftest import Lvslab

DOCUMENTS = Path(__file__).parents[2] / "fixtures" / "keepalived-conf" / "documents"
NOTE = "vrrp_instance VI_1 {\n state BACKUP\n interface eth0\n virtual_router_id 5\n @main priority 5\n %s\n}\n"


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """Return a path for a configuration."""
    return tmp_path / "keepalived.conf"


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """Return the default lab with a budget that its checks do not keep."""
    path = tmp_path / "slow.yml"
    text = (project_root() / "labs" / "lvs-dr.yml").read_text()
    path.write_text(text.replace("lab: lvs-dr\n", "lab: lvs-dr\ndetection_budget: 5\n"))
    return path


def test_the_default_lab_ends_with_0(lvslab: Lvslab) -> None:
    """A note alone is fine."""
    ended = lvslab("lint")
    assert ended.code == 0
    assert "note: " in ended.out and "[check-shallow]" in ended.out
    assert ended.err == "lvs-dr: 1 note\n"


def test_errors_end_with_1(lvslab: Lvslab) -> None:
    """Place, severity, message, rule; then reason and remedy."""
    ended = lvslab("lint", str(DOCUMENTS / "active.conf"))
    assert ended.code == 1
    lines = ended.out.splitlines()
    place = f"{DOCUMENTS / 'active.conf'}:16"
    said = "VI_1: found nopreempt with state MASTER, where it is ignored"
    first = lines.index(f"{place}: error: {said} [nopreempt-master]")
    assert lines[first + 1].startswith("    nopreempt works only")
    assert lines[first + 2].startswith("    remedy: write `state BACKUP`")


def test_warnings_alone_end_with_3(lvslab: Lvslab) -> None:
    """A file whose line ends were lost is one comment."""
    ended = lvslab("lint", str(DOCUMENTS / "active-on-one-line.conf"))
    assert (ended.code, ended.err.rpartition(": ")[2]) == (3, "1 warning\n")


def test_a_file_without_findings_ends_with_0(lvslab: Lvslab, conf: Path) -> None:
    """And says so."""
    conf.write_text(NOTE.replace("@main ", "") % "virtual_ipaddress { 10.0.0.1 }")
    ended = lvslab("lint", str(conf))
    assert (ended.code, ended.out, ended.err.replace("\n", "")) == (0, "", f"{conf}: nothing found")


def test_the_files_of_a_cluster_are_looked_at_together(lvslab: Lvslab) -> None:
    """Both say state MASTER."""
    ended = lvslab("lint", *(str(DOCUMENTS / name) for name in ("active.conf", "standby.conf")), "--json")
    data = json.loads(ended.out)
    assert (ended.code, data["schema_version"]) == (1, 1)
    found = next(one for one in data["findings"] if one["rule"] == "masters-twice")
    assert (found["source"], found["line"], found["severity"]) == (str(DOCUMENTS / "standby.conf"), 11, "warning")
    assert set(found) == {"rule", "severity", "source", "line", "message", "reason", "remedy", "reference"}


def test_a_budget_makes_slow_checks_a_warning(lvslab: Lvslab) -> None:
    """For labs as for files."""
    assert lvslab("lint", "lvs-dr", "--budget", "5").code == 3
    assert "[check-slow]" in lvslab("lint", str(DOCUMENTS / "nginx-backup.conf"), "--budget", "5").out


def test_a_lab_that_states_its_budget_is_held_to_it(lvslab: Lvslab, slow: Path) -> None:
    """Unless another budget is told."""
    ended = lvslab("lint", str(slow))
    assert ended.code == 3
    assert "is removed after 7 s at worst, expected 5 s [check-slow]" in ended.out
    assert lvslab("lint", str(slow), "--budget", "8").code == 0


def test_validate_tells_warnings_in_short(lvslab: Lvslab, slow: Path) -> None:
    """A line each, on standard error: the lab is fine, and may not be what somebody meant. Notes are not told."""
    ended = lvslab("validate", str(slow), "lvs-dr")
    assert (ended.code, ended.out) == (0, f"{slow}: fine\nlvs-dr: fine\n")
    first, second = ended.err.splitlines()
    assert first.startswith(f"{slow}:") and first.endswith("[check-slow]")
    assert second == "lvslab lint LAB tells reasons and remedies"
    data = json.loads(lvslab("validate", "--json", str(slow), "lvs-dr").out)
    assert (data["warnings"][str(slow)], data["warnings"]["lvs-dr"]) == ([first], [])


def test_up_tells_warnings_before_anything_boots(lvslab: Lvslab, slow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, and then it goes on."""

    def refuse(*_: object) -> NoReturn:
        raise UnusableError("nothing boots here")

    monkeypatch.setattr(raising, "need_root", lambda command: None)
    monkeypatch.setattr(raising.lifecycle_up, "up", refuse)
    ended = lvslab("up", str(slow))
    assert ended.err.count("[check-slow]") == 1
    assert ended.err.index("[check-slow]") < ended.err.index("nothing boots here")


def test_conditions_are_decided_by_config_id(lvslab: Lvslab, conf: Path) -> None:
    """Without it they are told of."""
    conf.write_text(NOTE % "virtual_ipaddress { 10.0.0.1 }")
    assert "[not-evaluated]" in lvslab("lint", str(conf)).out
    assert lvslab("lint", str(conf), "--config-id", "main").out == ""


def test_a_brace_too_few_ends_with_2(lvslab: Lvslab, conf: Path) -> None:
    """What cannot be read is not judged."""
    conf.write_text("vrrp_instance VI_1 {\n")
    ended = lvslab("lint", str(conf))
    assert (ended.code, ended.out) == (2, "")
    assert f"{conf}:1: found no '}}' that closes 'vrrp_instance VI_1'" in ended.err


@pytest.mark.parametrize(
    "words", [("/nowhere/keepalived.conf",), ("lvs-drr",), ("--explain", "chek-slow"), ("/tmp/",)]
)
def test_what_is_not_there_ends_with_2(lvslab: Lvslab, words: tuple[str, ...]) -> None:
    """A file, a lab, a rule."""
    assert lvslab("lint", *words).code == 2


def changed(path: Path, lab: str, old: str, new: str) -> int:
    """Write a lab that comes with lvslab with a text replaced, and return the line where that is first."""
    text = (project_root() / "labs" / f"{lab}.yml").read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return text.partition(old)[0].count("\n") + 1


COMBINATIONS = [
    ("lab-port-kept", "lvs-dr", "{node: web1, weight: 1}", "{node: web1, weight: 1, port: 8080}"),
    ("lab-nat-client-inside", "lvs-nat", "{outside: 192.168.10.140}", "{inside: 192.168.0.140}"),
    ("lab-priority-twice", "lvs-dr", "director2: 99}", "director2: 100}"),
    ("lab-auth-ignored", "lvs-dr", "version: 2", "version: 3"),
    ("lab-advert-fraction", "lvs-dr", "advert_int: 1 ", "advert_int: 0.5 "),
]


@pytest.mark.parametrize(("rule", "lab", "old", "new"), COMBINATIONS, ids=lambda word: word)
def test_a_combination_that_cannot_be_is_a_finding(
    lvslab: Lvslab, tmp_path: Path, rule: str, lab: str, old: str, new: str
) -> None:
    """With line, reason, remedy and source, as text and as JSON; a bad lab file ends with 2."""
    path = tmp_path / "lab.yml"
    changed(path, lab, old, new)
    ended = lvslab("lint", str(path), "--json")
    data = json.loads(ended.out)
    found = next(one for one in data["findings"] if one["rule"] == rule)
    assert (ended.code, ended.err, data["schema_version"], found["severity"]) == (2, "", 1, "error")
    assert set(found) == {"rule", "severity", "source", "line", "message", "reason", "remedy", "reference"}
    text = lvslab("lint", str(path))
    lines = text.out.splitlines()
    first = lines.index(f"{path}:{found['line']}: error: {found['message']} [{rule}]")
    assert lines[first + 1 : first + 3] == [f"    {found['reason']}", f"    remedy: {found['remedy']}"]
    assert (text.code, found["source"]) == (2, str(path))
    explained = lvslab("lint", "--explain", rule).out
    assert found["reason"] in explained and found["reference"] in explained


def test_the_line_of_a_mistake_is_that_of_its_key(lvslab: Lvslab, tmp_path: Path) -> None:
    """Also of one that nobody has written a reason for: what the key is for is told then."""
    path = tmp_path / "lab.yml"
    line = changed(path, "lvs-dr", "port: 80}", "port: 0}")
    ended = lvslab("lint", str(path))
    assert ended.code == 2
    assert ended.out.startswith(f"{path}:{line}: error: web.port: found 0, allowed: a whole number from 1 to 65535")
    assert ended.err.replace("\n", "") == f"{path}: 1 error"


def test_the_other_targets_are_looked_at_beside_a_bad_lab_file(lvslab: Lvslab, tmp_path: Path) -> None:
    """And the exit code is the bad file's."""
    path = tmp_path / "lab.yml"
    changed(path, "lvs-dr", "advert_int: 1 ", "advert_int: 0.5 ")
    ended = lvslab("lint", str(path), "lvs-dr", str(DOCUMENTS / "active.conf"), "--json")
    rules = {one["rule"] for one in json.loads(ended.out)["findings"]}
    assert ended.code == 2
    assert rules >= {"lab-advert-fraction", "check-shallow", "nopreempt-master"}


def test_validate_and_up_tell_the_reason_as_well(
    lvslab: Lvslab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything boots; programs get a line for each mistake from validate, and the rest from lint."""
    monkeypatch.setattr(raising, "need_root", lambda command: None)
    path = tmp_path / "lab.yml"
    line = changed(path, "lvs-dr", "advert_int: 1 ", "advert_int: 0.5 ")
    validated = lvslab("validate", str(path))
    first, reason, remedy = validated.out.splitlines()
    assert first.startswith(f"{path}:{line}: vrrp_instances[0].advert_int: found 0.5, allowed: whole seconds")
    assert reason.startswith("    VRRP version 2 has a byte") and remedy.startswith("    remedy: ")
    raised = lvslab("up", str(path))
    assert (validated.code, raised.code, raised.out) == (2, 2, "")
    assert reason.strip() in raised.err and remedy.strip() in raised.err
    assert json.loads(lvslab("validate", "--json", str(path)).out)["mistakes"][str(path)] == [first]


def test_the_other_routers_priority_can_be_told(lvslab: Lvslab, conf: Path) -> None:
    """A weight of 20 does not bring 150 below 100; below 140 it does."""
    script = "vrrp_script site {\n script /bin/true\n interval 1\n weight -20\n}\n"
    track = "virtual_ipaddress { 10.0.0.1 }\n track_script {\n  site\n }"
    conf.write_text(script + NOTE.replace("@main priority 5", "priority 150") % track)
    assert "[weight-too-small]" not in lvslab("lint", str(conf)).out
    ended = lvslab("lint", str(conf), "--backup-priority", "100")
    assert ended.code == 3
    assert "VI_1: with site failed 130 is left, which still beats 100 [weight-too-small]" in ended.out
    assert "[weight-too-small]" not in lvslab("lint", str(conf), "--backup-priority", "140").out


@pytest.mark.parametrize("files", [(), ("active.conf", "standby.conf")])
def test_the_other_routers_priority_is_for_one_file(lvslab: Lvslab, files: tuple[str, ...]) -> None:
    """A lab tells both, and so do two files."""
    ended = lvslab("lint", *(str(DOCUMENTS / name) for name in files), "--backup-priority", "100")
    assert (ended.code, ended.out) == (2, "")
    assert f"found {len(files)} files, expected one" in ended.err


def test_a_rule_is_explained(lvslab: Lvslab) -> None:
    """All that it says of itself."""
    ended = lvslab("lint", "--explain", "nopreempt-master")
    assert ended.code == 0
    for word in ("nopreempt-master (error)", "looks at: state, nopreempt", "reason: ", "remedy: ", "source: "):
        assert word in ended.out


def test_bytes_of_any_encoding_are_read(lvslab: Lvslab, conf: Path) -> None:
    """Comments are written in many."""
    conf.write_bytes("# 虚拟路由\n".encode("gb18030") + (NOTE.replace("@main ", "") % "").encode())
    assert lvslab("lint", str(conf)).code == 3
