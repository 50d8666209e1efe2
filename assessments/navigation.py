"""The side bar: which pages a user's offices open. A page forgets nothing by not being listed; rules guard it."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.roles import Role

SCORING = (Role.OFFICE, Role.AUTHORITY, Role.AUDITOR)
BRANCH = (Role.SECRETARY, Role.DEPUTY)
ON_SITE = (*BRANCH, *SCORING, Role.DEPARTMENT, Role.INSPECTOR, Role.LEADER)
EVERYBODY: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """One entry: label, address, icon, the roles that see it (none = everybody)."""

    label: str
    name: str
    icon: str
    roles: tuple[str, ...] = EVERYBODY


GROUPS: tuple[tuple[str, tuple[Page, ...]], ...] = (
    (
        "",
        (
            Page(_("My work"), "home", "layout-dashboard"),
            Page(_("Self-assessment"), "sheets:mine", "clipboard-pen", BRANCH),
            Page(_("Preliminary review"), "sheets:department", "clipboard-check", (Role.DEPARTMENT,)),
            Page(_("Review"), "sheets:queue", "search-check", (Role.INSPECTOR, Role.LEADER)),
        ),
    ),
    (
        _("Assessment"),
        (
            Page(_("Progress"), "cycles:board", "layout-grid", (Role.OFFICE, Role.AUTHORITY)),
            Page(_("Outbox"), "reminders:outbox", "mails", (Role.OFFICE,)),
            Page(_("Bonus, penalty, veto"), "sheets:records", "scale", (Role.OFFICE, Role.AUTHORITY)),
            Page(
                _("Polls"),
                "polls:list",
                "vote",
                (*BRANCH, *SCORING, Role.DEPARTMENT, Role.INSPECTOR, Role.LEADER),
            ),
            Page(_("Visits"), "visits:list", "map-pin", ON_SITE),
            Page(_("Rectifications"), "visits:rectifications", "list-todo", ON_SITE),
            Page(_("Tally"), "results:tallies", "sigma", SCORING),
            Page(
                _("Ranking"),
                "results:ranking",
                "list-ordered",
                (*BRANCH, *SCORING, Role.DEPARTMENT, Role.INSPECTOR, Role.LEADER),
            ),
            Page(_("Publications"), "results:publications", "megaphone"),
            Page(_("Objections"), "results:objections", "message-square-warning", (*BRANCH, *SCORING, Role.DEPARTMENT)),
            Page(
                _("Extensions"),
                "sheets:extensions",
                "calendar-clock",
                (Role.OFFICE, Role.AUTHORITY, Role.DEPARTMENT, Role.AUDITOR),
            ),
            Page(_("Reopened sheets"), "sheets:reopenings", "archive-restore", (*SCORING, Role.LEADER)),
            Page(_("Approval by list"), "sheets:approval_lists", "list-checks", (*SCORING, Role.LEADER)),
            Page(_("Earlier years"), "results:earlier", "history", SCORING),
            Page(_("Reports and files"), "reports:index", "file-text", (*SCORING, Role.DEPARTMENT, *BRANCH)),
            Page(_("Statistics"), "reports:department", "chart-column", (*SCORING, Role.DEPARTMENT)),
            Page(_("Indicators with almost full marks"), "reports:indicators", "chart-column", (Role.LEADER,)),
            Page(
                _("Schemes"),
                "schemes:list",
                "book-open-check",
                (*BRANCH, *SCORING, Role.DEPARTMENT, Role.INSPECTOR, Role.LEADER, Role.SYSTEM_ADMIN),
            ),
            Page(_("What-if"), "results:trials", "flask-conical", SCORING),
        ),
    ),
    (
        _("Set-up"),
        (
            Page(
                _("Organizations"),
                "branches:organizations",
                "network",
                (Role.OFFICE, Role.AUTHORITY, Role.SYSTEM_ADMIN),
            ),
            Page(
                _("Branches"),
                "branches:list",
                "flag",
                (Role.OFFICE, Role.AUTHORITY, Role.SYSTEM_ADMIN, Role.DEPARTMENT),
            ),
            Page(
                _("Changes of branches"),
                "sheets:branch_changes",
                "git-merge",
                (Role.OFFICE, Role.AUTHORITY, Role.AUDITOR),
            ),
            Page(_("Members"), "members:list", "users", (Role.OFFICE, Role.DEPARTMENT, *BRANCH)),
            Page(
                _("Accounts"),
                "members:accounts",
                "key-round",
                (Role.OFFICE, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.DEPARTMENT),
            ),
            Page(_("Appointments"), "members:appointments", "id-card", (Role.OFFICE, Role.SECURITY_ADMIN)),
            Page(_("Who may see what"), "reports:rights", "shield-check", (Role.SECURITY_ADMIN, Role.AUDITOR)),
            Page(_("API tokens"), "members:tokens", "plug", (Role.SECURITY_ADMIN,)),
            Page(_("Cycles and teams"), "cycles:list", "calendar-range", (Role.OFFICE, Role.AUTHORITY)),
            Page(_("Take a file down"), "sheets:take_down", "file-x", (Role.SECURITY_ADMIN,)),
            Page(_("Audit trail"), "members:audit", "scroll-text", (Role.AUDITOR, Role.SECURITY_ADMIN)),
            Page(_("Import"), "branches:imports", "upload", (Role.OFFICE, Role.DEPARTMENT)),
        ),
    ),
    (
        "",
        (
            Page(_("Tasks"), "tasks", "list-checks"),
            Page(_("State of the portal"), "operating_state", "activity", (Role.SYSTEM_ADMIN,)),
            Page(_("Tasks of all"), "operating_tasks", "list-todo", (Role.SYSTEM_ADMIN,)),
        ),
    ),
)


def frame(request: HttpRequest) -> dict:
    """What base.html needs: the side bar of the signed-in user, the portal's name, whether it is a demonstration."""
    context = {"portal_name": settings.PORTAL_NAME, "is_demo": settings.DEMO}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return context
    groups = []
    for label, pages in GROUPS:
        entries = [
            {"label": page.label, "url": reverse(page.name), "icon": page.icon}
            for page in pages
            if not page.roles or user.scope.has(*page.roles)
        ]
        if entries:
            groups.append((label, entries))
    urls = [entry["url"] for _label, entries in groups for entry in entries]
    return context | {"navigation": groups, "navigation_here": _nearest(request.path, urls)}


def _nearest(path: str, urls: list[str]) -> str:
    """The entry a page belongs to: the longest address it begins with, else the first one of the same room."""
    above = [url for url in urls if path.startswith(url) and (url != "/" or path == "/")]
    room = path[: path.find("/", 1) + 1]
    beside = [url for url in urls if room and url.startswith(room)]
    return max(above, key=len, default=beside[0] if beside else "")
