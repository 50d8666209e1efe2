"""Settings of the processes that the fault tests start: the portal's own, and stop points (`hooks.py`) beside them."""

from branchportal.settings import *  # noqa: F403
from branchportal.settings import INSTALLED_APPS as PORTAL_APPS

INSTALLED_APPS = [*PORTAL_APPS, "tests.faults.hooks.FaultHooks"]
