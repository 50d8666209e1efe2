"""One's own messages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from branchportal import mailing
from branchportal.paging import page_of

from . import words
from .choices import Matter
from .models import Message
from .services.reading import read_messages

ICONS = {
    Matter.DUE: "calendar-clock",
    Matter.OVERDUE: "clock-alert",
    Matter.RETURNED: "undo-2",
    Matter.NOTICE: "megaphone",
    Matter.ANSWERED: "message-square-reply",
    Matter.ASSIGNED: "user-check",
}


@require_GET
def messages_page(request: HttpRequest) -> HttpResponse:
    """What one was told, the newest first; `?unread=1` only what is unread."""
    rows = Message.objects.visible_to(request.user).order_by("-pk")
    if request.GET.get("unread"):
        rows = rows.unread()
    page = page_of(request, rows)
    today = timezone.localdate()
    lines = [
        {
            "message": row,
            "said": words.sentence(row),
            "icon": ICONS[Matter(row.matter)],
            "is_late": _is_late(row, today),
        }
        for row in page
    ]
    context = {"page": page, "lines": lines, "has_mail": mailing.is_set(), "address": request.user.mail}
    return render(request, "assessments/reminders/messages.html", context)


def _is_late(row: Message, today: object) -> bool:
    return not row.void and (row.matter == Matter.OVERDUE or (row.matter == Matter.DUE and row.on <= today))


@require_POST
def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what it is about; it counts as read from then on."""
    message = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    read_messages(user=request.user, at=request.received_at, message=message)
    return redirect(words.url_of(message))


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """All messages count as read."""
    read_messages(user=request.user, at=request.received_at)
    return redirect("reminders:messages")
