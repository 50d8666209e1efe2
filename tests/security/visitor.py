"""Somebody who tries addresses; whatever a request changed is taken back at once."""

import re
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import NamedTuple

from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client

from . import matrix
from .addresses import Address

STATUS = {401: matrix.SIGN_IN, 403: matrix.REFUSED, 404: matrix.HIDDEN, 405: matrix.NOT_TAKEN}
WRITES = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) \W?(\w+)")
BY_THE_WAY = {"django_session", "members_signin"}  # a session notes that it was used
TOKEN = re.compile(rb'(csrfmiddlewaretoken" value=|X-CSRFToken": )"\w+"')


class Answer(NamedTuple):
    """A cell, the body without what differs from request to request, and the tables that were written to."""

    cell: str
    status: int
    body: bytes
    written: frozenset[str]


class Visitor:
    """One signed-in client (or nobody's)."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.cookies = client.cookies.copy()

    def ask(self, address: Address, path: str, form: dict[str, object] | None = None) -> Answer:
        """One request in a savepoint that is rolled back."""
        written: set[str] = set()
        with transaction.atomic(), connection.execute_wrapper(_noting(written)):
            response = self._send(address.method, path, form or {})
            transaction.set_rollback(True)
        self.client.cookies = SimpleCookie(self.cookies)
        body = TOKEN.sub(b"", response.getvalue()).replace(path.encode(), b"")
        return Answer(_cell(response), response.status_code, body, frozenset(written - BY_THE_WAY))

    def _send(self, method: str, path: str, form: dict[str, object]) -> HttpResponseBase:
        send = getattr(self.client, method.lower())
        is_json = path.startswith("/api/") and method != "GET"
        return send(path, form, content_type="application/json") if is_json else send(path, form)


def _cell(response: HttpResponseBase) -> str:
    if response.status_code == 302 and response["Location"].startswith("/accounts/login/?next="):
        return matrix.SIGN_IN
    return STATUS.get(response.status_code, matrix.ANSWERED)


def _noting(written: set[str]) -> Callable:
    def note(execute: Callable, sql: str, *rest: object) -> object:
        if found := WRITES.match(sql):
            written.add(found[1])
        return execute(sql, *rest)

    return note
