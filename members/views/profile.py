"""One's own account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from branchportal.models import AuditEntry


@require_GET
def profile(request: HttpRequest) -> HttpResponse:
    """Name, account, today's offices, language, password, and the last sign-ins."""
    offices = list(request.user.appointments.in_force().for_table())
    sign_ins = AuditEntry.objects.filter(
        object_type="members.user", object_id=request.user.pk, action="account.signed_in"
    ).order_by("-id")[:5]
    context = {"account": request.user, "offices": offices, "sign_ins": sign_ins, "today": timezone.localdate()}
    return render(request, "members/profile.html", context)
