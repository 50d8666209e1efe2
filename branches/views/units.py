"""Units: the departments that summaries are made by."""

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from branchportal.access import require
from branchportal.editing import Page, edit
from branchportal.paging import page_of

from .. import rules
from ..forms import UnitForm
from ..models import Unit
from ..services import branches as services


@require_GET
def units(request: HttpRequest) -> HttpResponse:
    """All units with their numbers of branches, 50 a page."""
    require(rules.can_see_units(request.user))
    search = request.GET.get("q", "").strip()[:60]
    rows = Unit.objects.annotate(branch_count=Count("branches", filter=Q(branches__is_active=True)))
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(code__icontains=search))
    context = {
        "page": page_of(request, rows.order_by("code")),
        "search": search,
        "access": rules.can_edit_tree(request.user),
    }
    return render(request, "branches/units.html", context)


@require_http_methods(["GET", "POST"])
def unit_new(request: HttpRequest) -> HttpResponse:
    """Create a unit."""
    require(rules.can_edit_tree(request.user))
    page = Page(
        heading=_("New unit"),
        back=reverse("branches:units"),
        button=_("Create unit"),
        done=_("The unit has been created."),
    )
    form = UnitForm(request.POST or None)
    return edit(request, form=form, page=page, save=lambda f: services.create_unit(actor=request.user, **f.values))


@require_http_methods(["GET", "POST"])
def unit_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a unit or take it out of use."""
    require(rules.can_edit_tree(request.user))
    unit = get_object_or_404(Unit, pk=pk)
    page = Page(
        heading=_("Edit “%(name)s”") % {"name": unit.name},
        back=reverse("branches:units"),
        button=_("Save"),
        done=_("The unit has been saved."),
    )
    form = UnitForm(request.POST or None, instance=unit)
    return edit(
        request,
        form=form,
        page=page,
        save=lambda f: services.change_unit(
            actor=request.user, unit=unit, version=f.cleaned_data["version"], **f.values
        ),
    )
