"""Asking a ClamAV daemon (clamd) about a file: INSTREAM over a socket, bounded in time; silence is never a pass."""

import logging
import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 8.0  # for the whole conversation: somebody waits for the page
PAUSE_SECONDS = 30.0  # after a silence nobody waits for the scanner again so soon
PORTION = 1 << 16
LONGEST_ANSWER = 4096
_silent_until = 0.0


@dataclass(frozen=True)
class Finding:
    """`is_known`: the scanner answered; then `malware` is empty, or the name of what it found."""

    is_known: bool
    malware: str = ""


SILENT = Finding(False)


def is_configured() -> bool:
    """Whether files are scanned at all."""
    return bool(settings.CLAMD_SOCKET)


def scan(content: bytes) -> Finding:
    """Ask about one file. A scanner that is stopped, hung or confused gives `SILENT`, for 30 seconds at once."""
    global _silent_until
    if not is_configured() or time.monotonic() < _silent_until:
        return SILENT
    try:
        answer = _conversation(content)
    except OSError as fault:
        log.warning("the malware scanner does not answer: %s", fault)
        _silent_until = time.monotonic() + PAUSE_SECONDS
        return SILENT
    return _understood(answer)


def listen_again() -> None:
    """Forget that the scanner was silent: the next file is asked about."""
    global _silent_until
    _silent_until = 0.0


def _conversation(content: bytes) -> str:
    end = time.monotonic() + PATIENCE_SECONDS
    with _connected() as line:
        line.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), PORTION):
            portion = content[start : start + PORTION]
            line.settimeout(_left(end))
            line.sendall(struct.pack("!I", len(portion)) + portion)
        line.sendall(struct.pack("!I", 0))
        answer = b""
        while b"\0" not in answer and len(answer) < LONGEST_ANSWER:
            line.settimeout(_left(end))
            if not (portion := line.recv(LONGEST_ANSWER)):
                break
            answer += portion
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _left(end: float) -> float:
    """Seconds left of the patience. Raises: TimeoutError when there are none."""
    if (left := end - time.monotonic()) <= 0:
        raise TimeoutError("no whole answer in time")
    return left


@contextmanager
def _connected() -> Iterator[socket.socket]:
    where = settings.CLAMD_SOCKET
    host, _colon, port = where.rpartition(":")
    if port.isdigit() and host:
        with socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS) as line:
            yield line
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(PATIENCE_SECONDS)
        line.connect(where)
        yield line


def _understood(answer: str) -> Finding:
    """`stream: OK`, `stream: NAME FOUND`; everything else is no answer."""
    if answer == "stream: OK":
        return Finding(True)
    if found := re.fullmatch(r"stream: (.+) FOUND", answer):
        return Finding(True, found[1][:150])
    log.warning("the malware scanner answered: %s", answer[:200])
    return SILENT
