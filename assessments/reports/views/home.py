"""The home page: a to-do list for each office that the person holds, not a menu."""

from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from members.models import User
from members.roles import Role

from ..todos import branch, office, reviewing, system
from ..todos.item import Panel

PANELS: tuple[tuple[tuple[str, ...], Callable[[User, datetime], Panel]], ...] = (
    ((Role.SECRETARY, Role.DEPUTY), branch.branch_panel),
    ((Role.DEPARTMENT,), reviewing.department_panel),
    ((Role.INSPECTOR, Role.LEADER), reviewing.inspector_panel),
    ((Role.LEADER,), reviewing.leader_panel),
    ((Role.OFFICE,), office.office_panel),
    ((Role.AUTHORITY,), office.authority_panel),
    ((Role.SYSTEM_ADMIN,), system.system_panel),
    ((Role.SECURITY_ADMIN,), system.security_panel),
    ((Role.AUDITOR,), system.auditor_panel),
)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What is due for the signed-in person, office by office."""
    scope = request.user.scope
    panels = [build(request.user, request.received_at) for roles, build in PANELS if scope.has(*roles)]
    return render(request, "assessments/reports/home.html", {"panels": panels, "now": request.received_at})
