"""Acknowledged writes, with a storage node that is not there."""

import hashlib
import json

from lvslab.errors import NodeError
from lvslab.history import Write
from lvslab.measure.clock import Clock
from lvslab.measure.on_node.writer import content
from lvslab.measure.writes import SIZE, Writes, Written, event
from lvslab.model import Lab
from lvslab.nodes.fake import FakeRemote
from lvslab.nodes.remote import Result
from lvslab.wait import wait_for

SEED = 42


def digest(number: int) -> str:
    """Return the digest that a file of the seed has."""
    return hashlib.sha256(content(SEED, number, SIZE)).hexdigest()


def storage(reads: dict[int, dict[str, str]], is_gone: bool = False) -> FakeRemote:
    """Return a node that acknowledges files 1 and 2, begins 3, and reads back as told."""
    written = ({"id": 1, "begun": ""}, {"id": 1, "done": ""}, {"id": 2, "begun": ""}, {"id": 2, "done": ""})
    lines = [*written, {"id": 3, "begun": ""}]

    def answer(script: str) -> Result:
        if '"action": "write"' in script:
            return Result(0, "".join(json.dumps(each) + "\n" for each in lines))
        if is_gone:
            raise NodeError("nfs: the connection was lost")
        return Result(0, "".join(json.dumps({"id": number, **said}) + "\n" for number, said in reads.items()))

    return FakeRemote("nfs", answer)


def made(lab: Lab, node: FakeRemote) -> tuple[list[Write], str]:
    """Write until the first acknowledgement, then finish."""
    assert lab.storage is not None
    writes = Writes(lab.storage, lambda name: node, Clock(), SEED)
    writes.start()
    wait_for(lambda: writes.has_begun, within=5, what="no write")
    events: list[Write] = []
    return events, writes.finish(events.append)


def test_what_was_acknowledged_is_read_back_and_compared(lab: Lab) -> None:
    """Each file is an event with both digests; one that was never acknowledged says so."""
    reads = {1: {"sha256": digest(1)}, 2: {"sha256": "bad"}, 3: {"error": "No such file or directory"}}
    events, problem = made(lab, storage(reads))
    assert problem == ""
    by_number = {each.id: each for each in events}
    assert by_number[1].read_back == by_number[1].sha256 == digest(1)
    assert by_number[2].read_back == "bad" != by_number[2].sha256
    assert by_number[3].acknowledged is None and by_number[3].error == "No such file or directory"
    assert by_number[1].acknowledged is not None


def test_a_node_that_is_gone_leaves_what_it_had_acknowledged(lab: Lab) -> None:
    """The acknowledgements stay known; that nothing could be read back is told."""
    events, problem = made(lab, storage({}, is_gone=True))
    assert "cannot be read back" in problem
    assert [each.read_back for each in events] == ["", "", ""]
    assert events[0].acknowledged is not None


def test_an_error_while_writing_counts_more_than_one_while_reading() -> None:
    """The first thing that went wrong is told."""
    found = event(SEED, 1, Written(5, None, "Read-only file system"), {"error": "not there"})
    assert found.error == "Read-only file system" and found.t == 5
