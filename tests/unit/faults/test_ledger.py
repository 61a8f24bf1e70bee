"""The ledger: what is active is on disk before it breaks anything, and any process can read it."""

import json
import multiprocessing
from pathlib import Path

import pytest

from lvslab.errors import HostError, UsageError
from lvslab.faults import Ledger, Order
from lvslab.faults.ledger import Entries

ORDER = Order("network.loss", ("web1", "web2"), {"percent": "10", "network": ""})


def allow(_entries: Entries) -> None:
    """Refuse nothing."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a ledger is to be, in a folder that is not there yet."""
    return tmp_path / "run" / "faults.json"


def test_what_is_written_is_read(path: Path) -> None:
    """Order, memory and moments come back as they were, in another Ledger."""
    made = Ledger(path).open(ORDER, {"xml": "<disk/>"}, 5, allow)
    assert Ledger(path).read().active == (made,)
    bitten = Ledger(path).bites(made, 9)
    assert Ledger(path).read().active == (bitten,)
    assert (bitten.order, bitten.memory, bitten.began, bitten.bit) == (ORDER, {"xml": "<disk/>"}, 5, 9)
    assert json.loads(path.read_text())["schema_version"] == 1


def test_no_ledger_is_no_fault(path: Path) -> None:
    """In a lab that was just raised nothing is broken."""
    assert Ledger(path).read() == Entries((), 1)


def test_an_id_is_given_once(path: Path) -> None:
    """Also when the fault that had it is healed, and after a reset: a history tells faults apart by it."""
    ledger = Ledger(path)
    first = ledger.open(ORDER, {}, 1, allow)
    ledger.close(first)
    second = ledger.open(ORDER, {}, 2, allow)
    ledger.clear()
    third = ledger.open(ORDER, {}, 3, allow)
    assert [first.id, second.id, third.id] == [1, 2, 3]
    assert ledger.read().active == (third,)


def test_what_is_refused_is_not_written(path: Path) -> None:
    """The look at what is active and the entry are one step, so that two processes cannot both find it free."""

    def refuse(_entries: Entries) -> None:
        raise UsageError("broken already")

    with pytest.raises(UsageError):
        Ledger(path).open(ORDER, {}, 1, refuse)
    assert Ledger(path).read() == Entries()


def test_a_fault_struck_out_while_it_was_injected_is_still_known(path: Path) -> None:
    """Somebody healed it before it bit: it is broken now, so it is in the ledger."""
    ledger = Ledger(path)
    first, second = (ledger.open(ORDER, {}, moment, allow) for moment in (1, 2))
    ledger.close(first)
    bitten = ledger.bites(first, 3)
    assert ledger.read().active == (bitten, second)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"active": [{}], "next": 1}', '{"active": 3, "next": 1}'])
def test_a_ledger_that_makes_no_sense_is_told(path: Path, text: str) -> None:
    """What may be broken is not known: the way out is a reset, which clears the ledger."""
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(HostError, match="not a list of faults") as caught:
        Ledger(path).read()
    assert caught.value.hint == "lvslab reset"
    Ledger(path).clear()
    assert Ledger(path).read().active == ()


def _open_some(path: Path) -> None:
    for _ in range(20):
        Ledger(path).open(ORDER, {}, 1, allow)


def test_processes_do_not_overwrite_each_other(path: Path) -> None:
    """Three that write at once: no entry is lost, no id is given twice."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_open_some, args=(path,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [each.id for each in Ledger(path).read().active] == list(range(1, 61))
