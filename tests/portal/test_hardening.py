"""T-C1, T-C3, T-C4, T-C5: headers, host names, secrets and Redis as a production has them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import kombu.serialization
import pytest
from django.conf import settings
from django.test import Client, override_settings
from kombu.exceptions import ContentDisallowed

from branchportal.celery import app

SECURE = {"HTTPS": "1", "ALLOWED_HOSTS": "party.example", "BEHIND_HTTPS_PROXY": "1"}
GOOD_KEY = "Zt7q-W2mVx9_LrK4bYcNs8HdPfGj3eAuTi5oRkQw"
ASK = (
    "import json, django.conf as c; s = c.settings;"
    "print(json.dumps({n: getattr(s, n, None) for n in NAMES}, default=str))"
)


def settings_of(folder: Path, *names: str, **surroundings: str) -> dict:
    """Settings as a process of its own reads them; {"stopped": words} when it does not start."""
    plain = {"PATH": os.environ["PATH"], "PORTAL_VAR": str(folder), "DJANGO_SETTINGS_MODULE": "branchportal.settings"}
    program = ASK.replace("NAMES", repr(list(names)))
    done = subprocess.run(
        [sys.executable, "-c", program], env=plain | {"SECRET_KEY": GOOD_KEY} | surroundings, cwd=settings.BASE_DIR,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return json.loads(done.stdout) if done.returncode == 0 else {"stopped": done.stderr}


def test_t_c1_cookies_and_https_of_a_production(tmp_path: Path) -> None:
    names = (
        "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SAMESITE", "SECURE_PROXY_SSL_HEADER", "DEBUG",
        "LANGUAGE_COOKIE_NAME", "BALLOT_COOKIE_NAME",
    )  # fmt: skip
    assert settings_of(tmp_path, *names, **SECURE) == dict(
        zip(names, ("__Host-sessionid", "__Host-csrftoken", True, True, 31_536_000, True, "Lax",
                    ["HTTP_X_FORWARDED_PROTO", "https"], False, "__Host-language", "__Secure-ballot"), strict=True)
    )  # fmt: skip


def test_t_c3_a_forwarded_protocol_is_believed_by_setting_only(tmp_path: Path) -> None:
    said = settings_of(tmp_path, "SECURE_PROXY_SSL_HEADER", "PROXY_COUNT", "SECURE_SSL_REDIRECT", HTTPS="0")
    assert said == {"SECURE_PROXY_SSL_HEADER": None, "PROXY_COUNT": 0, "SECURE_SSL_REDIRECT": False}
    assert settings.SECURE_PROXY_SSL_HEADER is None
    assert not settings.USE_X_FORWARDED_HOST


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["evil.example", "party.example.evil.example", "party.example@evil.example", "a b"])
def test_t_c3_a_foreign_host_name_is_answered_400(host: str) -> None:
    with override_settings(ALLOWED_HOSTS=["party.example"]):
        assert Client(headers={"host": host}).get("/accounts/login/").status_code == 400
        kept = Client(headers={"host": "party.example", "x-forwarded-host": host}).get("/accounts/login/")
    assert kept.status_code == 200
    assert "evil" not in kept.content.decode()


@pytest.mark.parametrize(
    "key",
    [
        "django-insecure-4f$k2n9x8v7c6b5n4m3l2k1j0h9g8f7d6s5a",
        "change-me-please-change-me-please-change-me",
        "a" * 60,
        "0123456789abcdef0123456789abcdef0123456789",
        "this-is-a-sample-key-for-a-first-trial-only-42",
    ],
)
def test_t_c4_a_key_that_is_no_secret_stops_the_start(tmp_path: Path, key: str) -> None:
    assert "no random text" in settings_of(tmp_path, "DEBUG", SECRET_KEY=key)["stopped"]
    (tmp_path / "key").write_text(key)
    said = settings_of(tmp_path, "DEBUG", SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "key"))
    assert "no random text" in said["stopped"]
    assert settings_of(tmp_path, "DEBUG", SECRET_KEY=key, DEBUG="1") == {"DEBUG": True}


def test_t_c4_secrets_come_from_files_too(tmp_path: Path) -> None:
    values = {
        "SECRET_KEY": GOOD_KEY[::-1],
        "DATABASE_URL": "postgresql://portal:s3cret@10.0.0.1:5432/portal",
        "REDIS_URL": "redis+socket:///run/redis/redis.sock?virtual_host=1",
    }
    files = {}
    for name, value in values.items():
        (tmp_path / name).write_text(value + "\n")
        files[f"{name}_FILE"] = str(tmp_path / name)
    said = settings_of(tmp_path, "SECRET_KEY", "DATABASES", "CELERY_BROKER_URL", **{"SECRET_KEY": ""} | files)
    assert said["SECRET_KEY"] == values["SECRET_KEY"]
    assert said["DATABASES"]["default"]["PASSWORD"] == "s3cret"
    assert said["CELERY_BROKER_URL"] == values["REDIS_URL"]
    both = settings_of(tmp_path, "DEBUG", REDIS_URL="redis://127.0.0.1/0", REDIS_URL_FILE=files["REDIS_URL_FILE"])
    assert "Keep one of them" in both["stopped"]


def test_t_c4_no_secret_stands_in_the_repository() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    names = [Path(name).name for name in listed]
    assert not {".env", "secret_key", "field_keys", "id_rsa", "id_ed25519"} & set(names)
    assert not [name for name in names if name.endswith((".pem", ".key", ".p12", ".pfx"))]


def test_t_c4_nothing_of_the_repository_is_served() -> None:
    for path in ("/.git/config", "/static/../manage.py", "/static/%2e%2e/manage.py", "/var/secret_key", "/media/x"):
        answer = Client().get(path)
        assert answer.status_code in (302, 400, 404), path
        assert b"DJANGO_SETTINGS_MODULE" not in answer.content


def test_t_c5_workers_take_json_and_nothing_else() -> None:
    assert (app.conf.accept_content, app.conf.task_serializer, app.conf.result_serializer) == (["json"], "json", "json")
    kombu.serialization.enable_insecure_serializers()
    try:
        for kind in ("pickle", "yaml"):
            content_type, encoding, content = kombu.serialization.dumps({"a": 1}, serializer=kind)
            with pytest.raises(ContentDisallowed):
                kombu.serialization.loads(content, content_type, encoding, accept=app.conf.accept_content)
    finally:
        kombu.serialization.disable_insecure_serializers()


def test_t_c5_sessions_and_caches_hold_no_pickle(tmp_path: Path) -> None:
    said = settings_of(tmp_path, "SESSION_SERIALIZER", "SESSION_ENGINE", "CACHES")
    assert said["SESSION_SERIALIZER"] == "django.contrib.sessions.serializers.JSONSerializer"
    assert said["SESSION_ENGINE"] == "members.security.store"  # rows of the database, see there
    assert said["CACHES"]["default"]["BACKEND"] == "django.core.cache.backends.locmem.LocMemCache"
