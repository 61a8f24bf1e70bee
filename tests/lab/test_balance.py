"""Balancing: equal shares, by three witnesses who know nothing of each other, and replies that go straight back."""

import secrets
from collections import Counter

import pytest

from lvslab.pytest_plugin import LabUnderTest
from lvslab.pytest_plugin.wire import Segment
from lvslab.wait import wait_for

WEBS = ("web1", "web2")
REQUESTS = 100
pytestmark = pytest.mark.lab(restore="never")  # these only look
HALF = dict.fromkeys(WEBS, REQUESTS // 2)


def logged(lab: LabUnderTest, path: str) -> dict[str, int]:
    """Return how many requests for ``path`` are in each web server's access log."""
    return {web: int(lab.node(web).run("grep -c %s /var/log/apache2/access.log", path).stdout) for web in WEBS}


def test_a_hundred_connections_are_split_fifty_fifty_by_three_witnesses(lab: LabUnderTest) -> None:
    """The client's answers, the director's counters and the web servers' logs agree to the last one."""
    path = f"/?{secrets.token_hex(8)}"
    [holder] = lab.holders()
    before = lab.counted(holder)
    answered = Counter(answer.server for answer in lab.client.get(REQUESTS, path=path))
    after = lab.counted(holder)
    assert answered == HALF
    assert {web: after[web] - before[web] for web in WEBS} == HALF
    seen: dict[str, int] = {}

    def all_logged() -> bool:
        seen.update(logged(lab, path))
        return sum(seen.values()) >= REQUESTS

    wait_for(all_logged, within=10, what="the access logs", seen=lambda: str(seen))
    assert seen == HALF


@pytest.fixture
def conversation(lab: LabUnderTest) -> list[Segment]:
    """Return the TCP segments of ten requests to the VIP, as they passed the client's interface."""
    with lab.client.wire() as wire:
        assert lab.client.shares(10) == {"web1": 5, "web2": 5}
        segments = wire.segments()
    # the end of an earlier connection may be among them
    ours = {segment.source for segment in segments if segment.is_first}
    return [segment for segment in segments if ours & {segment.source, segment.destination}]


def test_requests_go_to_the_director(lab: LabUnderTest, conversation: list[Segment]) -> None:
    """Every frame for the VIP carries the master's MAC address as destination."""
    [holder] = lab.holders()
    requests = [segment.frame for segment in conversation if segment.destination == f"{lab.vip}:80"]
    assert len(requests) >= 40  # SYN, ACK, GET and FIN of each of ten
    assert {frame.destination for frame in requests} == {lab.mac(holder)}


def test_replies_do_not_pass_through_the_director(lab: LabUnderTest, conversation: list[Segment]) -> None:
    """Every frame from the VIP carries a web server's MAC address as source."""
    replies = Counter(segment.frame.source for segment in conversation if segment.source == f"{lab.vip}:80")
    assert replies.keys() == {lab.mac(web) for web in WEBS}


def test_each_connection_is_answered_by_one_web_server_alone(lab: LabUnderTest, conversation: list[Segment]) -> None:
    """All replies on a connection have one source, and round robin gives the connections in turn."""
    sources: dict[str, set[str]] = {}
    for segment in conversation:
        if segment.source == f"{lab.vip}:80":
            sources.setdefault(segment.destination, set()).add(segment.frame.source)
    assert [len(each) for each in sources.values()] == [1] * 10
    in_turn = [next(iter(each)) for each in sources.values()]
    assert in_turn[0::2] == [in_turn[0]] * 5
    assert in_turn[1::2] == [in_turn[1]] * 5
    assert in_turn[0] != in_turn[1]
