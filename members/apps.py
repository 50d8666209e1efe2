from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("Members and accounts")

    def ready(self) -> None:
        """Note every sign-in; keep the three administrators apart in the database too."""
        from branchportal import guards

        from . import offices
        from .security import factor, guessing, sessions  # noqa: F401 (they connect their signals)

        guards.register(offices.guards())
