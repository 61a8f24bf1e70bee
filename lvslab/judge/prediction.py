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
    ``latest`` seconds. Where that lasts as long as the fault, ``latest`` is None, and ``earliest`` is when it begins.
    ``two_holders`` says that the VIP has two owners meanwhile, ``breaks`` that connections which were open break.
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
    breaks: bool = False
    hands_over: bool = False
    """Whether the VIP goes from one director that is well to another: for a moment nobody has it."""
    unheard: bool = False
    """Whether the old master goes on to advert, and the backup does not hear it."""
    under_way: float = 0.0
    """Requests count that were sent so many seconds before the moment: their packets were still on the way."""
    untold: str = ""
    """Why nothing can be promised; empty where something is."""

    @property
    def is_free(self) -> bool:
        """Whether no request should be lost."""
        return not self.untold and (self.latest == 0 or self.share[1] == 0)

    @property
    def is_total(self) -> bool:
        """Whether all requests fail meanwhile, rather than the share of some real servers."""
        return not self.is_free and self.share[0] == 1

    @property
    def window(self) -> str:
        """The window in words, such as ``2.61-3.61 s``."""
        if self.untold:
            return "cannot be told"
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
        if self.untold:
            return "cannot be told"
        if self.is_free:
            return "none"
        return f"{low} %" if low == high else f"{low}-{high} %"

    def as_json(self) -> dict[str, object]:
        """Return the prediction as plain data."""
        return asdict(self)


def untold(
    fault: str, subject: str, why: str, reasoning: tuple[str, ...] = (), source: str = "", two_holders: bool = False
) -> Prediction:
    """Return the prediction that nothing can be promised of a fault while it lasts, and why."""
    return Prediction(
        fault,
        Moment.INJECT,
        subject,
        0,
        None,
        (0, 1),
        two_holders=two_holders,
        reasoning=(f"cannot be told: {why}", *reasoning),
        source=source,
        untold=why,
    )
