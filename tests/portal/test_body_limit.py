"""T-U1: bodies that are too large are refused before they are stored, by a real web process, whoever sends them."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from branchportal import body_limit
from tests.migrated import make_file

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A gunicorn on an empty database, and the folder of its temporary files."""
    folder = tmp_path_factory.mktemp("web")
    scratch = folder / "tmp"
    scratch.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    keep = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "PORTAL_DEMO", "DEBUG")}
    surroundings = keep | {
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "MEDIA_ROOT": str(folder / "media"),
        "AUDIT_ANCHORS": str(folder / "anchors"),
        "EMBEDDED_WORKER": "0",
        "WEB_PROCESSES": "1",
        "BIND": f"127.0.0.1:{port}",
        "TMPDIR": str(scratch),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECRET_KEY": "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz",
    }
    python = [sys.executable, "-m"]
    make_file(folder / "db.sqlite3", surroundings)
    command = [*python, "gunicorn", "-c", "branchportal/gunicorn.py", "--log-level", "warning"]
    server = subprocess.Popen([*command, "branchportal.wsgi:application"], env=surroundings, cwd=settings.BASE_DIR)
    try:
        _wait_for(port, server)
        yield port, scratch
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            answer = ask(port, "GET", "/health/")
        except OSError:
            time.sleep(0.2)
        else:
            assert answer.status == 200
            return
    raise AssertionError("the web process did not answer")


@dataclass(frozen=True)
class Said:
    """An answer that was read to its end."""

    status: int
    kind: str
    text: str


def ask(port: int, method: str, path: str, body: object = None, **headers: str) -> Said:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused while sending: the answer is there
            line.request(method, path, body=body, headers=named, encode_chunked="Transfer-Encoding" in named)
        answer = line.getresponse()
        return Said(answer.status, answer.headers["Content-Type"], answer.read().decode())


class Endless:
    """Megabytes that are made while they are sent; counts them and the largest use of temporary files."""

    def __init__(self, megabytes: int, scratch: Path) -> None:
        self.left, self.scratch, self.most = megabytes, scratch, 0

    def __iter__(self) -> Iterator[bytes]:
        while self.left:
            self.left -= 1
            self.most = max(self.most, sum(path.stat().st_size for path in self.scratch.rglob("*") if path.is_file()))
            yield b"x" * MEGABYTE


COOKIE = {"Cookie": f"{settings.SESSION_COOKIE_NAME}=made-up; csrftoken=made-up"}
FORM = "multipart/form-data; boundary=b"


@pytest.mark.parametrize("headers", [{}, COOKIE], ids=["nobody", "a cookie of one's own making"])
@pytest.mark.parametrize("address", ["/sheets/1/evidence/upload/", "/accounts/login/", "/api/v1/sheets/"])
def test_t_u1_200_megabytes_are_answered_413_and_never_stored(web, address: str, headers: dict[str, str]) -> None:
    port, scratch = web
    body, begun = Endless(200, scratch), time.monotonic()
    answer = ask(port, "POST", address, body, Content_Length=str(200 * MEGABYTE), Content_Type=FORM, **headers)
    assert (answer.status, "json" in answer.kind) == (413, True)
    assert "20 MB" in answer.text
    assert time.monotonic() - begun < 10  # 2 seconds on a machine with nothing else to do
    assert body.most < 25 * MEGABYTE


def test_t_u1_chunked_bodies_of_unknown_length_are_answered_413(web) -> None:
    port, scratch = web
    body = Endless(200, scratch)
    answer = ask(port, "POST", "/accounts/login/", body, Transfer_Encoding="chunked", Content_Type=FORM, **COOKIE)
    assert answer.status == 413
    assert body.most < 25 * MEGABYTE


def test_t_u1_a_lying_length_is_read_no_further_than_it_says(web) -> None:
    port, _scratch = web
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n" + b"x" * 4096)
        assert line.recv(4096).split(b" ")[1] in (b"400", b"403")


@pytest.mark.parametrize("length", ["-1", "1e9", "٣", "99999999999999999999", "abc"])
def test_a_length_that_is_no_number_is_refused(web, length: str) -> None:
    port, _scratch = web
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        head = f"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n"
        line.sendall(head.encode())
        assert line.recv(4096).split(b" ")[1] in (b"400", b"413")


def test_a_page_not_json_is_shown_to_a_plain_browser_with_all_headers() -> None:
    said = {"CONTENT_LENGTH": str(200 * MEGABYTE), "HTTP_ACCEPT": "text/html,*/*"}
    answer = Client().generic("POST", "/sheets/1/evidence/upload/", b"x", content_type=FORM, **said)
    assert answer.status_code == 413
    assert "文件过大" in answer.content.decode()
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Permissions-Policy"):
        assert answer[name]


def test_who_is_not_signed_in_sends_at_most_a_megabyte() -> None:
    said = {"CONTENT_LENGTH": str(2 * MEGABYTE)}
    refused = Client().generic("POST", "/accounts/login/", b"x", content_type=FORM, **said)
    assert refused.status_code == 413
    known = Client()
    known.cookies[settings.SESSION_COOKIE_NAME] = "x"
    assert known.generic("POST", "/nowhere/", b"x", content_type=FORM).status_code != 413


class Sender:
    """A body whose sender stops in the middle."""

    def __init__(self, portions: list[object]) -> None:
        self.portions = portions

    def read(self, _size: int) -> bytes:
        portion = self.portions.pop(0) if self.portions else b""
        if isinstance(portion, Exception):
            raise portion
        return portion


@pytest.mark.parametrize(
    ("portions", "drained"), [([b"abc", b"de"], 5), ([b"abc", TimeoutError()], 3), ([ConnectionResetError()], 0)]
)
def test_the_rest_of_a_refused_body_is_thrown_away(portions: list[object], drained: int) -> None:
    assert body_limit.drain({"wsgi.input": Sender(portions)}) == drained


def test_uploads_are_kept_in_memory_so_that_a_full_disk_leaves_nothing_behind() -> None:
    assert settings.FILE_UPLOAD_HANDLERS == ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
    assert settings.FILE_UPLOAD_MAX_MEMORY_SIZE >= settings.MAX_BODY_BYTES
