"""The figures of drills: each drill is run as a user would run it, and read from the files that it leaves."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lvslab.bench import LAB, loads, sniffer, vrrp3, wire
from lvslab.bench.order import Bench
from lvslab.bench.process import Timed, lvslab, parsed
from lvslab.bench.told import NS_IN_MS, Told, told
from lvslab.errors import UnusableError
from lvslab.history import RunFolder
from lvslab.host import box
from lvslab.host.paths import project_root
from lvslab.lifecycle import instance
from lvslab.measure.addresses import network_towards
from lvslab.model import load_drill

CRASH, FAILOVER = "director-power-off", "director-link-down"
"""The drill of the outages, and the one that is timed: its director is not to boot before the lab is well again."""
JUDGED = (0, 1, 3)
"""Exit codes of a drill that was run to its end, whatever its verdict."""
PCAP = "answers.pcap"
REPORTED = "restoring the snapshot"
"""What `lvslab drill` says before it begins, and when the page is written."""


def on_drills(bench: Bench) -> None:
    """Measure what is wanted, one after the other; what fails is told in its notes, and the others go on."""
    box.build(bench.progress.say)
    bench.other.root.mkdir(parents=True, exist_ok=True)
    measured: tuple[tuple[str, str, Callable[[Bench], None]], ...] = (
        ("outage", LAB, outage),
        ("load", LAB, loads.load),
        ("watching", LAB, loads.watching),
        ("drill", LAB, drill),
        ("outage-vrrp3", vrrp3_lab(bench), outage_vrrp3),
        ("drills", LAB, drills),
    )
    for name, lab, measure in measured:
        if bench.wants(name):
            with bench.ledger.kept_of(name):
                have(bench, lab)
                measure(bench)


def have(bench: Bench, lab: str) -> None:
    """Have a lab raised, as it was verified."""
    bench.progress.stage(f"raising {Path(lab).stem}")
    lvslab("up", lab, "--name", bench.name, "--accelerator", bench.accelerator)


def vrrp3_lab(bench: Bench) -> str:
    """Write the lab file with VRRP version 3 and return its path."""
    path = bench.other.root / f"{LAB}-vrrp3.yml"
    path.write_text(vrrp3.derived(instance.lab_path(LAB).read_text()))
    return str(path)


def run(bench: Bench, name: str) -> tuple[Timed, RunFolder]:
    """Run a drill; return how it went, and what it left."""
    options = ("--name", bench.name, "--runs", str(bench.kept))
    done = lvslab("drill", name, *options, fine=JUDGED)
    return done, RunFolder((bench.kept / name / "latest").resolve())


def summary(folder: RunFolder) -> dict[str, Any]:
    """Return a run's figures; UnusableError when it has none."""
    path = folder.path / "summary.json"
    if not path.exists():
        raise UnusableError(f"{path}: it is not there, so the drill was not judged", "lvslab judge")
    found: dict[str, Any] = parsed(path.read_text(), str(path))
    return found


def outage(bench: Bench) -> None:
    """Take the master's power; compare the outage that the prober tells with the one on the wire."""
    service = bench.lab.virtual_services[0]
    end = (str(service.address), service.port)
    argv = sniffer.arguments(bench.name, network_towards(bench.lab, service), end)
    caught = bench.other.root / PCAP
    wider: list[float] = []
    for turn in range(bench.every_runs):
        bench.progress.stage(f"outage {turn + 1} of {bench.every_runs}")
        with sniffer.capturing(argv, caught):
            _, folder = run(bench, CRASH)
        kept = Path(shutil.move(caught, folder.path / PCAP))
        seen = told(summary(folder))
        silence = on_wire(kept.read_bytes(), end, seen, folder.read().run.realtime_ns)
        bench.ledger.add_pair("outage", seen.stretch, silence.length / NS_IN_MS)
        wider.append((silence.most - silence.length) / NS_IN_MS)
    wide = f"{min(wider):.1f} to {max(wider):.1f} ms"
    bench.ledger.note("outage", f"from the last good answer to the first, the wire tells {wide} more")
    bench.ledger.note("outage", f"the packets of each run: {bench.kept / CRASH}/*/{PCAP}")


def on_wire(data: bytes, service: wire.End, seen: Told, zero: int) -> wire.Silence:
    """Return the silence on the wire that is the outage which the prober saw; ``zero`` is the run's, in ns. Pure."""
    moments = (zero + round(each * NS_IN_MS) for each in (seen.start, seen.end))
    return wire.silence(wire.requests(data, service), *moments)


def outage_vrrp3(bench: Bench) -> None:
    """Take the master's power with short adverts; hold the outage against what lvslab predicts."""
    for turn in range(bench.every_runs):
        bench.progress.stage(f"outage at VRRPv3 {turn + 1} of {bench.every_runs}")
        _, folder = run(bench, CRASH)
        seen = told(summary(folder))
        bench.ledger.add_pair("outage-vrrp3", seen.length, seen.nearest)
        bench.ledger.note("outage-vrrp3", f"predicted: {seen.low:.0f} to {seen.high:.0f} ms")


def drill(bench: Bench) -> None:
    """Time a drill from the restore to its page, beside what its file has planned."""
    planned = load_drill(project_root() / "drills" / f"{FAILOVER}.yml").planned_seconds
    for _ in range(bench.quick_runs):
        bench.progress.stage(f"drill {FAILOVER}")
        done, folder = run(bench, FAILOVER)
        bench.ledger.add_pair("drill", reported(done), planned)
        bench.ledger.note("drill", f"{FAILOVER}: {recovery(summary(folder)):.1f} s were the lab's recovery")


def reported(done: Timed) -> float:
    """Return when a drill's page was written, in seconds: it says last that it restores the lab. Pure."""
    return next((moment for moment, line in reversed(done.lines) if REPORTED in line), done.seconds)


def recovery(figures: dict[str, Any]) -> float:
    """Return how long the phase of recovery took, in seconds. Pure."""
    lengths = [each["end_ms"] - each["start_ms"] for each in figures["phases"] if each["name"] == "recovery"]
    return float(sum(lengths)) / 1000


def drills(bench: Bench) -> None:
    """Time all drills that come with lvslab, the change from lab to lab included."""
    for _ in range(bench.cold_runs):
        bench.progress.stage("all drills")
        options = ("--name", bench.name, "--runs", str(bench.kept))
        done = lvslab("drill", "--all", "--json", *options, fine=JUDGED)
        # each drill's own summary is printed before
        made = parsed("".join(done.output.splitlines()[-1:]), "lvslab drill --all")["drills"]
        bench.ledger.add("drills", done.seconds)
        verdicts = Counter(each["verdict"] for each in made)
        said = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
        bench.ledger.note("drills", f"{len(made)} drills: {said}")
