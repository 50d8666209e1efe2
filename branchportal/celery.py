"""Celery: the doorbell. What is to be done stands in the job table (`jobs.py`)."""

import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")

app = Celery("branchportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["branchportal"])
app.autodiscover_tasks(["assessments.schemes", "assessments.cycles", "assessments.results", "assessments.reports"])
app.autodiscover_tasks(["assessments.reminders", "assessments.inspections.scoping"])
app.autodiscover_tasks(["assessments.sheets", "assessments.polls", "assessments.results.trials", "branches", "members"])


@worker_init.connect
def refuse_unprotected(**kwargs: object) -> None:
    """A worker does not start on a database that does not protect the figures."""
    from .readiness import require_ready

    require_ready()
