"""Random sequences of faults: repeatable, valid, and shortened to what is needed for a failure."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvslab import faults
from lvslab.drill.orders import orders_of
from lvslab.drill.sequence import CANDIDATES, Candidate, allowed, candidates_of, drill_of, sequence, shortened
from lvslab.model import Step, load_lab
from tests.unit.recorded import LABS

LAB = load_lab(LABS / "lvs-dr.yml")


def step(name: str) -> Step:
    """Return a step that is told from others by its target."""
    return Step.model_validate({"at": 0, "inject": "node.pause", "target": name, "for": 1})


def test_a_seed_gives_the_same_sequence_each_time() -> None:
    """A failing soak is repeated by its seed."""
    assert sequence(LAB, 7, 30) == sequence(LAB, 7, 30) != sequence(LAB, 8, 30)


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda each: f"{each.inject}-{each.target}")
def test_every_candidate_is_a_fault_that_the_default_lab_can_have(candidate: Candidate) -> None:
    """Names, targets and parameters are those of the catalogue of faults."""
    parameters = dict(candidate.parameters)
    assert faults.order(LAB, candidate.inject, (candidate.target,), parameters).targets


@pytest.mark.parametrize("path", sorted(LABS.glob("*.yml")), ids=lambda path: path.stem)
def test_a_soak_draws_only_what_the_lab_can_have(path: Path) -> None:
    """Every step drawn is a drill that the lab can run, on any lab, and there is something to draw."""
    lab = load_lab(path)
    drawn = sequence(lab, 5, 40)
    assert len(drawn) == 40
    for each in drawn:
        orders_of(lab, drill_of(each, lab))


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        ("lvs-nat", {"disk.fail"}),
        ("lvs-dr-ipvsadm", {"disk.fail", "service.reload", "network.block"}),
        ("vrrp-nginx", {"disk.fail", "service.weight", "network.delay"}),
    ],
)
def test_what_a_lab_lacks_is_not_drawn(name: str, lacks: set[str]) -> None:
    """No storage, no keepalived and so no adverts and checks, no real servers."""
    drawn = candidates_of(load_lab(LABS / f"{name}.yml"))
    assert {each.inject for each in CANDIDATES} - {each.inject for each in drawn} == lacks


def test_the_default_lab_can_have_them_all() -> None:
    """So a seed draws what it has always drawn there."""
    assert candidates_of(LAB) == CANDIDATES


def test_without_keepalived_no_director_loses_it() -> None:
    """On lvs-dr-ipvsadm directors lose power, not a daemon that they do not run."""
    drawn = candidates_of(load_lab(LABS / "lvs-dr-ipvsadm.yml"))
    assert not [each for each in drawn if ("process", "keepalived") in each.parameters]
    assert [each for each in drawn if (each.inject, each.target) == ("node.power-off", "master")]


def test_a_fault_may_break_what_it_breaks_by_its_nature_and_nothing_else() -> None:
    """A killed keepalived leaves its VIP, a stopped one does not."""
    by_name = {(each.inject, each.target): each for each in CANDIDATES}
    for name in ("process.kill", "process.stop"):
        drawn = next(made for made in sequence(LAB, 1, 500) if (made.inject, made.target) == (name, ("master",)))
        assert drill_of(drawn, LAB).expect.allow == allowed(drawn) == by_name[name, "master"].allow


@given(st.sets(st.integers(0, 19), max_size=3), st.integers(1, 20))
def test_what_is_left_is_what_a_failure_needs(needed: set[int], count: int) -> None:
    """A failure that needs some earlier steps before the last is brought down to exactly these."""
    steps = [step(f"n{number}") for number in range(count)]
    wanted = [steps[number] for number in sorted(needed) if number < count - 1]

    def fails(part: Sequence[Step]) -> bool:
        return all(each in part for each in wanted)

    assert shortened(steps, fails) == (*wanted, steps[-1])
