"""The list of branches, and a branch's form."""

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branchportal.access import require
from branchportal.editing import Page, edit
from branchportal.paging import page_of, whole_number

from .. import former, rules
from ..forms import BranchFilter, BranchForm, CloseForm
from ..models import Branch
from ..services import branches as services


@require_GET
def branches(request: HttpRequest) -> HttpResponse:
    """The visible branches, 50 a page; search and filters stay in the address."""
    form = BranchFilter(request.GET, user=request.user)
    rows = filtered(Branch.objects.visible_to(request.user), form)
    rows = rows.for_table().annotate(member_count=Count("members", filter=Q(members__is_active=True)))
    context = {
        "page": page_of(request, rows.order_by("code")),
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "access": rules.can_edit_tree(request.user),
    }
    return render(request, "branches/branches.html", context)


def filtered(rows: QuerySet[Branch], form: BranchFilter) -> QuerySet[Branch]:
    """Rows narrowed down by what is valid in the form; a wrong value narrows nothing."""
    form.is_valid()
    wanted = form.cleaned_data
    if search := wanted.get("q"):
        rows = rows.filter(Q(name__icontains=search) | Q(code__icontains=search) | Q(unit__name__icontains=search))
    if organization := wanted.get("organization"):
        rows = rows.filter(organization__path__startswith=organization.path)
    if sector := wanted.get("sector"):
        rows = rows.filter(sector=sector)
    if wanted.get("state") != "all":
        rows = rows.filter(is_active=wanted.get("state") != "closed")
    return rows


@require_http_methods(["GET", "POST"])
def branch_new(request: HttpRequest) -> HttpResponse:
    """Found a branch."""
    require(rules.can_edit_tree(request.user))
    page = Page(
        heading=_("New branch"),
        back=reverse("branches:list"),
        button=_("Create branch"),
        done=_("The branch has been created."),
    )
    form = BranchForm(request.POST or None, initial={"organization": request.GET.get("organization")})
    return edit(request, form=form, page=page, save=lambda f: services.create_branch(actor=request.user, **f.values))


def former_names(branch: Branch) -> str:
    """“ Former names: 甲支部 (until 2026-11-02).”, or nothing."""
    told = [
        _("“%(name)s” (until %(day)s)") % {"name": row.name, "day": timezone.localtime(row.until).date().isoformat()}
        for row in former.names_of(branch)
    ]
    said = _("Former names, under which published lists of their time go on showing it: %(names)s.")
    return " " + said % {"names": "、".join(told)} if told else ""


@require_http_methods(["GET", "POST"])
def branch_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a branch."""
    branch = get_object_or_404(Branch.objects.visible_to(request.user), pk=pk)
    require(rules.can_edit_tree(request.user))
    page = Page(
        heading=_("Edit “%(name)s”") % {"name": branch.name},
        back=reverse("branches:list"),
        button=_("Save"),
        done=_("The branch has been saved."),
        hint=_("Sheets that exist keep the organization and sector they were opened with.") + former_names(branch),
    )

    def save(form: BranchForm) -> Branch:
        version = form.cleaned_data["version"]
        return services.change_branch(actor=request.user, branch=branch, version=version, **form.values)

    return edit(request, form=BranchForm(request.POST or None, instance=branch), page=page, save=save)


@require_http_methods(["GET", "POST"])
def branch_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the day and close a branch."""
    branch = get_object_or_404(Branch.objects.visible_to(request.user).filter(is_active=True), pk=pk)
    require(rules.can_edit_tree(request.user))
    page = Page(
        heading=_("Close “%(name)s”") % {"name": branch.name},
        back=reverse("branches:list"),
        button=_("Close branch"),
        done=_("The branch has been closed."),
        hint=_("A closed branch is in no new cycle. Its sheets and results stay, and the closing can be taken back."),
    )
    form = CloseForm(request.POST or None, initial={"version": branch.version})
    return edit(
        request,
        form=form,
        page=page,
        save=lambda f: services.close_branch(actor=request.user, branch=branch, **f.cleaned_data),
    )


@require_POST
def branch_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a closing back."""
    branch = get_object_or_404(Branch.objects.visible_to(request.user), pk=pk)
    services.reopen_branch(actor=request.user, branch=branch, version=whole_number(request.POST.get("version")))
    return redirect("branches:list")
