"""A prediction: what a fault should cost, and why."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Moment(StrEnum):
    """Which end of a fault a cost belongs to."""

    INJECT = "inject"
    HEAL = "heal"


@dataclass(frozen=True)
class Prediction:
    """What a fault costs the requests of one service or of all that one VRRP instance carries.

    From the fault on, the share ``share`` (lowest, highest) of requests fails or hangs for between ``earliest`` and
    ``latest`` seconds; ``latest`` is None where it lasts as long as the fault does. ``two_holders`` says that the VIP
    has two owners meanwhile, ``breaks`` that connections which were open break.
    """

    fault: str
    moment: Moment
    subject: str
    """The VRRP instance or the virtual service."""
    earliest: float
    latest: float | None
    share: tuple[float, float] = (1.0, 1.0)
    two_holders: bool = False
    reasoning: tuple[str, ...] = ()
    source: str = ""

    @property
    def is_free(self) -> bool:
        """Whether no request should be lost."""
        return self.latest == 0 or self.share[1] == 0

    @property
    def is_total(self) -> bool:
        """Whether all requests fail meanwhile, rather than the share of some real servers."""
        return not self.is_free and self.share[0] == 1

    @property
    def window(self) -> str:
        """The window in words, such as ``2.61-3.61 s``."""
        if self.is_free:
            return "0 s"
        if self.latest is None:
            return f"from {self.earliest:.2f} s, as long as it lasts" if self.earliest else "as long as it lasts"
        if self.earliest == self.latest:
            return f"{self.earliest:.2f} s"
        return f"{self.earliest:.2f}-{self.latest:.2f} s"

    @property
    def failing(self) -> str:
        """The share of requests in words, such as ``50 %``."""
        low, high = (f"{share * 100:.0f}" for share in self.share)
        if self.is_free:
            return "none"
        return f"{low} %" if low == high else f"{low}-{high} %"

    def as_json(self) -> dict[str, object]:
        """Return the prediction as plain data."""
        return asdict(self)
