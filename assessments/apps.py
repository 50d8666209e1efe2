from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = _("Assessment")

    def ready(self) -> None:
        """Guard sealed sheets: no migration meets the triggers, every migration leaves them behind."""
        from .sheets import guards

        pre_migrate.connect(_lift, sender=self)
        post_migrate.connect(_guard, sender=self)
        register(guards.check_triggers, Tags.database)


def _lift(using: str, **kwargs: object) -> None:
    from .sheets import guards

    guards.drop(using)


def _guard(using: str, **kwargs: object) -> None:
    from .sheets import guards

    guards.create(using)
