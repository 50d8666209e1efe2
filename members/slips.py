"""Account slips per unit: the PDF is made in the background where that task is installed."""

from branchportal.celery import app

from .models import User
from .roles import Role

TASK = "reports.account_slips"


def can_print_slips(user: User) -> bool:
    """Whether slips for many accounts can be asked for: the right office, and the task is there."""
    app.loader.import_default_modules()
    return TASK in app.tasks and user.scope.has(Role.OFFICE, Role.DEPARTMENT)
