"""When a lab counts as recovered: every fresh look is as the lab file says, and nothing else is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from lvslab.drill.recovery import FRESH, UNSERVED, mismatches, wait_until_recovered, watched
from lvslab.history import DirectorSample, Look, Row, StorageSample, WebSample
from lvslab.model import Lab

VIP = "192.168.18.41"
ROWS = (Row("http", "web1", 1, 0, 0, 0), Row("http", "web2", 1, 0, 0, 0))


def looks(t: int = 2 * FRESH, took: int = 0) -> dict[str, Look]:
    """Return looks at lvs-dr when all is well."""
    found: tuple[Look, ...] = (
        DirectorSample(t, "director1", took, holds=(VIP,), keepalived=True, rows=ROWS),
        DirectorSample(t, "director2", took, keepalived=True, rows=ROWS),
        WebSample(t, "web1", took, httpd=True, mounted=True, vips=(VIP,)),
        WebSample(t, "web2", took, httpd=True, mounted=True, vips=(VIP,)),
        StorageSample(t, "nfs", took, state="clean", active=3, spares=1, mounted=True, exported=True),
    )
    return {look.node: look for look in found}


def test_a_lab_in_which_all_is_well_has_recovered(lab: Lab) -> None:
    """Nothing is missing, and every node of the lab is looked at."""
    assert list(mismatches(lab, looks())) == []
    assert set(watched(lab)) == set(lab.nodes)


@pytest.mark.parametrize(
    ("node", "change", "told"),
    [
        ("director1", {"holds": ()}, f"{VIP}: held by no director, expected on director1"),
        ("director2", {"holds": (VIP,)}, f"{VIP}: held by director1 and director2, expected on director1"),
        ("director2", {"keepalived": False}, "director2: keepalived does not run"),
        ("director2", {"httpd": False}, "director2: apache2 does not run"),
        ("director2", {"rows": ROWS[:1]}, "director2: http has real servers web1 (weight 1), expected web1"),
        ("director1", {"rows": (ROWS[0], replace(ROWS[1], weight=0))}, "director1: http has real servers web1"),
        ("director1", {"rows": ()}, "director1: http has real servers none, expected"),
        ("web1", {"httpd": False}, "web1: apache2 does not run"),
        ("web2", {"mounted": False}, "web2: nothing is mounted on /var/www/html"),
        ("web2", {"vips": ()}, f"web2: {VIP}/32 is not there"),
        ("web2", {"error": "silent for 9.0 s"}, "web2: silent for 9.0 s"),
        ("nfs", {"state": "clean, degraded, recovering"}, "nfs: /dev/md5 is clean, degraded, recovering with"),
        ("nfs", {"spares": 0}, "nfs: /dev/md5 is clean with 3 active and 0 spare devices, expected clean with"),
        ("nfs", {"mounted": False}, "nfs: nothing is mounted on /web"),
        ("nfs", {"exported": False}, "nfs: /web is not exported"),
    ],
)  # fmt: skip
def test_what_is_missing_is_told_with_what_was_expected(
    lab: Lab, node: str, change: Mapping[str, Any], told: str
) -> None:
    """One line for each thing; the array may be "active", for it is written on."""
    seen = looks()
    seen[node] = replace(seen[node], **change)
    assert [line for line in mismatches(lab, seen) if line.startswith(told)] != []
    seen = looks()
    storage = seen["nfs"]
    assert isinstance(storage, StorageSample)
    assert list(mismatches(lab, {**seen, "nfs": replace(storage, state="active")})) == []


def test_a_sorry_server_in_the_table_is_no_real_server_that_is_too_much(lab: Lab) -> None:
    """keepalived leaves none there once a real server is well; where it is, the real servers are what counts."""
    seen = looks()
    first = seen["director1"]
    assert isinstance(first, DirectorSample)
    sorry = Row("http", "sorry", 1, 0, 0, 0)
    assert list(mismatches(lab, {**seen, "director1": replace(first, rows=(*ROWS, sorry))})) == []


class Watched:
    """Looks and answers that come one after the other, the last for ever; a clock that goes on when it is read."""

    def __init__(self, seen: Sequence[dict[str, Look]], served: Sequence[bool] = (True,)) -> None:
        self._seen, self._served, self._now = list(seen), list(served), 0

    def now(self) -> int:
        """Return the next moment."""
        self._now += 1
        return self._now

    def looks(self) -> dict[str, Look]:
        """Return the next looks."""
        return self._seen.pop(0) if len(self._seen) > 1 else self._seen[0]

    def is_served(self) -> bool:
        """Return the next answer."""
        return self._served.pop(0) if len(self._served) > 1 else self._served[0]

    @property
    def is_used_up(self) -> bool:
        """Whether the last looks have come."""
        return len(self._seen) == 1


def test_a_look_from_before_the_healing_proves_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must have begun half a second after it, or it may have seen a node as it was before it was broken."""
    monkeypatch.setattr("lvslab.drill.recovery.EVERY", 0.0)
    watch = Watched([looks(t=1), looks(t=2 * FRESH, took=2 * FRESH), looks()])
    found = wait_until_recovered(lab, watch, 0, 5, lambda line: None)
    assert found.wrong == () and found.took > 0 and watch.is_used_up


def test_a_lab_that_does_not_come_back_is_given_up_and_told_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is news only when it changes; in the end it stands in the history."""
    monkeypatch.setattr("lvslab.drill.recovery.EVERY", 0.001)
    seen = looks()
    seen["web1"] = WebSample(2 * FRESH, "web1", 0, httpd=False, mounted=True, vips=(VIP,))
    told: list[str] = []
    glances: list[int] = []
    found = wait_until_recovered(lab, Watched([seen]), 0, 0.2, told.append, lambda: glances.append(1))
    assert found.wrong == ("web1: apache2 does not run",)
    assert told == ["web1: apache2 does not run"] and glances


def test_a_lab_that_does_not_answer_the_client_has_not_recovered(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a split brain every node may be well while the client's ARP cache leads it to the wrong one."""
    monkeypatch.setattr("lvslab.drill.recovery.EVERY", 0.0)
    told: list[str] = []
    found = wait_until_recovered(lab, Watched([looks()], [False, False, True]), 0, 5, told.append)
    assert found.wrong == () and told == [UNSERVED]
