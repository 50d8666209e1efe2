"""The outbox of the assessment office: what waits to be sent, as it will be sent."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from branchportal import mailing
from branchportal.access import require
from branchportal.errors import PortalError, StaleState
from branchportal.paging import page_of, whole_number

from . import rules, words
from .choices import MailStatus
from .models import Mail
from .services import outbox as services
from .services.outbox import Seen
from .services.sending import UNREACHABLE


@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """All mails, what waits first; 50 a page."""
    require(rules.can_keep_outbox(request.user))
    return _outbox(request)


def _outbox(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    mails = Mail.objects.visible_to(request.user)
    counts = dict(mails.order_by().values_list("status").annotate(number=Count("pk")))
    wanted = request.GET.get("status", "")
    rows = mails.for_table().order_by("-pk")
    rows = rows.filter(status=wanted) if wanted in MailStatus.values else rows
    down = mails.filter(status=MailStatus.RELEASED, fault=UNREACHABLE).order_by("-not_before").first()
    page = page_of(request, rows)
    context = {
        "page": page,
        "rows": [(row, list(words.lines_of(row.messages.all()))) for row in page],
        "tabs": [(one.value, one.label, counts[one]) for one in MailStatus if counts.get(one)],
        "wanted": wanted,
        "seen": services.waiting_now(),
        "waiting": counts.get(MailStatus.WAITING, 0),
        "unsure": counts.get(MailStatus.UNSURE, 0),
        "down": down,
        "has_mail": mailing.is_set(),
        "hours": settings.MAIL_RELEASE_HOURS,
        "days": "、".join(map(str, settings.REMIND_DAYS)),
        "release": rules.can_release(request.user),
        "problem": problem,
        "reason": request.POST.get("reason", "")[:200],
    }
    return render(request, "assessments/reminders/outbox.html", context, status=status)


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Release or drop what waits, as the page showed it; gather now; try the server again."""
    require(rules.can_keep_outbox(request.user))
    seen = Seen(*(whole_number(request.POST.get(name)) for name in ("count", "newest", "versions")))
    wish, actor = request.POST.get("do"), request.user
    try:
        if wish == "release":
            done = services.release_all(actor=actor, seen=seen, at=request.received_at)
            said = ngettext("%(count)d mail is released.", "%(count)d mails are released.", done)
            messages.success(request, said % {"count": done})
        elif wish == "drop":
            done = services.drop_all(
                actor=actor, seen=seen, reason=request.POST.get("reason", ""), at=request.received_at
            )
            said = ngettext("%(count)d mail was dropped.", "%(count)d mails were dropped.", done)
            messages.success(request, said % {"count": done})
        elif wish == "send":
            return redirect("task", pk=services.send_again(actor=actor).pk)
        elif wish == "gather":
            return redirect("task", pk=services.request_gathering(actor=actor).pk)
        else:
            raise PortalError(_("Choose what to do with the outbox."))
    except StaleState:
        raise
    except PortalError as refusal:
        return _outbox(request, refusal.message, status=422)
    return redirect("reminders:outbox")


@require_GET
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail as it will be sent, or as it was."""
    require(rules.can_keep_outbox(request.user))
    return _mail(request, _found(request, pk))


def _found(request: HttpRequest, pk: int) -> Mail:
    return get_object_or_404(Mail.objects.visible_to(request.user).select_related("user", "decided_by"), pk=pk)


def _mail(request: HttpRequest, found: Mail, problem: str = "", status: int = 200) -> HttpResponse:
    items = list(found.messages.order_by("on", "pk"))
    holding = [item for item in items if not item.void]
    was_sent = found.status in (MailStatus.SENT, MailStatus.UNSURE, MailStatus.SENDING)
    context = {
        "mail": found,
        "address": mailing.masked_mail(found.user.mail),
        "sender": settings.MAIL_FROM,
        "subject": found.subject if was_sent else words.subject_of(holding),
        "body": found.body if was_sent else words.body_of(found, holding),
        "was_sent": was_sent,
        "holding": holding,
        "void": [(item, words.sentence(item)) for item in items if item.void],
        "release": rules.can_release(request.user, found),
        "drop": rules.can_drop(request.user, found),
        "problem": problem,
        "reason": request.POST.get("reason", "")[:200],
    }
    return render(request, "assessments/reminders/mail.html", context, status=status)


@require_POST
def act_on_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Release or drop one mail."""
    require(rules.can_keep_outbox(request.user))
    found, version = _found(request, pk), whole_number(request.POST.get("version"))
    try:
        if request.POST.get("do") == "drop":
            reason = request.POST.get("reason", "")
            services.drop_mail(actor=request.user, mail=found, version=version, reason=reason, at=request.received_at)
            messages.success(request, _("The mail was dropped. Its messages stay on the person’s page."))
        else:
            services.release_mail(actor=request.user, mail=found, version=version, at=request.received_at)
            messages.success(request, _("The mail is released."))
    except StaleState:
        raise
    except PortalError as refusal:
        return _mail(request, found, refusal.message, status=422)
    return redirect("reminders:mail", pk=pk)
