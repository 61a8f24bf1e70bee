"""A web server: the hidden VIP, the export on the document root, httpd."""

from collections.abc import Callable
from ipaddress import ip_address

import pytest

from lvslab.model import Lab
from lvslab.nodes.facts.system import File
from lvslab.nodes.probe import Readings
from provision import web
from provision.real_server import ARP_CONF, VIP_FILES, direct_vips
from provision.role import Facts
from provision.step import Run, Step, Write
from provision.web import CONF, DROP_IN, FSTAB, PORTS, SITE
from tests.unit.recorded import altered, facts_of, with_files

VIP_FILE = VIP_FILES["lo"]
RELOAD, RESTART, START = "have systemd read its units", "restart httpd", "start apache2.service"
RUNS = "apache2.service\nActiveState=active\nUnitFileState=enabled"
Deviation = Callable[[Readings], Readings]


def steps_of(lab: Lab, readings: Readings, node: str = "web1") -> list[Step]:
    """Return the role's plan."""
    return web.plan(lab, lab.node(node), Facts(readings))


def serving(lab: Lab, **changes: object) -> Lab:
    """Return the lab with its virtual service changed."""
    return lab.model_copy(update={"virtual_services": (lab.virtual_services[0].model_copy(update=changes),)})


def test_a_bare_web_server_is_set_up_in_order(lab: Lab) -> None:
    """ARP is silenced before the VIP is there; httpd starts last, over a mounted document root."""
    assert [step.what for step in steps_of(lab, facts_of("bare", "web1"))] == [
        f"write {ARP_CONF}",
        f"apply {ARP_CONF}",
        f"write {VIP_FILE}",
        "set lo up",
        "put 192.168.18.41/32 on lo",
        f"write {PORTS}",
        f"write {SITE}",
        f"write {CONF}",
        f"write {DROP_IN}",
        f"write {FSTAB}",
        "make /var/www/html",
        "wait for NFS on 192.168.18.34",
        "mount /var/www/html",
        "enable headers.load",
        "enable lvslab.conf",
        START,
    ]


def test_arp_is_silenced_before_the_vip_is_there(lab: Lab) -> None:
    """A real server that has the VIP and answers ARP for it takes it from the director."""
    whats = [step.what for step in steps_of(lab, facts_of("bare", "web1"))]
    assert whats.index(f"apply {ARP_CONF}") < whats.index("put 192.168.18.41/32 on lo")
    assert whats.index(f"apply {ARP_CONF}") < whats.index(f"write {VIP_FILE}")


@pytest.mark.parametrize(
    ("deviation", "repair"),
    [
        (
            lambda seen: altered(seen, "sysctls", "all.arp_ignore = 1", "all.arp_ignore = 0"),
            [f"apply {ARP_CONF}"],
        ),
        (lambda seen: with_files(seen, {ARP_CONF: None}), [f"write {ARP_CONF}", f"apply {ARP_CONF}"]),
        (
            lambda seen: altered(seen, "addresses", '"192.168.18.41"', '"192.168.18.42"'),
            ["set lo up", "put 192.168.18.41/32 on lo"],
        ),
        (lambda seen: with_files(seen, {VIP_FILE: None}), [f"write {VIP_FILE}"]),
        (lambda seen: with_files(seen, {PORTS: File("Listen 8080\n")}), [f"write {PORTS}", RESTART]),
        (lambda seen: with_files(seen, {SITE: File("")}), [f"write {SITE}", RESTART]),
        (lambda seen: with_files(seen, {CONF: File("")}), [f"write {CONF}", RESTART]),
        (lambda seen: with_files(seen, {DROP_IN: None}), [f"write {DROP_IN}", RELOAD, RESTART]),
        (
            lambda seen: with_files(seen, {"/etc/apache2/mods-enabled/headers.load": None}),
            ["enable headers.load", RESTART],
        ),
        (
            lambda seen: with_files(seen, {FSTAB: File("LABEL=root\t/\text4\tnoatime\t0\t1\n")}),
            [f"write {FSTAB}", RELOAD, RESTART],
        ),
        (
            lambda seen: altered(seen, "mounts", '"target": "/var/www/html"', '"target": "/mnt"'),
            ["make /var/www/html", "wait for NFS on 192.168.18.34", "mount /var/www/html"],
        ),
        (lambda seen: facts_of("web1-stopped", "web1"), [START]),
        (lambda seen: with_files(facts_of("web1-stopped", "web1"), {PORTS: None}), [f"write {PORTS}", START]),
        (lambda seen: altered(seen, "units", RUNS, RUNS.replace("enabled", "disabled")), [START]),
        (lambda seen: altered(seen, "units", RUNS, RUNS.replace("=active", "=failed")), [START]),
    ],
)
def test_what_differs_is_repaired_and_nothing_else(lab: Lab, deviation: Deviation, repair: list[str]) -> None:
    """httpd is restarted only for what it has to read anew, and started where it does not run or would not."""
    assert [step.what for step in steps_of(lab, deviation(facts_of("lvs-dr", "web1")))] == repair


