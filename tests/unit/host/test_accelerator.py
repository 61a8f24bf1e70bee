"""Choosing between KVM and TCG: everything but the boot itself."""

import os
from pathlib import Path

import pytest

from lvslab.errors import UsageError
from lvslab.host import accelerator
from lvslab.host.accelerator import Accelerator, Choice, Host
from lvslab.host.box import Box
from lvslab.wait import Deadline

HOST = Host("b1", "6.1.0", "QEMU emulator version 7.2.22", "abc")
TCG = Choice(Accelerator.TCG, "because")

# what QEMU 7.2 printed on a nested host whose KVM runs no guest
REFUSED_MSR = """\
qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69
qemu-system-x86_64: ../../target/i386/kvm/kvm.c:3183: kvm_buf_set_msrs: Assertion `ret' failed.
"""
LOADER_ONLY = "Probing EDD (edd=off to disable)... ok\r\n"
RUNNING = LOADER_ONLY + "[    0.000000] Linux version 6.1.0-56-cloud-amd64"


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """Return a box without files."""
    return Box(tmp_path, "abc", 1, ())


@pytest.mark.parametrize("word", ["kvm", "tcg"])
def test_a_forced_accelerator_is_taken_without_a_look(box: Box, word: str) -> None:
    """A person's word is not doubted: no kernel is booted, the box need not even exist."""
    assert accelerator.choose(box, word) == Choice(Accelerator(word), "forced")


def test_a_forced_accelerator_that_does_not_exist_is_a_usage_error(box: Box) -> None:
    """Only QEMU's own words for the two are known."""
    with pytest.raises(UsageError, match="'xen': expected kvm or tcg"):
        accelerator.choose(box, "xen")


def test_a_missing_device_is_an_obstacle_with_its_reason(tmp_path: Path) -> None:
    """The reason names the file and what the kernel said of it."""
    missing = tmp_path / "kvm"
    assert accelerator.device_obstacle(missing) == f"{missing}: No such file or directory"


def test_a_device_that_opens_is_no_obstacle(tmp_path: Path) -> None:
    """Nothing is said of a device that opens."""
    (tmp_path / "kvm").touch()
    assert accelerator.device_obstacle(tmp_path / "kvm") == ""


def test_without_the_device_it_is_tcg_at_once(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to boot, and neither QEMU nor the cache is looked at."""
    monkeypatch.setattr(accelerator, "device_obstacle", lambda: "/dev/kvm: Permission denied")
    assert accelerator.choose(box) == Choice(Accelerator.TCG, "/dev/kvm: Permission denied")


def test_an_answer_comes_back_from_the_cache_on_the_same_host() -> None:
    """What was written is what is read."""
    assert accelerator.from_cache(accelerator.to_cache(TCG, HOST), HOST) == TCG


@pytest.mark.parametrize(
    "other",
    [
        Host("b2", HOST.kernel, HOST.qemu, HOST.box),
        Host(HOST.boot_id, "6.2.0", HOST.qemu, HOST.box),
        Host(HOST.boot_id, HOST.kernel, "QEMU emulator version 8", HOST.box),
        Host(HOST.boot_id, HOST.kernel, HOST.qemu, "def"),
    ],
    ids=["another boot", "another kernel", "another QEMU", "another box"],
)
def test_an_answer_of_another_host_does_not_count(other: Host) -> None:
    """A change in any one thing that the answer depends on asks for a new probe."""
    assert accelerator.from_cache(accelerator.to_cache(TCG, HOST), other) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "{}", '{"accelerator": "xen", "reason": ""}'])
def test_a_cache_that_cannot_be_read_is_no_answer(text: str) -> None:
    """A damaged file is as good as none."""
    assert accelerator.from_cache(text, HOST) is None


def test_kvm_is_chosen_once_the_kernel_speaks() -> None:
    """The kernel's first line is the proof."""
    assert accelerator.judge(RUNNING, False, 5).accelerator is Accelerator.KVM


def test_a_kernel_that_speaks_before_qemu_ends_still_counts() -> None:
    """A kernel without a disk panics, and QEMU ends: it did run."""
    assert accelerator.judge(RUNNING, True, 5).accelerator is Accelerator.KVM


def test_the_loader_in_front_of_the_kernel_does_not_count() -> None:
    """Where KVM runs no guest, the loader may still print its line before all stops."""
    assert accelerator.judge(LOADER_ONLY, False, 5) == Choice(
        Accelerator.TCG, "/dev/kvm opens, but the box's kernel said nothing under KVM for 5 s"
    )


def test_what_qemu_complains_of_becomes_the_reason() -> None:
    """The first complaint is kept; the assertion after it tells a person nothing."""
    assert accelerator.judge(LOADER_ONLY + REFUSED_MSR, True, 5) == Choice(
        Accelerator.TCG, "QEMU ended under KVM: error: failed to set MSR 0x10a to 0x69"
    )


def test_qemu_may_end_without_a_reason() -> None:
    """The reason is a sentence even then."""
    assert accelerator.judge("", True, 5).reason.endswith("it gave no reason")


def listen(said: bytes, ends: bool) -> tuple[bytes, bool]:
    """Listen to a console on which ``said`` was said, and which has come to its end when ``ends``."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as console, os.fdopen(writing, "wb", buffering=0) as guest:
        guest.write(said)
        if ends:
            guest.close()
        return accelerator.listen(console, Deadline(0.05))


def test_listening_ends_with_the_first_sign_of_life() -> None:
    """The guest is killed at once: what more it would say is of no interest."""
    assert listen(RUNNING.encode(), ends=False) == (RUNNING.encode(), False)


def test_listening_ends_with_qemu() -> None:
    """A QEMU that ends by itself is not waited for."""
    assert listen(REFUSED_MSR.encode(), ends=True) == (REFUSED_MSR.encode(), True)


def test_listening_ends_at_the_deadline() -> None:
    """A guest that hangs is given up."""
    assert listen(LOADER_ONLY.encode(), ends=False) == (LOADER_ONLY.encode(), False)
