"""The lab as data: what a lab file may say, and what follows from it. Nothing here touches a machine."""

from lvslab.model.lab import Lab
from lvslab.model.load import load_lab, parse_lab
from lvslab.model.network import Management, Network
from lvslab.model.node import Client, Disk, Node, Role
from lvslab.model.schema import lab_schema, schema_text
from lvslab.model.service import Check, CheckType, Forwarding, Protocol, RealServer, Scheduler, VirtualService
from lvslab.model.size import Size
from lvslab.model.storage import Array, Export, Storage, Volume, Web, WebServer
from lvslab.model.vrrp import VrrpInstance, VrrpState

__all__ = [
    "Array",
    "Check",
    "CheckType",
    "Client",
    "Disk",
    "Export",
    "Forwarding",
    "Lab",
    "Management",
    "Network",
    "Node",
    "Protocol",
    "RealServer",
    "Role",
    "Scheduler",
    "Size",
    "Storage",
    "VirtualService",
    "Volume",
    "VrrpInstance",
    "VrrpState",
    "Web",
    "WebServer",
    "lab_schema",
    "load_lab",
    "parse_lab",
    "schema_text",
]
