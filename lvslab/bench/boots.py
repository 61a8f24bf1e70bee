"""The floor of lab-up: the lab's machines booted by nothing but qemu, until each takes a login by ssh.

The same box, kernel, memory, processors, disks, interfaces and credentials as the lab's machines have, on bridges of
their own in namespaces of their own; no libvirt, no Vagrant, no provisioning.
"""

import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from pyroute2 import IPRoute

from lvslab.bench import footprint
from lvslab.errors import BoxError, MachineError
from lvslab.host import box, isolation, keys
from lvslab.host.accelerator import QEMU
from lvslab.host.box import Box, recipe
from lvslab.host.command import check, find
from lvslab.host.paths import InstancePaths
from lvslab.lifecycle import instance
from lvslab.model import Lab, Node, load_lab
from lvslab.nodes.fabric_remote import FabricRemote
from lvslab.parallel import at_once

MANAGEMENT = "floor"


def measure(file: str, name: str, accelerator: str) -> dict[str, float]:
    """Boot the machines of a lab and return the seconds until all take a login, and what they take of the host."""
    lab, paths, made = load_lab(Path(file)), InstancePaths(name), box.cached()
    if made is None:
        raise BoxError("no box has been built from today's recipe", "lvslab box build")
    furnish(paths, lab, made)
    isolation.enter(isolation.start(paths, lambda kept: None))
    make_network(lab)
    with ExitStack() as stack:
        stack.enter_context(_killed_at_end(dnsmasq(lab)))
        began = time.monotonic()
        machines = [
            stack.enter_context(_killed_at_end(arguments(paths, lab, node, accelerator)))
            for node in lab.nodes.values()
        ]
        wait_for_logins(paths, lab)
        seconds = time.monotonic() - began
        taken = footprint.memory(machine.pid for machine in machines)
        _check_running(lab, machines)
    return {"seconds": seconds, "rss": taken.rss, "pss": taken.pss, "disk": footprint.disk(paths.root)}


