"""keepalived's own complaints, as it made them, against what lint finds in the same files."""

import re
from pathlib import Path

import pytest

from lvslab.lint import lint
from lvslab.model.keepalived import KeepalivedConfError, parse

FOLDER = Path(__file__).parents[2] / "fixtures" / "keepalived-conf"
SAID = sorted((FOLDER / "said").glob("*.conf"))
DOCUMENTS = sorted((FOLDER / "documents").glob("*.conf"))
PLACE = re.compile(r"\((?:[\w.-]+: )?Line (\d+)\) (.*)")
# what depends on the host, what a newer keepalived may know, what it says at a block's end, what lint leaves open
OTHERWISE = re.compile(
    r"loopback interface|doesn't exist|Unknown keyword|Unexpected '\{'|"
    r"no urls specified|No script path|skipping real server|invalid IP \$Y"
)


def complaints(path: Path) -> set[int]:
    """Return the lines of a file that keepalived complained of."""
    found = (PLACE.match(line) for line in path.with_suffix(".said").read_text().splitlines())
    return {int(one[1]) for one in found if one and not OTHERWISE.search(one[2])}


@pytest.mark.parametrize("path", SAID, ids=lambda path: path.stem)
def test_lint_has_a_finding_on_every_line_that_keepalived_complains_of(path: Path) -> None:
    """keepalived 2.2.7 said so of this very file."""
    try:
        found = {one.line for one in lint([parse(path.read_text(), path.name)])}
    except KeepalivedConfError as err:
        found = {err.line}
    assert complaints(path) - found == set()


@pytest.mark.parametrize(
    "path", [one for one in SAID if not one.with_suffix(".said").read_text()], ids=lambda p: p.stem
)
def test_lint_finds_no_error_where_keepalived_is_content(path: Path) -> None:
    """What keepalived takes without a word is not called an error."""
    assert [one for one in lint([parse(path.read_text(), path.name)]) if one.severity == "error"] == []


SENTENCES = {
    "the virtual router id must be set": "vrid-missing",
    "no protocol set - defaulting to UDP": "protocol-missing",
    "no scheduler set": "scheduler-missing",
    "no forwarding method set": "method-missing",
    "zero port only valid for persistent services": "port-missing",
    "has no real servers": "real-servers-missing",
    "is duplicated - removing second rs": "real-server-twice",
    "exceeds total weight of real servers": "quorum-too-large",
    ">= quorum": "hysteresis-too-large",
    "ports don't match - resetting": "port-kept",
    "nopreempt will not work with initial state MASTER": "nopreempt-master",
    "nopreempt is incompatible with priority 255": "master-without-priority",
    "preempt delay will not work with initial state MASTER": "preempt-delay-ignored",
    "preempt_delay is incompatible with nopreempt mode": "preempt-delay-ignored",
    "must be an integer. rounding": "advert-fraction",
    "Must be less than 40.96s": "advert-too-long",
    "does not support authentication": "auth-ignored",
    "no urls specified": "check-incomplete",
    "No script path": "check-incomplete",
    "skipping real server": "real-server-family",
    "both use VRID": "vrid-twice",
    "No VIP specified": "vip-missing",
    "specified in sync group": "sync-unknown",
    "has only 1 virtual router(s)": "sync-alone",
    "without any unicast peers": "unicast-without-peer",
    "script_security not enabled": "script-security",
}


@pytest.mark.parametrize(("sentence", "rule"), SENTENCES.items(), ids=SENTENCES.values())
def test_what_keepalived_says_without_a_line_has_its_rule(sentence: str, rule: str) -> None:
    """In every file of which it said the sentence, one at least."""
    files = [path for path in SAID if sentence in path.with_suffix(".said").read_text()]
    assert files
    for path in files:
        if path.stem not in SILENT.get(rule, ()):
            assert rule in {one.rule for one in lint([parse(path.read_text(), path.name)])}, path.stem


# keepalived says the same sentences in these files for another reason, which another rule names
SILENT = {
    "vrid-missing": ("out-of-range",),
    "scheduler-missing": ("comments-by-slashes",),
    "vip-missing": ("misspelt",),
    "master-without-priority": ("scripts",),
    "method-missing": ("capitals", "comments-by-slashes"),
    "port-kept": ("numbers",),
}


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("httpd-backup.conf", {"retry-word", "check-shallow"}),
        ("nginx-master.conf", {"retry-word", "check-shallow"}),
        ("active.conf", {"nopreempt-master", "script-security"}),
        ("active-on-one-line.conf", {"nothing-there"}),
    ],
)
def test_what_documents_tell_people_to_write(name: str, rules: set[str]) -> None:
    """The old word for retry, a web server asked for no page, nopreempt that is ignored, a file that is a comment."""
    text = (FOLDER / "documents" / name).read_text()
    assert {one.rule for one in lint([parse(text, name)])} == rules


def test_comments_after_slashes_leave_little_of_a_file() -> None:
    """Every line with one is found, and keepalived would go by its defaults there."""
    text = (FOLDER / "documents" / "httpd-master.conf").read_text()
    lines = {number for number, line in enumerate(text.split("\n"), 1) if "//" in line.partition("!")[0]}
    conf = parse(text)
    assert {one.line for one in lint([conf]) if one.rule == "slash-comment"} == lines
    assert (conf.instances[0].virtual_router_id, conf.instances[0].priority) == (None, 100)
    assert (conf.virtual_servers[0].scheduler, conf.virtual_servers[0].method) == ("wlc", "NAT")


def test_every_document_can_be_read() -> None:
    """Whatever people write, lint has something to say of it."""
    assert len(DOCUMENTS) == 7
    assert all(lint([parse(path.read_text(), path.name)]) for path in DOCUMENTS)
