"""The defaults of the views, against keepalived's own list of what it made of the same files."""

import re
from pathlib import Path

import pytest

from lvslab.model.keepalived import Check, Configuration, VirtualServer, VrrpInstance, parse

FOLDER = Path(__file__).parents[2] / "fixtures" / "keepalived-conf" / "taken"


def dumped(name: str, *labels: str) -> list[str]:
    """Return the values of some labels in keepalived's list, in its order: ``Retries = 1``."""
    pattern = re.compile(rf" *(?:{'|'.join(labels)}) = (.*)")
    found = (pattern.fullmatch(line) for line in (FOLDER / f"{name}.dump").read_text().splitlines())
    return [one[1] for one in found if one]


def configuration(name: str) -> Configuration:
    """Return the view of the same file."""
    return parse((FOLDER / f"{name}.conf").read_text())


@pytest.fixture
def instances() -> tuple[VrrpInstance, ...]:
    """Return the instances: one without a priority, one without a state, one that says things twice."""
    return configuration("instances").instances


@pytest.fixture
def services() -> tuple[VirtualServer, ...]:
    """Return the virtual servers: one that says little, one that says things for its real server."""
    return configuration("checks").virtual_servers


@pytest.fixture
def checks(services: tuple[VirtualServer, ...]) -> list[Check]:
    """Return the checks, in the order of the file."""
    return [check for service in services for server in service.real_servers for check in server.checks]


def test_priorities_are_those_that_keepalived_takes(instances: tuple[VrrpInstance, ...]) -> None:
    """255 for a MASTER that says none, 100 for a BACKUP, the last of two."""
    assert dumped("instances", "Priority") == [str(one.priority) for one in instances] == ["255", "100", "91"]


def test_intervals_are_those_that_keepalived_sends(instances: tuple[VrrpInstance, ...]) -> None:
    """0.5, 1.5 and 2.4 s in version 2."""
    assert dumped("instances", "Advert interval") == [f"{one.interval:g} sec" for one in instances]
    assert [one.interval for one in instances] == [1, 2, 2]


def test_states_and_versions_are_those_that_keepalived_starts_with(instances: tuple[VrrpInstance, ...]) -> None:
    """BACKUP where nothing is said, version 2."""
    assert dumped("instances", "Wantstate") == [one.state for one in instances] == ["MASTER", "BACKUP", "BACKUP"]
    assert dumped("instances", "VRRP Version") == [str(one.version) for one in instances]
    assert dumped("instances", "Down timer adverts") == [str(one.down_timer_adverts) for one in instances]


def test_a_script_has_keepalived_defaults() -> None:
    """Weight 0, one success, one failure."""
    (script,) = configuration("instances").scripts
    values = [f"{script.interval} sec", str(script.weight), str(script.rise), str(script.fall)]
    assert dumped("instances", "Interval", "Weight", "Rise", "Fall") == values


def test_virtual_servers_have_keepalived_defaults(services: tuple[VirtualServer, ...]) -> None:
    """A minute between checks, a quorum of 1, six minutes of persistence."""
    assert dumped("checks", "  delay_loop") == [f"{one.delay_loop:.6f}" for one in services]
    assert dumped("checks", "  lvs_sched") == [one.scheduler for one in services]
    assert dumped("checks", "  protocol") == [one.protocol for one in services]
    assert dumped("checks", "  quorum") == [f"{one.quorum}, hysteresis = {one.hysteresis}" for one in services]
    assert dumped("checks", "  persistence timeout") == [str(services[1].persistence_timeout)]
    weights = [server.weight for one in services for server in one.real_servers]
    assert dumped("checks", "  initial weight") == [str(weight) for weight in weights]


def test_checks_retry_as_often_as_keepalived_does(checks: list[Check]) -> None:
    """Their own default, their real server's word, nb_get_retry, their virtual server's word."""
    assert dumped("checks", "Retries") == [str(check.retry) for check in checks]
    assert [check.retry for check in checks] == [1, 4, 6, 3, 0, 2]


def test_checks_wait_as_long_as_keepalived_does(checks: list[Check]) -> None:
    """Between two rounds, between two attempts, and for an answer; a program has its time elsewhere."""
    asking = [check for check in checks if check.kind != "MISC_CHECK"]
    rounds = [value for value in dumped("checks", "Delay loop") if value.endswith(" us")]
    assert rounds == [f"{check.delay_loop * 1e6:.0f} us" for check in checks]
    assert dumped("checks", "Delay before retry") == [f"{check.delay_before_retry * 1e6:.0f} us" for check in asking]
    assert dumped("checks", "Timeout") == [f"{check.connect_timeout:.6f}" for check in asking]
