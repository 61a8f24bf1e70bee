"""Captured frames as a file that tcpdump and wireshark read: pcap with nanoseconds (draft-ietf-opsawg-pcap)."""

import struct
from pathlib import Path
from types import TracebackType

NANOSECONDS = 0xA1B23C4D
ETHERNET = 1
SNAPLEN = 65535


class PcapFile:
    """A pcap file that frames are added to; use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._file.write(struct.pack("=IHHiIII", NANOSECONDS, 2, 4, 0, 0, SNAPLEN, ETHERNET))

    def add(self, realtime_ns: int, frame: bytes) -> None:
        """Add a frame that came at this moment of CLOCK_REALTIME."""
        seconds, rest = divmod(realtime_ns, 1_000_000_000)
        self._file.write(struct.pack("=IIII", seconds, rest, len(frame), len(frame)) + frame)

    def flush(self) -> None:
        """Hand what was added to the kernel."""
        self._file.flush()

    def __enter__(self) -> "PcapFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
