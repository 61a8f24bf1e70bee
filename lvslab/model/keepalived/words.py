"""A line of keepalived.conf(5) as words and braces: comments, quotes and escapes (*Quoted strings*)."""

import re
from dataclasses import dataclass

OPEN, CLOSE = "{", "}"
BLANK = " \t\r\f\v"
PARAMETER = re.compile(r"\$\{[A-Za-z0-9_ ]*\}")


@dataclass(frozen=True)
class Word:
    """A word of a line; ``quoted`` tells a brace in quotes from one that opens a block."""

    text: str
    quoted: bool = False

    @property
    def opens(self) -> bool:
        """Whether this is the brace that opens a block."""
        return self.text == OPEN and not self.quoted

    @property
    def closes(self) -> bool:
        """Whether this is the brace that closes a block."""
        return self.text == CLOSE and not self.quoted


@dataclass(frozen=True)
class Line:
    """The words of a line, and what is odd about it.

    ``cut`` is the word that a comment begins in the middle of (``pa`` in ``auth_pass pa#ss``); ``unterminated`` says
    that a quote is not closed before the line ends.
    """

    words: tuple[Word, ...] = ()
    cut: str = ""
    unterminated: bool = False


class _Scanner:
    """Walks over one line; a class only because the place in the line is shared."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.words: list[Word] = []
        self.letters: list[str] = []
        self.quoted = False
        self.cut = ""
        self.unterminated = False

    def scan(self) -> Line:
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter in "#!":
                self.cut = "".join(self.letters)
                break
            self._step(letter)
        self._end_word()
        return Line(tuple(self.words), self.cut, self.unterminated)

    def _step(self, letter: str) -> None:
        if letter in BLANK:
            self._end_word()
            self.at += 1
        elif letter in "\"'":
            self._quotation(letter)
        elif parameter := PARAMETER.match(self.text, self.at):
            self.letters.append(parameter.group())
            self.at = parameter.end()
        elif letter in OPEN + CLOSE:
            self._end_word()
            self.words.append(Word(letter))
            self.at += 1
        else:
            self._letter()

    def _letter(self) -> None:
        if self.text[self.at] == "\\" and self.at + 1 < len(self.text):
            self.at += 1
        self.letters.append(self.text[self.at])
        self.at += 1

    def _quotation(self, mark: str) -> None:
        self.quoted = True
        self.at += 1
        while self.at < len(self.text) and self.text[self.at] != mark:
            self._letter()
        self.unterminated = self.unterminated or self.at >= len(self.text)
        self.at += 1

    def _end_word(self) -> None:
        if self.letters or self.quoted:
            self.words.append(Word("".join(self.letters), self.quoted))
        self.letters, self.quoted = [], False


def split(text: str) -> Line:
    """Take a line apart; a comment starts with ``#`` or ``!`` anywhere but in quotes."""
    return _Scanner(text).scan()
