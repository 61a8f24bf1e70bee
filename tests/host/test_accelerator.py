"""The probe for real: it boots the box's kernel under KVM on this machine."""

import os
from pathlib import Path

import pytest

from lvslab.host import accelerator
from lvslab.host.accelerator import Accelerator, Choice
from lvslab.host.box import Box, build
from lvslab.host.command import call


@pytest.fixture(scope="module")
def box() -> Box:
    """Return the real box, from the cache or built now."""
    return build(lambda step: None)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, box: Box) -> None:
    """Keep the answers of this test away from the machine's own; the box was found before."""
    monkeypatch.setenv("LVSLAB_CACHE", str(tmp_path))


def qemu_children() -> list[str]:
    """Return the names of this process's children that are QEMU."""
    names = call(["ps", "--ppid", str(os.getpid()), "-o", "comm="]).stdout.split()
    return [name for name in names if name.startswith("qemu")]


def test_the_answer_has_a_reason_and_is_kept(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second question is answered without a boot."""
    choice = accelerator.choose(box)
    assert choice.reason
    monkeypatch.setattr(accelerator, "probe", lambda kernel: pytest.fail("probed a second time"))
    assert accelerator.choose(box) == choice
    assert accelerator.known(box) == choice


def test_no_qemu_is_left_behind(box: Box) -> None:
    """The guest is killed and waited for, however far it came."""
    accelerator.probe(box.kernel, limit=0.2)
    assert qemu_children() == []


def test_a_file_that_is_no_kernel_does_not_make_kvm_usable(tmp_path: Path) -> None:
    """KVM counts only when a kernel really ran."""
    not_a_kernel = tmp_path / "vmlinuz"
    not_a_kernel.write_bytes(bytes(4096))
    assert accelerator.probe(not_a_kernel).accelerator is Accelerator.TCG


def test_a_forced_choice_leaves_nothing_in_the_cache(box: Box) -> None:
    """What a person forces once does not decide the next time."""
    assert accelerator.choose(box, "tcg") == Choice(Accelerator.TCG, "forced")
    assert not accelerator.cache_file().exists()
