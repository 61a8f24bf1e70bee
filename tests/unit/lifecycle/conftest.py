"""A client whose answers are given."""

from collections.abc import Iterator

import pytest

from lvslab.lifecycle import served as service


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Have the client be answered from a list: a real server's name, a status and a name, or an error."""
    replies: list[object] = []

    def get(address: str, port: int) -> tuple[int, str, str]:
        reply = replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return (200, reply, "") if isinstance(reply, str) else (*reply, "")  # type: ignore[misc,return-value]

    monkeypatch.setattr(service.client, "inside", lambda function: function())
    monkeypatch.setattr(service.client, "get", get)
    yield replies
