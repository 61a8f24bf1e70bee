"""What directors do for all services alike: tell each other of connections, and forget those that are over."""

from typing import Annotated

from lvslab.model.base import Model
from lvslab.model.values import NetworkName, Whole

MOST_SECONDS = 31 * 24 * 3600
"""What ipvsadm(8) takes for a time."""
Timeout = Annotated[int, Whole(1, MOST_SECONDS)]


class SyncDaemon(Model):
    """The connection synchronisation of IPVS: the master of the network's first VRRP instance tells the backup."""

    network: NetworkName
    """The network that messages are sent on, to 224.0.0.81, UDP port 8848."""
    sync_id: Annotated[int, Whole(0, 255)]
    """The number that tells these directors from others on the same network (ipvsadm --syncid)."""


class LvsTimeouts(Model):
    """How long IPVS remembers a connection in which nothing happens (ipvsadm --set)."""

    tcp: Timeout = 900
    """Seconds for a TCP connection that is established."""
    tcpfin: Timeout = 120
    """Seconds for a TCP connection after the client's FIN."""
    udp: Timeout = 300
    """Seconds for UDP."""
