"""Senders that drip: waited for in turn, never by every thread of the web process, never without end."""

import socket
from collections.abc import Iterator

import pytest
from gunicorn.http.unreader import SocketUnreader

from branchportal import slow_senders
from branchportal.slow_senders import Patience


@pytest.fixture
def line() -> Iterator[tuple[SocketUnreader, socket.socket]]:
    """A connection as Gunicorn reads it, and the sender's end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield SocketUnreader(ours), theirs


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is waited for no longer than a test may take."""
    monkeypatch.setattr(slow_senders, "QUICK_SECONDS", 0.01)
    monkeypatch.setattr(slow_senders, "LONGEST_SECONDS", 0.05)


def test_what_is_there_is_read_and_the_connection_stays_as_it_was(line) -> None:
    unreader, sender = line
    patience = Patience(1)
    for portion in (b"POST / HTTP/1.1\r\n", b"a=1"):
        sender.sendall(portion)
        assert patience.chunk(unreader) == portion
    assert unreader.sock.gettimeout() is None


def test_silence_ends_the_connection_and_gives_the_place_back(line, hurry) -> None:
    unreader, _sender = line
    patience = Patience(1)
    for _try in range(2):
        with pytest.raises(ConnectionResetError):
            patience.chunk(unreader)
    assert patience._places.acquire(blocking=False)


def test_without_a_place_nobody_is_waited_for(line, hurry, monkeypatch: pytest.MonkeyPatch) -> None:
    unreader, _sender = line
    monkeypatch.setattr(slow_senders, "LONGEST_SECONDS", 3600)
    patience = Patience(1)
    patience._places.acquire()
    with pytest.raises(ConnectionResetError, match="too slow"):
        patience.chunk(unreader)


def test_a_shorter_time_that_was_set_before_is_kept(line, monkeypatch: pytest.MonkeyPatch) -> None:
    unreader, _sender = line
    monkeypatch.setattr(slow_senders, "QUICK_SECONDS", 3600)
    unreader.sock.settimeout(0.01)
    with pytest.raises(TimeoutError):
        Patience(1).chunk(unreader)
    assert unreader.sock.gettimeout() == 0.01
