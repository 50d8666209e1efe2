"""Exit 0 when a part of the portal is well: healthy.py web|worker|dispatcher (used by docker-compose.yml)."""

import http.client
import os
import socket
import sys
from datetime import timedelta
from pathlib import Path

TIMEOUT_SECONDS = 8
SILENT_AFTER = timedelta(seconds=90)

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def web() -> bool:
    """The web process answers under the first of its host names and reaches the database."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip("*.") or "localhost"
    port = int(os.environ.get("BIND", "127.0.0.1:8000").rsplit(":", 1)[1])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    connection.request("GET", "/health/", headers={"Host": host, "X-Forwarded-Proto": "https"})
    return connection.getresponse().status == 200


def worker() -> bool:
    """The Celery worker of this machine answers a ping over Redis."""
    from branchportal.celery import app

    name = f"celery@{socket.gethostname()}"
    return bool(app.control.ping(destination=[name], timeout=TIMEOUT_SECONDS))


def dispatcher() -> bool:
    """The dispatcher has left a sign of life in the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")
    import django

    django.setup()
    from django.utils import timezone

    from branchportal.models import WorkerBeat

    return WorkerBeat.objects.filter(name="dispatcher", at__gte=timezone.now() - SILENT_AFTER).exists()


if __name__ == "__main__":
    check = {"web": web, "worker": worker, "dispatcher": dispatcher}[sys.argv[1]]
    sys.exit(0 if check() else f"{sys.argv[1]} is not well")
