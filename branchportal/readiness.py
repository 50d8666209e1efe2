"""What must stand before a web process or a worker may serve: migrations, the triggers, the audit chain."""

from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from . import audit_chain, guards
from .outage import OUTAGES

CURE = "Run: manage.py migrate"
UNREACHABLE = (
    "The database cannot be used (%s). See that it runs, and that the portal may read and write it: DATABASE_URL."
)


def faults() -> list[str]:
    """What is missing, as sentences; empty when all stands."""
    if waiting := waiting_migrations():
        return [f"{len(waiting)} migrations have not been applied ({', '.join(waiting[:5])}). {CURE}"]
    found = [fault.msg for fault in audit_chain.check_trigger(None, ["default"])]
    if gaps := guards.missing():
        found.append(f"Triggers that guard settled rows are missing: {guards.some(gaps)}.")
    return [f"{sentence} {CURE}" for sentence in found]


def waiting_migrations() -> list[str]:
    """Names of the migrations that this release has and the database has not."""
    loader = MigrationLoader(connection)
    return [f"{app}.{name}" for app, name in sorted(loader.graph.nodes) if (app, name) not in loader.applied_migrations]


def require_ready() -> None:
    """Refuse to start on a database that does not protect the figures. Raises: ImproperlyConfigured."""
    try:
        found = faults()
    except OUTAGES as fault:
        raise ImproperlyConfigured(UNREACHABLE % " ".join(str(fault).split())) from fault
    if found:
        raise ImproperlyConfigured(" ".join(found))
