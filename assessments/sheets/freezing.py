"""The sealed copy of a sheet: marks as int64 in the scheme's layout, claims as canonical JSON, one digest over both.

Tally and verification read only this. The digest is SHA-256 over canonical JSON of the format's number, the scheme's
digest, branch code, period, revision, the SHA-256 of the marks and the text of the claims; no ids of the database.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..schemes.loading import engine_scheme, layout_of
from ..schemes.models import SchemeVersion
from ..scoring import Batch, BranchFacts
from ..scoring import Claim as EngineClaim
from ..scoring.numbers import IntArray
from .choices import ClaimKind, ClaimStatus
from .gather import Marks, branch_facts, read_claims, sheet_batch
from .models import Claim, Sheet

FORMAT = 1
CLAIMS, NO_CLAIMS, FACTS = '{"claims":', '{"claims":[]', ',"facts":'
COUNTED = (ClaimKind.BONUS, ClaimKind.PENALTY)
CLAIM_KEYS = ("kind", "item", "level", "matter", "document", "happened_on", "count", "status", "reason")


@dataclass(frozen=True)
class Frozen:
    """The three sealed columns of a sheet."""

    marks: bytes
    claims: str
    digest: str

    @property
    def columns(self) -> dict[str, object]:
        """For `update(**frozen.columns)`."""
        return {"frozen": self.marks, "frozen_claims": self.claims, "digest": self.digest}


@dataclass(frozen=True)
class Input:
    """One sheet to be sealed, for `freeze_many`: rows of `Layout.empty`'s shapes, claims as `claim_data` gives them."""

    facts: BranchFacts
    marks: IntArray  # (stages, width)
    given: IntArray  # (given_width,)
    claims: Sequence[Mapping[str, object]] = ()
    revision: int = 1


@dataclass(frozen=True)
class SealedClaims:
    """What stands beside the marks: facts (without code), accepted bonus and penalty, accepted vetoes."""

    facts: list[BranchFacts]
    claims: list[EngineClaim]
    vetoes: list[tuple[int, str]]


@dataclass(frozen=True)
class Thawed:
    """Sealed sheets as the engine takes them: `Batch.of(scheme, period, t.facts, marks=t.marks, …)`."""

    facts: list[BranchFacts]  # code is empty; exempt and previous stars are not sealed
    marks: IntArray  # (n, stages, width)
    given: IntArray  # (n, given_width)
    claims: list[EngineClaim]  # accepted bonus and penalty
    vetoes: list[tuple[int, str]]  # accepted: (position, code)


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces: equal content, equal bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def claim_data(
    kind: str,
    item: str,
    *,
    status: str = ClaimStatus.ACCEPTED,
    level: str = "",
    matter: str = "",
    document: str = "",
    happened_on: str = "",
    count: int = 1,
    reason: str = "",
) -> dict[str, object]:
    """One claim as it is sealed; `happened_on` as ISO text."""
    values = (str(kind), item, level, matter, document, happened_on, count, str(status), reason)
    return dict(zip(CLAIM_KEYS, values, strict=True))


def freeze(sheet: Sheet, marks: Mapping[str, Marks] | None = None, claims: Iterable[Claim] | None = None) -> Frozen:
    """Seal one sheet as it stands. `sheet` has branch, organization, sector, cycle.plan and scheme_version at hand.

    `marks` (by stage, as `read_marks` gives them) and `claims` are read where not given.
    """
    claims = read_claims(sheet) if claims is None else list(claims)
    batch = sheet_batch(sheet, marks=marks, claims=claims)
    item = Input(
        branch_facts(sheet), batch.marks[0], batch.given[0], [_claim_row(claim) for claim in claims], sheet.revision
    )
    return freeze_many(sheet.scheme_version, period_of(sheet), [item])[0]


def _claim_row(claim: Claim) -> dict[str, object]:
    return claim_data(
        claim.kind,
        claim.item_code,
        status=claim.status,
        level=claim.level,
        matter=claim.matter,
        document=claim.document,
        happened_on=claim.happened_on.isoformat() if claim.happened_on else "",
        count=claim.count,
        reason=claim.decision_reason,
    )


