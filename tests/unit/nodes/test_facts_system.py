"""What any node says of itself, read from what real nodes said."""

import base64
import io
import tarfile
from collections.abc import Callable

import pytest

from lvslab.nodes.facts import system
from lvslab.nodes.facts.system import File, Interface, Mount, Unit
from lvslab.nodes.probe import NOTHING, Reading
from tests.unit.recorded import packed, reading

LO = ("127.0.0.1/8", "::1/128")


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (
            "director1",
            [
                Interface("lo", "00:00:00:00:00:00", True, LO, mtu=65536),
                Interface("eth0", "52:54:00:ff:00:0a", True, ("192.168.121.10/24",)),
                Interface(
                    "eth1",
                    "52:54:00:00:12:1f",
                    True,
                    ("192.168.18.31/24", "192.168.18.41/32", "fe80::5054:ff:fe00:121f/64"),
                ),
            ],
        ),
        (
            "web1",
            [
                Interface("lo", "00:00:00:00:00:00", True, ("127.0.0.1/8", "192.168.18.41/32", "::1/128"), mtu=65536),
                Interface("eth0", "52:54:00:ff:00:0c", True, ("192.168.121.12/24",)),
                Interface("eth1", "52:54:00:00:12:20", True, ("192.168.18.32/24", "fe80::5054:ff:fe00:1220/64")),
            ],
        ),
        (
            "nfs",
            [
                Interface("lo", "00:00:00:00:00:00", True, LO, mtu=65536),
                Interface("eth0", "52:54:00:ff:00:0e", True, ("192.168.121.14/24",)),
                Interface("eth1", "52:54:00:00:12:22", True, ("192.168.18.34/24", "fe80::5054:ff:fe00:1222/64")),
            ],
        ),
    ],
)
def test_interfaces_have_their_addresses(node: str, expected: list[Interface]) -> None:
    """The VIP is on the master's network and on a real server's loopback, each with its /32."""
    assert list(system.interfaces(reading(f"ip-address/{node}.json"))) == expected


def test_an_interface_that_is_down_is_told_from_one_that_is_up() -> None:
    """A bare node's second interface waits for its configuration; empty objects, which ip -j prints, are none."""
    said = (
        '[{},{"ifname":"eth1","flags":["BROADCAST"],"address":"52:54:00:00:12:20","addr_info":[]},{"ifname":"tun0"}]'
    )
    assert system.interfaces(Reading(0, said)) == (
        Interface("eth1", "52:54:00:00:12:20", False, ()),
        Interface("tun0", "", False, ()),
    )


@pytest.mark.parametrize(
    ("node", "target", "expected"),
    [
        ("nfs", "/web", Mount("/web", "/dev/mapper/vg0-web", "ext4", "rw,relatime,stripe=256")),
        ("nfs", "/", Mount("/", "/dev/vda1", "ext4", "rw,noatime,errors=remount-ro")),
        ("nfs", "/var/www/html", None),
        ("web1", "/web", None),
    ],
)
def test_mounts_are_found_by_their_target(node: str, target: str, expected: Mount | None) -> None:
    """A folder that nothing is mounted on is in no mount, whatever it lies in."""
    assert system.mounts(reading(f"findmnt/{node}.json")).get(target) == expected


def test_the_document_root_is_mounted_from_the_storage_node() -> None:
    """An NFS mount has the server's address and folder as its source."""
    root = system.mounts(reading("findmnt/web1.json"))["/var/www/html"]
    assert (root.source, root.kind) == ("192.168.18.34:/web", "nfs4")
    assert "hard" in root.options.split(",")


@pytest.mark.parametrize(
    ("name", "unit", "is_active", "is_enabled"),
    [
        ("apache2.service", Unit("active", "enabled"), True, True),
        ("sshd.service", Unit("active", "enabled"), True, True),
        ("dbus-org.freedesktop.network1.service", Unit("active", "enabled"), True, True),
        ("no-such-unit.service", Unit("inactive", ""), False, False),
        ("getty@tty1.service", Unit("inactive", "masked"), False, False),
    ],
)
def test_units_are_found_by_each_of_their_names(name: str, unit: Unit, is_active: bool, is_enabled: bool) -> None:
    """A unit that does not exist is one that neither runs nor starts at boot."""
    found = system.units(reading("systemctl-show/mixed.txt"))[name]
    assert (found, found.is_active, found.is_enabled) == (unit, is_active, is_enabled)


