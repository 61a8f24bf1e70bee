"""What happened while a lab was watched: timestamped events on one clock, in one file, judged afterwards."""

from lvslab.history.events import (
    Advert,
    Arp,
    Attempt,
    DirectorSample,
    Download,
    Event,
    Fault,
    HostSample,
    Log,
    Look,
    Phase,
    Recovery,
    Row,
    Run,
    Served,
    Stall,
    StorageSample,
    WebSample,
    Write,
)
from lvslab.history.folder import RunFolder
from lvslab.history.history import History

__all__ = [
    "Advert",
    "Arp",
    "Attempt",
    "DirectorSample",
    "Download",
    "Event",
    "Fault",
    "History",
    "HostSample",
    "Log",
    "Look",
    "Phase",
    "Recovery",
    "Row",
    "Run",
    "RunFolder",
    "Served",
    "Stall",
    "StorageSample",
    "WebSample",
    "Write",
]
