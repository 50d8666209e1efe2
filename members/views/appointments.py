"""Appointments: who holds which office where, from when to when."""

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branchportal.access import require
from branchportal.editing import Page, edit
from branchportal.paging import page_of

from .. import rules
from ..filters import AppointmentFilter
from ..forms import AppointmentForm
from ..models import Appointment
from ..services import appointments as services


@require_GET
def appointments(request: HttpRequest) -> HttpResponse:
    """All offices with their dates, 50 a page."""
    require(rules.can_list_appointments(request.user))
    form = AppointmentFilter(request.GET)
    rows = filtered(Appointment.objects.visible_to(request.user), form).for_table()
    page = page_of(request, rows.order_by("user__username", "role", "starts_on", "id"))
    context = {
        "page": page,
        "rows": [(office, rules.can_revoke(request.user, office)) for office in page],
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "members/appointments.html", context)


def filtered(rows: QuerySet[Appointment], form: AppointmentFilter) -> QuerySet[Appointment]:
    """Rows narrowed down by what is valid in the form."""
    form.is_valid()
    wanted, today = form.cleaned_data, timezone.localdate()
    if search := wanted.get("q"):
        rows = rows.filter(
            Q(user__username__icontains=search)
            | Q(user__name__icontains=search)
            | Q(branch__name__icontains=search)
            | Q(organization__name__icontains=search)
        )
    if role := wanted.get("role"):
        rows = rows.filter(role=role)
    match wanted.get("state"):
        case "later":
            return rows.filter(starts_on__gt=today)
        case "over":
            return rows.filter(ends_on__lt=today)
        case "all":
            return rows
        case _other:
            return rows.in_force(today)


@require_http_methods(["GET", "POST"])
def appointment_new(request: HttpRequest) -> HttpResponse:
    """Grant an office."""
    require(rules.can_list_appointments(request.user))
    form = AppointmentForm(
        request.POST or None, user=request.user, initial={"username": request.GET.get("account", "")}
    )
    page = Page(
        heading=_("Grant an office"),
        back=reverse("members:appointments"),
        button=_("Grant office"),
        done=_("The office has been granted."),
        hint=_("Rights come from offices only, from the first to the last day. Nobody grants to himself."),
    )

    def save(form: AppointmentForm) -> Appointment:
        data = form.cleaned_data
        return services.grant_appointment(
            actor=request.user,
            user=data["username"],
            role=data["role"],
            organization=data["organization"],
            branch=data["branch_code"],
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
        )

    return edit(request, form=form, page=page, save=save)


@require_POST
def appointment_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End an office at once."""
    office = get_object_or_404(Appointment.objects.visible_to(request.user).for_table(), pk=pk)
    services.revoke_appointment(actor=request.user, appointment=office)
    messages.success(request, _("The office has been ended; it gives no right from this moment on."))
    return redirect("members:appointments")