def test_other_lines_of_fstab_stay(lab: Lab) -> None:
    """The root file system's line is kept, and the export's comes once."""
    (fstab,) = (step for step in steps_of(lab, facts_of("bare", "web1")) if step.what == f"write {FSTAB}")
    assert isinstance(fstab, Write)
    assert fstab.old is not None and fstab.content.startswith(fstab.old)
    assert fstab.content.removeprefix(fstab.old).startswith("192.168.18.34:/web\t/var/www/html\tnfs\t")


def test_each_web_server_says_who_it_is(lab: Lab) -> None:
    """The header by which a client tells them apart, and the server's name, are the node's."""
    for node in ("web1", "web2"):
        content = Facts(facts_of("lvs-dr", node)).files[CONF].content
        assert f"ServerName {node}\n" in content
        assert f"Header always set X-Real-Server {node}\n" in content


def test_only_direct_routing_hides_the_vip(lab: Lab) -> None:
    """With NAT a real server never sees the VIP; one that a service does not name has none either."""
    assert direct_vips(lab, lab.node("web1")) == ["192.168.18.41/32"]
    assert direct_vips(serving(lab, forwarding="NAT"), lab.node("web1")) == []
    only_web2 = serving(lab, real_servers=lab.virtual_services[0].real_servers[1:])
    assert direct_vips(only_web2, lab.node("web1")) == []
    assert ARP_CONF not in " ".join(step.what for step in steps_of(only_web2, facts_of("bare", "web1")))


def test_a_vip_that_the_lab_file_has_no_more_is_taken_away(lab: Lab) -> None:
    """A real server that kept it would still take its packets; it goes before the file forgets that it was there."""
    moved = serving(lab, address=ip_address("192.168.18.42"))
    assert [step.what for step in steps_of(moved, facts_of("lvs-dr", "web1"))] == [
        "take 192.168.18.41/32 from lo",
        f"write {VIP_FILE}",
        "set lo up",
        "put 192.168.18.42/32 on lo",
    ]


def test_a_real_server_that_is_none_any_more_has_no_vip(lab: Lab) -> None:
    """The address goes, and so does the file that would bring it back at the next boot."""
    only_web2 = serving(lab, real_servers=lab.virtual_services[0].real_servers[1:])
    assert [step.what for step in steps_of(only_web2, facts_of("lvs-dr", "web1"))] == [
        "take 192.168.18.41/32 from lo",
        f"remove {VIP_FILE}",
    ]


def test_a_vip_of_two_services_is_put_there_once(lab: Lab) -> None:
    """Two ports of one address are two services and one address."""
    http = lab.virtual_services[0]
    both = lab.model_copy(update={"virtual_services": (http, http.model_copy(update={"name": "https", "port": 443}))})
    assert direct_vips(both, both.node("web1")) == ["192.168.18.41/32"]


def test_without_storage_there_is_nothing_to_mount(lab: Lab) -> None:
    """Each web server then has its own pages and waits for nobody."""
    alone = lab.model_copy(update={"storage": None})
    steps = steps_of(alone, facts_of("bare", "web1"))
    assert not [step for step in steps if "mount" in step.what or FSTAB in step.what or "NFS" in step.what]
    assert not [step for step in steps if step.what == f"write {DROP_IN}"]
    assert web.packages(alone, alone.node("web1")) == ("apache2",)


def test_a_drop_in_of_a_storage_that_is_gone_waits_for_nothing(lab: Lab) -> None:
    """What stands there is replaced by one that requires no mount."""
    alone = lab.model_copy(update={"storage": None})
    steps = steps_of(alone, facts_of("lvs-dr", "web1"))
    (drop_in,) = (step for step in steps if step.what == f"write {DROP_IN}")
    assert isinstance(drop_in, Write) and "RequiresMountsFor" not in drop_in.content


def test_a_web_server_without_storage_has_a_page_of_its_own(lab: Lab) -> None:
    """The page says which lab and which server it is."""
    alone = lab.model_copy(update={"storage": None})
    (page,) = (step for step in steps_of(alone, facts_of("bare", "web1")) if step.what == f"write {web.index(lab)}")
    assert isinstance(page, Write)
    assert "<title>lvs-dr: web1</title>" in page.content


def test_the_port_of_the_lab_file_is_listened_on(lab: Lab) -> None:
    """Port and document root stand in every file that needs them."""
    other = lab.model_copy(update={"web": lab.web.model_copy(update={"port": 8080, "document_root": "/srv"})})
    steps = steps_of(other, facts_of("bare", "web1"))
    written = {step.path: step.content for step in steps if isinstance(step, Write)}
    assert written[PORTS] == "Listen 8080\n"
    assert "<VirtualHost *:8080>" in written[SITE]
    assert "DocumentRoot /srv\n" in written[SITE]
    assert "RequiresMountsFor=/srv\n" in written[DROP_IN]
    assert "mount /srv" in [step.what for step in steps if isinstance(step, Run)]
