"""`manage.py backup FOLDER [--keys FILE]`: database and files with digests; the keys only where asked, apart."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from branchportal import health, jobs
from branchportal.backup import write_backup, write_keys
from branchportal.errors import PortalError


class Command(BaseCommand):
    help = "Backs up the database and all stored files into a new folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keys", type=Path, help="write the keys to this file; keep it apart from the backup")

    def handle(self, *args: object, **options: object) -> None:
        try:
            if options["keys"]:
                write_keys(options["keys"])
            outcome = write_backup(options["folder"])
        except PortalError as error:
            raise CommandError(error.message) from error
        jobs.beat(health.BACKUP)  # the state of the portal tells when the last one was
        said = _("%(files)d files, %(size).1f MB, %(rows)d audit rows.")
        size = outcome.bytes / 1_000_000
        self.stdout.write(said % {"files": outcome.files, "size": size, "rows": outcome.audit_rows})
