"""Ballot papers: list, make, change, copy, delete."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.paging import page_of

from ...cycles.models import YearPlan
from ...schemes.models import SchemeVersion
from .. import rules
from ..forms import SUGGESTED, number, paper_rows, read_paper
from ..models import PollForm
from ..services.papers import PaperSaid, copy_form, delete_form, said_of, save_form
from ..targets import target_label, targets


@require_GET
def paper_list(request: HttpRequest) -> HttpResponse:
    """All ballot papers, newest first."""
    require(rules.can_make_forms(request.user))
    rows = PollForm.objects.visible_to(request.user).select_related("scheme_version__scheme", "created_by")
    rows = rows.annotate(poll_count=Count("polls")).order_by("-pk")
    page = page_of(request, rows)
    for form in page:
        form.target_words = target_label(form.scheme_version, form.target)
    return render(request, "assessments/polls/papers.html", {"page": page})


def _versions() -> list[SchemeVersion]:
    """Schemes of the years, this year's first; those of years to come last."""
    plans, year = list(YearPlan.objects.select_related("scheme_version__scheme")), timezone.localdate().year
    plans.sort(key=lambda plan: (plan.year > year, -plan.year))
    found: dict[int, SchemeVersion] = {}
    for plan in plans:
        found |= {version.pk: version for version in plan.versions if version.pk not in found}
    return list(found.values())


@require_http_methods(["GET", "POST"])
def paper_new(request: HttpRequest) -> HttpResponse:
    """A new ballot paper under the scheme of a year; the usual paper is suggested."""
    require(rules.can_make_forms(request.user))
    versions = _versions()
    wanted = number((request.POST or request.GET).get("scheme"))
    version = next((each for each in versions if each.pk == wanted), versions[0] if versions else None)
    if version is None:
        raise PortalError(_("Set up a year with its scheme first; a ballot paper belongs to a scheme version."))
    error, said = None, SUGGESTED
    if request.method == "POST":
        try:
            said = read_paper(request.POST)
            form = save_form(actor=request.user, scheme_version=version, said=said, at=request.received_at)
        except PortalError as refusal:
            error = refusal
        else:
            messages.success(request, _("The ballot paper is saved."))
            return redirect("polls:paper", pk=form.pk)
    return _show(request, None, version, said, error, versions)


@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """One ballot paper: changed here until a poll uses it, read afterwards."""
    form = _form(request, pk)
    error, said = None, said_of(form)
    if request.method == "POST":
        require(rules.can_change_form(request.user, form))
        try:
            said = read_paper(request.POST)
            save_form(
                actor=request.user,
                scheme_version=form.scheme_version,
                said=said,
                form=form,
                version=number(request.POST.get("version")) or 0,
                at=request.received_at,
            )
        except PortalError as refusal:
            error = refusal
        else:
            messages.success(request, _("The ballot paper is saved."))
            return redirect("polls:paper", pk=pk)
    return _show(request, form, form.scheme_version, said, error, [])


def _show(
    request: HttpRequest,
    form: PollForm | None,
    version: SchemeVersion,
    said: PaperSaid,
    error: PortalError | None,
    versions: list[SchemeVersion],
) -> HttpResponse:
    context = {
        "form": form,
        "version": version,
        "versions": versions,
        "said": said,
        "rows": paper_rows(said),
        "targets": targets(version),
        "target_words": target_label(version, said.target),
        "may_change": rules.can_change_form(request.user, form) if form else rules.can_make_forms(request.user),
        "error": error,
        "field": error.details.get("field", "") if error else "",
    }
    template = "paper.html" if form is None or not form.is_locked else "paper_locked.html"
    return render(request, f"assessments/polls/{template}", context, status=error.status if error else 200)


def _form(request: HttpRequest, pk: int) -> PollForm:
    rows = PollForm.objects.visible_to(request.user).select_related("scheme_version__scheme")
    return get_object_or_404(rows, pk=pk)


@require_POST
def paper_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """A copy that may be changed."""
    made = copy_form(actor=request.user, form=_form(request, pk))
    messages.success(request, _("This is the copy; change what is to be different."))
    return redirect("polls:paper", pk=made.pk)


@require_POST
def paper_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a ballot paper that no poll uses."""
    delete_form(actor=request.user, form=_form(request, pk))
    messages.success(request, _("The ballot paper is deleted."))
    return redirect("polls:papers")
