"""Wait until both directors and the client see what is expected, and tell what was seen last where they do not."""

from collections.abc import Mapping

from lvslab.pytest_plugin import LabUnderTest
from lvslab.wait import wait_for


def wait_for_holder(lab: LabUnderTest, within: float, *directors: str) -> None:
    """Return when these directors, and no others, hold the VIP, or all of the lab's VIPs."""
    wait_for_holders(lab, within, {str(vip): directors for vip in lab.model.vips})


def wait_for_holders(lab: LabUnderTest, within: float, wanted: Mapping[str, tuple[str, ...]]) -> None:
    """Return when each VIP is held by its directors, and by no others."""
    expected = {vip: sorted(directors) for vip, directors in wanted.items()}
    seen: dict[str, list[str]] = {}

    def held() -> bool:
        seen.update({vip.address: sorted(vip.holders) for vip in lab.status().vips})
        return seen == expected

    wait_for(held, within=within, what=f"the VIPs are not held as {expected}", seen=lambda: str(seen))


def wait_for_states(lab: LabUnderTest, within: float, **wanted: str | None) -> None:
    """Return when VI_1 is in these states on the directors; None where keepalived does not run."""
    expected = {name: {"VI_1": state} if state else None for name, state in wanted.items()}
    seen: list[object] = []

    def there() -> bool:
        seen[:] = [lab.vrrp()]
        return seen == [expected]

    wait_for(there, within=within, what=f"the states are not {wanted}", seen=lambda: str(seen))


def wait_for_tables(lab: LabUnderTest, within: float, *servers: str) -> None:
    """Return when the tables of all directors have these real servers and no others."""
    seen: dict[str, set[str]] = {}

    def there() -> bool:
        seen.update({director.name: set(lab.real_servers(director.name)) for director in lab.model.directors})
        return all(each == set(servers) for each in seen.values())

    wait_for(there, within=within, what=f"the tables do not have {servers} alone", seen=lambda: str(seen), every=0.2)


def wait_for_shares(lab: LabUnderTest, within: float, wanted: dict[str, int]) -> None:
    """Return when as many requests as are wanted are shared in this way."""
    seen: list[str] = []

    def shared() -> bool:
        try:
            shares = lab.client.shares(sum(wanted.values()))
        except OSError as err:
            seen[:] = [str(err)]
            return False
        seen[:] = [str(dict(shares))]
        return shares == wanted

    wait_for(shared, within=within, what=f"requests are not shared as {wanted}", seen=lambda: str(seen), every=0.2)
