"""Moves of a sheet between department, inspectors and branch: pass, return, begin."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import Access, require
from branchportal.errors import PortalError

from ...cycles.models import Step
from ...schemes.loading import indicator_index
from ..choices import Action, Stage, Status
from ..gather import is_filled_by_branch, read_marks, sheet_rows
from ..models import Mark, Remark, Sheet
from ..preliminary import gives_marks
from ..reopening.parts import CLAIMS, parts_of
from ..rules import reviewing as rules
from ..workflow import next_status
from .approving import IncompleteSheet, changed
from .handing import take_in_hand
from .preliminary_marks import take_over_rest
from .review_marks import fill_poll

if TYPE_CHECKING:
    from members.models import User

LEAST_REASON = 5


@transaction.atomic
def pass_sheet(
    *,
    sheet: Sheet,
    actor: "User",
    version: int,
    polls: Mapping[str, tuple[int, str]] | None = None,
    at: datetime | None = None,
) -> Sheet:
    """Pass a submitted sheet on to the inspectors, once its poll rows are filled in.

    Where the scheme counts the preliminary review, rows that the department left as they were get the branch's marks,
    and its marks change no more.
    `polls`: results entered together with the passing, as (version of the mark, text) by indicator code.
    Raises: PermissionDenied; InvalidMark; IncompleteSheet naming the poll rows; StaleState.
    """
    require(rules.can_pass(actor, sheet))
    for done, (code, (mark_version, value)) in enumerate((polls or {}).items(), start=1):
        fill_poll(sheet=sheet, actor=actor, code=code, version=mark_version, value=value, at=at)
        if sheet.version != version + done:
            raise changed()
    if missing := missing_polls(sheet):
        message = _("Enter the result of the poll first: %(names)s.")
        raise IncompleteSheet(message % {"names": "、".join(missing.values())}, indicators=list(missing))
    at = at or timezone.now()
    now_at, said = version + len(polls or {}), {}
    if gives_marks(sheet):
        said = {"preliminary_up": take_over_rest(sheet, actor, now_at, at)}
        now_at += 1
    return _move(sheet, actor, Action.PASS, "sheet.passed", now_at, said=said, passed_by=actor, passed_at=at)


def missing_polls(sheet: Sheet) -> dict[str, str]:
    """Poll rows of the sheet that have no value yet: name by code."""
    rows = {leaf.code: leaf.name for leaf in sheet_rows(sheet) if leaf.rule == "poll"}
    found = read_marks(sheet, (Stage.POLL,)).get(Stage.POLL, {}) if rows else {}
    return {code: name for code, name in rows.items() if code not in found}


def skip_preliminary(*, sheet: Sheet, at: datetime | None = None) -> Sheet:
    """Lead a submitted sheet of a branch directly under the work committee on to the inspectors.

    A step of the system without an actor; call it inside the transaction of submitting. Others are left alone.
    """
    if sheet.status != Status.SUBMITTED or not rules.is_direct(sheet):
        return sheet
    at = at or timezone.now()
    note = _("The branch stands directly under the work committee: no preliminary review.")
    return _move(sheet, None, Action.PASS, "sheet.passed", sheet.version, note=note, passed_at=at)


@transaction.atomic
def begin_review(*, sheet: Sheet, actor: "User", version: int, at: datetime | None = None) -> Sheet:
    """Begin the review, or go on with it after a return: marks that were accepted before are kept."""
    require(rules.can_begin(actor, sheet))
    first = {} if sheet.begun_at else {"begun_by": actor, "begun_at": at or timezone.now()}
    take_in_hand(sheet, actor)
    return _move(sheet, actor, Action.BEGIN, "sheet.review_begun", version, **first)


@transaction.atomic
def return_preliminary(
    *,
    sheet: Sheet,
    actor: "User",
    version: int,
    reasons: Mapping[str, str],
    until: datetime | None = None,
    at: datetime | None = None,
) -> Sheet:
    """The department gives indicators back to the branch: `reasons` by indicator code. Its marks of them fall."""
    access = rules.can_return_preliminary(actor, sheet)
    return _return(sheet, actor, version, reasons, until, at, access, Action.RETURN_PRELIMINARY, Stage.PRELIMINARY)


@transaction.atomic
def return_from_review(
    *,
    sheet: Sheet,
    actor: "User",
    version: int,
    reasons: Mapping[str, str],
    until: datetime | None = None,
    at: datetime | None = None,
) -> Sheet:
    """An inspector gives indicators back to the branch; their marks of both reviews fall, all others are kept."""
    access = rules.can_return_review(actor, sheet)
    return _return(sheet, actor, version, reasons, until, at, access, Action.RETURN_REVIEW, Stage.REVIEW)


def _return(
    sheet: Sheet,
    actor: "User",
    version: int,
    reasons: Mapping[str, str],
    until: datetime | None,
    at: datetime | None,
    access: Access,
    action: str,
    stage: str,
) -> Sheet:
    require(access)
    at = at or timezone.now()
    reasons = checked_reasons(sheet, reasons)
    deadline = _deadline(sheet, until, at)
    before = {"status": sheet.status}
    sheet = _move(sheet, actor, action, "", version, extended_until=deadline)
    ids = indicator_ids(sheet, reasons)
    lost = _drop_marks(sheet, [pk for pk in ids.values() if pk])
    number = (Remark.objects.filter(sheet=sheet).aggregate(last=Max("round"))["last"] or 0) + 1
    Remark.objects.filter(sheet=sheet, is_open=True).update(is_open=False)
    Remark.objects.bulk_create(
        Remark(sheet=sheet, indicator_id=ids[code], stage=stage, round=number, text=text, author=actor, written_at=at)
        for code, text in reasons.items()
    )
    after = {"status": sheet.status, "indicators": list(reasons), **lost}
    note = "\n".join(f"{code}: {text}" for code, text in reasons.items())
    audit.record(actor, "sheet.returned", sheet, before=before, after=after, note=note)
    return sheet


def _drop_marks(sheet: Sheet, indicators: list[int]) -> dict[str, dict[str, int | None]]:
    """Take back both reviews' marks of returned indicators; for the audit: points by code, stage by stage."""
    fallen = Mark.objects.filter(sheet=sheet, stage__in=(Stage.PRELIMINARY, Stage.REVIEW), indicator__in=indicators)
    lost: dict[str, dict[str, int | None]] = {"review_marks_dropped": {}}
    for row in fallen.select_related("indicator"):
        lost.setdefault(f"{row.stage}_marks_dropped", {})[row.indicator.code] = row.points_up
    fallen.delete()
    return lost


