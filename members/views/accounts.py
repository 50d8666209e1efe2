"""Accounts: list, create, change, deactivate; initial passwords are shown once."""

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branchportal.access import require
from branchportal.editing import Page, edit
from branchportal.errors import PortalError
from branchportal.paging import page_of, whole_number

from .. import rules
from ..filters import AccountFilter
from ..forms import AccountForm
from ..models import Appointment, User
from ..roles import Role
from ..services import accounts as services


@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """Accounts with their offices, 50 a page."""
    require(rules.can_list_accounts(request.user))
    form = AccountFilter(request.GET)
    rows = filtered(User.objects.visible_to(request.user), form).for_table()
    page = page_of(request, rows.order_by("username"))
    locked = AccessAttempt.objects.filter(
        username__in=[user.username for user in page], failures_since_start__gte=settings.AXES_FAILURE_LIMIT
    )
    context = {
        "page": page,
        "rows": [
            (user, rules.can_edit_account(request.user, user), rules.can_reset_password(request.user, user))
            for user in page
        ],
        "locked": set(locked.values_list("username", flat=True)),
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "create_access": rules.can_create_account(request.user),
        "security_access": rules.can_see_security(request.user),
        "slips_access": request.user.scope.has(Role.OFFICE, Role.DEPARTMENT),
    }
    return render(request, "members/accounts.html", context)


def filtered(rows: QuerySet[User], form: AccountFilter) -> QuerySet[User]:
    """Rows narrowed down by what is valid in the form."""
    form.is_valid()
    wanted = form.cleaned_data
    if search := wanted.get("q"):
        held = Appointment.objects.in_force().filter(
            Q(branch__name__icontains=search) | Q(organization__name__icontains=search)
        )
        rows = rows.filter(Q(username__icontains=search) | Q(name__icontains=search) | Q(pk__in=held.values("user")))
    if role := wanted.get("role"):
        offices = Appointment.objects.in_force()
        if role == "none":
            rows = rows.exclude(pk__in=offices.values("user"))
        else:
            rows = rows.filter(pk__in=offices.filter(role=role).values("user"))
    if wanted.get("state") != "all":
        rows = rows.filter(is_active=wanted.get("state") != "inactive")
    return rows


@require_http_methods(["GET", "POST"])
def account_new(request: HttpRequest) -> HttpResponse:
    """Create an account; the answer shows the initial password, once."""
    require(rules.can_create_account(request.user))
    form = AccountForm(request.POST or None)
    page = Page(
        heading=_("New account"),
        back=reverse("members:accounts"),
        button=_("Create account"),
        done="",
        hint=_("The initial password is shown once after saving. Rights are given under “Appointments”."),
    )
    if request.method == "POST" and form.is_valid():
        try:
            slip = services.create_account(actor=request.user, member=form.cleaned_data["member"], **form.values)
        except PortalError as refusal:
            form.add_error(None, refusal.message)
        else:
            return _show_slips(request, [slip])
    status = 422 if form.is_bound else 200
    return render(request, "form.html", {"form": form, "page": page}, status=status)


@require_http_methods(["GET", "POST"])
def account_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct an account."""
    account = _account(request, pk)
    require(rules.can_edit_account(request.user, account))
    page = Page(
        heading=_("Edit account “%(name)s”") % {"name": account.username},
        back=reverse("members:accounts"),
        button=_("Save"),
        done=_("The account has been saved."),
    )

    def save(form: AccountForm) -> User:
        data = form.cleaned_data
        return services.change_account(
            actor=request.user, account=account, version=data["version"], member=data["member"], **form.values
        )

    return edit(request, form=AccountForm(request.POST or None, instance=account), page=page, save=save)


@require_POST
def account_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Deactivate or activate."""
    account = _account(request, pk)
    is_active = request.POST.get("is_active") == "1"
    version = whole_number(request.POST.get("version"))
    services.set_account_active(actor=request.user, account=account, version=version, is_active=is_active)
    done = _("The account “%(name)s” is active again.") if is_active else _("The account “%(name)s” is deactivated.")
    messages.success(request, done % {"name": account.username})
    return redirect("members:accounts")


@require_POST
def account_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """A new initial password, shown once."""
    return _show_slips(request, [services.reset_password(actor=request.user, account=_account(request, pk))])


@require_POST
def account_unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """Lift the lock after too many wrong passwords."""
    account = _account(request, pk)
    services.unlock_account(actor=request.user, account=account)
    messages.success(request, _("The lock of “%(name)s” has been lifted.") % {"name": account.username})
    return redirect("members:accounts")


def _account(request: HttpRequest, pk: int) -> User:
    return get_object_or_404(User.objects.visible_to(request.user).for_table(), pk=pk)


def _show_slips(request: HttpRequest, slips: list[services.Slip]) -> HttpResponse:
    """Slips to print and cut; nothing of this page is stored anywhere."""
    address = request.build_absolute_uri(reverse("members:login"))
    return render(request, "members/slips.html", {"slips": slips, "address": address})
