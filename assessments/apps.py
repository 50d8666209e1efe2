from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

from branchportal import guards


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = _("Assessment")

    def ready(self) -> None:
        """Guard settled rows: no migration meets the triggers, every migration leaves them behind."""
        from branchportal import health

        from .cycles.guards import triggers as of_scopes
        from .inspections.guards import triggers as of_visits
        from .inspections.models import VisitFile
        from .inspections.timeline import tell_of_sheet
        from .polls.course import tell_of_sheet as tell_of_polls
        from .polls.guards import triggers as of_polls
        from .polls.models import Scan
        from .polls.purging import check as check_polls
        from .results.guards import triggers as of_results
        from .results.notices.timeline import tell_of_sheet as tell_of_publications
        from .schemes.guards import triggers as of_schemes
        from .sheets import course, storing
        from .sheets.guards import triggers as of_sheets
        from .sheets.listing.guards import triggers as of_lists
        from .sheets.models import Evidence
        from .sheets.reopening.guards import triggers as of_reopenings
        from .sheets.stamping.guards import triggers as of_stamped
        from .sheets.stamping.models import StampedForm

        guards.register([*of_schemes(), *of_scopes(), *of_sheets(), *of_reopenings(), *of_lists(), *of_stamped()])
        guards.register([*of_visits(), *of_polls(), *of_results()])
        course.register(tell_of_sheet)
        course.register(tell_of_polls)
        course.register(tell_of_publications)
        health.register(check_polls)
        storing.register(Evidence)
        storing.register(VisitFile)
        storing.register(StampedForm)
        storing.register(Scan)
        pre_migrate.connect(_lift, sender=self)
        post_migrate.connect(_guard, sender=self)
        register(guards.check_triggers, Tags.database)


def _lift(using: str, **kwargs: object) -> None:
    guards.drop(using)


def _guard(using: str, **kwargs: object) -> None:
    guards.create(using)
