"""The active faults of a lab: injected, healed in the reverse order, and never forgotten."""

import time
from collections.abc import Callable, Mapping
from functools import partial

from lvslab import interrupt
from lvslab.errors import LabError, UnusableError, UsageError
from lvslab.faults import catalogue
from lvslab.faults.ground import Ground
from lvslab.faults.kind import Again, Kind
from lvslab.faults.kinds import load, rules
from lvslab.faults.ledger import Active, Entries, Ledger
from lvslab.faults.order import Order
from lvslab.host import wiring


class Faults:
    """What is broken in a lab, from inside its namespaces; several processes and threads may use it at once."""

    def __init__(
        self, ground: Ground, ledger: Ledger | None = None, kinds: Mapping[str, Kind] = catalogue.kinds()
    ) -> None:
        self._ground = ground
        self._ledger = ledger or Ledger()
        self._kinds = kinds
        ground.started = partial(self._again, Again.STARTED)
        ground.booted = partial(self._again, Again.BOOTED)

    def active(self) -> tuple[Active, ...]:
        """Return the faults that are not healed, in the order they were begun."""
        return self._ledger.read().active

    def inject(self, order: Order) -> Active:
        """Break what an order says; return when it bites.

        What is not injected whole, Ctrl-C included, is healed again, as far as that goes, before the reason is
        raised. UsageError where an active fault breaks the same already.
        """
        wanted = self._kinds[order.name]
        self._refuse_twice(order, self._ledger.read())
        memory = wanted.prepare(self._ground, order)
        begun = self._ledger.open(order, memory, time.monotonic_ns(), partial(self._refuse_twice, order))
        try:
            wanted.inject(self._ground, order, memory)
        except BaseException:
            with interrupt.put_off():
                self._heal_quietly(begun)
            raise
        bitten = self._ledger.bites(begun, time.monotonic_ns())
        if not wanted.lasts:
            self._ledger.close(begun)
        return bitten

    def heal(self, active: Active) -> None:
        """Mend a fault; one that is not active any more is left alone. Raises what its kind raises, and keeps it."""
        if all(each.id != active.id for each in self.active()):
            return
        self._kinds[active.order.name].heal(self._ground, active.order, active.memory)
        self._ledger.close(active)

    def heal_all(self) -> None:
        """Mend all, the last first, each of them tried; UnusableError names those that could not be mended."""
        errors: list[str] = []
        every = self.active()
        for each in reversed(every):
            try:
                self.heal(each)
            except LabError as err:
                errors += [f"{each.id}: {each.order}: {err.message}", *(f"    {line}" for line in err.details)]
        if left := self.active():
            raise UnusableError(f"{len(left)} of {len(every)} faults could not be healed", "lvslab reset", errors)

    def _refuse_twice(self, order: Order, entries: Entries) -> None:
        lab = self._ground.lab
        marks = self._kinds[order.name].marks(lab, order)
        for each in entries.active:
            if marks & self._kinds[each.order.name].marks(lab, each.order):
                raise UsageError(
                    f"{order}: that is broken already, by fault {each.id}: {each.order}",
                    f"lvslab fault heal {each.id}",
                )

    def _heal_quietly(self, begun: Active) -> None:
        try:
            self.heal(begun)
        except LabError:
            return  # it stays in the ledger, for whoever looks; the reason is in the error that is raised

    def _again(self, moment: Again, node: str) -> None:
        """Inject again what a machine lost by being started anew."""
        for each in self.active():
            wanted = self._kinds[each.order.name]
            if each.bit is not None and wanted.again is moment and wanted.concerns(each.order, node):
                wanted.inject(self._ground, each.order, each.memory)


def refuse_if_active(what: str, ledger: Ledger | None = None) -> None:
    """Raise UsageError where a fault is active: ``what`` would keep it as if it were how the lab should be."""
    if active := (ledger or Ledger()).read().active:
        seen = ", ".join(f"{each.id}: {each.order}" for each in active)
        raise UsageError(f"{what} while faults are active ({seen}) would keep them", "lvslab fault heal --all")


def moot() -> None:
    """Forget all active faults, and undo what of them is on the host: the machines are put back as they were.

    A snapshot brings back memory, disks, cables and all that libvirt knows of a machine; rules between ports and
    processes on the host it does not know.
    """
    works: tuple[Callable[[], None], ...] = (_drop_tables, load.end_all, Ledger().clear)
    for work in works:
        work()


def _drop_tables() -> None:
    ruleset = "".join(rules.without(table) for table in wiring.tables(rules.PREFIX))
    if ruleset:
        wiring.nft(ruleset)
