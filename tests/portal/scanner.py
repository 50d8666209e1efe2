"""A malware scanner for the tests: answers like clamd, or hangs, or talks nonsense."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from branchportal import scanning

# The industry's harmless test string, in two halves so that no scanner stops at this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class FakeClamd:
    """Answers INSTREAM like clamd: `behaviour` is called with the content and the connection."""

    def __init__(self, path: Path, behaviour: Callable[[bytes, socket.socket], None]) -> None:
        self.behaviour, self.asked = behaviour, 0
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(str(path))
        self.server.listen(8)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _peer = self.server.accept()
            except OSError:
                return
            self.asked += 1
            threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with line:
            try:
                self.behaviour(self._content(line), line)
            except OSError:
                return

    def _content(self, line: socket.socket) -> bytes:
        file = line.makefile("rb")
        assert file.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!I", file.read(4))[0]:
            content += file.read(size)
        return content


def honest(content: bytes, line: socket.socket) -> None:
    line.sendall(b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if EICAR in content else b"stream: OK\0")


def hung(content: bytes, line: socket.socket) -> None:
    threading.Event().wait(5)


def confused(content: bytes, line: socket.socket) -> None:
    line.sendall(b"INSTREAM size limit exceeded. ERROR\0")


def rude(content: bytes, line: socket.socket) -> None:
    line.shutdown(socket.SHUT_RDWR)


@contextmanager
def scanner(tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., FakeClamd]]:
    """`make(behaviour)`: a scanner behind a socket, which the settings name."""
    servers = []
    monkeypatch.setattr(scanning, "PATIENCE_SECONDS", 1.0)
    settings.CLAMD_SOCKET = str(tmp_path / "clamd.sock")
    scanning.listen_again()

    def make(behaviour=honest) -> FakeClamd:
        Path(settings.CLAMD_SOCKET).unlink(missing_ok=True)
        servers.append(FakeClamd(Path(settings.CLAMD_SOCKET), behaviour))
        return servers[-1]

    yield make
    for each in servers:
        each.server.close()
    scanning.listen_again()
