"""A candidate follows single sheets that changed after it: one branch by the engine, its sector settled anew.

The figures, stars and ranks are then those of a whole tally. Its digest is not known without reading every sheet, so
it is taken away until a whole tally, which the update asks for, has found every row the same (`tally.store`).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...scoring import UNGRADED
from ...scoring.banding import SETTLED as DECIDED
from ...scoring.banding import GroupSettled, QuotaGroup
from ...scoring.scheme import Band
from .. import rules
from ..changes import MOST, changed_branches, refusal
from ..computing import columns_of_one
from ..digests import canonical_text
from ..gather import Entry, stored_and_now, without_quotas
from ..models import QuotaLine, Result, Tally
from ..overview import bands_of, is_progress
from ..reasons import FATES, Reason
from ..reranking import Sector, differing, shift_all, shift_sector
from .tally import request_tally, running_job, withdraw_publications

if TYPE_CHECKING:
    from members.models import User

OF_QUOTAS = {*FATES.values(), "decided"}


@transaction.atomic
def update_changed(*, tally: Tally, actor: "User") -> int:
    """Bring the branches up to date whose sheets changed since this candidate; returns how many.

    A publication prepared of it goes back to the office, and a whole tally is asked for, which gives the digest.
    Raises: PermissionDenied; PortalError with what stands against it; StaleState when it is no candidate any more.
    """
    require(rules.can_update(actor, tally))
    if sentence := refusal(tally):
        raise PortalError(sentence)
    if not Tally.objects.filter(pk=tally.pk, status=Tally.Status.CANDIDATE).update(status=Tally.Status.CANDIDATE):
        raise StaleState(_("Somebody settled or replaced this tally meanwhile. Reload the page and look again."))
    changed = changed_branches(tally)
    if len(changed) > MOST:
        raise PortalError(_("More than %(most)d sheets changed. Run the tally again instead.") % {"most": MOST})
    if not changed:
        return 0
    codes = sorted(update_branch(tally, branch) for branch in changed)
    before = {"digest": tally.digest}
    _count_again(tally)
    withdraw_publications(tally, _("A sheet changed after this tally; it was updated."), actor)
    audit.record(actor, "tally.updated", tally, before=before, after={"branches": codes})
    if running_job(cycle=tally.cycle, plan=tally.plan) is None:
        request_tally(actor=actor, cycle=tally.cycle)
    return len(codes)


def update_branch(tally: Tally, branch: int) -> str:
    """One branch (id) of a candidate by the engine, its sector's ranks, quota and stars, then the ranks of all.

    The caller holds the transaction and has asked `refusal`. Returns the branch's code.
    """
    result, code, old_up = update_in_sector(tally, branch)
    shift_all(result, code, old_up)
    return code


def update_in_sector(tally: Tally, branch: int) -> tuple[Result, str, int]:
    """The part that ends at the sector: figures, rank in the sector, quota and stars.

    Returns the result with its new sort key and its old place, the branch's code and the old sort key.
    """
    found = stored_and_now(tally, branch)
    if found is None or found[0].sector_id != found[1].entries[0].sector_id:
        raise PortalError(_("Branches came, went or changed their sector. Run the tally again instead."))
    result, group = found
    entry, columns = group.entries[0], columns_of_one(group, without_quotas)
    old_up, new_up = result.sort_up, columns["sort_up"]
    try:
        before = Sector.read(tally, entry.sector_id)
    except ValueError as error:
        raise PortalError(_("This tally is older than the update of single sheets. Run the tally again.")) from error
    shift_sector(tally, entry.sector_id, before, result.pk, old_up, new_up)
    after = before.moved(result.pk, new_up, columns["bands_open"])
    if new_up >= 0:
        columns["rank_sector"] = int((after.sort_up > new_up).sum()) + 1
    if not is_progress(tally):
        columns |= _settle_sector(tally, entry, before, after, result.pk, columns["reasons"])
    _write(result.pk, columns)
    result.status, result.sort_up = columns["status"], new_up
    return result, entry.code, old_up


def _write(pk: int, columns: Mapping[str, object]) -> None:
    """The same as `update(**columns)` for one result, by one plain statement."""
    values = dict(columns)
    if "reasons" in values:
        values["reasons"] = canonical_text(values["reasons"])
    sets = ", ".join(f'"{name}" = %s' for name in values)
    with connection.cursor() as cursor:
        statement = f"UPDATE assessments_result SET {sets} WHERE id = %s"  # noqa: S608 - names of our own columns
        cursor.execute(statement, [*values.values(), pk])


def _settle_sector(
    tally: Tally, entry: Entry, before: Sector, after: Sector, moved: int, reasons: list[Reason]
) -> dict[str, object]:
    """Stars and quota of one sector: writes the handful of rows around the last place, returns those of `moved`."""
    ladder = bands_of(tally, entry.sector_id)
    then, now = before.settled(ladder, entry.sector), after.settled(ladder, entry.sector)
    spots = {int(after.ids[at]): at for at in differing(before, then, now, moved)}
    for pk, said in Result.objects.filter(pk__in=spots).values_list("pk", "reasons") if spots else ():
        _write(pk, _standing(ladder, now, spots[pk], said))
    if then.quotas != now.quotas:
        _write_lines(tally, ladder, entry, then.quotas, now.quotas)
    own = after.ids == moved
    return _standing(ladder, now, int(own.argmax()), reasons) if own.any() else {}


def _standing(ladder: tuple[Band, ...], now: GroupSettled, at: int, reasons: list[Reason]) -> dict[str, object]:
    """Status, stars, grade and reasons of one branch of the sector."""
    band, is_settled = int(now.band[at]), now.undecided[at] == DECIDED
    stars, grade = (ladder[band].stars, ladder[band].grade) if band >= 0 else (0, UNGRADED)
    return {
        "status": (Result.Status.RATED if is_settled else Result.Status.UNDECIDED).value,
        "stars": stars if is_settled else None,
        "grade": grade if is_settled else "",
        "reasons": [*_kept(reasons), *_of_fates(ladder, now, at)],
    }


def _kept(reasons: list[Reason]) -> list[Reason]:
    return [reason for reason in reasons if reason["code"] not in OF_QUOTAS]


def _of_fates(ladder: tuple[Band, ...], now: GroupSettled, at: int) -> list[Reason]:
    fates = now.fates[at].tolist()
    return [
        {"code": FATES[fate], "stars": band.stars} for band, fate in zip(ladder, fates, strict=True) if fate in FATES
    ]


def _write_lines(
    tally: Tally, ladder: tuple[Band, ...], entry: Entry, then: Sequence[QuotaGroup], now: Sequence[QuotaGroup]
) -> None:
    """The quota lines of a sector: those that say something else now, or all where the stored ones are others."""
    changed = [new for old, new in zip(then, now, strict=False) if old != new]
    if len(then) == len(now) and all(_rewrite_line(tally, ladder, entry, new) for new in changed):
        return
    QuotaLine.objects.filter(tally=tally, within="sector", group=entry.sector).delete()
    kept = {"tally": tally, "scheme_version": tally.plan.version_for(entry.sector_id), "within": "sector"}
    QuotaLine.objects.bulk_create(
        QuotaLine(stars=ladder[new.band].stars, group=entry.sector, **kept, **_line(new)) for new in now
    )


def _rewrite_line(tally: Tally, ladder: tuple[Band, ...], entry: Entry, new: QuotaGroup) -> bool:
    """Write one quota line of the sector anew, by one plain statement; whether it was there."""
    values = _line(new)
    sets = ", ".join(f"{name} = %s" for name in values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE assessments_quotaline SET {sets} "  # noqa: S608 - names of our own columns
            "WHERE tally_id = %s AND within = 'sector' AND \"group\" = %s AND stars = %s",
            [*values.values(), tally.pk, entry.sector, ladder[new.band].stars],
        )
        return bool(cursor.rowcount)


def _line(group: QuotaGroup) -> dict[str, Any]:
    return {
        "population": group.population, "places": group.places, "candidates": group.candidates,
        "admitted": group.admitted, "cut": group.cut, "tied": group.tied, "waiting": group.waiting,
        "members": group.members, "cutoff_up": group.cutoff_up, "is_below_min": group.below_min,
        "is_off_about": group.off_about,
    }  # fmt: skip


def _count_again(tally: Tally) -> None:
    counts = dict(Result.objects.filter(tally=tally).order_by().values_list("status").annotate(Count("pk")))
    Tally.objects.filter(pk=tally.pk).update(
        digest="",
        inputs_digest="",
        rated_count=counts.get(Result.Status.RATED, 0),
        undecided_count=counts.get(Result.Status.UNDECIDED, 0),
        missing_count=counts.get(Result.Status.MISSING, 0),
    )
    tally.refresh_from_db()
