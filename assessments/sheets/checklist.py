"""What stands between a sheet and its submission: gaps that block, and oddities worth a second look."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from branchportal.figures import points_text
from branchportal.uploads import looks_secret

from ..schemes.loading import indicator_index
from ..scoring.scheme import Indicator
from .choices import ClaimKind, ClaimStatus, ScanState, Stage
from .gather import StoredMark, is_filled_by_branch, sheet_rows
from .models import Claim, EvidenceLink, Sheet
from .preview import Preview

ODD_SHARE = 3  # a difference above a third of the row's points is pointed out


@dataclass(frozen=True)
class Point:
    """One line of the check list; `code` is the indicator, or empty for a claim."""

    code: str
    name: str
    text: str


@dataclass(frozen=True)
class CheckList:
    """`gaps` forbid submitting, `oddities` do not."""

    gaps: tuple[Point, ...]
    oddities: tuple[Point, ...]


def check_list(
    sheet: Sheet,
    *,
    seen: Preview,
    rows: Iterable[StoredMark],
    claims: Iterable[Claim],
    links: Iterable[EvidenceLink],
    last_points: Mapping[str, int],
) -> CheckList:
    """The check list of a sheet from rows already read: no queries. `last_points`: last quarter's, by code."""
    leaves = [leaf for leaf in sheet_rows(sheet) if is_filled_by_branch(leaf)]
    own = {row.code: row for row in rows if row.stage == Stage.SELF}
    links = list(links)
    proven = {link.indicator_id for link in links if link.indicator_id}
    proven_claims = {link.claim_id for link in links if link.claim_id}
    gaps, oddities = [], []
    for leaf in leaves:
        if leaf.code in seen.missing:
            gaps.append(Point(leaf.code, leaf.name, _("Not filled in yet.")))
    index = indicator_index(sheet.scheme_version).indicators
    for leaf in leaves:
        row = own.get(leaf.code)
        if row is None or row.mark is None:
            continue
        if leaf.evidence == "required" and index[leaf.code].pk not in proven and not row.mark.not_applicable:
            gaps.append(Point(leaf.code, leaf.name, _("The standard asks for evidence; none is attached.")))
        oddities.extend(_odd(leaf, row, seen.points_up.get(leaf.code), last_points.get(leaf.code)))
    leaf_of = {index[leaf.code].pk: leaf for leaf in leaves}
    for link in links:
        gaps.extend(_closed(link, leaf_of.get(link.indicator_id)))
        oddities.extend(_secret(link.evidence.name, leaf_of.get(link.indicator_id)))
    for leaf in leaves:
        oddities.extend(_secret(own[leaf.code].note if leaf.code in own else "", leaf))
    for claim in claims:
        oddities.extend(_secret(f"{claim.matter} {claim.document}", None))
        if claim.kind == ClaimKind.BONUS and claim.status == ClaimStatus.CLAIMED and claim.pk not in proven_claims:
            gaps.append(Point("", claim.matter, _("A bonus claim needs evidence; none is attached.")))
    return CheckList(tuple(gaps), tuple(oddities))


def _closed(link: EvidenceLink, leaf: Indicator | None) -> list[Point]:
    """A file that nobody will be able to open supports nothing."""
    file = link.evidence
    if file.taken_down_at is None and file.scan != ScanState.QUARANTINED:
        return []
    text = _("“%(name)s” is closed (%(state)s). Remove it and attach another proof.")
    said = text % {"name": file.name, "state": file.state_text}
    return [Point(leaf.code if leaf else "", leaf.name if leaf else "", said)]


def _secret(text: str, leaf: Indicator | None) -> list[Point]:
    """A word of secrecy in a name or note is pointed out (涉密不上网)."""
    if not looks_secret(text):
        return []
    said = _("“%(text)s” has a word of secrecy. State secrets must not be entered here.") % {"text": text[:60]}
    return [Point(leaf.code if leaf else "", leaf.name if leaf else "", said)]


def _odd(leaf: Indicator, row: StoredMark, points_up: int | None, last_up: int | None) -> list[Point]:
    found = []
    if row.mark.counts and leaf.rule == "deduct" and not row.note:
        found.append(Point(leaf.code, leaf.name, _("Points are deducted without a note that says what happened.")))
    if row.mark.not_applicable and not row.note:
        found.append(Point(leaf.code, leaf.name, _("“Not applicable” without a note that says why.")))
    if points_up is not None and last_up is not None and abs(points_up - last_up) * ODD_SHARE > leaf.points_up:
        texts = {"now": points_text(points_up), "last": points_text(last_up)}
        found.append(Point(leaf.code, leaf.name, _("%(now)s now, %(last)s last quarter.") % texts))
    return found