def freeze_many(version: SchemeVersion, period: str, items: Iterable[Input]) -> list[Frozen]:
    """Seal many sheets of one scheme version from plain arrays. `period` is year and period: "2026Q3"."""
    layout = layout_of(version)
    found = []
    for item in items:
        marks = layout.pack(item.marks, item.given)
        facts = {
            "committee": item.facts.committee,
            "has_committee": item.facts.has_committee,
            "has_groups": item.facts.has_groups,
            "sector": item.facts.sector,
        }
        text = canonical({"claims": sorted(item.claims, key=canonical), "facts": facts})
        digest = sheet_digest(version.digest, item.facts.code, period, item.revision, marks, text)
        found.append(Frozen(marks, text, digest))
    return found


def sheet_digest(scheme_digest: str, branch: str, period: str, revision: int, marks: bytes, claims: str) -> str:
    """The digest over everything that makes a sealed sheet."""
    content = {
        "branch": branch,
        "claims": claims,
        "format": FORMAT,
        "marks": hashlib.sha256(bytes(marks)).hexdigest(),
        "period": period,
        "revision": revision,
        "scheme": scheme_digest,
    }
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def period_of(sheet: Sheet) -> str:
    """Year and period, as files write it ("2026Q3")."""
    return f"{sheet.cycle.plan.year}{sheet.cycle.period}"


def thaw(version: SchemeVersion, marks: Sequence[bytes], claims: Sequence[str]) -> Thawed:
    """Sealed columns of many sheets, read at once. Raises: ValueError for a column of a wrong length."""
    rows, given = layout_of(version).unpack([bytes(column) for column in marks])
    sealed = read_claims_of(claims)
    return Thawed(sealed.facts, rows, given, sealed.claims, sealed.vetoes)


def read_claims_of(texts: Sequence[str]) -> SealedClaims:
    """Sealed claims of many sheets. Equal facts are read once: a hundred thousand sheets share few of them."""
    facts: list[BranchFacts] = []
    known: dict[str, BranchFacts] = {}  # by whole texts without claims, and by what follows the claims
    claimed: dict[int, str] = {}
    for at, text in enumerate(texts):
        found = known.get(text)
        if found is None:
            head, _key, tail = text.rpartition(FACTS)  # a quotation mark inside a text would be escaped
            found = known.get(tail)
            if found is None:
                found = known[tail] = BranchFacts("", **json.loads(tail[:-1]))
            if head == NO_CLAIMS:
                known[text] = found
            else:
                claimed[at] = head.removeprefix(CLAIMS)
        facts.append(found)
    records: list[EngineClaim] = []
    vetoes: list[tuple[int, str]] = []
    accepted, veto, counted = str(ClaimStatus.ACCEPTED), str(ClaimKind.VETO), {*map(str, COUNTED)}
    for at, rows in zip(claimed, json.loads(f"[{','.join(claimed.values())}]"), strict=True):
        for row in rows:
            if row["status"] != accepted:
                continue
            if row["kind"] in counted:
                records.append(EngineClaim(at, row["item"], row["count"], row["level"], row["matter"]))
            elif row["kind"] == veto:
                vetoes.append((at, row["item"]))
    return SealedClaims(facts, records, vetoes)


def thaw_sheet(sheet: Sheet) -> Batch:
    """One sealed sheet as a batch of one, for its page and working."""
    thawed = thaw(sheet.scheme_version, [sheet.frozen], [sheet.frozen_claims])
    return Batch.of(
        engine_scheme(sheet.scheme_version),
        sheet.cycle.period,
        [branch_facts(sheet)],
        marks=thawed.marks,
        given=thawed.given,
        claims=thawed.claims,
        vetoes=thawed.vetoes,
    )


def is_intact(sheet: Sheet) -> bool:
    """Whether the sealed columns still give the digest that was stored with them (`sheet_verify`)."""
    if sheet.frozen is None:
        return False
    marks, claims = bytes(sheet.frozen), sheet.frozen_claims
    found = sheet_digest(
        sheet.scheme_version.digest, sheet.branch.code, period_of(sheet), sheet.revision, marks, claims
    )
    return found == sheet.digest
