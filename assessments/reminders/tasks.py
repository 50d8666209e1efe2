"""Background work of the reminders: one task, one service call."""

from celery import shared_task
from django.urls import reverse
from django.utils.translation import gettext as _

from branchportal import jobs

from .services import outbox, sending, timetable


@shared_task(name=outbox.SEND)
def send(job_id: int) -> None:
    """Send what was released; a second delivery finds nothing left to claim."""
    with jobs.working_on(job_id) as progress:
        if progress is not None:
            sending.send_released(progress)


@shared_task(name=outbox.GATHER)
def gather(job_id: int) -> None:
    """Look for what is due, as every hour."""
    with jobs.working_on(job_id) as progress:
        if progress is not None:
            done = timetable.hourly()
            said = _("%(written)d new messages, %(void)d that hold no longer.") % done
            progress.finish(message=said, url=reverse("reminders:outbox"))
