"""Figures as findings tell them."""

MILLISECOND = 1_000_000
SECOND = 1_000_000_000


def ms(ns: float) -> float:
    """Return nanoseconds as milliseconds, to a hundredth."""
    return round(ns / MILLISECOND, 2)


def length(ns: float) -> str:
    """Return a length of time in words: ``3.41 s``, ``331 ms``."""
    return f"{ns / SECOND:.2f} s" if abs(ns) >= SECOND else f"{ns / MILLISECOND:.0f} ms"


def window(low: float, high: float) -> str:
    """Return a window in seconds in words."""
    return f"{low:.2f} s" if low == high else f"{low:.2f}-{high:.2f} s"


def percent(share: float) -> str:
    """Return a share in words."""
    return f"{share * 100:.1f} %"


def counted(number: int, what: str) -> str:
    """Return a number with its noun, ``1 request`` or ``2 requests``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def listed(counts: tuple[tuple[str, int], ...]) -> str:
    """Return kinds with how often they came: ``connect timeout 12, reset 3``."""
    return ", ".join(f"{kind} {count}" for kind, count in counts) or "none"
