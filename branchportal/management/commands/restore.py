"""`manage.py restore FOLDER`: a backup into an empty database, proved by every verification."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from branchportal.backup import check_backup, restore_backup
from branchportal.errors import PortalError


class Command(BaseCommand):
    help = "Restores a backup into an empty database and an empty folder of files."
    requires_system_checks: list[str] = []  # the database is empty

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--check", action="store_true", help="only read the backup and compare its digests")

    def handle(self, *args: object, **options: object) -> None:
        try:
            if options["check"]:
                files = check_backup(options["folder"])["files"]
                self.stdout.write(_("%(files)d files, all whole.") % {"files": len(files)})
                return
            outcome = restore_backup(options["folder"], self.stdout.write)
        except PortalError as error:
            raise CommandError(error.message) from error
        said = _("Restored: %(files)d files, %(rows)d audit rows, all verifications passed.")
        self.stdout.write(said % {"files": outcome.files, "rows": outcome.audit_rows})