class _killed_at_end(subprocess.Popen[bytes]):  # noqa: N801 - reads as what it does
    """A process that ends with the block, and with this process."""

    def __init__(self, argv: list[str]) -> None:
        guarded = [find("setpriv"), "--pdeathsig", "KILL", *argv]
        super().__init__(guarded, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.wait()


def furnish(paths: InstancePaths, lab: Lab, made: Box) -> None:
    """Make the folder of the boots: keys, and a disk over the box for each machine."""
    paths.root.mkdir(parents=True, mode=0o711)
    keys.make(paths, lab)
    paths.console("any").parent.mkdir()
    # a link of their own: the cache may get another box meanwhile
    backing = paths.root / "box.img"
    try:
        backing.hardlink_to(made.disk)
    except OSError:  # another file system
        shutil.copyfile(made.disk, backing)
    for file in (made.kernel, made.initrd):
        shutil.copyfile(file, paths.root / file.name)
    for node in lab.nodes.values():
        _create(disk(paths, node, 0), ["-b", str(backing), "-F", "qcow2"], [])
        for number, each in enumerate(node.disks, 1):
            _create(disk(paths, node, number), [], [str(int(each.size))])


def _create(path: Path, backing: list[str], size: list[str]) -> None:
    check(["qemu-img", "create", "-q", "-f", "qcow2", *backing, str(path), *size], what=path.name, error=MachineError)


def disk(paths: InstancePaths, node: Node, number: int) -> Path:
    """Return the image of a machine's disk; number 0 is the one that it boots from."""
    return paths.root / f"{node.name}-{number}.qcow2"


def tap(lab: Lab, node: Node, number: int) -> str:
    """Return the name of the host's end of an interface; number 0 is the management network's."""
    return f"tap{list(lab.nodes).index(node.name)}-{number}"


def make_network(lab: Lab) -> None:
    """Make a bridge for each network and the management network, and an interface for each machine on each."""
    bridges = [MANAGEMENT, *(network.bridge for network in lab.networks.values())]
    with IPRoute() as ip:
        for bridge in bridges:
            ip.link("add", ifname=bridge, kind="bridge")
            ip.link("set", index=ip.link_lookup(ifname=bridge)[0], state="up")
        management = ip.link_lookup(ifname=MANAGEMENT)[0]
        prefix = lab.management.subnet.prefixlen
        ip.addr("add", index=management, address=str(lab.management.gateway), prefixlen=prefix)
        for node in lab.nodes.values():
            for number, bridge in enumerate([MANAGEMENT, *(lab.networks[name].bridge for name in node.addresses)]):
                ip.link("add", ifname=tap(lab, node, number), kind="tuntap", mode="tap")
                index = ip.link_lookup(ifname=tap(lab, node, number))[0]
                ip.link("set", index=index, master=ip.link_lookup(ifname=bridge)[0], state="up")


def dnsmasq(lab: Lab) -> list[str]:
    """Return the command that hands out the management addresses, as libvirt's own does in a lab."""
    hosts = [
        f"--dhcp-host={node.mac_management},{lab.management_address(node)},{node.name}" for node in lab.nodes.values()
    ]
    return [
        *(find("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--pid-file="),
        *("--port=0", "--no-hosts", f"--interface={MANAGEMENT}", "--bind-interfaces", "--log-facility=/dev/null"),
        *(f"--dhcp-range={lab.management.subnet.network_address},static", "--dhcp-leasefile=/run/leases"),
        *("--dhcp-authoritative", *hosts),
    ]


def arguments(paths: InstancePaths, lab: Lab, node: Node, accelerator: str) -> list[str]:
    """Return the command that runs a machine."""
    cpu = "host" if accelerator == "kvm" else "max"
    # as in the Vagrantfile
    most = f",maxcpus={node.cpus + 1}" if accelerator != "kvm" and node.cpus == 1 else ""
    return [
        *(find(QEMU), "-name", node.name, "-nodefaults", "-no-user-config", "-display", "none"),
        *("-machine", f"q35,accel={accelerator},usb=off", "-cpu", cpu),
        *("-m", str(node.memory), "-smp", f"{node.cpus}{most}", "-serial", f"file:{paths.console(node.name)}"),
        *_kernel(paths),
        *_agent(paths, node),
        *_disks(paths, node),
        *_interfaces(lab, node),
        *(word for given in keys.credentials(paths, node.name) for word in ("-smbios", f"type=11,value={given}")),
    ]


def _kernel(paths: InstancePaths) -> list[str]:
    arguments = recipe.kernel_arguments()
    return ["-kernel", str(paths.root / "vmlinuz"), "-initrd", str(paths.root / "initrd.img"), "-append", arguments]


def _agent(paths: InstancePaths, node: Node) -> list[str]:
    channel = f"socket,id=agent,path={paths.root / node.name}.agent,server=on,wait=off"
    port = "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"
    return ["-device", "virtio-serial-pci", "-chardev", channel, "-device", port]


def _disks(paths: InstancePaths, node: Node) -> list[str]:
    extras = ["", *(f",serial={each.serial}" for each in node.disks)]
    words = []
    for number, extra in enumerate(extras):
        words += ["-drive", f"if=none,id=disk{number},format=qcow2,file={disk(paths, node, number)}"]
        words += ["-device", f"virtio-blk-pci,drive=disk{number}{extra}"]
    return words


def _interfaces(lab: Lab, node: Node) -> list[str]:
    words = []
    for number, mac in enumerate([node.mac_management, *(node.mac(name) for name in node.addresses)]):
        words += ["-netdev", f"tap,id=net{number},ifname={tap(lab, node, number)},script=no,downscript=no"]
        words += ["-device", f"virtio-net-pci,netdev=net{number},mac={mac}"]
    return words


def wait_for_logins(paths: InstancePaths, lab: Lab) -> None:
    """Return when every machine has run a command over ssh; asked in the way that lab-up asks."""

    def login(remote: FabricRemote) -> None:
        instance.wait_for_ssh(paths, remote)
        remote.run("true")

    with instance.connections(paths, lab) as remotes:
        at_once(login, remotes.values())


def _check_running(lab: Lab, machines: list[_killed_at_end]) -> None:
    for name, machine in zip(lab.nodes, machines, strict=True):
        if machine.poll() is not None:
            raise MachineError(f"{name}: qemu ended with exit status {machine.returncode}", "lvslab doctor")
