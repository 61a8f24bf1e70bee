"""Scripts that VRRP instances track, in keepalived's terms: whether a director is still fit to hold the addresses."""

from enum import StrEnum
from typing import Annotated

from lvslab.model.base import Model
from lvslab.model.values import Text, Whole, Word

MOST_WEIGHT = 253
"""What a weight may add to a priority or take from it (keepalived.conf(5), vrrp_script)."""
Seconds = Annotated[int, Whole(1, 3600)]
Count = Annotated[int, Whole(1, 255)]
_WORD = "letters, digits, '_', '-', '.', '/', ':', '=', ',' and '+'"
CommandWord = Annotated[str, Text("[A-Za-z0-9_./:=,+-]{1,200}", _WORD)]
UserName = Annotated[str, Text("[a-z_][a-z0-9_-]{0,30}", "a user's name, in lower case")]


class OwnScript(StrEnum):
    """The scripts that provisioning brings."""

    CHECK_WEB = "check-web"
    REVIVE_WEB = "revive-web"


class VrrpScript(Model):
    """What a director runs again and again to find out whether it is fit to be master (keepalived's vrrp_script)."""

    name: Word
    """The name in keepalived's configuration and log, for example chk_nginx."""
    script: OwnScript | None = None
    """`check-web` asks the director's own web server for a page; `revive-web` also starts one that does not run."""
    command: tuple[CommandWord, ...] = ()
    """A command of your own instead: an absolute path and arguments; it ends with 0 when all is well."""
    interval: Seconds = 1
    """Seconds between two runs."""
    timeout: Seconds | None = None
    """Seconds after which a run is killed and counts as failed; the interval unless told."""
    rise: Count = 1
    """How many runs in a row have to go well before the script counts as well."""
    fall: Count = 1
    """How many runs in a row have to fail before the script counts as failed."""
    weight: Annotated[int, Whole(-MOST_WEIGHT, MOST_WEIGHT)] = 0
    """What it takes from the priority when it fails, or adds while it is well; with 0 a failure means FAULT."""
    user: UserName = "root"
    """The user that a command is run by."""

    @property
    def limit(self) -> int:
        """The seconds that a run may take."""
        return self.timeout or self.interval
