"""The lab's own libvirtd, with its own configuration, networks and storage pool.

Runs inside the lab's namespaces, where /etc/libvirt, /var/lib/libvirt and /run are the lab's.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO
from xml.etree.ElementTree import Element, SubElement, tostring

from lvslab.errors import MachineError
from lvslab.host.command import call, check, failure, find
from lvslab.model import Lab
from lvslab.model.resolve import SPARE
from lvslab.wait import wait_for

SOCKET = Path("/run/libvirt/libvirt-sock")
POOL = Path("/var/lib/libvirt/images")
MANAGEMENT = "management"
# Without systemd or D-Bus at hand a machine starts only when libvirt asks neither of them for help.
QEMU_CONF = """\
stdio_handler = "file"
security_driver = "none"
namespaces = []
cgroup_controllers = []
remember_owner = 0
user = "root"
group = "root"
vnc_listen = "127.0.0.1"
"""
LIBVIRTD_CONF = """\
auth_unix_rw = "none"
auth_unix_ro = "none"
unix_sock_rw_perms = "0700"
log_filters = "3:*"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
"""
VIRSH = ("virsh", "--quiet")
"""Always called apart: where it finds a terminal it asks polkit for an agent, which is slow, fails, and says so."""
MARK = "lvslab:next"


def start() -> None:
    """Start libvirtd unless it runs, and return when it answers; MachineError when it does not."""
    if answers():
        return
    Path("/etc/libvirt").mkdir(exist_ok=True)
    Path("/etc/libvirt/qemu.conf").write_text(QEMU_CONF)
    Path("/etc/libvirt/libvirtd.conf").write_text(LIBVIRTD_CONF)
    Path("/run/libvirt").mkdir(exist_ok=True)
    # no D-Bus: the host's systemd must not hear of the lab's machines
    env = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"}
    with Path("/var/log/libvirt/output.log").open("ab") as log:
        process = _spawn(env, log)

    def has_answered() -> bool:
        if process.poll() is not None:
            raise MachineError("the lab's libvirtd ended at once", "lvslab doctor", tail())
        return answers()

    wait_for(has_answered, within=30, what="the lab's libvirtd", seen=lambda: "no answer", error=MachineError)


def _spawn(env: dict[str, str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [find("libvirtd")],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=env,
        start_new_session=True,
        cwd="/",
    )


def answers() -> bool:
    """Whether libvirtd takes connections."""
    return SOCKET.exists() and call([*VIRSH, "uri"], timeout=10, apart=True).status == 0


def tail() -> list[str]:
    """Return the last lines of libvirtd's logs."""
    logs = [Path("/var/log/libvirt/output.log"), Path("/var/log/libvirt/libvirtd.log")]
    return [line for log in logs if log.exists() for line in log.read_text(errors="replace").splitlines()[-5:]]


def virsh(*arguments: str, timeout: float = 120, stdin: str | None = None) -> str:
    """Run one virsh(1) command and return its output; MachineError with what it said when it fails."""
    what = f"virsh {arguments[0]} {arguments[1] if len(arguments) > 1 else ''}".strip()
    return check([*VIRSH, *arguments], what=what, error=MachineError, timeout=timeout, stdin=stdin, apart=True)


def virsh_in_turn(*commands: Sequence[str]) -> list[str]:
    """Run virsh(1) commands one after the other in one process, and return the output of each.

    Their words must be such as virsh takes unquoted: verbs, options, names. All are run; MachineError when one fails.
    """
    if not commands:
        return []
    script = f"; echo {MARK}; ".join(" ".join(words) for words in commands)
    what = f"virsh {' '.join(commands[0])}"
    done = call([*VIRSH, script], timeout=120, apart=True)
    # it goes on after a failure, and ends as the last command does
    if done.status or done.stderr.strip():
        raise failure(done, what=what, error=MachineError)
    return done.stdout.split(MARK)


def define_networks(lab: Lab) -> None:
    """Define and start the management network, the lab's networks and that of spare cards; those there stay."""
    there = set(virsh("net-list", "--all", "--name").split())
    active = set(virsh("net-list", "--name").split())
    bridges = {network.name: network.bridge for network in lab.networks.values()} | {SPARE: f"lab-{SPARE}"}
    wanted = {MANAGEMENT: management_xml(lab)} | {name: network_xml(name, at) for name, at in bridges.items()}
    for name, xml in wanted.items():
        if name not in there:
            _define("net-define", xml)
        if name not in active:
            virsh("net-start", name)


def define_pool() -> None:
    """Define and start the storage pool; what is there stays."""
    POOL.mkdir(parents=True, exist_ok=True)
    if "default" not in virsh("pool-list", "--all", "--name").split():
        virsh("pool-define-as", "default", "dir", "--target", str(POOL))
    if "default" not in virsh("pool-list", "--name").split():
        virsh("pool-start", "default")


def _define(command: str, xml: str) -> None:
    virsh_with(xml, command)


def virsh_with(xml: str, *arguments: str) -> None:
    """Run one virsh(1) command that is given XML as its last argument: virsh reads it from files only."""
    with NamedTemporaryFile("w", dir="/run", suffix=".xml") as file:
        file.write(xml)
        file.flush()
        virsh(*arguments, file.name)


def management_xml(lab: Lab) -> str:
    """Return the libvirt network that nodes are managed by: no way out, and a fixed address for each node."""
    root = Element("network")
    SubElement(root, "name").text = MANAGEMENT
    SubElement(root, "bridge", name="lab-management"[:15], stp="off", delay="0")
    management = lab.management
    ip = SubElement(root, "ip", address=str(management.gateway), netmask=str(management.subnet.netmask))
    dhcp = SubElement(ip, "dhcp")
    addresses = {node.name: str(lab.management_address(node)) for node in lab.nodes.values()}
    first, *_, last = (*addresses.values(), *addresses.values())
    SubElement(dhcp, "range", start=first, end=last)
    for node in lab.nodes.values():
        SubElement(dhcp, "host", mac=node.mac_management, name=node.name, ip=addresses[node.name])
    return tostring(root, encoding="unicode")


def network_xml(name: str, bridge: str) -> str:
    """Return a libvirt network that is a bridge and nothing more: no address, no DHCP, no way out."""
    root = Element("network")
    SubElement(root, "name").text = name
    SubElement(root, "bridge", name=bridge, stp="off", delay="0")
    return tostring(root, encoding="unicode")
