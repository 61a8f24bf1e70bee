"""What can be measured, and by which words."""

from lvslab.bench.goal import Comparison
from lvslab.bench.subjects import GROUPS, NAMES, SUBJECTS, chosen


def test_every_goal_that_compares_has_a_peer() -> None:
    """Otherwise it could never be met."""
    assert all(each.peer for each in SUBJECTS if each.goal and each.goal.comparison is not Comparison.ALONE)


def test_every_name_is_one_subject_of_one_group() -> None:
    """A word on the command line means one thing."""
    assert len(set(NAMES)) == len(SUBJECTS)
    assert [name for names in GROUPS.values() for name in names] == list(NAMES)
    assert not set(GROUPS) & set(NAMES)


def test_without_a_word_raising_is_measured() -> None:
    """Drills take hours, so they are asked for."""
    assert chosen(()) == GROUPS["raising"]


def test_words_are_names_and_groups_in_any_order() -> None:
    """Each subject is measured once, whatever names it twice."""
    assert chosen(("drilling", "down", "outage")) == ("down", *GROUPS["drilling"])
