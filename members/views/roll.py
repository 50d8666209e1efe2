"""The roll: members of the visible branches."""

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.rules import can_export
from branchportal.access import require
from branchportal.editing import Page, edit
from branchportal.paging import page_of, whole_number

from .. import rules
from ..filters import MemberFilter
from ..forms import MemberForm
from ..models import Member
from ..services import roll as services


@require_GET
def members(request: HttpRequest) -> HttpResponse:
    """Members of one's own branch, subtree or all, 50 a page."""
    require(rules.can_list_members(request.user))
    form = MemberFilter(request.GET, user=request.user)
    rows = filtered(Member.objects.visible_to(request.user), form).for_table()
    context = {
        "page": page_of(request, rows.order_by("branch__code", "number")),
        "form": form,
        "export_access": can_export(request.user, "members"),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "members/members.html", context)


def filtered(rows: QuerySet[Member], form: MemberFilter) -> QuerySet[Member]:
    """Rows narrowed down by what is valid in the form."""
    form.is_valid()
    wanted = form.cleaned_data
    if search := wanted.get("q"):
        rows = rows.filter(Q(name__icontains=search) | Q(number__icontains=search))
    if code := wanted.get("branch"):
        rows = rows.filter(Q(branch__code=code) | Q(branch__name__icontains=code))
    if kind := wanted.get("kind"):
        rows = rows.filter(kind=kind)
    if wanted.get("state") != "all":
        rows = rows.filter(is_active=wanted.get("state") != "left")
    return rows


@require_http_methods(["GET", "POST"])
def member_new(request: HttpRequest) -> HttpResponse:
    """Put a person on the roll."""
    require(rules.can_list_members(request.user))
    page = Page(
        heading=_("New member"),
        back=reverse("members:list"),
        button=_("Add member"),
        done=_("The member is on the roll."),
    )
    own = sorted(request.user.scope.branch_ids)
    form = MemberForm(request.POST or None, user=request.user, initial={"branch": own[0] if own else None})
    return edit(request, form=form, page=page, save=lambda f: services.add_member(actor=request.user, **f.values))


@require_http_methods(["GET", "POST"])
def member_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a member or transfer to another branch."""
    member = get_object_or_404(Member.objects.visible_to(request.user).for_table(), pk=pk)
    require(rules.can_edit_member(request.user, member.branch))
    page = Page(
        heading=_("Edit “%(name)s”") % {"name": member.name},
        back=reverse("members:list"),
        button=_("Save"),
        done=_("The member has been saved."),
    )

    def save(form: MemberForm) -> Member:
        stored = Member.objects.select_related("branch__organization").get(pk=pk)
        version = form.cleaned_data["version"]
        return services.change_member(actor=request.user, member=stored, version=version, **form.values)

    form = MemberForm(request.POST or None, instance=member, user=request.user)
    return edit(request, form=form, page=page, save=save)


@require_POST
def member_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Take off the roll, or put back."""
    member = get_object_or_404(Member.objects.visible_to(request.user).for_table(), pk=pk)
    services.set_member_active(
        actor=request.user,
        member=member,
        version=whole_number(request.POST.get("version")),
        is_active=request.POST.get("is_active") == "1",
    )
    return redirect("members:list")
