"""Firewall marks as nft(8) lists them."""

from lvslab.model import load_lab
from lvslab.model.marks import Mark, marks_of
from lvslab.model.service import Protocol
from lvslab.nodes.facts.marks import marks
from lvslab.nodes.probe import Reading
from tests.unit.recorded import LABS, reading


def test_the_recorded_table_holds_the_labs_marks() -> None:
    """What nft lists of the table that it was given is what the lab asked for."""
    assert marks(reading("nft/lvs-marks.txt")) == marks_of(load_lab(LABS / "lvs-dr-fwmark.yml"))


def test_a_rule_that_marks_no_service_is_passed_over() -> None:
    """Somebody may have added rules of their own."""
    said = "\t\tip6 daddr fd00::41 udp dport 53 meta mark set 0xffffffff\n\t\tip saddr 10.0.0.1 counter drop\n"
    assert marks(Reading(0, said)) == (Mark("fd00::41", Protocol.UDP, 53, 0xFFFFFFFF),)


def test_no_table_is_no_mark() -> None:
    """nft says that there is no such file or directory."""
    assert marks(Reading(1, "Error: No such file or directory\nlist table inet lvs_marks\n")) == ()
