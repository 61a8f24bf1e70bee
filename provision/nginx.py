"""nginx, for whichever role serves by it: one site, which takes the place of the one that Debian brings."""

from lvslab.model import Lab, WebServer
from provision.role import Facts, Wants, started
from provision.step import Run, Step

# The name of Debian's own site, so that there is no other on its port.
SITE = "/etc/nginx/sites-available/default"
WANTS = Wants(packages=("nginx-light",), files=(SITE,), units=(WebServer.NGINX.unit,))


def hosts(lab: Lab) -> tuple[str, ...]:
    """Return what stands before each port that nginx listens on; IPv6 has to be told (ngx_http_core_module)."""
    return ("", "[::]:") if lab.has_ipv6 else ("",)


def running(facts: Facts, changed: bool) -> list[Step]:
    """Return the steps to an nginx that runs, and has read what ``changed``."""
    steps: list[Step] = []
    if changed and facts.unit(WebServer.NGINX.unit).is_active:
        steps.append(Run("restart nginx", ("systemctl", "restart", WebServer.NGINX.unit)))
    return steps + started(facts, WebServer.NGINX.unit)
