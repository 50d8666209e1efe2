"""Background work of this app."""

from celery import shared_task
from django.urls import reverse
from django.utils.translation import gettext as _

from branchportal import jobs
from branchportal.errors import Cancelled

from .imports import services
from .models import ImportUpload


@shared_task(name="branches.run_import")
def run_import(job_id: int) -> None:
    """The trial run of a large file, or its import once it is confirmed: the upload's status says which."""
    with jobs.working_on(job_id) as progress:
        if progress is None:
            return
        upload = ImportUpload.objects.select_related("owner").filter(pk=progress.job.params["upload"]).first()
        if upload is None:
            return
        progress.start(upload.row_count, _("Reading the rows"))
        try:
            if upload.status == ImportUpload.Status.CHECKING:
                services.check_upload(upload=upload, step=progress.step)
            elif upload.status == ImportUpload.Status.RUNNING:
                services.finish_upload(upload=upload, step=progress.step)
        except Cancelled as stop:
            services.refuse_upload(upload=upload, sentence=stop.message)
            raise
        progress.finish(url=reverse("branches:upload", args=[upload.pk]))
