"""Teams: members, leader, and what is assigned to them."""

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.former import called_then, own_name_at
from branches.models import Branch, Organization
from branchportal.access import require
from branchportal.editing import answer_conflict
from branchportal.errors import PortalError, StaleState
from branchportal.forms import Difference
from branchportal.paging import page_of, whole_number

from .. import rules
from ..forms import AssignForm, TeamForm, TeamMemberForm
from ..models import Assignment, Cycle, Team, TeamMembership, YearPlan
from ..naming import settled_of
from ..services import assignments, teams
from ..services.distributing import distribute


@require_http_methods(["GET", "POST"])
def team_new(request: HttpRequest, plan_pk: int) -> HttpResponse:
    """A new team in a year."""
    require(rules.can_set_up(request.user))
    plan = get_object_or_404(YearPlan, pk=plan_pk)
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            team = teams.create_team(actor=request.user, plan=plan, name=form.cleaned_data["name"])
        except PortalError as refusal:
            form.add_error("name", refusal.message)
        else:
            return redirect("cycles:team", pk=team.pk)
    context = {"form": form, "heading": _("New team")}
    return render(request, "assessments/cycles/plan_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def team_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A team: add a member here; the other changes have addresses of their own."""
    require(rules.can_see_set_up(request.user))
    team = _team(pk)
    form = TeamMemberForm(request.POST or None, team=team)
    if request.method == "POST" and form.is_valid():
        try:
            version = whole_number(request.POST.get("version"))
            teams.add_member(actor=request.user, team=team, version=version, user=form.cleaned_data["user"])
        except StaleState:
            raise
        except PortalError as refusal:
            form.add_error("user", refusal.message)
        else:
            return redirect("cycles:team", pk=pk)
    members = team.memberships.select_related("user__member__branch").order_by("-is_leader", "user__name")
    cycles = Cycle.objects.filter(plan_id=team.plan_id).order_by("starts_on")
    context = {
        "team": team,
        "members": members,
        "form": form,
        "access": rules.can_set_up(request.user),
        "cycles": cycles.annotate(number=Count("assignments", filter=Q(assignments__team=team))),
    }
    return render(request, "assessments/cycles/team.html", context, status=422 if form.is_bound else 200)


@require_POST
def team_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename the team, name its leader, or take a member out: which one says the pressed button."""
    require(rules.can_set_up(request.user))
    team, version = _team(pk), whole_number(request.POST.get("version"))
    if "rename" in request.POST:
        form = TeamForm(request.POST)
        if not form.is_valid():
            raise PortalError(_("Give the team a name of at most 60 characters."))
        name = form.cleaned_data["name"]
        try:
            teams.rename_team(actor=request.user, team=team, version=version, name=name)
        except StaleState as stale:
            now = _team(pk)
            both = [Difference(_("Name of the team"), now.name, name)]
            back = reverse("cycles:team", args=[pk])
            return answer_conflict(request, message=stale.message, both=both, version=now.version, back=back)
    elif "delete" in request.POST:
        teams.delete_team(actor=request.user, team=team, version=version)
        messages.success(request, _("The team was taken away."))
        return redirect("cycles:list")
    else:
        leader, office = request.POST.get("leader", ""), request.POST.get("set_office", "")
        wanted = leader or office or request.POST.get("remove", "")
        rows = TeamMembership.objects.select_related("team", "user").filter(team=team)
        membership = get_object_or_404(rows, pk=whole_number(wanted))
        known = {"actor": request.user, "membership": membership, "version": version}
        if office:
            teams.set_office(**known, office=request.POST.get("office", ""))
        else:
            (teams.set_leader if leader else teams.remove_member)(**known)
    messages.success(request, _("Saved."))
    return redirect("cycles:team", pk=pk)


def _team(pk: int) -> Team:
    return get_object_or_404(Team.objects.select_related("plan"), pk=pk)


@require_GET
def assignment_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Who reviews whom in a cycle: organizations at once, or branches by hand, with filters that stay."""
    require(rules.can_see_set_up(request.user))
    cycle = get_object_or_404(Cycle.objects.select_related("plan"), pk=pk)
    rows = _filtered(request, cycle)
    page = page_of(request, rows)
    moment = settled_of(cycle)
    for branch in page:
        branch.name, branch.organization.name = branch.called, branch.organization_called or branch.organization.name
    totals = (
        Team.objects.filter(plan_id=cycle.plan_id)
        .annotate(number=Count("assignments", filter=Q(assignments__cycle=cycle)))
        .order_by("pk")
    )
    organizations = Organization.objects.filter(is_active=True).annotate(
        number=Count("branches", filter=Q(branches__is_active=True))
    )
    context = {
        "cycle": cycle,
        "page": page,
        "teams": totals,
        "organizations": called_then(organizations.filter(number__gt=0), "organization", moment),
        "access": rules.can_assign(request.user, cycle),
        "sources": Cycle.objects.filter(plan_id=cycle.plan_id).exclude(pk=pk).order_by("starts_on"),
    }
    return render(request, "assessments/cycles/assignments.html", context)


def _filtered(request: HttpRequest, cycle: Cycle) -> QuerySet[Branch]:
    mine = Assignment.objects.filter(cycle=cycle, branch=OuterRef("pk"))
    rows = Branch.objects.filter(is_active=True).for_table().order_by("code")
    rows = rows.annotate(team_id=Subquery(mine.values("team_id")), team_name=Subquery(mine.values("team__name")))
    moment = settled_of(cycle)
    own = Organization.objects.filter(sheets__cycle=cycle.pk, sheets__branch=OuterRef("pk")).order_by("-sheets__pk")
    then = own.annotate(called=own_name_at("organization", moment)).values("called")[:1]
    rows = rows.annotate(called=own_name_at("branch", moment), organization_called=Subquery(then))
    team, organization = request.GET.get("team", ""), request.GET.get("organization", "")
    if team == "none":
        rows = rows.filter(team_id=None)
    elif number := whole_number(team):
        rows = rows.filter(team_id=number)
    if number := whole_number(organization):
        rows = rows.filter(organization_id=number)
    text = request.GET.get("q", "").strip()
    by_name = Q(name__icontains=text) | Q(called__icontains=text) | Q(code__startswith=text)
    return rows.filter(by_name) if text else rows


@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Assign what was ticked; each branch that was refused is named with its reason."""
    require(rules.can_see_set_up(request.user))
    cycle = get_object_or_404(Cycle.objects.select_related("plan"), pk=pk)
    form = AssignForm(request.POST, cycle=cycle)
    require(rules.can_assign(request.user, cycle))
    if not form.is_valid():
        raise PortalError(_("Choose a team of this year."))
    outcome = _assign(request, cycle, form.cleaned_data["team"])
    _tell(request, outcome)
    kept = request.POST.get("keep", "")
    return redirect(reverse("cycles:assignments", args=[pk]) + (f"?{kept}" if kept else ""))


def _assign(request: HttpRequest, cycle: Cycle, team: Team | None) -> assignments.Outcome:
    ticked = Branch.objects.filter(pk__in=_numbers(request, "branch"))
    organizations = list(Organization.objects.filter(pk__in=_numbers(request, "organization")))
    source = request.POST.get("source", "")
    if source:
        origin = get_object_or_404(Cycle, pk=whole_number(source), plan_id=cycle.plan_id)
        return assignments.copy_assignments(actor=request.user, source=origin, cycle=cycle)
    if "distribute" in request.POST:
        rule = request.POST["distribute"]
        with_inspectors = "inspectors" in request.POST
        return distribute(actor=request.user, cycle=cycle, rule=rule, with_inspectors=with_inspectors)
    if "unassign" in request.POST:
        return assignments.unassign(actor=request.user, cycle=cycle, branches=ticked)
    if team is None:
        raise PortalError(_("Choose the team that is to review them."))
    if organizations:
        return assignments.assign_organizations(actor=request.user, cycle=cycle, team=team, organizations=organizations)
    if not ticked:
        raise PortalError(_("Tick at least one branch or organization."))
    return assignments.assign_branches(actor=request.user, cycle=cycle, team=team, branches=ticked)


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [number for text in request.POST.getlist(name) if (number := whole_number(text))]


def _tell(request: HttpRequest, outcome: assignments.Outcome) -> None:
    changed = outcome.assigned + outcome.moved
    messages.success(
        request,
        ngettext("%(count)d assignment was changed.", "%(count)d assignments were changed.", changed)
        % {"count": changed},
    )
    for branch, reason in outcome.refused[:20]:
        messages.warning(request, _("Not assigned: %(branch)s. %(reason)s") % {"branch": branch, "reason": reason})
    if len(outcome.refused) > 20:
        message = _("And %(count)d more were not assigned for such reasons.")
        messages.warning(request, message % {"count": len(outcome.refused) - 20})
