"""T-C4: stop points and fault tasks exist under the settings of the fault tests only. Requests never talk to Redis."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

PRODUCTION = ("assessments", "branches", "branchportal", "members")
ASKED = """
import django, os
django.setup()
from branchportal.celery import app
app.loader.import_default_modules()
from branchportal import jobs
print(sorted(name for name in app.tasks if name.startswith("faults.")), jobs.Progress.step.__name__)
"""


def sources() -> list[Path]:
    return [path for room in PRODUCTION for path in (Path(settings.BASE_DIR) / room).rglob("*.py")]


def test_c4_production_knows_no_stop_points(tmp_path: Path) -> None:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "branchportal.settings", "FAULT_AT": str(tmp_path / "stop")}
    done = subprocess.run(
        [sys.executable, "-c", ASKED], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[] step"


def test_c4_no_source_of_production_names_them() -> None:
    assert [path for path in sources() if "FAULT_AT" in path.read_text() or "tests.faults" in path.read_text()] == []


def test_nothing_but_the_dispatcher_rings_for_a_task() -> None:
    """`.delay()` and `.apply_async()` would make a request wait for Redis."""
    rings = re.compile(r"\.(delay|apply_async|send_task)\(")
    found = [path.name for path in sources() if rings.search(path.read_text())]
    assert found == ["worker.py"]


def test_requests_are_answered_where_no_redis_listens(
    city, secretary, sign_in, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a request talked to Redis")

    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr("kombu.connection.Connection.ensure_connection", refuse)
    monkeypatch.setattr("kombu.connection.Connection._establish_connection", refuse)
    client = sign_in(secretary)
    for address in ("/", "/tasks/", f"/sheets/{city.sheet.pk}/", "/health/"):
        assert client.get(address).status_code == 200


def test_a_worker_waits_for_redis_however_long_it_is_away() -> None:
    from branchportal.celery import app

    assert (app.conf.broker_connection_max_retries, app.conf.broker_connection_retry_on_startup) == (None, True)
