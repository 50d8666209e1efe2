"""`manage.py evidence_verify`: the bytes of every stored file against its SHA-256; exit 0 and a count, or 1."""

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from assessments.sheets.verifying import FILES, verify_evidence
from branchportal import verifications


class Command(BaseCommand):
    help = "Reads every stored file again and compares its digest."

    def handle(self, *args: object, **options: object) -> None:
        verdict = verifications.run(FILES, verify_evidence)
        if verdict.problems:
            raise CommandError("\n".join(verdict.problems))
        self.stdout.write(_("%(count)d stored files verified.") % {"count": verdict.count})
