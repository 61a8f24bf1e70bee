"""What is looked at on a director that answers itself, and what the prober asks there."""

import json
from typing import Any

import pytest

from lvslab.errors import UsageError
from lvslab.history import DirectorSample
from lvslab.measure.addresses import network_towards
from lvslab.measure.samples import asks, sample
from lvslab.measure.watch import chosen
from lvslab.model import Lab, load_lab
from tests.unit.recorded import FIXTURES, LABS

NGINX = "/sys/fs/cgroup/system.slice/nginx.service/cgroup.events"


@pytest.fixture
def serving() -> Lab:
    """Return the lab of two directors that serve."""
    return load_lab(LABS / "vrrp-nginx.yml")


def seen(lab: Lab, populated: str) -> DirectorSample:
    """Return the sample of a director whose web server's control group says so."""
    said: dict[str, Any] = json.loads((FIXTURES / "sampler" / "director1.json").read_text())
    said["files"][NGINX] = f"populated {populated}\nfrozen 0\n"
    found = sample(lab, lab.node("director1"), 5, said)
    assert isinstance(found, DirectorSample)
    return found


def test_a_director_that_serves_is_asked_for_its_web_server_and_its_log(serving: Lab) -> None:
    """For VRRP too, as any director; an idle node for nothing."""
    asked = asks(serving, serving.node("director1"), 1.0)
    assert NGINX in asked["files"] and asked["director"]
    assert asked["sizes"] == ["/var/log/nginx/access.log"]
    assert asks(serving, serving.node("web1"), 1.0)["files"] == []


@pytest.mark.parametrize(("populated", "runs"), [("1", True), ("0", False)])
def test_a_director_that_serves_tells_whether_its_web_server_runs(serving: Lab, populated: str, runs: bool) -> None:
    """By the control group of the unit."""
    assert seen(serving, populated).httpd is runs


def test_a_director_that_has_no_web_server_tells_nothing_of_it(lab: Lab) -> None:
    """Which is not the same as one that is stopped."""
    assert seen(lab, "1").httpd is None


def test_the_prober_asks_for_what_directors_answer(serving: Lab) -> None:
    """A lab without virtual services has something to ask for as well."""
    service = chosen(serving, "")
    assert (service.name, str(service.address), serving.page_port(service)) == ("http", "10.63.0.158", 80)
    assert network_towards(serving, service) == "lan"
    with pytest.raises(UsageError):
        chosen(serving, "https")
