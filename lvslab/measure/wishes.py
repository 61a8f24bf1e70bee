"""What a watch is asked to do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LoadWishes:
    """Load by locust: how many users, of which shape, for how long (None: until told), by how many workers."""

    users: int = 20
    shape: str = "steady"
    seconds: float | None = None
    workers: int = 1
    keep_alive: bool = False
    pause: float = 0.0
    """Seconds that a user waits between two requests."""
    addresses: int = 4
    """How many addresses of the client requests come from."""
    web_port: int | None = None
    """The port of locust's page in the client's network; None without."""


@dataclass(frozen=True)
class Wishes:
    """What is watched, and how closely."""

    rate: float = 100.0
    """The prober's attempts a second; 0 without one."""
    service: str = ""
    """The service that is probed and loaded; unless told the first with pages, or else the first by UDP."""
    load: LoadWishes | None = None
    downloads: int = 0
    """How many slow downloads are held through the VIP."""
    writes: bool = False
    """Whether files are written on the storage volume, and read back at the end."""
    sample_every: float = 1.0
    """Seconds between two looks at each node; 0: no look at any, and no logs."""


@dataclass(frozen=True)
class Live:
    """What is known right now, for a terminal: attempts of the last second, who sent adverts, who answered last."""

    ok: int = 0
    failed: int = 0
    server: str = ""
    holders: tuple[str, ...] = ()
    requests: int = 0
    """locust's requests in the last second."""
