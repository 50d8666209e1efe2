"""T-U3: the malware scanner's answers; silence in any form is never a pass."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from branchportal import scanning
from branchportal.scanning import Finding

from .scanner import EICAR, FakeClamd, confused, hung, rude, scanner


@pytest.fixture
def clamd(tmp_path: Path, settings, monkeypatch) -> Iterator[Callable[..., FakeClamd]]:
    with scanner(tmp_path, settings, monkeypatch) as make:
        yield make


def test_t_u3_what_the_scanner_says_is_understood(clamd) -> None:
    clamd()
    assert scanning.scan(b"harmless" * 50_000) == Finding(True)
    assert scanning.scan(b"PK" + EICAR) == Finding(True, "Win.Test.EICAR_HDB-1")


@pytest.mark.parametrize("behaviour", [hung, confused, rude])
def test_t_u3_a_scanner_that_says_nothing_useful_passes_nothing(clamd, behaviour) -> None:
    clamd(behaviour)
    assert scanning.scan(b"harmless") == Finding(False)


def test_t_u3_a_stopped_scanner_is_not_asked_again_at_once(clamd, settings) -> None:
    assert scanning.scan(b"harmless") == Finding(False)
    server = clamd()
    assert scanning.scan(b"harmless") == Finding(False)
    assert server.asked == 0
    scanning.listen_again()
    assert scanning.scan(b"harmless") == Finding(True)


def test_t_u3_host_and_port_are_understood_too(settings, monkeypatch) -> None:
    scanning.listen_again()
    monkeypatch.setattr(scanning, "PATIENCE_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CLAMD_SOCKET = f"127.0.0.1:{server.getsockname()[1]}"

        def serve() -> None:
            line, _peer = server.accept()
            with line:
                while not line.recv(65536).endswith(b"\0\0\0\0"):
                    pass
                line.sendall(b"stream: OK\0")

        threading.Thread(target=serve, daemon=True).start()
        assert scanning.scan(b"x") == Finding(True)


def test_without_a_setting_nobody_is_asked(settings) -> None:
    settings.CLAMD_SOCKET = ""
    assert (scanning.is_configured(), scanning.scan(b"x")) == (False, Finding(False))
