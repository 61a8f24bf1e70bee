"""A web server that answers, but not well: with an error, with another page.

A piece of configuration in apache2's conf-enabled, taken up by a graceful reload, which drops no request. It says in
a header which fault it is, so that it is known when it is in effect, and it stays until it is healed.
"""

import http.client
import shlex

from lvslab.errors import NodeError, UsageError
from lvslab.faults.ground import Ground
from lvslab.faults.kind import Kind, Memory, Takes
from lvslab.faults.order import Order
from lvslab.faults.values import Parameter, whole
from lvslab.model import Lab, Role, WebServer
from lvslab.parallel import at_once
from lvslab.wait import wait_for

FILE = "/etc/apache2/conf-enabled/zz-lvslab-fault.conf"
FOLDER = "/var/lib/lvslab-fault"
HEADER = "X-Lvslab-Fault"
WRONG = "this is not the page that you are looking for"
LIMIT = 20.0
# httpd's own word for a graceful reload; apachectl would check the configuration first, which takes its time
RELOAD = 'kill -USR1 "$(cat /run/apache2/apache2.pid)"'
ACTIVE = "systemctl is-active --quiet apache2.service"


class OfWeb(Kind):
    """The common part: a piece of configuration, and the wait until it is in effect."""

    takes = Takes((Role.WEB,))
    inside = True

    def configuration(self, order: Order) -> str:
        """Return the piece of configuration."""
        raise NotImplementedError

    def check(self, lab: Lab, order: Order) -> None:
        """Refuse web servers that would not read the piece."""
        for name in order.targets:
            server = lab.web_server_of(lab.node(name))
            if server is not WebServer.APACHE2:
                raise UsageError(f"{order.name}: the web server of {name} is {server}, allowed: apache2")

    def marks(self, lab: Lab, order: Order) -> frozenset[str]:
        """Return what the servers answer: there is one piece at a time."""
        return frozenset(f"answers of {name}" for name in order.targets)

    def inject(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Write the piece, reload, and ask until an answer has the header."""
        text = f"Header always set {HEADER} {self.name}\n{self.configuration(order)}"
        script = (
            f"mkdir -p {FOLDER} && echo {shlex.quote(WRONG)} >{FOLDER}/page.html"
            f" && printf %s {shlex.quote(text)} >{FILE} && {RELOAD}"
        )

        def one(name: str) -> None:
            ground.run(name, script)
            wait_for_header(ground.lab, name, self.name)

        at_once(one, order.targets)

    def heal(self, ground: Ground, order: Order, memory: Memory) -> None:
        """Remove the piece and reload; where httpd runs, ask until an answer is without the header."""
        script = f"rm -f {FILE}; {ACTIVE} || exit 0; {RELOAD}; echo runs"

        def one(name: str) -> None:
            runs = ground.run(name, script)
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

    def configuration(self, order: Order) -> str:
        """Answer all with a status (mod_alias)."""
        return f'Redirect {order.arguments["status"]} "/"\n'


class WrongBody(OfWeb):
    """Answers are well-formed and wrong."""

    name = "web.wrong-body"
    does = "httpd answers every request with status 200 and a page that is not the site's."

    def configuration(self, order: Order) -> str:
        """Answer all with one page (mod_alias)."""
        granted = f'<Directory "{FOLDER}">\n    Require all granted\n</Directory>\n'
        return f'AliasMatch "^/" "{FOLDER}/page.html"\n{granted}'
