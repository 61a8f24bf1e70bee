"""The programs that the host needs, and the Debian packages that bring them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lvslab.errors import HostError
from lvslab.host.command import call, find
from lvslab.host.doctor.finding import Probe, Verdict, fail, ok

TABLE = Path(__file__).parents[1] / "debian-packages.txt"


@dataclass(frozen=True)
class Need:
    """One line of the table: a program or a path pattern, and its package."""

    program: str
    package: str


def needs(text: str) -> tuple[Need, ...]:
    """Return the lines of debian-packages.txt, without comments and blank lines."""
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return tuple(Need(*fields) for fields in lines if fields)


def by_package(table: tuple[Need, ...]) -> dict[str, tuple[str, ...]]:
    """Return the programs of each package, in the table's order."""
    packages = dict.fromkeys(need.package for need in table)
    return {name: tuple(need.program for need in table if need.package == name) for name in packages}


def probes() -> tuple[Probe, ...]:
    """Return one probe for each package."""
    packages = by_package(needs(TABLE.read_text()))
    return tuple(
        Probe(package, f"brings {', '.join(programs)}", partial(installed, package, programs))
        for package, programs in packages.items()
    )


def require() -> None:
    """Raise HostError when programs are missing that a lab needs, with the command that installs them."""
    missing = [need for need in needs(TABLE.read_text()) if not where(need.program)]
    if missing:
        names = ", ".join(need.program for need in missing)
        raise HostError(f"not installed: {names}", install(*dict.fromkeys(need.package for need in missing)))


def installed(package: str, programs: tuple[str, ...]) -> Verdict:
    """Look for ``programs``; where they came from does not matter, but the package's version is told."""
    missing = [program for program in programs if not where(program)]
    return verdict(package, missing, version(package) or where(programs[0]))


def verdict(package: str, missing: list[str], seen: str) -> Verdict:
    """Return what follows when ``missing`` was not found of a package's programs."""
    if missing:
        return fail(f"missing: {', '.join(missing)}", install(package))
    return ok(seen)


def install(*packages: str) -> str:
    """Return the command that installs ``packages``."""
    return f"apt-get install --no-install-recommends {' '.join(packages)}"


def where(program: str) -> str:
    """Return the path of a program, or of the first file that matches a pattern; empty when there is none."""
    if program.startswith("/"):
        return str(min(Path("/").glob(program[1:]), default=""))
    try:
        return find(program)
    except HostError:
        return ""


def version(package: str) -> str:
    """Return the version of an installed Debian package; empty when it is not one."""
    if not where("dpkg-query"):
        return ""
    done = call(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", package], timeout=30)
    state, _, number = done.stdout.partition(" ")
    return number if done.status == 0 and state == "installed" else ""
