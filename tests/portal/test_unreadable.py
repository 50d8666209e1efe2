"""What the web server answers to a head that it cannot read: a sentence in Chinese, without what was sent."""

import socket

import pytest
from gunicorn import util

from branchportal import unreadable


@pytest.mark.parametrize(
    ("status", "cure"), [(414, "网址过长"), (431, "Cookie"), (400, "本单位公布的网址"), (500, "考评办")]
)
def test_an_unreadable_request_is_told_its_cure(monkeypatch: pytest.MonkeyPatch, status: int, cure: str) -> None:
    monkeypatch.setattr(util, "write_error", None)
    unreadable.install()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        util.write_error(ours, status, "Reason", "<script>GET /secret")
        head, _end, body = theirs.recv(65536).decode().partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} Reason\r\nConnection: close")
    assert f"Content-Length: {len(body.encode())}" in head
    assert (cure in body, "secret" in body) == (True, False)
