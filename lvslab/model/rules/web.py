"""Rules on the HTTP servers of nodes."""

from collections.abc import Iterator

from lvslab.model.lab import Lab
from lvslab.model.mistake import Mistake


def web_servers_are_of_nodes_that_serve(lab: Lab) -> Iterator[Mistake]:
    """A node that has an HTTP server of its own kind runs one at all."""
    serving = [node.name for node in lab.web_servers]
    for name, node in lab.nodes.items():
        if node.web_server and name not in serving:
            allowed = f"only for nodes that serve ({', '.join(serving) or 'none'})"
            yield Mistake(("nodes", name, "web_server"), f"found {node.web_server}, allowed: {allowed}")


RULES = (web_servers_are_of_nodes_that_serve,)
