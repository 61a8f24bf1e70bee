"""The lab as data: what a lab file may say, and what follows from it. Nothing here touches a machine."""

from lvslab.model.drill import Between, Drill, Expect, Invariant, Load, LoadShape, Step, drill_text
from lvslab.model.ipvs import LvsTimeouts, SyncDaemon
from lvslab.model.lab import Lab
from lvslab.model.load import lab_mistakes, load_drill, load_file, load_lab, parse_drill, parse_lab
from lvslab.model.local import AnyService, LocalService
from lvslab.model.network import Management, Network
from lvslab.model.node import Client, Disk, Node, Role, Router, System
from lvslab.model.schema import schema_of, schema_text
from lvslab.model.script import OwnScript, VrrpScript
from lvslab.model.service import (
    SORRY,
    Check,
    CheckScript,
    CheckType,
    Forwarding,
    Protocol,
    RealServer,
    Scheduler,
    SchedulerFlag,
    SorryServer,
    VirtualService,
)
from lvslab.model.size import Size
from lvslab.model.storage import Array, Export, Storage, Volume, Web, WebServer
from lvslab.model.vrrp import SyncGroup, VrrpInstance, VrrpState

__all__ = [
    "SORRY",
    "AnyService",
    "Array",
    "Between",
    "Check",
    "CheckScript",
    "CheckType",
    "Client",
    "Disk",
    "Drill",
    "Expect",
    "Export",
    "Forwarding",
    "Invariant",
    "Lab",
    "Load",
    "LoadShape",
    "LocalService",
    "LvsTimeouts",
    "Management",
    "Network",
    "Node",
    "OwnScript",
    "Protocol",
    "RealServer",
    "Role",
    "Router",
    "Scheduler",
    "SchedulerFlag",
    "Size",
    "SorryServer",
    "Step",
    "Storage",
    "SyncDaemon",
    "SyncGroup",
    "System",
    "VirtualService",
    "Volume",
    "VrrpInstance",
    "VrrpScript",
    "VrrpState",
    "Web",
    "WebServer",
    "drill_text",
    "lab_mistakes",
    "load_drill",
    "load_file",
    "load_lab",
    "parse_drill",
    "parse_lab",
    "schema_of",
    "schema_text",
]
