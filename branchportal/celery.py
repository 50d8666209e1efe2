"""Celery: the doorbell. What is to be done stands in the job table (`jobs.py`)."""

import os

from celery import Celery
from celery.signals import worker_init
from kombu.transport import redis, virtual

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")

app = Celery("branchportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["branchportal"])
app.autodiscover_tasks(["assessments.schemes", "assessments.cycles", "assessments.results", "assessments.reports"])
app.autodiscover_tasks(["assessments.reminders", "assessments.inspections.scoping"])
app.autodiscover_tasks(["assessments.sheets", "assessments.polls", "assessments.results.trials", "branches", "members"])


class Hands(redis.QoS):
    """What a worker holds of Redis. kombu keeps for ever what Redis was too slow or too far away to be told the end of,
    and two such messages fill the hands of a pool of two: alive, connected and deaf until somebody restarts it.

    Here it lets go of them. Redis hands them out once more later, and the job's row says that it is over.
    """

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


redis.Channel.QoS = Hands


@worker_init.connect
def refuse_unprotected(**kwargs: object) -> None:
    """A worker does not start on a database that does not protect the figures, or that cannot be asked.

    Celery writes what a signal's receiver raises into its log and goes on; only leaving the process stops it.
    """
    from .readiness import require_ready

    try:
        require_ready()
    except Exception as fault:
        raise SystemExit(str(fault)) from fault
