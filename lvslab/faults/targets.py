"""The words that stand for nodes: a name, or what it is in the lab (master, backup, real-servers, ...). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from lvslab.errors import UsageError
from lvslab.model import Lab
from lvslab.model.base import closest_first, did_you_mean

CLIENT = "client"
OTHERS = "others"


@dataclass(frozen=True)
class Scene:
    """What words are understood by: the lab, who holds the VIP if not as planned, a fault's targets."""

    lab: Lab
    holder: str | None = None
    targets: tuple[str, ...] = ()

    @property
    def master(self) -> str | None:
        """The director that holds the VIP: as told, else as the priorities say; without VRRP the one that has it."""
        fixed = self.lab.can_hold(self.lab.services[0].address)
        planned = self.lab.vrrp_instances[0].master if self.lab.vrrp_instances else next(iter(fixed), None)
        return self.holder or planned

    @property
    def words(self) -> dict[str, tuple[str, ...]]:
        """The symbolic words, each with the nodes that it stands for; a node of that name goes first."""
        directors = tuple(node.name for node in self.lab.directors)
        real_servers = tuple(node.name for node in self.lab.real_servers)
        return {
            "master": (self.master,) if self.master else (),
            "backup": tuple(name for name in directors if name != self.master),
            "directors": directors,
            "real-server": tuple(sorted(real_servers, key=self._rank))[:1],
            "real-servers": real_servers,
            "web-servers": tuple(node.name for node in self.lab.web_servers),
            "storage": (self.lab.storage.node,) if self.lab.storage else (),
        }

    def _rank(self, name: str) -> tuple[bool, bool, bool]:
        """Return what makes a real server less fit to stand for all: a box of one's own, a director's other work."""
        shares = len(self.lab.serving_directors) > 1
        is_director = shares and name in {node.name for node in self.lab.serving_directors}
        return not self.lab.node(name).is_managed, is_director, shares and name == self.master

    def nodes(self, words: Iterable[str]) -> tuple[str, ...]:
        """Return the nodes that the words stand for, each once; UsageError for a word that stands for nothing."""
        every = [name for word in words for part in word.split(",") for name in self._meant(part.strip())]
        return tuple(dict.fromkeys(every))

    def group(self, words: str) -> tuple[str, ...]:
        """Return nodes and perhaps the client; ``others`` are all that are no targets."""
        if words == OTHERS:
            return tuple(name for name in (*self.lab.nodes, CLIENT) if name not in self.targets)
        found: list[str] = []
        for word in words.split(","):
            found += [CLIENT] if word.strip() == CLIENT and CLIENT not in self.lab.nodes else self.nodes([word])
        return tuple(dict.fromkeys(found))

    def _meant(self, word: str) -> tuple[str, ...]:
        if word in self.lab.nodes:
            return (word,)
        words = self.words
        if word in words:
            if not words[word]:
                raise UsageError(f"{self.lab.name} has no {word}", f"lvslab graph {self.lab.name}")
            return words[word]
        known = closest_first(word, (*self.lab.nodes, *words))
        raise UsageError(
            f"{self.lab.name}: {word!r} is neither a node nor one of the words for nodes: {', '.join(known)}",
            did_you_mean(word, known),
        )
