"""`manage.py tally 2026Q3` or `manage.py tally 2026`: compute and store the tally of a cycle or of a year."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.cycles.models import Cycle, YearPlan
from assessments.results.services.tally import run_tally, summary
from branchportal.errors import PortalError


class Command(BaseCommand):
    help = "Computes and stores the tally of a cycle (2026Q3) or of a year (2026)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cycle", help="year and period, for example 2026Q3, or the year alone")

    def handle(self, *args: object, **options: object) -> None:
        text = str(options["cycle"]).strip()
        year, period = text[:4], text[4:]
        try:
            if not year.isdigit():
                raise CommandError(f"“{text}” is neither a year (2026) nor a year with a period (2026Q3).")
            before = self._count(year, period)
            tally = self._run(int(year), period)
        except (Cycle.DoesNotExist, YearPlan.DoesNotExist):
            raise CommandError(f"There is no cycle “{text}”. Known: {', '.join(known()) or 'none'}.") from None
        except PortalError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(summary(tally, is_new=self._count(year, period) > before))
        self.stdout.write(tally.digest)

    def _run(self, year: int, period: str) -> object:
        if period:
            cycle = Cycle.objects.select_related("plan__scheme_version__scheme").get(plan__year=year, period=period)
            return run_tally(actor=None, cycle=cycle)
        return run_tally(actor=None, plan=YearPlan.objects.select_related("scheme_version__scheme").get(year=year))

    def _count(self, year: str, period: str) -> int:
        from assessments.results.models import Tally

        return Tally.objects.filter(plan__year=int(year), cycle__period=period or None).count()


def known() -> list[str]:
    """What may be asked for."""
    cycles = Cycle.objects.order_by("plan__year", "period").values_list("plan__year", "period")
    return [f"{year}{period}" for year, period in cycles]