def checked_reasons(sheet: Sheet, reasons: Mapping[str, str]) -> dict[str, str]:
    """At least one indicator of this sheet that the branch fills in, each with a reason of five characters; of a sheet
    reopened in part only what was opened."""
    allowed = {leaf.code: f"{leaf.code} {leaf.name}" for leaf in sheet_rows(sheet) if is_filled_by_branch(leaf)}
    allowed[CLAIMS] = _("bonus claims")
    if not reasons:
        raise PortalError(_("Choose at least one indicator to return and say why."), field="reasons")
    if unknown := [code for code in reasons if code not in allowed]:
        message = _("Indicator %(code)s is not filled in by the branch and cannot be returned.")
        raise PortalError(message % {"code": unknown[0]}, field="reasons")
    parts = parts_of(sheet)
    if sealed := [code for code in reasons if not (parts.claims if code == CLAIMS else parts.has_row(code))]:
        message = _("“%(name)s” was not reopened and stays as it was sealed.")
        raise PortalError(message % {"name": allowed[sealed[0]]}, field="reasons")
    short = [code for code, text in reasons.items() if len((text or "").strip()) < LEAST_REASON]
    if short:
        message = _("Give a reason of at least five characters for “%(name)s”.")
        raise PortalError(message % {"name": allowed[short[0]]}, field=f"reason-{short[0]}")
    return {code: text.strip() for code, text in reasons.items()}


def correction_deadline(sheet: Sheet) -> datetime | None:
    """Until when a returned sheet may be corrected if nothing is said: its own deadline, else the end of the review."""
    if sheet.extended_until:
        return sheet.extended_until
    return Step.objects.filter(cycle=sheet.cycle_id, kind=Step.Kind.REVIEW).values_list("ends_at", flat=True).first()


def _deadline(sheet: Sheet, until: datetime | None, at: datetime) -> datetime | None:
    """The sheet's own deadline after a return; a new one is needed where the old one is over."""
    if until is not None and until <= at:
        raise PortalError(_("The new deadline lies in the past. Choose a later day."), field="until")
    if until is None:
        present = correction_deadline(sheet)
        if present is None or present <= at:
            raise PortalError(_("The deadline is over. Give the branch a new one for its corrections."), field="until")
    return until or sheet.extended_until


def indicator_ids(sheet: Sheet, codes: Mapping[str, object]) -> dict[str, int | None]:
    """Row ids of indicators by code; None for the claims, which belong to no indicator."""
    rows = indicator_index(sheet.scheme_version).indicators
    return {code: None if code == CLAIMS else rows[code].pk for code in codes}


def _move(
    sheet: Sheet,
    actor: "User | None",
    action: str,
    event: str,
    version: int,
    *,
    note: str = "",
    said: Mapping[str, object] | None = None,
    **fields: object,
) -> Sheet:
    """One conditional step along the table of transitions; with `event` also its audit row."""
    before, target = sheet.status, next_status(sheet.status, action)
    rows = Sheet.objects.filter(pk=sheet.pk, status=before, version=version)
    if target is None or not rows.update(status=target, version=version + 1, **fields):
        raise changed()
    for name, value in {"status": target, "version": version + 1, **fields}.items():
        setattr(sheet, name, value)
    if event:
        after = {"status": target, **(said or {})}
        audit.record(actor, event, sheet, before={"status": before}, after=after, note=note)
    return sheet
