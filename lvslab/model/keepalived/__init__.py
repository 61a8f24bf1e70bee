"""keepalived.conf(5) read as data: the tree of its directives, and a typed view with keepalived's defaults filled in.

``parse(text, source)`` is all that is needed; it raises nothing but KeepalivedConfError. What it does not evaluate
(includes, conditions without a config-id, parameters over several lines, sequences) stays in the tree as opaque
statements, and the views say which of their values may come from there.
"""

from lvslab.model.keepalived.block import Block, Globals
from lvslab.model.keepalived.configuration import Configuration, parse
from lvslab.model.keepalived.errors import KeepalivedConfError
from lvslab.model.keepalived.lvs import Check, RealServer, SorryServer, VirtualServer, VirtualServerGroup
from lvslab.model.keepalived.tree import Statement, parse_tree
from lvslab.model.keepalived.vrrp import SyncGroup, SyncInstance, Track, VirtualAddress, VrrpInstance, VrrpScript

__all__ = [
    "Block",
    "Check",
    "Configuration",
    "Globals",
    "KeepalivedConfError",
    "RealServer",
    "SorryServer",
    "Statement",
    "SyncGroup",
    "SyncInstance",
    "Track",
    "VirtualAddress",
    "VirtualServer",
    "VirtualServerGroup",
    "VrrpInstance",
    "VrrpScript",
    "parse",
    "parse_tree",
]
