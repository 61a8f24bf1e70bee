"""A lab: everything that its file says, and what follows from it."""

from ipaddress import IPv4Address, IPv6Address
from typing import Any

from pydantic import Field, model_validator

from lvslab.errors import UsageError
from lvslab.model import resolve
from lvslab.model.base import Model, closest_first, did_you_mean
from lvslab.model.ipvs import LvsTimeouts, SyncDaemon
from lvslab.model.local import AnyService, LocalService
from lvslab.model.network import Management, Network
from lvslab.model.node import Client, Node, Place, Role, Router
from lvslab.model.script import VrrpScript
from lvslab.model.service import Forwarding, Protocol, RealServer, VirtualService
from lvslab.model.storage import Storage, Web, WebServer
from lvslab.model.values import HostName, NetworkName, Seconds, Title
from lvslab.model.vrrp import SyncGroup, VrrpInstance, VrrpState

MEMBERS = ("networks", "nodes", "routers")


class Lab(Model):
    """A cluster, and the networks and client around it.

    A Lab has the right shape; that its parts fit together is what lvslab.model.rules checks and what
    load_lab guarantees.
    """

    name: HostName = Field(alias="lab")
    """The lab's name, usually that of its file."""
    title: Title = ""
    """One line on what the lab is."""
    networks: dict[NetworkName, Network] = Field(min_length=1)
    """The networks by their names."""
    management: Management = Management()
    """The network that nodes are managed by."""
    nodes: dict[HostName, Node] = Field(min_length=1)
    """The virtual machines by their names."""
    routers: dict[HostName, Router] = Field(default={})
    """The routers between the networks by their names."""
    client: Client
    """Where requests come from."""
    storage: Storage | None = None
    """The storage that the web servers share; without it each has its own pages."""
    web: Web = Web()
    """What the nodes of role web run, and directors that answer themselves."""
    vrrp_instances: tuple[VrrpInstance, ...] = ()
    """Who holds which virtual address."""
    vrrp_scripts: tuple[VrrpScript, ...] = ()
    """What directors run to find out whether they are fit to be master; each instance names those that it tracks."""
    vrrp_sync_groups: tuple[SyncGroup, ...] = ()
    """Which VRRP instances change their state together."""
    sync_daemon: SyncDaemon | None = None
    """How the master tells the backup of connections; without it a backup knows none of them."""
    lvs_timeouts: LvsTimeouts | None = None
    """How long idle connections are remembered; as long as the kernel does unless told."""
    virtual_services: tuple[VirtualService, ...] = ()
    """What is balanced over which real servers."""
    local_services: tuple[LocalService, ...] = ()
    """What the director that holds the address answers itself, by the HTTP server of `web`."""
    detection_budget: Seconds | None = None
    """Within how many seconds a failure has to be noticed; `lvslab lint` warns of slower checks and scripts."""

    @model_validator(mode="before")
    @classmethod
    def _name_members(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {key: _named(value) if key in MEMBERS else value for key, value in data.items()}

    def model_post_init(self, context: Any) -> None:
        """Tell each node its place, which its MAC addresses are made from."""
        networks = tuple(self.networks)
        for ordinal, node in enumerate(self.nodes.values()):
            node._place = Place(ordinal, networks)

    @property
    def vips(self) -> tuple[IPv4Address | IPv6Address, ...]:
        """The virtual addresses, each once: those of VRRP, then those that a director has for good."""
        every = [vip for instance in self.vrrp_instances for vip in instance.virtual_addresses]
        fixed = [vip for node in self.nodes.values() for vip in node.virtual_addresses]
        return tuple(dict.fromkeys([*every, *fixed]))

    @property
    def has_ipv6(self) -> bool:
        """Whether one of the VIPs is of IPv6."""
        return any(vip.version == 6 for vip in self.vips)

    def holder_of(self, vip: IPv4Address | IPv6Address) -> str:
        """Return the director that holds a VIP when all are well; KeyError when it is no VIP."""
        masters = {address: one.master for one in self.vrrp_instances for address in one.virtual_addresses}
        fixed = {address: node.name for node in self.nodes.values() for address in node.virtual_addresses}
        return (masters | fixed)[vip]

    def may_hold(self, vip: IPv4Address | IPv6Address) -> tuple[str, ...]:
        """Return the directors that may hold a VIP when all are well: any of them where nobody preempts."""
        free = [each for each in self.vrrp_instances if each.nopreempt and vip in each.virtual_addresses]
        return tuple(free[0].priorities) if free else (self.holder_of(vip),)

    def can_hold(self, vip: IPv4Address | IPv6Address) -> tuple[str, ...]:
        """Return every director that may ever hold a VIP, whatever has failed."""
        routers = [name for one in self.vrrp_instances if vip in one.virtual_addresses for name in one.priorities]
        fixed = [node.name for node in self.nodes.values() if vip in node.virtual_addresses]
        return tuple(dict.fromkeys([*routers, *fixed]))

    def peers_of(self, instance: VrrpInstance, director: str) -> tuple[IPv4Address | IPv6Address, ...]:
        """Return the addresses of a director's peers in a VRRP instance, on its network."""
        others = [name for name in instance.priorities if name != director]
        return tuple(self.node(name).addresses[instance.network] for name in others)

    def scripts_of(self, node: Node) -> tuple[VrrpScript, ...]:
        """Return the scripts that a director runs: those that one of its VRRP instances tracks."""
        mine = [one for one in self.vrrp_instances if node.name in one.priorities]
        tracked = {name for one in mine for name in one.track_scripts}
        return tuple(script for script in self.vrrp_scripts if script.name in tracked)

    @property
    def services(self) -> tuple[AnyService, ...]:
        """What clients may ask for: the virtual services, then those that directors answer themselves."""
        return (*self.virtual_services, *self.local_services)

    def servers_of(self, service: AnyService) -> tuple[str, ...]:
        """Return the nodes that may answer for a service: real servers, or the directors that can hold its VIP."""
        if isinstance(service, LocalService):
            return self.can_hold(service.address)
        return tuple(dict.fromkeys(server.node for server in service.real_servers))

    @property
    def servers(self) -> tuple[Node, ...]:
        """The nodes that answer for at least one service."""
        names = {name for service in self.services for name in self.servers_of(service)}
        return tuple(node for node in self.nodes.values() if node.name in names)

    @property
    def sync_instance(self) -> VrrpInstance | None:
        """The VRRP instance whose master sends what the sync daemon tells; None where there is no such daemon."""
        network = self.sync_daemon.network if self.sync_daemon else None
        return next((each for each in self.vrrp_instances if each.network == network), None)

    @property
    def sorry_ports(self) -> tuple[int, ...]:
        """The ports that the directors answer on themselves when the real servers are gone."""
        ports = [service.sorry_server.port for service in self.virtual_services if service.sorry_server]
        return tuple(dict.fromkeys(ports))

    def page_port(self, service: AnyService) -> int | None:
        """Return the port at which a service answers with the web servers' pages; None where it does not."""
        if isinstance(service, LocalService):
            return service.port
        if service.protocol is not Protocol.TCP:
            return None
        if service.port == 0:
            return self.web.port
        reached = {service.port_of(server) or service.port for server in service.real_servers}
        return service.port if reached == {self.web.port} else None

    def datagram_port(self, service: AnyService) -> int | None:
        """Return the port at which a service's servers answer datagrams with their names; None where they do not."""
        if isinstance(service, LocalService) or service.protocol is not Protocol.UDP:
            return None
        reached = {service.port_of(server) or service.port for server in service.real_servers}
        return service.port if reached <= {*self.web.udp_ports} else None

    def has_keepalived(self, node: Node) -> bool:
        """Whether a node takes part in VRRP; a director that does not has its rules from ipvsadm."""
        return any(node.name in instance.priorities for instance in self.vrrp_instances)

    @property
    def managed(self) -> tuple[Node, ...]:
        """The nodes that lvslab logs in to: it provisions them, reads them, and puts them back to snapshots."""
        return tuple(node for node in self.nodes.values() if node.is_managed)

    @property
    def unmanaged(self) -> tuple[Node, ...]:
        """The nodes with boxes of the user's own, which lvslab raises and leaves to whoever owns the boxes."""
        return tuple(node for node in self.nodes.values() if not node.is_managed)

    @property
    def directors(self) -> tuple[Node, ...]:
        """The nodes of role director."""
        return self.with_role(Role.DIRECTOR)

    @property
    def web_servers(self) -> tuple[Node, ...]:
        """The nodes that lvslab has run an HTTP server: those of role web, and directors that answer themselves."""
        serving = [node for node in self.servers if node.role is Role.DIRECTOR]
        return tuple(node for node in self.managed if node.role is Role.WEB or node in serving)

    def web_server_of(self, node: Node) -> WebServer:
        """Return the HTTP server that a node runs, if it runs one."""
        return node.web_server or self.web.server

    @property
    def real_servers(self) -> tuple[Node, ...]:
        """The nodes that answer for at least one virtual service."""
        names = {server.node for service in self.virtual_services for server in service.real_servers}
        return tuple(node for node in self.nodes.values() if node.name in names)

    @property
    def serving_directors(self) -> tuple[Node, ...]:
        """The directors that are real servers as well: the one that there is, or several that have the same VIPs."""
        return tuple(node for node in self.real_servers if node.role is Role.DIRECTOR)

    def with_role(self, role: Role) -> tuple[Node, ...]:
        """Return the nodes of a role, in the order of the lab file."""
        return tuple(node for node in self.nodes.values() if node.role is role)

    def node(self, name: str) -> Node:
        """Return the node of this name; UsageError names the nodes that there are."""
        if name in self.nodes:
            return self.nodes[name]
        known = closest_first(name, self.nodes)
        message = f"{self.name}: there is no node {name!r}, its nodes are {', '.join(known)}"
        raise UsageError(message, hint=did_you_mean(name, known))

    def network_of(self, address: IPv4Address | IPv6Address) -> Network | None:
        """Return the network that an address is in."""
        return next((net for net in self.networks.values() if address in net.subnet), None)

    def network_of_gateway(self, node: Node) -> str | None:
        """Return the name of the network that a node's default route leaves by; None when it has none."""
        network = self.network_of(node.gateway) if node.gateway else None
        return network.name if network else None

    def services_of(self, node: Node) -> tuple[VirtualService, ...]:
        """Return the virtual services that a node answers for as a real server."""
        return tuple(
            service
            for service in self.virtual_services
            if node.name in {server.node for server in service.real_servers}
        )

    def management_address(self, node: Node | str) -> IPv4Address:
        """Return a node's address in the management network: .10 for the first node, and so on."""
        name = node if isinstance(node, str) else node.name
        return self.management.address(list(self.nodes).index(self.node(name).name))

    def vrrp_state(self, node: Node | str) -> dict[str, VrrpState]:
        """Return the state that a node has in each of its VRRP instances when all are well."""
        name = node if isinstance(node, str) else node.name
        return {i.name: i.state_of(name) for i in self.vrrp_instances if name in i.priorities}

    def real_server_address(self, service: VirtualService, server: RealServer) -> IPv4Address | IPv6Address:
        """Return the address that a director reaches a real server by.

        It is on the VIP's network if it can be; with NAT on another, from where a reply has to pass the director. It
        is of the VIP's family, for none but tunnels leads from one to the other.
        """
        every, version = self.node(server.node).addresses, service.address.version
        addresses = {name: each for name, each in every.items() if each.version == version} or every
        network = self.network_of(service.address)
        wants_vips = service.forwarding is not Forwarding.NAT
        fitting = [each for name, each in addresses.items() if network and (name == network.name) is wants_vips]
        return next(iter([*fitting, *addresses.values()]))

    def resolved(self) -> dict[str, object]:
        """Return what raises the machines, with every default and derived value filled in, ready for JSON."""
        return resolve.resolved(self)


def _named(section: Any) -> Any:
    """Give each member of a mapping its key as its name."""
    if not isinstance(section, dict):
        return section
    return {key: {"name": str(key), **value} if isinstance(value, dict) else value for key, value in section.items()}
