"""`manage.py incident_bundle FILE.zip [--days 7] [--log FILE]…`: what an investigation needs, in one file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from branchportal.errors import PortalError
from branchportal.incident import write_bundle


class Command(BaseCommand):
    help = "Writes versions, health, audit trail, failed sign-ins and tasks, and named log files into one ZIP."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the new ZIP")
        parser.add_argument("--days", type=int, default=7, help="how far back (default: 7)")
        parser.add_argument("--log", type=Path, action="append", default=[], help="a log file; may be given again")

    def handle(self, *args: object, **options: object) -> None:
        try:
            bundle = write_bundle(options["file"], days=options["days"], logs=options["log"])
        except PortalError as refusal:
            raise CommandError(refusal.message) from refusal
        said = _("%(file)s: %(rows)d audit rows, %(logs)d log files, SHA-256 %(sha256)s")
        known = {"file": bundle.path, "rows": bundle.audit_rows, "logs": bundle.logs, "sha256": bundle.sha256}
        self.stdout.write(said % known)
