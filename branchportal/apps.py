from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class BranchportalConfig(AppConfig):
    name = "branchportal"
    verbose_name = "branchportal"

    def ready(self) -> None:
        """Chain and guard the audit trail: no migration meets the triggers, every migration leaves them behind."""
        from . import audit_chain, guards

        guards.register(audit_chain.guards())
        connection_created.connect(audit_chain.teach_sqlite)
        pre_migrate.connect(_unchain, sender=self)
        post_migrate.connect(_chain, sender=self)
        register(audit_chain.check_trigger, Tags.database)


def _unchain(using: str, **kwargs: object) -> None:
    from . import audit_chain, guards

    audit_chain.drop(using)
    guards.drop(using)


def _chain(using: str, **kwargs: object) -> None:
    from . import audit_chain

    audit_chain.create(using)
