"""Weighted round robin, 2 to 1: counted by the client, and by the director."""

from collections import Counter

import pytest

from lvslab.pytest_plugin import LabUnderTest

pytestmark = [pytest.mark.lab("lvs-nat-wrr"), pytest.mark.thorough]
REQUESTS = 60


def test_connections_are_shared_two_to_one_exactly(lab: LabUnderTest) -> None:
    """Of sixty connections, web1 gets forty and web2 twenty, as the answers and the kernel's counters say."""
    before = lab.counted("director1")
    assert Counter(answer.server for answer in lab.client.get(REQUESTS)) == {"web1": 40, "web2": 20}
    after = lab.counted("director1")
    assert {name: after[name] - before[name] for name in after} == {"web1": 40, "web2": 20}


def test_the_order_repeats_every_three_connections(lab: LabUnderTest) -> None:
    """Wherever the cursor stands, three connections in a row hold web1 twice and web2 once."""
    servers = [answer.server for answer in lab.client.get(12)]
    assert servers == servers[:3] * 4
    assert sorted(servers[:3]) == ["web1", "web1", "web2"]
