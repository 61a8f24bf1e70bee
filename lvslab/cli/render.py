"""What people read: tables of a lab's status."""

from collections.abc import Iterable

from rich.console import ConsoleRenderable, Group
from rich.table import Table
from rich.text import Text

from lvslab.lifecycle import own_servers
from lvslab.lifecycle.status import FaultStatus, Status
from lvslab.model import Lab, System


def diff_style(line: str) -> str:
    """Return the colour of a line of a diff."""
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table


def status(seen: Status) -> Group:
    """Return the tables of a lab: nodes, VIP and real servers, storage."""
    head = Text.assemble((seen.name, "bold"), f"  lab {seen.lab}, {seen.provider} ({seen.accelerator}), {seen.phase}")
    parts: list[ConsoleRenderable | str] = [head, "", nodes(seen)]
    table = services(seen)
    if table.row_count:
        parts += ["", table]
    if seen.storage:
        parts += ["", storage(seen)]
    if seen.faults:
        parts += ["", faults(seen.faults)]
    if told := reasons(seen):
        parts += ["", *(Text(line, style="red") for line in told)]
    return Group(*parts)


def reasons(seen: Status) -> list[str]:
    """Return why something of the machines that run could not be read, a line each; too long for a table."""
    running = {node.name for node in seen.nodes if node.state == "running"}
    told = [(node.name, node.reason) for node in seen.nodes]
    told += [(name, director.reason) for name, director in seen.ipvs.items()]
    if seen.storage:
        told += [(node.name, seen.storage.reason) for node in seen.nodes if node.role == "nfs"]
    lines = [why if why.startswith(name) else f"{name}: {why}" for name, why in told if why and name in running]
    return list(dict.fromkeys(lines))


def nodes(seen: Status) -> Table:
    """Return the table of nodes."""
    table = _table("NODE", "ROLE", "STATE", "ADDRESS", "")
    for node in seen.nodes:
        style = "green" if node.state == "running" and not node.reason else "red"
        address = ", ".join(node.addresses.values())
        table.add_row(node.name, node.role, Text(node.state, style=style), address, _of_node(seen, node.name))
    return table


def _of_node(seen: Status, name: str) -> Text:
    held = [vip.address for vip in seen.vips if name in vip.holders]
    words = [f"holds {' '.join(held)}"] if held else []
    director = seen.ipvs.get(name)
    if director and director.vrrp:
        words.insert(0, ", ".join(sorted(set(director.vrrp.values()))))
    node = next(each for each in seen.nodes if each.name == name)
    if node.reason and node.state == "running":
        words.append("does not answer")
    if node.box:
        words.append(f"box of your own: {node.box}")
    web = seen.web.get(name)
    if web and web.httpd is not None:
        words.append(f"httpd {'runs' if web.httpd else 'is stopped'}")
        words.append(f"root {web.document_root or 'not mounted'}")
    return Text("  ".join(words))


def services(seen: Status) -> Table:
    """Return the table of virtual services, as the directors' IPVS tables have them."""
    table = _table("VIRTUAL SERVICE", "ON", "SCHED", "REAL SERVER", "FORWARD", "WEIGHT", "CONNS")
    for vip in seen.vips:
        if vip.holder is None:
            table.add_row(vip.address, Text((vip.reason or "").partition("; ")[0], style="red"))
    for name, director in seen.ipvs.items():
        if director.services is None:
            table.add_row("?", name, Text("unknown", style="red"))
        for service in director.services or ():
            first = (f"{service.protocol} {service.address}", name, service.scheduler)
            for server in service.real_servers:
                row = (server.address, server.forwarding, str(server.weight), str(server.connections))
                table.add_row(*first, *row)
                first = ("", "", "")
            if not service.real_servers:
                table.add_row(*first, Text("no real server", style="red"))
    return table


def storage(seen: Status) -> Table:
    """Return the table of the storage."""
    table = _table("STORAGE", "", "")
    there = seen.storage
    assert there is not None
    if there.array is None:
        table.add_row("array", Text("unknown", style="red"), "")
        return table
    array = there.array
    style = "green" if array.is_clean else "red"
    members = ", ".join(f"{device.rpartition('/')[2]} {state}" for device, state in array.members)
    table.add_row("array", Text(f"{array.level} {array.state}", style=style), members)
    size = f"{(there.volume_bytes or 0) / 2**30:.1f} GiB"
    table.add_row("volume", there.volume or "none", size + (" mounted" if there.mounted else " not mounted"))
    table.add_row("export", there.export or "none", "")
    return table


def faults(active: Iterable[FaultStatus]) -> Table:
    """Return the table of the active faults."""
    table = _table("FAULT", "", "ON", "WITH", "FOR")
    for each in active:
        words = " ".join(f"{key}={value}" for key, value in each.arguments.items() if value)
        since = f"{each.seconds:.0f} s" if each.in_effect else "cut short"
        table.add_row(str(each.id), Text(each.name, style="red"), ", ".join(each.targets) or "host", words, since)
    return table


def next_lines(seen: Status) -> str:
    """Return the lines to type next."""
    vip = seen.vip.address if seen.vip else "..."
    host = f"[{vip}]" if ":" in vip else vip
    flag = f" --name {seen.name}" if seen.name != seen.lab else ""
    lines = [
        f"lvslab client{flag} -- curl -si http://{host}/     ask the VIP as the client does",
        f"lvslab ssh{flag} {next(node.name for node in seen.nodes if not node.box)}     look around on a node",
        f"lvslab status{flag} --watch     see what happens",
        f"lvslab reset{flag}     back to now, in seconds",
        f"lvslab down {seen.name}     take it all away",
    ]
    width = max(len(line.partition("     ")[0]) for line in lines)
    pairs = (line.partition("     ") for line in lines)
    return "\nnext:\n" + "\n".join(f"  {command:<{width}}   {what}" for command, _, what in pairs)


def left_to_you(lab: Lab, word: str, name: str, left: list[str]) -> str:
    """Return what to tell of the nodes with boxes of the user's own, and what of them does not serve yet."""
    lines = []
    for node in lab.unmanaged:
        lines.append(f"{node.name} runs {node.system} from a box of your own: raised, and left to you")
        if node.system is not System.LINUX:
            lines.append(f"  (lvslab was never tried with {node.system}: docs/other-systems.md)")
        steps = own_servers.steps(node, word, name)
        width = max(len(command) for command, _ in steps)
        lines += [f"  {command:<{width}}   {what}" for command, what in steps]
    return "\n".join(["", *lines, *left])
