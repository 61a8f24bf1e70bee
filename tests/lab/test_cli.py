"""The command line against a running lab, as a person on the host uses it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = str(Path(sys.executable).with_name("lvslab"))


def lvslab(*words: str) -> subprocess.CompletedProcess[str]:
    """Run lvslab to its end."""
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60)


class OnHost:
    """Commands of a person on the host, about one running lab."""

    def __init__(self, name: str) -> None:
        self.name = name

    def execute(self, node: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run ``lvslab exec``."""
        return lvslab("exec", node, "--name", self.name, "--", *command)

    def client(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run ``lvslab client``."""
        return lvslab("client", "--name", self.name, "--", *command)


@pytest.fixture
def on_host(lab_name: str) -> OnHost:
    """Return the commands about the suite's lab."""
    return OnHost(lab_name)


def test_exec_passes_both_outputs_and_the_exit_code(on_host: OnHost) -> None:
    """What the command says and how it ends is what lvslab says and how it ends; nothing is added."""
    done = on_host.execute("web1", "sh", "-c", "hostname; echo to stderr >&2; exit 7")
    assert (done.stdout, done.stderr, done.returncode) == ("web1\n", "to stderr\n", 7)


def test_exec_passes_words_as_they_are(on_host: OnHost) -> None:
    """Blanks, quotes and what a shell would take for its own reach the command unchanged."""
    words = ["two  blanks", 'a "quote"', "$HOME; false", "*", "it's"]
    done = on_host.execute("director1", "printf", "%s\\n", *words)
    assert done.stdout.splitlines() == words


def test_exec_on_a_node_that_is_not_there_names_those_that_are(on_host: OnHost) -> None:
    """A wrong name is wrong usage: exit code 2, and nothing on stdout."""
    done = on_host.execute("wbe1", "true")
    assert (done.stdout, done.returncode) == ("", 2)
    assert "director1" in done.stderr
    assert "web1" in done.stderr


def test_an_emulated_machine_could_have_a_second_processor(on_host: OnHost) -> None:
    """Else QEMU leaves memory barriers out, and a network card may stand still for good."""
    if json.loads(lvslab("status", "--name", on_host.name, "--json").stdout)["accelerator"] == "tcg":
        assert on_host.execute("director1", "cat", "/sys/devices/system/cpu/possible").stdout == "0-1\n"
    assert on_host.execute("director1", "nproc").stdout == "1\n"


def test_status_as_json_has_every_part_of_the_lab(on_host: OnHost) -> None:
    """Nodes, VIP, IPVS tables, storage and web servers, under a versioned form, on stdout alone."""
    done = lvslab("status", "--name", on_host.name, "--json")
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen.keys() == {
        "schema_version", "lab", "name", "provider", "accelerator", "phase",
        "nodes", "vip", "vips", "ipvs", "storage", "web", "faults",
    }  # fmt: skip
    assert (seen["schema_version"], seen["lab"], seen["name"], seen["phase"]) == (1, "lvs-dr", on_host.name, "ready")
    assert {node["name"]: node["state"] for node in seen["nodes"]} == dict.fromkeys(
        ("director1", "director2", "web1", "web2", "nfs"), "running"
    )
    assert seen["vip"]["holder"] == "director1"
    assert [len(each["services"][0]["real_servers"]) for each in seen["ipvs"].values()] == [2, 2]
    assert seen["storage"]["array"]["level"] == "raid5"
    assert seen["web"].keys() == {"web1", "web2"}


def test_client_runs_a_command_with_the_clients_network(on_host: OnHost) -> None:
    """curl from the client reaches the VIP, and a web server says who it is."""
    done = on_host.client("curl", "--silent", "--include", "http://192.168.18.41/")
    assert done.returncode == 0, done.stderr
    head, _, body = done.stdout.partition("\n\n")
    assert "X-Real-Server: web" in head
    assert "<title>lvs-dr</title>" in body


def test_client_passes_the_exit_code(on_host: OnHost) -> None:
    """A command that fails as the client makes lvslab fail alike."""
    assert on_host.client("sh", "-c", "exit 9").returncode == 9


def test_verify_finds_the_lab_as_its_file_says(on_host: OnHost) -> None:
    """Exit code 0, and a line that a person can read."""
    done = lvslab("verify", "--name", on_host.name)
    assert (done.stdout, done.returncode) == (f"{on_host.name}: as its lab file says\n", 0)
