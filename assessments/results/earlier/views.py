"""The list of earlier results, and taking them back."""

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from branches.former import called
from branchportal.access import require
from branchportal.editing import Page, edit
from branchportal.paging import page_of

from . import rules, services
from .forms import EarlierFilter, RemoveForm
from .models import EarlierResult


@require_GET
def earlier(request: HttpRequest) -> HttpResponse:
    """Imported years of the visible branches, newest first, 50 a page; filters stay in the address."""
    seen = EarlierResult.objects.visible_to(request.user)
    years = list(seen.values_list("year", flat=True).order_by("-year").distinct())
    form = EarlierFilter(request.GET, years=years)
    rows, year = filtered(seen, form)
    context = {
        "page": page_of(request, rows.for_table()),
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "access": rules.can_remove(request.user),
        "year": year,
    }
    return render(request, "assessments/earlier/list.html", context)


def filtered(rows: QuerySet[EarlierResult], form: EarlierFilter) -> tuple[QuerySet[EarlierResult], int | None]:
    """Rows narrowed down by what is valid in the form, and the year that was chosen."""
    form.is_valid()
    wanted = form.cleaned_data
    year = int(wanted["year"]) if wanted.get("year") else None
    if search := wanted.get("q"):
        rows = rows.filter(called(search) | Q(branch__code__icontains=search))
    return (rows.filter(year=year) if year else rows), year


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason and remove one row."""
    row = get_object_or_404(EarlierResult.objects.visible_to(request.user).for_table(), pk=pk)
    require(rules.can_remove(request.user))
    page = Page(
        heading=_("Remove the result of %(year)d of “%(name)s”") % {"year": row.year, "name": row.branch.name},
        back=reverse("results:earlier"),
        button=_("Remove"),
        done=_("The earlier result has been removed."),
        hint=_("Trends and years in a row no longer show it. The audit trail keeps what stood there, and the reason."),
    )
    form = RemoveForm(request.POST or None, initial={"version": row.version})
    return edit(
        request,
        form=form,
        page=page,
        save=lambda f: services.remove_result(row=row, actor=request.user, **f.cleaned_data),
    )


@require_http_methods(["GET", "POST"])
def remove_year(request: HttpRequest, year: int) -> HttpResponse:
    """Ask for the reason and remove a whole year."""
    require(rules.can_remove(request.user))
    count = EarlierResult.objects.filter(year=year).count()
    if not count:
        raise Http404
    page = Page(
        heading=_("Remove all %(count)d earlier results of %(year)d") % {"count": count, "year": year},
        back=reverse("results:earlier"),
        button=_("Remove the whole year"),
        done=_("The earlier results of %(year)d have been removed.") % {"year": year},
        hint=_(
            "Trends and years in a row no longer show them. The audit trail keeps what stood there, and the reason."
        ),
    )
    form = RemoveForm(request.POST or None, initial={"version": 1})
    return edit(
        request,
        form=form,
        page=page,
        save=lambda f: services.remove_year(year=year, actor=request.user, reason=f.cleaned_data["reason"]),
    )
