"""Whether services answer the client and share its requests."""

import pytest

from lvslab.errors import ExpectationError
from lvslab.lifecycle.served import request_mismatches, wait_until_served
from lvslab.model import Lab, Protocol, Scheduler


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        (["web1", "web2"] * 5, []),
        (["web2", "web1"] * 5, []),
        (
            ["web1"] * 10,
            ["192.168.18.41:80: 10 requests went to web1 10, expected equal shares of web1, web2"],
        ),
        (
            ["web1"] * 7 + ["web2"] * 3,
            ["192.168.18.41:80: 10 requests went to web1 7, web2 3, expected equal shares of web1, web2"],
        ),
        (["web1", (403, "web2")], ["192.168.18.41:80: web2 answers 403, expected 200"]),
        ([(502, "")], ["192.168.18.41:80: somebody answers 502, expected 200"]),
        ([TimeoutError("timed out")], ["192.168.18.41:80: no answer to the client: timed out"]),
        ([ConnectionResetError()], ["192.168.18.41:80: no answer to the client: ConnectionResetError"]),
    ],
)
def test_requests_of_the_client_are_shared_as_expected(
    lab: Lab, served: list[object], replies: list[object], expected: list[str]
) -> None:
    """Round robin over both real servers, a new connection each time."""
    served[:] = replies
    assert request_mismatches(lab) == expected


def test_a_server_of_weight_0_is_expected_to_get_nothing(lab: Lab, served: list[object]) -> None:
    """It is drained: all requests go to the other one."""
    http = lab.virtual_services[0]
    first, second = http.real_servers
    drained = http.model_copy(update={"real_servers": (first.model_copy(update={"weight": 0}), second)})
    served[:] = ["web2"] * 10
    assert request_mismatches(lab.model_copy(update={"virtual_services": (drained,)})) == []


def test_other_schedulers_may_share_as_they_like(lab: Lab, served: list[object]) -> None:
    """Only round robin promises equal shares; UDP services are not asked at all."""
    http = lab.virtual_services[0]
    least = http.model_copy(update={"scheduler": Scheduler.WLC})
    dns = http.model_copy(update={"protocol": Protocol.UDP})
    served[:] = ["web1"] * 10
    assert request_mismatches(lab.model_copy(update={"virtual_services": (least, dns)})) == []


def test_a_lab_that_is_not_served_in_time_is_told(lab: Lab, served: list[object]) -> None:
    """The last thing that was seen is in the message."""
    served[:] = [TimeoutError("timed out")]
    with pytest.raises(
        ExpectationError, match=r"lvs-dr is not served: .*no answer to the client: timed out"
    ) as caught:
        wait_until_served(lab, 0)
    assert caught.value.exit_code == 1


def test_fewer_requests_are_enough_to_see_whether_servers_take_turns(lab: Lab, served: list[object]) -> None:
    """After a restore, two for each real server are asked."""
    served[:] = ["web1", "web2"] * 2
    assert request_mismatches(lab, requests=4) == []
    assert served == []
