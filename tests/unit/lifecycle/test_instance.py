"""What makes two labs differ: their machines, or what is put on them."""

from lvslab.lifecycle.instance import machines_digest
from lvslab.model import load_lab
from tests.unit.recorded import LABS

EVERY = [load_lab(path) for path in sorted(LABS.glob("*.yml"))]


def test_all_labs_have_the_same_machines() -> None:
    """So each can be put onto what another was raised as."""
    assert len({machines_digest(lab) for lab in EVERY}) == 1


def test_other_memory_or_disks_are_other_machines() -> None:
    """What a machine is made of cannot be changed while it runs."""
    lab = EVERY[0]
    larger = {**lab.nodes, "web1": lab.nodes["web1"].model_copy(update={"memory": 512})}
    assert machines_digest(lab.model_copy(update={"nodes": larger})) != machines_digest(lab)
