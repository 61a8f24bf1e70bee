"""A web server that answers, but not well: with an error, with another page.

A piece of the HTTP server's configuration, taken up by a graceful reload, which drops no request. It says in a header
which fault it is, so that it is known when it is in effect, and it stays until it is healed. Both are synced to the
disk: a node that loses its power a moment later would come back with half a piece, by which no server starts.
"""

import http.client
import shlex
from dataclasses import dataclass

from lvslab.errors import NodeError
from lvslab.faults.ground import Ground
from lvslab.faults.kind import Kind, Memory, Takes
from lvslab.faults.order import Order
from lvslab.faults.values import Parameter, whole
from lvslab.model import Lab, Role, WebServer
from lvslab.parallel import at_once
from lvslab.wait import wait_for

FOLDER = "/var/lib/lvslab-fault"
HEADER = "X-Lvslab-Fault"
WRONG = "this is not the page that you are looking for"
LIMIT = 20.0
# Old workers take connections for another 0.1 s beside the new ones (ngx_master_process_cycle); one that takes none
# any more says so in its title, or is gone.
NGINX_RELOAD = (
    'master=$(cat /run/nginx.pid); old=$(pgrep -P "$master"); kill -HUP "$master";'
    " for worker in $old; do until ! grep -qsa 'worker process' /proc/$worker/cmdline"
    " || grep -qsa 'shutting down' /proc/$worker/cmdline; do sleep 0.02; done; done"
)

# what was never broken may have no such folder
SYNC = "[ ! -d {0} ] || sync {0}"


@dataclass(frozen=True)
class Place:
    """Where an HTTP server reads a piece of configuration, and its own word for a graceful reload.

    apachectl and ``nginx -s`` would check the configuration first, which takes its time.
    """

    file: str
    reload: str

    @property
    def folder(self) -> str:
        """The folder of the piece."""
        return self.file.rpartition("/")[0]


PLACES = {
    WebServer.APACHE2: Place(
        "/etc/apache2/conf-enabled/zz-lvslab-fault.conf", 'kill -USR1 "$(cat /run/apache2/apache2.pid)"'
    ),
    # the site includes it
    WebServer.NGINX: Place("/etc/nginx/lvslab.d/fault.conf", NGINX_RELOAD),
}


class OfWeb(Kind):
    """The common part: a piece of configuration, and the wait until it is in effect."""

    takes = Takes((Role.WEB,), serving=True)
    inside = True

    def apache2(self, order: Order) -> str:
        """Return the piece of apache2's configuration."""
        raise NotImplementedError

    def nginx(self, order: Order) -> str:
        """Return the piece of nginx's configuration, which is in a ``server`` block."""
        raise NotImplementedError

    def piece(self, order: Order, server: WebServer) -> str:
        """Return the piece of a server's configuration, with the header that tells of it."""
        if server is WebServer.NGINX:
            return f"add_header {HEADER} {self.name} always;\n{self.nginx(order)}"
        return f"Header always set {HEADER} {self.name}\n{self.apache2(order)}"

    def marks(self, lab: Lab, order: Order) -> frozenset[str]:
        """Return what the servers answer: there is one piece at a time."""
        return frozenset(f"answers of {name}" for name in order.targets)

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Write the piece, reload, and ask until an answer has the header."""

        def one(name: str) -> None:
            server = ground.lab.web_server_of(ground.lab.node(name))
            place = PLACES[server]
            ground.run(
                name,
                f"mkdir -p {FOLDER} {place.folder} && echo {shlex.quote(WRONG)} >{FOLDER}/page.html"
                f" && printf %s {shlex.quote(self.piece(order, server))} >{place.file} || exit 1;"
                f" {place.reload}; sync {place.file} {place.folder}",
            )
            wait_for_header(ground.lab, name, self.name)

        at_once(one, order.targets)

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Remove the piece and reload; where httpd runs, ask until an answer is without the header."""

        def one(name: str) -> None:
            server = ground.lab.web_server_of(ground.lab.node(name))
            place = PLACES[server]
            is_active = f"systemctl is-active --quiet {server.unit}"
            gone = f"rm -f {place.file}; {SYNC.format(place.folder)}"
            runs = ground.run(name, f"{gone}; {is_active} || exit 0; {place.reload}; echo runs")
            if runs.strip():
                wait_for_header(ground.lab, name, "")
            # only now: what is still being served by the old configuration needs its files
            ground.run(name, f"rm -rf {FOLDER}")

        at_once(one, order.targets)


def wait_for_header(lab: Lab, node: str, expected: str) -> None:
    """Return when the answers of a web server say that they are broken in this way (empty: in none); NodeError."""
    address, port = str(lab.management_address(node)), lab.web.port
    seen = ["no answer"]

    def says_so() -> bool:
        connection = http.client.HTTPConnection(address, port, timeout=LIMIT)
        try:
            connection.request("GET", "/", headers={"Connection": "close", "User-Agent": "lvslab"})
            seen[0] = connection.getresponse().getheader(HEADER, "")
        except (OSError, http.client.HTTPException) as err:
            seen[0] = str(err) or type(err).__name__
        finally:
            connection.close()
        return seen[0] == expected

    what = f"{node}: {HEADER} is not {expected or 'gone'}"
    wait_for(says_so, within=LIMIT, what=what, seen=lambda: repr(seen[0]), every=0.02, error=NodeError)


class Error(OfWeb):
    """Answers are errors."""

    name = "web.error"
    does = "httpd answers every request with an error."
    parameters = (Parameter("status", "STATUS", "the status", "500", whole(400, 599)),)

    def apache2(self, order: Order) -> str:
        """Answer all with a status (mod_alias)."""
        return f'Redirect {order.arguments["status"]} "/"\n'

    def nginx(self, order: Order) -> str:
        """Answer all with a status (ngx_http_rewrite_module)."""
        return f"return {order.arguments['status']};\n"


class WrongBody(OfWeb):
    """Answers are well-formed and wrong."""

    name = "web.wrong-body"
    does = "httpd answers every request with status 200 and a page that is not the site's."

    def apache2(self, order: Order) -> str:
        """Answer all with one page (mod_alias)."""
        granted = f'<Directory "{FOLDER}">\n    Require all granted\n</Directory>\n'
        return f'AliasMatch "^/" "{FOLDER}/page.html"\n{granted}'

    def nginx(self, order: Order) -> str:
        """Answer all with one page (ngx_http_rewrite_module)."""
        return f"location / {{\n    root {FOLDER};\n    rewrite ^ /page.html break;\n}}\n"
