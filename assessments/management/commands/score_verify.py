"""`manage.py score_verify --all`: every sealed sheet against the engine and its digest; exit 0 and a count, or 1."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from assessments.sheets.models import Sheet
from assessments.sheets.verifying import SCORES, verify_scores
from branchportal import verifications


class Command(BaseCommand):
    help = "Recomputes the totals of sealed sheets from their sealed marks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help="every sealed sheet; keeps the result for the health page"
        )
        parser.add_argument("--cycle", type=int, help="the sheets of one cycle only")

    def handle(self, *args: object, **options: object) -> None:
        if options["all"] == (options["cycle"] is not None):
            raise CommandError("Say --all, or --cycle with its number.")
        if options["all"]:
            verdict = verifications.run(SCORES, verify_scores)
        else:
            verdict = verify_scores(Sheet.objects.filter(cycle=options["cycle"]))
        if verdict.problems:
            raise CommandError("\n".join(verdict.problems))
        self.stdout.write(_("%(count)d sealed sheets verified.") % {"count": verdict.count})
