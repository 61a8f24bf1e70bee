"""The plans of labs other than the default: recorded nodes are left alone, bare ones are brought there in order."""

import pytest

from lvslab.model import Lab, load_lab
from lvslab.nodes.facts.system import File
from lvslab.nodes.probe import Reading
from provision import nginx, sorry
from provision.ipvsadm import RULES, UNIT, UNIT_FILE
from provision.provisioner import plan
from provision.role import Facts
from provision.step import Run, Write
from tests.unit.recorded import LABS, altered, facts_of, with_files

RECORDED = [
    ("lvs-nat", "director1"),
    ("lvs-nat", "web1"),
    ("lvs-tun", "director1"),
    ("lvs-tun", "web1"),
    ("lvs-dr-routers", "nfs"),
    ("lvs-dr-ipvsadm", "director1"),
    ("lvs-dr-ipvsadm", "nfs"),
    ("lvs-nat-local", "director1"),
]


def lab_of(name: str) -> Lab:
    """Return a lab of the repository."""
    return load_lab(LABS / f"{name}.yml")


def as_recorded(name: str) -> Lab:
    """Return a lab as it was when its nodes were recorded: before lvs-nat and lvs-tun had a sync daemon."""
    return lab_of(name).model_copy(update={"sync_daemon": None})


def whats(name: str, node: str, state: str = "") -> list[str]:
    """Return what would be done to a node in a recorded state, the lab's own unless told."""
    lab = lab_of(name)
    return [step.what for step in plan(lab, lab.node(node), Facts(facts_of(state or name, node)))]


@pytest.mark.parametrize(("name", "node"), RECORDED)
def test_a_provisioned_node_is_left_alone(name: str, node: str) -> None:
    """A second run finds nothing to do, whatever the lab."""
    lab = as_recorded(name)
    assert [step.what for step in plan(lab, lab.node(node), Facts(facts_of(name, node)))] == []


@pytest.mark.parametrize(("name", "line"), [("lvs-nat", "eth2 VI_inside id 52"), ("lvs-tun", "eth1 VI_1 id 51")])
def test_a_sync_daemon_that_a_director_lacks_is_all_that_changes(name: str, line: str) -> None:
    """The kernel tells of a connection earlier, and keepalived is told on which interface, and by which instance."""
    lab = lab_of(name)
    steps = plan(lab, lab.node("director1"), Facts(facts_of(name, "director1")))
    assert [step.what for step in steps] == [
        "write /etc/sysctl.d/60-lvs-director.conf",
        "apply /etc/sysctl.d/60-lvs-director.conf",
        "write /etc/keepalived/keepalived.conf",
        "reload keepalived",
    ]
    added = [each[1:].strip() for step in steps for each in step.diff().splitlines() if each[:2] in ("+n", "+ ")]
    assert [each for each in added if not each.startswith("#")] == [
        "net.ipv4.vs.sync_threshold = 2\t50",
        f"lvs_sync_daemon {line}",
    ]


def test_a_bare_card_is_given_the_labs_mac_address_before_its_address() -> None:
    """Who asks for the address by ARP is told the MAC address that the lab says."""
    steps = whats("lvs-nat", "director1", "bare")
    assert steps[3:11] == [
        "write /etc/systemd/network/05-outside.network",
        "give eth1 the MAC address 52:54:00:00:0a:fd",
        "set eth1 up",
        "put 192.168.10.253/24 on eth1",
        "write /etc/systemd/network/05-inside.network",
        "give eth2 the MAC address 52:54:00:01:00:fd",
        "set eth2 up",
        "put 192.168.0.253/24 on eth2",
    ]


def test_a_nat_director_forwards_and_a_dr_director_does_not() -> None:
    """What comes back from a real server is routed to the client; with DR nothing comes back."""
    for name, value in (("lvs-nat", "1"), ("lvs-dr", "0")):
        lab = lab_of(name)
        steps = plan(lab, lab.node("director1"), Facts(facts_of("bare", "director1")))
        (written,) = (
            step
            for step in steps
            if isinstance(step, Write) and step.path.endswith("lvs-director.conf") and "sysctl" in step.path
        )
        assert f"net.ipv4.ip_forward = {value}\n" in written.content
        assert "net.ipv4.conf.*.send_redirects = 0\n" in written.content


def test_a_redirect_that_is_on_again_is_turned_off() -> None:
    """On whichever interface: the effective value is the larger of all's and the interface's."""
    lab = as_recorded("lvs-nat")
    path = "/proc/sys/net/ipv4/conf/eth1/send_redirects"
    seen = facts_of("lvs-nat", "director1")
    seen["redirects"] = type(seen["redirects"])(0, path)
    assert [step.what for step in plan(lab, lab.node("director1"), Facts(seen))] == [
        "apply /etc/sysctl.d/60-lvs-director.conf"
    ]


