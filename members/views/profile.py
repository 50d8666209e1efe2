"""One's own account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branchportal.errors import PortalError
from branchportal.mailing import masked_mail
from branchportal.models import AuditEntry

from ..services.own_mail import set_own_mail


@require_GET
def profile(request: HttpRequest) -> HttpResponse:
    """Name, account, today's offices, language, password, and the last sign-ins."""
    return _profile(request)


@require_POST
def own_mail(request: HttpRequest) -> HttpResponse:
    """Give, change or take back the address for reminders."""
    address = request.POST.get("mail", "")
    try:
        if "mail" not in request.POST:  # no form of ours; an absent address would take the kept one away
            raise PortalError(_("Type the mail address, or leave the field empty to take it back."), field="mail")
        user = set_own_mail(user=request.user, address=address)
    except PortalError as refusal:
        return _profile(request, problem=refusal.message, typed=address, status=422)
    messages.success(request, _("The mail address is kept.") if user.mail else _("No mail address is kept."))
    return redirect("members:profile")


def _profile(request: HttpRequest, problem: str = "", typed: str | None = None, status: int = 200) -> HttpResponse:
    offices = list(request.user.appointments.in_force().for_table())
    sign_ins = AuditEntry.objects.filter(
        object_type="members.user", object_id=request.user.pk, action="account.signed_in"
    ).order_by("-id")[:5]
    context = {
        "account": request.user,
        "offices": offices,
        "sign_ins": sign_ins,
        "today": timezone.localdate(),
        "problem": problem,
        "mail": masked_mail(request.user.mail) if typed is None else typed,
    }
    return render(request, "members/profile.html", context, status=status)
