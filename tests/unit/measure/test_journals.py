"""What nodes wrote down, recorded."""

from lvslab.history import Log
from lvslab.measure.journals import journal, logs, readable, served
from lvslab.measure.node_clocks import Round, Track
from lvslab.nodes.fake import FakeRemote
from lvslab.nodes.remote import Result
from tests.unit.recorded import FIXTURES

SAME = Track([Round(0, 0, 0)])
ACCESS = (FIXTURES / "access-log" / "web2.log").read_text()
JOURNAL = (FIXTURES / "journalctl" / "director2-keepalived.json").read_text()


def test_a_line_of_the_access_log_tells_who_asked_which_vip_and_when() -> None:
    """Client, port, VIP, status and microseconds, in UTC."""
    last = list(served("web2", ACCESS, SAME))[-1]
    assert (last.client, last.port, last.vip) == ("192.168.18.140", 42638, "192.168.18.41")
    assert (last.status, last.agent, last.node) == (200, "lvslab-prober", "web2")
    assert last.t == 1795163603_339188000


def test_nginx_writes_the_same_lines() -> None:
    """In milliseconds, and at the end of a request where httpd's stamp is of its beginning."""
    text = (FIXTURES / "access-log" / "web2-nginx.log").read_text()
    first, _ = served("web2", text, SAME)
    assert (first.client, first.port, first.vip, first.status) == ("192.168.1.140", 50440, "192.168.1.150", 200)
    assert first.t % 1_000_000_000 == 818_000_000


def test_a_quote_in_an_agent_does_not_end_it() -> None:
    """httpd escapes quotes."""
    line = ACCESS.splitlines()[0].replace("lvslab-prober", 'a \\"b\\" c')
    assert [each.agent for each in served("web2", line, SAME)] == ['a \\"b\\" c']


def test_lines_of_another_format_are_passed_over() -> None:
    """A line that was cut, or is none of lvslab's, is no event."""
    assert list(served("web2", '127.0.0.1 - - "GET /"\n' + ACCESS[:40], SAME)) == []


def test_what_a_power_cut_left_of_a_line_costs_that_line_alone() -> None:
    """The next one is written behind the rest of it."""
    first, second = ACCESS.splitlines()[:2]
    assert len(list(served("web2", f"{first[:20]}{first}\n{second}\n", SAME))) == 1


def test_a_journal_is_put_on_the_clock_of_the_run() -> None:
    """The node's time plus its offset."""
    shifted = Track([Round(0, -1000, -1000)])
    assert [log.t for log in logs("director2", JOURNAL, shifted)] == [
        log.t - 1000 for log in logs("director2", JOURNAL, SAME)
    ]


def test_what_samplers_make_keepalived_say_is_left_out() -> None:
    """The watching is not part of what is watched."""
    assert JOURNAL.count('"Printing ') == 3
    messages = [log.message for log in logs("director2", JOURNAL, SAME)]
    assert "(VI_1) Entering BACKUP STATE (init)" in messages
    assert len(messages) == len(JOURNAL.splitlines()) - 3


def test_a_message_of_bytes_is_read_as_text() -> None:
    """journalctl gives what is no UTF-8 as an array of numbers."""
    line = '{"__REALTIME_TIMESTAMP":"5","PRIORITY":"3","SYSLOG_IDENTIFIER":"a","MESSAGE":[104,105,255]}'
    assert list(logs("n", line, SAME)) == [Log(5000, "n", "a", 3, "hi\N{REPLACEMENT CHARACTER}")]


def test_a_journal_for_people_has_a_line_for_each_entry() -> None:
    """Seconds of the run, unit, message."""
    assert readable([Log(1_500_000_000, "n", "sshd", 6, "hello")]) == "     1.500 sshd: hello\n"


def test_a_journal_is_asked_for_from_a_moment_of_the_nodes_own_clock() -> None:
    """journalctl knows the node's time only."""
    node = FakeRemote("web1", lambda script: Result(0, "{}"))
    assert journal(node, 1_795_163_603_339_188_000) == "{}"
    assert "--since=@1795163603.339188" in node.scripts[0]