def test_a_real_server_behind_nat_gets_the_directors_address_as_its_route() -> None:
    """Now, and from the next boot on."""
    lab = lab_of("lvs-nat")
    steps = plan(lab, lab.node("web1"), Facts(facts_of("bare", "web1")))
    (file,) = (step for step in steps if isinstance(step, Write) and "05-inside" in step.path)
    assert file.content.endswith("[Route]\nGateway=192.168.0.254\n")
    (now,) = (step for step in steps if step.what == "route by 192.168.0.254")
    assert isinstance(now, Run)
    assert now.argv == ("ip", "route", "replace", "default", "via", "192.168.0.254", "dev", "eth1")


def test_a_route_that_is_gone_is_put_back() -> None:
    """Everything else stays as it is."""
    lab = lab_of("lvs-nat")
    seen = facts_of("lvs-nat", "web1")
    seen["routes"] = type(seen["routes"])(0, "[]")
    assert [step.what for step in plan(lab, lab.node("web1"), Facts(seen))] == ["route by 192.168.0.254"]


def test_the_tunnel_is_open_before_the_vip_is_in_it() -> None:
    """ARP is silenced, the module makes the device, its filters are off; then the VIP comes."""
    steps = whats("lvs-tun", "web1", "bare")
    begin = steps.index("write /etc/sysctl.d/60-lvs-real-server.conf")
    assert steps[begin : begin + 9] == [
        "write /etc/sysctl.d/60-lvs-real-server.conf",
        "apply /etc/sysctl.d/60-lvs-real-server.conf",
        "write /etc/modules-load.d/lvs-tunnel.conf",
        "load ipip",
        "write /etc/sysctl.d/60-lvs-tunnel.conf",
        "apply /etc/sysctl.d/60-lvs-tunnel.conf",
        "write /etc/systemd/network/05-tunnel.network",
        "set tunl0 up",
        "put 192.168.10.200/32 on tunl0",
    ]


def test_a_real_server_in_a_tunnel_asks_for_segments_that_fit() -> None:
    """1440 bytes: the network's 1500 less three headers of 20."""
    lab = lab_of("lvs-tun")
    steps = plan(lab, lab.node("web1"), Facts(facts_of("bare", "web1")))
    (file,) = (step for step in steps if isinstance(step, Write) and "05-far" in step.path)
    assert file.content.endswith("[Route]\nGateway=192.168.0.1\nTCPAdvertisedMaximumSegmentSize=1440\n")
    (now,) = (step for step in steps if step.what == "route by 192.168.0.1")
    assert isinstance(now, Run)
    assert now.argv[-2:] == ("advmss", "1440")


def with_mtu(lab: Lab, network: str, mtu: int) -> Lab:
    """Return a lab with another MTU on one of its networks."""
    changed = lab.networks[network].model_copy(update={"mtu": mtu})
    return lab.model_copy(update={"networks": {**lab.networks, network: changed}})


@pytest.mark.parametrize("network", ["near", "far"])
def test_a_tunnelled_segment_fits_the_smallest_network_that_it_crosses(network: str) -> None:
    """The director's network and the server's both count."""
    lab = with_mtu(lab_of("lvs-tun"), network, 1400)
    steps = plan(lab, lab.node("web1"), Facts(facts_of("bare", "web1")))
    (now,) = (step for step in steps if step.what == "route by 192.168.0.1")
    assert isinstance(now, Run) and now.argv[-2:] == ("advmss", "1340")


@pytest.mark.parametrize(("mtu", "count"), [(1400, 1), (1500, 0), (9000, 1)])
def test_an_interface_sends_packets_of_its_network_s_size(mtu: int, count: int) -> None:
    """At once and after a boot (systemd.network(5), MTUBytes=); an Ethernet's needs no word."""
    lab = with_mtu(lab_of("lvs-nat"), "inside", mtu)
    steps = plan(lab, lab.node("web1"), Facts(facts_of("bare", "web1")))
    (file,) = (step for step in steps if isinstance(step, Write) and "05-inside" in step.path)
    assert file.content.count(f"\nMTUBytes={mtu}\n") == count
    assert [step.argv for step in steps if isinstance(step, Run) and "bytes" in step.what] == [
        ("ip", "link", "set", "eth1", "mtu", str(mtu))
    ] * count


def test_a_director_without_vrrp_gets_its_vip_and_its_rules() -> None:
    """No keepalived: the VIP is one of its addresses, and a unit restores the rules."""
    steps = whats("lvs-dr-ipvsadm", "director1", "bare")
    assert "put 192.168.18.41/32 on eth1" in steps
    assert steps[-3:] == [f"write {RULES}", f"write {UNIT_FILE}", f"start {UNIT}"]
    assert not [step for step in steps if "keepalived" in step]


