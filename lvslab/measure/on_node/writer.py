"""Write files whose content is known beforehand, and tell of each when the disk has it; or read all of them back.

Runs on the storage node. The content follows from the seed and the file's number, as measure/writes.py knows.
"""

import hashlib
import json
import os
import select
import shutil
import sys
import time
from pathlib import Path


def content(seed: int, number: int, size: int) -> bytes:
    """Return the content of a file."""
    return hashlib.shake_256(f"{seed}:{number}".encode()).digest(size)


def say(number: int, **values: str) -> None:
    """Tell of one file."""
    print(json.dumps({"id": number, **values}))


def put(path: Path, data: bytes) -> str:
    """Write a file and return what went wrong, if anything did; nothing means that fsync(2) has returned."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            while data:
                data = data[os.write(descriptor, data) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as err:
        return os.strerror(err.errno or 0)
    return ""


def digest(path: Path) -> dict[str, str]:
    """Return the digest of a file, or why it cannot be read."""
    try:
        return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    except OSError as err:
        return {"error": os.strerror(err.errno or 0)}


def write(folder: Path, seed: int, size: int, every: float, first: int) -> None:
    """Write file after file until whoever asked is gone."""
    folder.mkdir(exist_ok=True)
    asker, number = select.poll(), first
    asker.register(sys.stdout.fileno(), 0)
    while not asker.poll(0):
        say(number, begun="")
        say(number, done=put(folder / str(number), content(seed, number, size)))
        number += 1
        time.sleep(every)


def read(folder: Path) -> None:
    """Read all files back, from the disks and not from memory, and remove them."""
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3")
    for path in sorted(folder.glob("[0-9]*"), key=lambda each: int(each.name)):
        say(int(path.name), **digest(path))
    shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Do what the argument asks for."""
    asked = json.loads(sys.argv[1])
    folder = Path(asked["folder"])
    if asked["action"] == "write":
        write(folder, asked["seed"], asked["size"], asked["every"], asked["first"])
    else:
        read(folder)


if __name__ == "__main__":
    main()
