"""The box: the same packages give the same bytes, it boots by itself, and Vagrant takes it like any other."""

import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from lvslab.host.box import build
from lvslab.host.box.cache import build_in
from lvslab.wait import wait_for
from tests.host.lvslab_program import run


@pytest.mark.thorough
def test_built_twice_from_the_same_packages_it_has_the_same_sha256(tmp_path: Path) -> None:
    """A second build gives the same image, unless the archive has newer packages by now: then a third does."""
    first = build(lambda line: None)
    packages, sha256 = _build_again(tmp_path / "second")
    if packages != list(first.packages):
        assert _build_again(tmp_path / "third") == (packages, sha256)
    else:
        assert sha256 == first.sha256


def _build_again(folder: Path) -> tuple[list[str], str]:
    manifest = json.loads((build_in(folder, lambda line: None) / "manifest.json").read_text())
    return manifest["packages"], manifest["sha256"]


def test_the_manifest_names_each_package_with_its_version() -> None:
    """What a lab runs on can be read: every package of the box, as name=version."""
    build(lambda line: None)
    shown = json.loads(run("box", "show", "--json").stdout)
    versions = dict(line.split("=", 1) for line in shown["packages"])
    assert versions["keepalived"].startswith("1:2.2.7")
    assert versions["ipvsadm"].startswith("1:1.31")


@pytest.mark.thorough
def test_it_boots_by_itself(tmp_path: Path) -> None:
    """From its own boot sector to the login prompt, where QEMU gives it no kernel as it does in a lab."""
    console = tmp_path / "console"
    console.touch()
    machine = subprocess.Popen(
        [
            *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-nic", "none"),
            *("-machine", "q35,accel=tcg", "-cpu", "max", "-m", "256", "-serial", f"file:{console}", "-snapshot"),
            *("-drive", f"if=none,id=disk,format=qcow2,file={build(lambda line: None).disk}"),
            *("-device", "virtio-blk-pci,drive=disk"),
        ]
    )

    def said() -> str:
        return console.read_text(errors="replace")

    try:
        wait_for(lambda: "lvslab login:" in said(), within=240, what="no login prompt", seen=lambda: said()[-1000:])
    finally:
        machine.kill()
        machine.wait()


def test_vagrant_takes_the_exported_box(tmp_path: Path) -> None:
    """The exported file is an ordinary libvirt box: `vagrant box add` unpacks and lists it."""
    build(lambda line: None)
    file = tmp_path / "lvslab.box"
    assert run("box", "export", str(file)).returncode == 0
    with tarfile.open(file) as archive:
        assert archive.getnames() == ["metadata.json", "Vagrantfile", "box.img"]
    env = {"VAGRANT_HOME": str(tmp_path / "home"), "VAGRANT_CHECKPOINT_DISABLE": "1", "PATH": "/usr/bin:/bin"}
    added = subprocess.run(
        ["vagrant", "box", "add", "--name", "tried", str(file)],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert added.returncode == 0, added.stderr
    listed = subprocess.run(
        ["vagrant", "box", "list"], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert "tried" in listed.stdout
    assert "libvirt" in listed.stdout
