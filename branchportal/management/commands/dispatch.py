"""`manage.py dispatch`: hand job rows on to Celery, or work them off here when no Redis is set."""

import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from branchportal import worker
from branchportal.readiness import require_ready


class Command(BaseCommand):
    help = "Hands job rows on to Celery (REDIS_URL set) or works them off in this process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then end")

    def handle(self, *args: object, **options: object) -> None:
        require_ready()
        work = worker.publish_due if settings.REDIS_URL else worker.run_due_here
        if options["once"]:
            worker.app.loader.import_default_modules()
            self.stdout.write(f"{work()} jobs")
            return
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        worker.loop(work, "dispatcher", stop)
