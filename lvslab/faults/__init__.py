"""Faults: what can break in a lab, broken on order and always mended.

An ``Order`` says what is to break, ``order`` makes and checks one, ``kinds`` lists what there is. ``Faults`` injects
and heals on a ``Ground``, and remembers what is active where any later process finds it.
"""

from lvslab.faults.catalogue import check_names, kinds, order
from lvslab.faults.faults import Faults, moot, refuse_if_active
from lvslab.faults.ground import Ground
from lvslab.faults.kind import Kind
from lvslab.faults.ledger import Active, Ledger
from lvslab.faults.order import Order

__all__ = [
    "Active",
    "Faults",
    "Ground",
    "Kind",
    "Ledger",
    "Order",
    "check_names",
    "kinds",
    "moot",
    "order",
    "refuse_if_active",
]
