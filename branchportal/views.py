"""Pages of the frame: tasks, language, health, and what is shown instead of a fault."""

import sys
from pathlib import Path

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from . import jobs, outage
from .htmx import render_part
from .middleware import answer
from .models import Job
from .returning import own_page


@require_GET
def tasks(request: HttpRequest) -> HttpResponse:
    """The user's own background tasks, newest first."""
    rows = list(Job.objects.filter(owner=request.user)[:50])
    context = {"jobs": rows, "is_silent": _is_stuck(rows)}
    return render_part(request, "tasks.html", "_tasks.html", context)


@require_GET
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task with its progress bar; the part asks for itself again until the task is over."""
    job = get_object_or_404(Job, pk=pk, owner=request.user)
    return render_part(request, "task.html", "_task.html", {"job": job, "is_silent": _is_stuck([job])})


@require_POST
def task_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a task to stop."""
    jobs.cancel(job=get_object_or_404(Job, pk=pk, owner=request.user), actor=request.user)
    return redirect("task", pk=pk)


@require_GET
def task_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file a task made, under its Chinese name."""
    job = get_object_or_404(Job, pk=pk, owner=request.user, status=Job.Status.DONE)
    path = Path(settings.MEDIA_ROOT) / job.file_path
    if not job.file_path or not path.is_file():
        return answer(request, 404, "not_found", _("The file is no longer kept. Start the task again."))
    return FileResponse(path.open("rb"), as_attachment=True, filename=job.file_name)


def _is_stuck(rows: list[Job]) -> bool:
    """Whether something waits and nobody works (asked only when something waits)."""
    return any(not job.is_over for job in rows) and jobs.is_worker_silent()


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember Chinese or English for a year and return to the page."""
    response = redirect(own_page(request, request.POST.get("next"), "/"))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 86400,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, else 503; for load balancers and start scripts. It tells nothing more."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except outage.OUTAGES:
        return JsonResponse({"status": "unavailable"}, status=503, headers={"Retry-After": str(outage.RETRY_SECONDS)})
    return JsonResponse({"status": "ok"})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What cannot be read at all: too much of it, another encoding, a name of a host that is not ours."""
    if isinstance(exception, RequestDataTooBig):
        text = _("The texts of this form are larger than %(limit)d MB together. Shorten them, or attach them as files.")
        limit = {"limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024 // 1024}
        return answer(request, 413, "too_large", text % limit)
    if isinstance(exception, TooManyFieldsSent):
        text = _("At most %(limit)d fields can be sent at once. Send them in several parts.")
        return answer(request, 400, "too_many", text % {"limit": settings.DATA_UPLOAD_MAX_NUMBER_FIELDS})
    if isinstance(exception, TooManyFilesSent):
        text = _("At most %(limit)d files can be sent at once. Choose fewer and send the others afterwards.")
        return answer(request, 400, "too_many", text % {"limit": settings.DATA_UPLOAD_MAX_NUMBER_FILES})
    if isinstance(exception, DisallowedHost):
        text = _("The portal has another address. Open it under the one that your office has announced.")
        return answer(request, 400, "wrong_host", text)
    text = _("What was sent could not be read. Open the page anew and send it with the page's own button.")
    return answer(request, 400, "invalid", text)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The same body for what does not exist and what is not yours."""
    return answer(request, 404, "not_found", _("This page does not exist, or it is not yours to see."))


def server_fault(request: HttpRequest) -> HttpResponse:
    """The last resort. A database that is away shows here too, when it is asked before the page is reached."""
    if outage.is_outage(error := sys.exc_info()[1]):
        return outage.answer(request, error)
    return answer(
        request, 500, "fault", _("The portal made a mistake. Nothing was half done; the office has the details.")
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that is too old or came from elsewhere."""
    return answer(
        request, 403, "csrf", _("This page is too old to be sent. Reload it and try again; what you typed is kept.")
    )
