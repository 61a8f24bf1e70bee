"""What the host's kernel lets a lab do. Each thing is tried for real, in namespaces that are thrown away."""

import os
from pathlib import Path

from lvslab.host.command import Completed, call
from lvslab.host.doctor.finding import Probe, Verdict, fail, ok, warn

TUN = Path("/dev/net/tun")
AS_ROOT = "sudo lvslab doctor"
PRIVILEGED = "in a container: docker run --privileged ...; or use a machine of its own"
BRIDGE_AND_VETH = """\
link add bridge0 type bridge
link add veth0 type veth peer name veth1
link set veth0 master bridge0
"""
BRIDGE_RULES = "add table bridge probe\nadd chain bridge probe forward { type filter hook forward priority 0; }\n"


def probes() -> tuple[Probe, ...]:
    """Return the probes of the kernel."""
    return (
        Probe("root", "namespaces and bridges are made by root", root),
        Probe("namespaces", "a lab lives in namespaces of its own", namespaces),
        Probe("tun", "a machine's interface is a tap device", tun),
        Probe("bridge", "a lab's network is a bridge", bridge),
        Probe("bridge rules", "faults on the network drop packets on a bridge", nftables),
        Probe("sch_netem", "delay and loss on a link", netem),
    )


def root() -> Verdict:
    """Look whether this process is root's."""
    user = os.geteuid()
    return ok("uid 0") if user == 0 else fail(f"uid {user}, expected 0", AS_ROOT)


def namespaces() -> Verdict:
    """Make a mount, network and PID namespace."""
    done = call(["unshare", "-m", "-n", "-p", "-f", "true"], timeout=10)
    return tried(done, "mount, network and PID namespaces can be made", fail(complaint(done), PRIVILEGED))


def tun() -> Verdict:
    """Open the device that taps are made with."""
    try:
        os.close(os.open(TUN, os.O_RDWR | os.O_CLOEXEC))
    except OSError as err:
        return fail(f"{TUN}: {err.strerror}", "modprobe tun")
    return ok(f"{TUN} opens")


def bridge() -> Verdict:
    """Make a bridge and put one end of a veth pair into it."""
    done = in_netns(["ip", "-batch", "-"], BRIDGE_AND_VETH)
    return tried(done, "bridges and veth pairs can be made", fail(complaint(done), "modprobe -a bridge veth"))


def nftables() -> Verdict:
    """Load a rule set of the bridge family."""
    done = in_netns(["nft", "-f", "-"], BRIDGE_RULES)
    otherwise = warn(f"no faults on the lab's networks: {complaint(done)}", "modprobe -a nf_tables nft_chain_filter")
    return tried(done, "rules for bridges can be loaded", otherwise)


def netem() -> Verdict:
    """Put a delay on an interface."""
    done = in_netns(["tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"])
    otherwise = warn("not in this kernel: delay and loss only on the nodes' own interfaces", "modprobe sch_netem")
    return tried(done, "delay and loss on any link of a lab", otherwise)


def in_netns(argv: list[str], stdin: str | None = None) -> Completed:
    """Run ``argv`` in a network namespace that ends with it."""
    return call(["unshare", "-n", *argv], stdin=stdin, timeout=10)


def tried(done: Completed, seen: str, otherwise: Verdict) -> Verdict:
    """Return that it is fine, as ``seen``, when ``done`` succeeded."""
    if done.status == 0:
        return ok(seen)
    # what a plain user is refused says nothing about the kernel
    return otherwise if os.geteuid() == 0 else Verdict(otherwise.status, complaint(done), AS_ROOT)


def complaint(done: Completed) -> str:
    """Return the first line that a program complained with."""
    lines = done.stderr.strip().splitlines()
    return lines[0] if lines else f"{done.argv[0]} ended with exit status {done.status}"
