"""`manage.py audit_verify`: the audit chain read from its beginning; exit 0 and a count, or 1 and what is wrong."""

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from branchportal.audit_verify import verify


class Command(BaseCommand):
    help = "Recomputes the whole audit chain and compares it with its anchors."

    def handle(self, *args: object, **options: object) -> None:
        verdict = verify()
        if verdict.problems:
            raise CommandError("\n".join(verdict.problems))
        said = _("%(rows)d audit rows, all in the chain; %(anchors)d anchors fit; end %(digest)s.")
        self.stdout.write(said % {"rows": verdict.rows, "anchors": verdict.anchors, "digest": verdict.digest[:16]})