@pytest.mark.parametrize(
    ("active", "enabled", "expected"),
    [
        ("active", "enabled", (True, True)),
        ("reloading", "enabled", (False, True)),
        ("failed", "disabled", (False, False)),
        ("activating", "static", (False, True)),
        ("inactive", "generated", (False, True)),
        ("active", "enabled-runtime", (True, False)),
        ("active", "alias", (True, True)),
    ],
)
def test_states_of_units_in_systemd_s_words(active: str, enabled: str, expected: tuple[bool, bool]) -> None:
    """Only a unit that is wholly up is active; only one that comes back after a reboot is enabled."""
    unit = Unit(active, enabled)
    assert (unit.is_active, unit.is_enabled) == expected


def test_only_installed_packages_count() -> None:
    """dpkg-query tells of a package it does not know on stderr, and ends with 1."""
    found = system.packages(reading("dpkg-query/mixed.txt", status=1))
    assert found == {"apache2", "nfs-common", "keepalived"}


@pytest.mark.parametrize("state", ["config-files", "not-installed", "half-configured", "unpacked"])
def test_a_package_that_is_not_whole_is_not_installed(state: str) -> None:
    """A removed package whose configuration is left, or one that was interrupted, has to be installed."""
    assert system.packages(Reading(0, f"apache2 installed\nkeepalived {state}\n")) == {"apache2"}


def test_kernel_settings_are_text() -> None:
    """A value keeps its inner blanks; a setting that the kernel does not know is left out."""
    assert system.sysctls(reading("sysctl/mixed.txt")) == {
        "net.ipv4.conf.all.arp_ignore": "1",
        "net.ipv4.conf.lo.arp_announce": "2",
        "net.ipv4.ip_local_port_range": "32768\t60999",
        "kernel.core_pattern": "core",
    }


def test_no_settings_asked_for_are_none() -> None:
    """sysctl without a name fails, which is no matter."""
    said = "sysctl: no variables specified\nTry `sysctl --help' for more information.\n"
    assert system.sysctls(Reading(1, said)) == {}


def test_files_come_with_content_and_mode() -> None:
    """Files that are there are read through symbolic links; those that are not there are left out."""
    found = system.files(reading("files/mixed.txt"))
    assert set(found) == {
        "/etc/hostname",
        "/etc/hosts",
        "/etc/os-release",
        "/etc/sudoers.d/vagrant",
        "/usr/local/sbin/lvslab-identity",
    }
    assert found["/etc/hostname"] == File("web1\n", 0o644)
    assert found["/etc/sudoers.d/vagrant"].mode == 0o440
    assert found["/usr/local/sbin/lvslab-identity"].mode == 0o755
    assert "VERSION_CODENAME=bookworm\n" in found["/etc/os-release"].content


@pytest.mark.parametrize("said", [reading("files/none.txt"), NOTHING, Reading(0, "\n")])
def test_no_files_are_no_files(said: Reading) -> None:
    """A node that has none of the files, or no answer, has none."""
    assert system.files(said) == {}


@pytest.mark.parametrize("content", ["", "no newline", "äöü →\n", "tab\tand 'quotes' \"too\"\n", "x" * 70000])
def test_a_file_is_read_byte_for_byte(content: str) -> None:
    """What stands in a file comes through tar and base64 unchanged."""
    assert system.files(packed({"/etc/x": File(content, 0o600)})) == {"/etc/x": File(content, 0o600)}


def test_folders_are_no_files() -> None:
    """A folder that stands where a file is asked for is not taken for one."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        folder = tarfile.TarInfo("etc/apache2")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    assert system.files(Reading(0, base64.b64encode(buffer.getvalue()).decode())) == {}


@pytest.mark.parametrize("parse", [system.interfaces, system.mounts, system.units, system.packages, system.sysctls])
def test_nothing_said_is_nothing_known(parse: Callable[[Reading], object]) -> None:
    """A probe that was not asked for, or could not be run, has nothing to tell and raises nothing."""
    assert not parse(NOTHING)
    assert not parse(Reading(1, "Error: could not do that\n"))