@pytest.mark.parametrize(
    ("old", "new"), [("192.168.18.33:80", "192.168.18.35:80"), (" rr\n", " wlc\n"), ("Route   1 ", "Route   7 ")]
)
def test_rules_that_somebody_changed_are_restored(old: str, new: str) -> None:
    """A table that is not the file's is put back to it; the file itself is right."""
    lab = lab_of("lvs-dr-ipvsadm")
    seen = altered(facts_of("lvs-dr-ipvsadm", "director1"), "ipvs", old, new)
    assert [step.what for step in plan(lab, lab.node("director1"), Facts(seen))] == [f"restart {UNIT}"]


def test_rules_that_the_lab_file_has_anew_are_loaded() -> None:
    """The file is written and the unit restarted."""
    lab = lab_of("lvs-dr-ipvsadm")
    seen = with_files(facts_of("lvs-dr-ipvsadm", "director1"), {RULES: File("")})
    assert [step.what for step in plan(lab, lab.node("director1"), Facts(seen))] == [
        f"write {RULES}",
        f"restart {UNIT}",
    ]


def test_keepalived_is_told_of_the_sync_group() -> None:
    """The group stands after the instances that it names."""
    lab = lab_of("lvs-nat")
    steps = plan(lab, lab.node("director1"), Facts(facts_of("bare", "director1")))
    (conf,) = (step for step in steps if isinstance(step, Write) and step.path.endswith("keepalived.conf"))
    group = "vrrp_sync_group VG_1 {\n    group {\n        VI_outside\n        VI_inside\n    }\n}\n"
    assert conf.content.index(group) > conf.content.index("vrrp_instance VI_inside {")
    assert "    interface eth1\n" in conf.content and "    interface eth2\n" in conf.content


def test_a_web_server_of_nginx_is_set_up_in_order() -> None:
    """The VIP on lo as with any HTTP server, a page of its own, one site, and nginx last."""
    steps = whats("lvs-dr-nginx", "web1", "bare")
    assert steps[-3:] == [
        "write /var/www/html/index.html",
        "write /etc/nginx/sites-available/default",
        "start nginx.service",
    ]
    assert "put 192.168.1.150/32 on lo" in steps
    assert not [step for step in steps if "apache" in step or "httpd" in step]


def test_a_site_of_nginx_says_who_it_is_and_writes_lvslabs_log() -> None:
    """Port, document root and header are the lab's; so a history is made from it as from apache2's."""
    lab = lab_of("lvs-dr-nginx")
    steps = plan(lab, lab.node("web1"), Facts(facts_of("bare", "web1")))
    (site,) = (step for step in steps if isinstance(step, Write) and step.path == nginx.SITE)
    assert "    listen 80 default_server;\n" in site.content
    assert "    root /var/www/html;\n" in site.content
    assert "    add_header X-Real-Server web1 always;\n" in site.content
    assert "vip=$server_addr:$server_port" in site.content


def test_a_site_that_somebody_changed_is_put_back_and_read() -> None:
    """nginx is restarted where it runs, so that another port counts as well."""
    lab = lab_of("lvs-dr-guarded")
    units = "ActiveState=active\nUnitFileState=enabled\nNames=nginx.service\n"
    assert nginx.running(Facts({"units": Reading(0, units)}), changed=False) == []
    steps = sorry.plan(lab, lab.node("director1"), Facts({"units": Reading(0, units)}))
    assert [step.what for step in steps] == ["write /etc/nginx/sites-available/default", "restart nginx"]


def test_a_sorry_server_listens_on_the_services_port_and_says_503() -> None:
    """It is set up after keepalived's configuration, on directors alone."""
    steps = whats("lvs-dr-guarded", "director1", "bare")
    assert steps[-2:] == ["write /etc/nginx/sites-available/default", "start nginx.service"]
    lab = lab_of("lvs-dr-guarded")
    (site, _) = sorry.plan(lab, lab.node("director1"), Facts(facts_of("bare", "director1")))
    assert isinstance(site, Write)
    assert "    listen 80 default_server;\n" in site.content
    assert "    add_header X-Real-Server sorry always;\n" in site.content
    assert "        return 503 " in site.content
    assert not [step for step in whats("lvs-dr-guarded", "web1", "bare") if "nginx" in step]


def test_a_lab_without_a_sorry_server_has_no_nginx_on_its_directors() -> None:
    """The default lab's directors are as they were."""
    assert not [step for step in whats("lvs-dr", "director1", "bare") if "nginx" in step]


def test_a_table_whose_persistence_somebody_changed_is_restored() -> None:
    """What ipvsadm lists after the scheduler counts as well."""
    lab = lab_of("lvs-dr-ipvsadm")
    seen = altered(facts_of("lvs-dr-ipvsadm", "director1"), "ipvs", " rr\n", " rr persistent 300\n")
    assert [step.what for step in plan(lab, lab.node("director1"), Facts(seen))] == [f"restart {UNIT}"]
