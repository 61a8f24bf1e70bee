"""A whole keepalived.conf(5): its tree and its views."""

from dataclasses import dataclass
from functools import cached_property

from lvslab.model.keepalived.block import Block, Globals
from lvslab.model.keepalived.lvs import VirtualServer, VirtualServerGroup
from lvslab.model.keepalived.tree import Statement, parse_tree
from lvslab.model.keepalived.vrrp import Address, SyncGroup, VrrpInstance, VrrpScript, address


@dataclass(frozen=True)
class Configuration(Block):
    """What a file says; ``source`` is its name in messages, ``statement`` a block that holds all its statements."""

    source: str
    globals: Globals
    scripts: tuple[VrrpScript, ...]
    sync_groups: tuple[SyncGroup, ...]
    instances: tuple[VrrpInstance, ...]
    groups: tuple[VirtualServerGroup, ...]
    virtual_servers: tuple[VirtualServer, ...]

    @cached_property
    def opaque(self) -> tuple[Statement, ...]:
        """What was not evaluated, wherever it stands."""
        every = (each for top in self.statement.children for each in top.walk())
        return tuple(each for each in every if not each.is_certain)

    @property
    def is_whole(self) -> bool:
        """Whether every block is known: nothing is included, and no block stands behind a condition."""
        return not self.unsure

    @cached_property
    def vips(self) -> tuple[Address, ...]:
        """Every virtual address of the VRRP instances, each once."""
        return tuple(dict.fromkeys(vip.address for one in self.instances for vip in one.addresses))

    @cached_property
    def static_addresses(self) -> tuple[Address, ...]:
        """The addresses of static_ipaddress, which every router holds all the time."""
        found = (address(each.keyword.partition("/")[0]) for each in self.items("static_ipaddress"))
        return tuple(each for each in found if each is not None)

    def script(self, name: str) -> VrrpScript | None:
        """Return the vrrp_script of this name."""
        return next((each for each in self.scripts if each.name == name), None)

    def instance(self, name: str) -> VrrpInstance | None:
        """Return the vrrp_instance of this name."""
        return next((each for each in self.instances if each.name == name), None)


def parse(text: str, source: str = "keepalived.conf", config_id: str | None = None) -> Configuration:
    """Read a keepalived.conf(5); KeepalivedConfError names the line where braces do not match.

    ``source`` is the file's name in messages. ``config_id`` decides on ``@id`` lines as keepalived's ``-i`` does;
    without it they are opaque.
    """
    root = Statement("", (), 1, parse_tree(text, source, config_id), is_block=True)
    top = Block(root)
    definitions = list(top.every("global_defs"))
    inside = tuple(child for each in definitions for child in each.children)
    line = definitions[0].line if definitions else 1
    globals_ = Globals.of(Statement("global_defs", (), line, inside, is_block=True))
    return Configuration(
        root,
        source=source,
        globals=globals_,
        scripts=tuple(VrrpScript.of(each) for each in top.every("vrrp_script")),
        sync_groups=tuple(SyncGroup.of(each) for each in top.every("vrrp_sync_group")),
        instances=tuple(VrrpInstance.of(each, globals_) for each in top.every("vrrp_instance")),
        groups=tuple(VirtualServerGroup.of(each) for each in top.every("virtual_server_group")),
        virtual_servers=tuple(VirtualServer.of(each) for each in top.every("virtual_server")),
    )
