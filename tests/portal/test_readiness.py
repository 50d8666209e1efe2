"""A web process or worker refuses a database that does not protect the figures; `migrate` mends it."""

import pytest
from celery.signals import worker_init
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import OperationalError, connection

from branchportal import audit_chain, guards
from branchportal.gunicorn import post_worker_init
from branchportal.readiness import faults, require_ready

pytestmark = pytest.mark.django_db


def test_a_sound_database_is_ready() -> None:
    assert faults() == []


def test_a_missing_trigger_stops_web_and_worker() -> None:
    guards.drop()
    try:
        for start in (require_ready, lambda: post_worker_init(None), lambda: call_command("dispatch", once=True)):
            with pytest.raises(ImproperlyConfigured, match=r"manage\.py migrate"):
                start()
        with pytest.raises(SystemExit, match=r"manage\.py migrate"):  # Celery goes on after any other exception
            worker_init.send(sender=None)
        call_command("check", databases=["default"])  # else `migrate` would refuse to mend it
    finally:
        guards.create()
    assert faults() == []


def test_an_unlinked_audit_trail_stops_the_start() -> None:
    audit_chain.drop()
    with pytest.raises(ImproperlyConfigured, match="audit"):
        require_ready()
    audit_chain.create()


def test_a_waiting_migration_stops_the_start() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'members' AND name LIKE '0002%%'")
    with pytest.raises(ImproperlyConfigured, match=r"members\.0002_keep"):
        require_ready()


def test_a_database_that_cannot_be_opened_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object, **_known: object) -> None:
        raise OperationalError("unable to open database file")

    monkeypatch.setattr(connection, "cursor", away)
    with pytest.raises(ImproperlyConfigured, match=r"unable to open database file.*DATABASE_URL"):
        require_ready()
