"""Somebody at a browser or a script: signed in, with the token of forms, over plain HTTP on the loopback address."""

import http.client
import json
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.utils.crypto import get_random_string

SECONDS = 60


class NoAnswerError(OSError):
    """The request went out and nothing whole came back: it may have taken effect or not."""


@dataclass(frozen=True)
class Answer:
    """What came back, whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> dict:
        return json.loads(self.body)


class Visitor:
    """One person with one connection at a time. Not shared between threads."""

    def __init__(self, port: int, *, session: str = "", seconds: float = SECONDS) -> None:
        self.port, self.seconds = port, seconds
        self.token = get_random_string(32)
        self.cookies = f"{settings.CSRF_COOKIE_NAME}={self.token}"
        if session:
            self.cookies += f"; {settings.SESSION_COOKIE_NAME}={session}"

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, form: dict[str, object], **headers: str) -> Answer:
        """A form, as a page's script sends it: a refusal comes as JSON with its status."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Requested-With": "fetch", **headers}
        return self._ask("POST", path, urlencode(form).encode(), headers)

    def send(self, method: str, path: str, data: dict[str, object], **headers: str) -> Answer:
        """An operation of the API."""
        headers = {"Content-Type": "application/json", **headers}
        return self._ask(method, path, json.dumps(data).encode(), headers)

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.seconds)
        known = {"Cookie": self.cookies, "X-CSRFToken": self.token, "Connection": "close"}
        try:
            line.request(method, path, body, {**known, **headers})
            answer = line.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        except (OSError, http.client.HTTPException) as fault:
            raise NoAnswerError(f"{method} {path}: {fault!r}") from fault
        finally:
            line.close()


def session_of(user: object) -> str:
    """A signed-in session of the user in the database at hand."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value
