"""What a fault is to be: pure data, made and checked before anything is touched."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Order:
    """A fault that is wanted: its kind's name, the nodes it befalls, and its arguments, all of them filled in."""

    name: str
    targets: tuple[str, ...] = ()
    arguments: dict[str, str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """Return the order as a person would say it: ``network.loss on web1 (percent=10)``."""
        where = f" on {', '.join(self.targets)}" if self.targets else ""
        words = ", ".join(f"{key}={value}" for key, value in self.arguments.items() if value)
        return f"{self.name}{where}" + (f" ({words})" if words else "")
