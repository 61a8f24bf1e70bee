"""keepalived.conf(5) as a tree: words, comments, quotes, braces, conditions and parameters."""

import pytest

from lvslab.model.keepalived import KeepalivedConfError, Statement, parse_tree
from lvslab.model.keepalived.words import split


def words(line: str) -> list[str]:
    """Return the words of a line as texts."""
    return [word.text for word in split(line).words]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("priority 100", ["priority", "100"]),
        ("\tpriority\t100 \r", ["priority", "100"]),
        ("priority 100 # the higher wins", ["priority", "100"]),
        ("priority 100!higher", ["priority", "100"]),
        ("# all of it", []),
        ("vrrp_instance VI_1{", ["vrrp_instance", "VI_1", "{"]),
        ("track_script { site }", ["track_script", "{", "site", "}"]),
        ('notify "/bin/a b" user', ["notify", "/bin/a b", "user"]),
        ("notify '/bin/a \"b\"'", ["notify", '/bin/a "b"']),
        ('script "/bin/echo # ! { }"', ["script", "/bin/echo # ! { }"]),
        ('abcd" efg h jkl "mnop', ["abcd efg h jkl mnop"]),
        (r'say "a \"quoted\" word"', ["say", 'a "quoted" word']),
        ('empty ""', ["empty", ""]),
        ("${NAME}.1/24", ["${NAME}.1/24"]),
        ("state\u00a0MASTER", ["state\u00a0MASTER"]),
    ],
)
def test_a_line_is_taken_apart_as_keepalived_does(line: str, expected: list[str]) -> None:
    """Comments anywhere but in quotes, braces as words of their own, no blank but ASCII's."""
    assert words(line) == expected


def test_a_brace_in_quotes_opens_nothing() -> None:
    """It is a text like any other."""
    assert parse_tree('notify "{"\n')[0] == Statement("notify", ("{",), 1)


def test_a_block_has_its_statements_and_every_statement_its_line() -> None:
    """Blocks may begin on the next line, and end on the same one."""
    tree = parse_tree("vrrp_instance VI_1\n{\n  state BACKUP\n  track_script { site }\n}\nglobal_defs {\n}\n")
    assert [(one.text, one.line, one.is_block) for one in tree] == [
        ("vrrp_instance VI_1", 1, True),
        ("global_defs", 6, True),
    ]
    inside = [(one.text, one.line) for one in tree[0].walk()]
    assert inside == [("vrrp_instance VI_1", 1), ("state BACKUP", 3), ("track_script", 4), ("site", 4)]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a {\n b\n}\n}\n", 4, "found '}' where no block is open"),
        ("a {\n b {\n }\n", 1, "closes 'a'"),
        ("vrrp_instance A {\n vip {\n }\nvrrp_instance B {\n}\n", 1, "closes 'vrrp_instance A'"),
        (
            "vrrp_instance A {\n vip {\n 10.0.0.1\n}\nvrrp_instance B {\n state BACKUP\n",
            1,
            "closes 'vrrp_instance A'",
        ),
        ("\n{\n}\n", 2, "without the name of a block"),
        ("a {\n}\n{\n}\n", 3, "without the name of a block"),
        ("a {" * 40, 1, "more than 32 deep"),
    ],
)
def test_a_brace_too_many_or_too_few_is_told_with_its_line(text: str, line: int, said: str) -> None:
    """The block that holds what belongs at the top is the one that was not closed."""
    with pytest.raises(KeepalivedConfError) as caught:
        parse_tree(text, "a.conf")
    assert caught.value.message.startswith(f"a.conf:{line}: ") and said in caught.value.message
    assert (caught.value.line, caught.value.exit_code) == (line, 2)


CONDITIONS = "@main router_id one\n@^main router_id two\nstate BACKUP\n"


@pytest.mark.parametrize(
    ("config_id", "expected"),
    [("main", ["router_id one", "state BACKUP"]), ("other", ["router_id two", "state BACKUP"])],
)
def test_conditions_are_decided_by_the_config_id(config_id: str, expected: list[str]) -> None:
    """As keepalived's -i does."""
    assert [one.text for one in parse_tree(CONDITIONS, config_id=config_id)] == expected


def test_conditions_stay_open_without_a_config_id() -> None:
    """Both lines are there, and neither is certain."""
    tree = parse_tree(CONDITIONS)
    assert [(one.condition, one.is_certain) for one in tree] == [("@main", False), ("@^main", False), ("", True)]


def test_braces_behind_conditions_are_told_of_in_the_hint() -> None:
    """Two beginnings of one block match only for one config-id."""
    text = "@a vrrp_instance A {\n@b vrrp_instance B {\n}\n"
    with pytest.raises(KeepalivedConfError) as caught:
        parse_tree(text)
    assert "--config-id" in caught.value.hint
    assert len(parse_tree(text, config_id="a")) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$NET=10.2\nip ${NET}.0.1\n", ["ip 10.2.0.1"]),
        ("$NET=10.2 # the inner one\nip ${NET}.0.1\n", ["ip 10.2.0.1"]),
        ("$P=priority 5\n$P\n", ["priority 5"]),
        ("$A=1\nip $A\n$A=2\nip $A\n", ["ip 1", "ip 2"]),
        ("$A=10.${B}\n$B=3\nip ${A}\n", ["ip 10.3"]),
        ("$A=\nip $A 4\n", ["ip 4"]),
        ("@main $P=240\npriority $P\n", ["priority 240"]),
    ],
)
def test_parameters_are_put_in(text: str, expected: list[str]) -> None:
    """At the time they are used, also within each other."""
    assert [one.text for one in parse_tree(text, config_id="main")] == expected


@pytest.mark.parametrize(
    ("text", "keywords"),
    [
        ("$VI= \\\n vrrp_instance A { \\\n }\n$VI\n", ["$VI", "$VI"]),
        ("~SEQ(N, 1, 3) ip 10.0.0.$N\n", ["~SEQ"]),
        ("~LST(N, 1, 2) ip 10.0.0.$N\n", ["~LST"]),
        ("include /etc/keepalived/*.conf\n", ["include"]),
        ("$UNKNOWN\n", ["$UNKNOWN"]),
    ],
)
def test_what_is_not_evaluated_is_opaque(text: str, keywords: list[str]) -> None:
    """It is there with its line, and nobody takes it for a directive."""
    tree = parse_tree(text)
    assert [(one.keyword, one.opaque, one.is_certain) for one in tree] == [(each, True, False) for each in keywords]


def test_a_parameter_that_holds_itself_ends() -> None:
    """It would otherwise grow for ever."""
    assert parse_tree("$A=${A}${A}${A}${A}\nip ${A}\n")[0].keyword == "ip"


def test_odd_ends_of_words_and_lines_are_told() -> None:
    """A comment in the middle of a word, a quote that is not closed."""
    cut, unterminated = parse_tree('auth_pass pa#ss\nnotify "/bin/a\n')
    assert (cut.words, cut.cut) == (("pa",), "pa")
    assert unterminated.unterminated
