"""The tree of organizations."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branchportal.access import require
from branchportal.editing import Page, edit
from branchportal.paging import page_of, whole_number

from .. import rules
from ..forms import OrganizationForm
from ..models import Branch, Organization
from ..services import organizations as services
from ..tree import tree_of


@require_GET
def organizations(request: HttpRequest) -> HttpResponse:
    """The visible part of the tree with the branches of every subtree; a search shows where the hits stand."""
    rows = Organization.objects.visible_to(request.user).for_table()
    counts = Branch.objects.filter(is_active=True).order_by().values_list("organization").annotate(Count("pk"))
    nodes = tree_of(rows, dict(counts))
    search, state = request.GET.get("q", "").strip()[:60], request.GET.get("state", "")
    if not state:
        nodes = [node for node in nodes if node.organization.is_active]
    if search:
        nodes = [node for node in nodes if _matches(node.organization, search)]
    context = {
        "page": page_of(request, nodes),
        "search": search,
        "state": state,
        "access": rules.can_edit_tree(request.user),
        "is_filtered": bool(search or state),
    }
    return render(request, "branches/organizations.html", context)


@require_http_methods(["GET", "POST"])
def organization_new(request: HttpRequest) -> HttpResponse:
    """Create a node."""
    require(rules.can_edit_tree(request.user))
    above = Organization.objects.filter(pk=whole_number(request.GET.get("parent"))).first()
    form = OrganizationForm(request.POST or None, initial={"parent": above})
    page = Page(
        heading=_("New organization"),
        back=reverse("branches:organizations"),
        button=_("Create organization"),
        done=_("The organization has been created."),
    )
    return edit(
        request, form=form, page=page, save=lambda f: services.create_organization(actor=request.user, **f.values)
    )


@require_http_methods(["GET", "POST"])
def organization_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename or move a node with everything below it."""
    organization = get_object_or_404(Organization.objects.visible_to(request.user), pk=pk)
    require(rules.can_edit_tree(request.user))
    below = Organization.objects.within(organization).count() - 1
    page = Page(
        heading=_("Edit “%(name)s”") % {"name": organization.name},
        back=reverse("branches:organizations"),
        button=_("Save"),
        done=_("The organization has been saved."),
        hint=_("With another superior, the %(count)d organizations below move along.") % {"count": below}
        if below
        else "",
    )

    def save(form: OrganizationForm) -> object:
        return services.change_organization(
            actor=request.user, organization=organization, version=form.cleaned_data["version"], **form.values
        )

    return edit(request, form=OrganizationForm(request.POST or None, instance=organization), page=page, save=save)


@require_POST
def organization_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Deactivate or activate."""
    organization = get_object_or_404(Organization.objects.visible_to(request.user), pk=pk)
    services.set_organization_active(
        actor=request.user,
        organization=organization,
        version=whole_number(request.POST.get("version")),
        is_active=request.POST.get("is_active") == "1",
    )
    return redirect("branches:organizations")


def _matches(organization: Organization, search: str) -> bool:
    unit = organization.unit.name if organization.unit else ""
    return any(search.casefold() in text.casefold() for text in (organization.name, organization.code, unit))
