"""“May this person see that branch?”: yes or no, by which office, and what of the branch."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from branches.models import Branch
from members.models import Appointment, User

from .asking import INSPECTORS, with_offices
from .kinds import Kind, groups

MOST_FOUND = 10


@dataclass(frozen=True)
class Line:
    """A kind: how many of the branch's things there are, and how many of them the person sees.

    The page tells it in words: those who read it see rights, not how many claims or objections a branch has.
    """

    label: Any
    seen: int
    there: int

    @property
    def text(self) -> str:
        """How much of it is seen."""
        if not self.there:
            return _("no data yet")
        if self.seen == self.there:
            return _("all of it")
        return _("a part of it") if self.seen else _("none of it")


@dataclass(frozen=True)
class Answer:
    """The answer about one branch."""

    branch: Branch
    allowed: bool
    reasons: list[str]
    lines: list[Line]


def find_branches(text: str) -> list[Branch]:
    """The branch with just this code, else up to ten whose name has the text."""
    text = text.strip()
    rows = Branch.objects.select_related("organization").order_by("code")
    if not text:
        return []
    return list(rows.filter(code=text)) or list(rows.filter(Q(name__icontains=text))[:MOST_FOUND])


def branch_answer(person: User, offices: Iterable[Appointment], branch: Branch) -> Answer:
    """Whether the person sees the branch today, and what of it. `offices`: those in force, organizations read."""
    held = list(offices)
    giving = [office for office in held if _sees(with_offices(person, [office]), branch)]
    whole = with_offices(person, held)
    reasons = [_because(office) for office in giving] or [_why_not(held)]
    if not person.is_active:
        reasons.insert(0, _("The account is deactivated: nobody can sign in with it, whatever its offices."))
    lines = [_line(kind, whole, branch) for group in groups() for kind in group.kinds if kind.sample and kind.visible]
    return Answer(branch, bool(giving) and person.is_active, reasons, [line for line in lines if line])


def _sees(user: User, branch: Branch) -> bool:
    return Branch.objects.visible_to(user).filter(pk=branch.pk).exists()


def _line(kind: Kind, person: User, branch: Branch) -> Line | None:
    """None for what belongs to no branch."""
    if not kind.sample.branch:
        return None
    rows = kind.sample.rows().filter(**{kind.sample.branch: branch.pk}).order_by().values("pk").distinct()
    there = rows.count()
    if not there or (kind.see is not None and not kind.see(person, None)):
        return Line(kind.label, 0, there)
    return Line(kind.label, kind.visible(person).filter(pk__in=rows).order_by().values("pk").distinct().count(), there)


def _because(office: Appointment) -> str:
    names = {"office": office.get_role_display(), "place": office.scope_name}
    if office.branch_id:
        return _("She is %(office)s of this branch.") % names
    if office.organization_id:
        return _("She is %(office)s of “%(place)s”, and the branch lies below it.") % names
    if office.role in INSPECTORS:
        return _("She is %(office)s, and the branch is assigned to one of her teams.") % names
    return _("She is %(office)s, an office that reaches all branches.") % names


def _why_not(held: list[Appointment]) -> str:
    if not held:
        return _("She holds no office today, so she sees no branch.")
    places = [office.scope_name or _reach_of(office) for office in held]
    return _("Her offices reach only: %(places)s. This branch is not among them.") % {"places": "、".join(places)}


def _reach_of(office: Appointment) -> str:
    return _("branches assigned to her teams") if office.role in INSPECTORS else office.get_role_display()
