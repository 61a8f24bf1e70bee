"""The client exists inside a lab only; the ports that it asks from."""

import socket
import threading
from pathlib import Path

import pytest

from lvslab.host import client


def test_outside_a_lab_nothing_is_made_by_asking_for_the_client() -> None:
    """The host's own namespaces are not touched by whoever forgets to enter the lab."""
    there_before = Path("/run/netns/client").exists()
    if there_before:
        pytest.fail("somebody has left a namespace named client on this host")
    with pytest.raises(FileNotFoundError):
        client.inside(lambda: None)
    assert not Path("/run/netns/client").exists()


def test_a_port_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page comes all the same, from the next one."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        threading.Thread(target=_answer, args=(server,), daemon=True).start()
        free = socket.socket()
        free.bind(("", 0))
        ports = iter([taken.getsockname()[1], free.getsockname()[1]])
        free.close()
        monkeypatch.setattr("lvslab.host.client._PORTS", ports)
        assert client.get(*server.getsockname()) == (200, "web1", "page")


def _answer(server: socket.socket) -> None:
    connection, _ = server.accept()
    connection.recv(1024)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Real-Server: web1\r\nContent-Length: 4\r\n\r\npage")
    connection.close()
