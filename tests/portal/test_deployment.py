"""Settings of a production behind https: no warning of Django's own deployment checks, headers on every answer."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client

from members.models import User
from tests.conftest import City

HTTPS = {
    "HTTPS": "1",
    "SECRET_KEY": "k" * 20 + "abcdefghijklmnopqrstuvwxyz0123456789",
    "ALLOWED_HOSTS": "party.example",
}


def manage(*arguments: str, **surroundings: str) -> subprocess.CompletedProcess:
    keep = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PORTAL_DEMO", "DEBUG", "DJANGO_ALLOW_ASYNC_UNSAFE", "REDIS_URL")
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], env=keep | surroundings, capture_output=True, text=True, check=False,
        cwd=settings.BASE_DIR, timeout=120,
    )  # fmt: skip


def test_the_deployment_checks_have_nothing_to_say(tmp_path: object) -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", PORTAL_VAR=str(tmp_path), **HTTPS)
    assert done.returncode == 0, done.stderr
    assert "0 silenced" in done.stdout
    assert settings.SILENCED_SYSTEM_CHECKS == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", "short", "shorter than 32"),
        ("SECOND_FACTOR", "never", "SECOND_FACTOR"),
        ("PASSWORD_PROFILE", "none", "PASSWORD_PROFILE"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL"),
        ("REDIS_URL", "http://x", "REDIS_URL"),
        ("REDIS_URL_FILE", "/nowhere/at/all", "REDIS_URL_FILE cannot be read"),
    ],
)
def test_wrong_settings_stop_the_start_with_a_sentence(tmp_path: object, name: str, value: str, said: str) -> None:
    done = manage("check", PORTAL_VAR=str(tmp_path), **HTTPS | {name: value})
    assert done.returncode != 0
    assert said in done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/", "/accounts/login/", "/nothing-here/", "/api/v1/sheets/", "/static/css/portal.css", "/health"]
)
def test_every_answer_carries_the_headers(city: City, secretary: User, sign_in: object, address: str) -> None:
    for client in (Client(), sign_in(secretary)):
        answer = client.get(address)
        request_finished.disconnect(close_old_connections)  # it would end the database connection of the test
        answer.close()
        request_finished.connect(close_old_connections)
        policy = answer["Content-Security-Policy"]
        assert "'unsafe-inline'" not in policy.replace("style-src-attr 'unsafe-inline'", "")
        for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert part in policy
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        if not address.startswith("/static/"):
            assert answer["X-Frame-Options"] == "DENY"
            assert answer["Cache-Control"] == "no-store"
