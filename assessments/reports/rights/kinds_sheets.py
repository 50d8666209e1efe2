"""Sheets, evidence, review and claims: what is asked of whom."""

from dataclasses import replace
from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from branchportal.access import Access
from members.models import User

from ...sheets.choices import ClaimKind, ClaimStatus, Status
from ...sheets.models import Claim, Evidence, Sheet
from ...sheets.rules import evidence, filling, records, reviewing
from ...sheets.stamping import rules as stamping
from ...sheets.stamping.models import StampedForm
from .asking import NOBODY, SHEETS, About, Sample, like
from .kinds import Act, Kind

STRANGER = User(pk=NOBODY - 1, username="-")  # who entered what is decided on: somebody else


def _drafts() -> QuerySet:
    return Sheet.objects.filter(status=Status.DRAFT, submitted_at=None)


def _approved() -> QuerySet:
    return Sheet.objects.filter(status__in=(Status.APPROVED, Status.SEALED))


def _claims() -> QuerySet:
    return Claim.objects.exclude(sheet__submitted_at=None)


def _evidence() -> QuerySet:
    return Evidence.objects.exclude(links__sheet__submitted_at=None).filter(links__isnull=False)


def _sheet(about: About, status: str) -> Sheet:
    """The sheet in another state, in an open cycle, before its deadline."""
    later = about.at + timedelta(days=1)
    cycle = like(about.sheet.cycle, status="open", review_scope="all")
    return like(
        about.sheet, status=status, cycle=cycle, revision=1, submitted_by=None, extended_until=later,
        self_starts_at=None, self_ends_at=later, review_ends_at=later,
    )  # fmt: skip


def _fill(user: User, about: About) -> Access:
    return filling.can_fill(user, _sheet(about, Status.DRAFT), about.at)


def _submit(user: User, about: About) -> Access:
    return filling.can_submit(user, _sheet(about, Status.DRAFT), about.at)


def _pass(user: User, about: About) -> Access:
    return reviewing.can_pass(user, _sheet(about, Status.SUBMITTED))


def _exempt(user: User, about: About) -> Access:
    return reviewing.can_exempt(user, _sheet(about, Status.SUBMITTED))


def _mark(user: User, about: About) -> Access:
    return reviewing.can_mark(user, _sheet(about, Status.REVIEW), _footing(user, about))


def _approve(user: User, about: About) -> Access:
    return reviewing.can_approve(user, _sheet(about, Status.REVIEW), _footing(user, about))


def _footing(user: User, about: About) -> reviewing.Footing:
    """As it is, but for the marks that the person may have entered on just this sheet."""
    return replace(reviewing.footing(user, about.sheet), has_entered=False)


def _claim(about: About, kind: str, status: str) -> Claim:
    return Claim(sheet=_sheet(about, Status.REVIEW), kind=kind, status=status, entered_by=STRANGER)


def _record(user: User, about: About) -> Access:
    return records.can_record(user, _sheet(about, Status.REVIEW), _footing(user, about))


def _answer(user: User, about: About) -> Access:
    return records.can_answer(user, _claim(about, ClaimKind.PENALTY, ClaimStatus.RECORDED))


def _decide(user: User, about: About) -> Access:
    return records.can_decide(user, _claim(about, ClaimKind.BONUS, ClaimStatus.CLAIMED), _footing(user, about))


def _stamp(user: User, about: About) -> Access:
    return stamping.can_attach(user, _sheet(about, Status.APPROVED))


KINDS = (
    Kind(
        "drafts", _("Self-assessments before submission"),
        Sample(_drafts, "branch_id", "cycle_id", "organization__path"), Sheet.objects.visible_to,
        writes=(Act(_("fill in"), _fill),), decides=(Act(_("submit"), _submit),),
    ),
    Kind(
        "sheets", _("Submitted sheets"), SHEETS, Sheet.objects.visible_to,
        decides=(Act(_("pass the preliminary review"), _pass), Act(_("exempt"), _exempt)),
    ),
    Kind(
        "evidence", _("Evidence (the files)"),
        Sample(_evidence, "links__sheet__branch_id", "links__sheet__cycle_id", "links__sheet__organization__path"),
        Evidence.objects.visible_to,
        writes=(Act(_("upload"), _fill),),
        decides=(Act(_("take down"), lambda user, about: evidence.can_take_down(user)),),
    ),
    Kind(
        "review", _("Review points"), Sample(_approved, "branch_id", "cycle_id", "organization__path"),
        Sheet.objects.visible_to, writes=(Act(_("enter review points"), _mark),),
        decides=(Act(_("approve"), _approve),),
    ),
    Kind(
        "claims", _("Bonus claims, penalties, vetoes"),
        Sample(_claims, "sheet__branch_id", "sheet__cycle_id", "sheet__organization__path"), Claim.objects.visible_to,
        writes=(
            Act(pgettext_lazy("rights", "claim a bonus"), _fill), Act(_("record a penalty"), _record),
            Act(pgettext_lazy("rights", "answer"), _answer),
        ),
        decides=(Act(_("decide on a claim"), _decide),),
    ),
    Kind(
        "stamped", _("Stamped scans"),
        Sample(StampedForm.objects.all, "sheet__branch_id", "sheet__cycle_id", "sheet__organization__path"),
        StampedForm.objects.visible_to, writes=(Act(_("attach and withdraw"), _stamp),),
    ),
)  # fmt: skip
