"""T-A6: schemathesis over every operation of the OpenAPI document, as every role, as a token, and as nobody.

20 examples an operation and role in the test command; `PORTAL_FUZZ_EXAMPLES=1000` for the full figures.
"""

import json
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from members.models import User
from members.tokens.authentication import TokenThrottle
from tests.factories.tokens import bearer, make_token

from . import matrix, world

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

EXAMPLES = int(os.environ.get("PORTAL_FUZZ_EXAMPLES", "20"))
TOKEN = "t" * 32  # of the form: cookie and header agree, as in a browser
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.use_after_free,
    checks.ensure_resource_availability,
]
REJECTION = checks.negative_data_rejection
SIGNALS = (request_started, request_finished)
NOBODY = ("ANON", "FORGED")  # without anything, with a session and a token that do not exist
# Which keys are tried beside invented ones: something of ours, something of strangers, nothing.
KINDS = ("branch", "task", "tally", "candidate", "result", "candidate result", "scheme", "scheme draft", "draft",
         "submitted", "review", "approved")  # fmt: skip

pytestmark = [pytest.mark.django_db, pytest.mark.on_server, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    settings.ALLOWED_HOSTS = ["localhost"]
    cache.clear()
    monkeypatch.setattr(TokenThrottle, "THROTTLE_RATES", {"token": "10000000/min"})
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class TakenBack:
    """The portal's WSGI application; whatever a request changed is taken back at once. Counts its answers."""

    def __init__(self) -> None:
        self.handler, self.answers = WSGIHandler(), 0

    def __call__(self, environ: dict, start_response: Callable) -> Any:
        self.answers += 1
        for signal in SIGNALS:  # as Django's own test client does: the test keeps its connection
            signal.disconnect(close_old_connections)
        try:
            with transaction.atomic():
                body = b"".join(self.handler(environ, start_response))
                transaction.set_rollback(True)
        finally:
            for signal in SIGNALS:
                signal.connect(close_old_connections)
        return [body]  # nothing that would be closed, and the connection with it


def credentials(role: str, filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client]) -> dict:
    """What is sent along: a session with the form's token, a token of our own, or nothing."""
    if role == "API":
        _token, secret = make_token(cast["secadmin"], name="fuzz")
        return {"headers": {"Authorization": f"Bearer {secret}"}}
    if role == "FORGED":
        return {"headers": {"Authorization": f"Bearer bpt_{TOKEN}"}, "cookies": {"sessionid": TOKEN}}
    if role == "ANON":
        return {}
    session = sign_in(cast[matrix.CAST[role]]).cookies["sessionid"].value
    return {"headers": {"X-CSRFToken": TOKEN}, "cookies": {"sessionid": session, "csrftoken": TOKEN}}


def document(secret: str) -> dict:
    return json.loads(bearer(secret).get("/api/v1/schema/?format=json", headers={"host": "localhost"}).content)


@pytest.mark.parametrize("role", [*matrix.ROLES, "FORGED", "API"])
def test_ta6_no_operation_fails_or_answers_against_its_description(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], role: str
) -> None:
    schema = schemathesis.openapi.from_dict(document(make_token(cast["secadmin"], name="reader")[1]))
    schema.app = application = TakenBack()
    sent = credentials(role, filled, cast, sign_in)
    keys = sorted({keys[kind] for keys in (filled.near, filled.far) for kind in KINDS})
    faults: list[str] = []
    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in operations:
        fuzz(operation, keys, sent, faults, role)
    assert not faults, "\n\n".join(faults)
    assert len(operations) >= 16
    assert application.answers >= len(operations) * EXAMPLES


def says_what_is_wrong(case: Any) -> bool:
    """Whether what is wrong with a request arrives: an empty object as a parameter is not sent at all, and a header of
    the document that a session does not read is no mistake.
    """
    return not case.headers and all(value not in ({}, [], None) for value in (case.query or {}).values())


def fuzz(operation: Any, keys: list[int], sent: dict, faults: list[str], role: str) -> None:
    """`EXAMPLES` requests, half of them against the description; the first that is answered wrongly is kept."""
    right = operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE)
    takes_anything = bool(operation.query or operation.path_parameters or operation.body)
    wrong = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE) if takes_anything else right

    @seed(4)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=st.one_of(right, wrong), key=st.none() | st.sampled_from(keys))
    def ask(case: Any, key: int | None) -> None:
        if key is not None and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = key
        asked = CHECKS if key is None and says_what_is_wrong(case) else [one for one in CHECKS if one is not REJECTION]
        answer = case.call_and_validate(checks=[*asked, checks.ignored_auth] if role == "API" else asked, **sent)
        assert role not in NOBODY or answer.status_code in (401, 404), answer.status_code  # 404: no such address

    try:
        ask()
    except (AssertionError, BaseExceptionGroup) as fault:  # collected, so that one run names all
        told = "\n".join(map(str, getattr(fault, "exceptions", [fault])))
        faults.append(f"{role} {operation.label}: {told}"[:2000])
