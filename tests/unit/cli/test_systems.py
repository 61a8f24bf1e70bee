"""lvslab render: files for real servers of other systems."""

import json

import pytest

from tests.unit.cli.conftest import Lvslab


def test_the_program_prints_the_files_and_says_that_they_were_not_run(lvslab: Lvslab) -> None:
    """For people with their paths, for programs as JSON."""
    ended = lvslab("render", "freebsd", "lvs-dr", "web1")
    assert ended.code == 0
    assert ended.out.startswith('==> /etc/rc.conf <==\nhostname="web1"\n')
    assert "not run by lvslab" in ended.err
    data = json.loads(lvslab("render", "solaris", "lvs-dr", "web2", "--json").out)
    assert (data["schema_version"], data["files"]["/etc/hostname.lo0:1"]) == (1, "192.168.18.41/32\n")


@pytest.mark.parametrize(
    "words", [("plan9", "lvs-dr", "web1"), ("freebsd", "lvs-dr", "web9"), ("freebsd", "lvs-dr", "nfs")]
)
def test_what_cannot_be_rendered_ends_with_2(lvslab: Lvslab, words: tuple[str, ...]) -> None:
    """Another system, a node that is not there, one that is no real server."""
    assert lvslab("render", *words).code == 2
