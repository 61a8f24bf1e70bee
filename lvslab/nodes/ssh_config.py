"""Logins from the output of ``vagrant ssh-config``: how to reach machines that another provider runs."""

from pathlib import Path

from lvslab.errors import UsageError
from lvslab.nodes.fabric_remote import Login


def logins(text: str, source: str) -> dict[str, Login]:
    """Return a login for each host in an ssh_config(5) text; UsageError names the host that lacks a word."""
    blocks: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in text.splitlines():
        word, _, value = line.strip().partition(" ")
        if word.lower() == "host":
            current = blocks.setdefault(value.strip(), {})
        elif word:
            current[word.lower()] = value.strip().strip('"')
    return {name: _login(name, words, source) for name, words in blocks.items()}


def _login(name: str, words: dict[str, str], source: str) -> Login:
    try:
        return Login(
            address=words["hostname"],
            key=Path(words["identityfile"]),
            user=words.get("user", "root"),
            port=int(words.get("port", "22")),
        )
    except (KeyError, ValueError) as err:
        raise UsageError(f"{source}: host {name}: no usable {err}", f"vagrant ssh-config > {source}") from err
