"""Reading again what was settled: totals of sealed sheets against the engine, stored files against their SHA-256.

    manage.py score_verify --all        manage.py evidence_verify

Both run every night by themselves (`nightly`). Whatever ran last is kept by `branchportal.verifications`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from branchportal import verifications

from ..schemes.loading import engine_scheme
from ..schemes.models import SchemeVersion
from ..scoring import MARKED, NOT_APPLICABLE, Batch, evaluate
from .choices import FROZEN, Stage
from .freezing import is_intact, thaw
from .models import Mark, Sheet
from .preliminary import has_component
from .services.evidence_care import digest_of
from .storing import StoredFile, kinds, stored_path

PORTION = 500
SCORES, FILES = "scores.verified", "evidence.verified"


@dataclass
class Verdict:
    """How many were read, and a sentence for each that is wrong."""

    count: int = 0
    problems: list[str] = field(default_factory=list)


def verify_scores(sheets: QuerySet[Sheet] | None = None) -> Verdict:
    """Every sealed sheet: its digest, its total by the engine, and the points beside its marks.

    Changes nothing. Superseded revisions are read too.
    """
    rows = Sheet.objects.all() if sheets is None else sheets
    rows = rows.filter(status__in=FROZEN).order_by("cycle_id", "scheme_version_id", "pk")
    verdict = Verdict()
    keys = rows.order_by("cycle_id", "scheme_version_id").values_list("cycle_id", "scheme_version_id").distinct()
    for key in keys:
        found = rows.filter(cycle_id=key[0], scheme_version_id=key[1])
        ids = list(found.values_list("pk", flat=True))
        for start in range(0, len(ids), PORTION):
            chosen = Sheet.objects.filter(pk__in=ids[start : start + PORTION])
            portion = list(
                chosen.select_related("branch", "cycle__plan", "scheme_version")
                .defer("scheme_version__content")
                .order_by("pk")
            )
            verdict.count += len(portion)
            verdict.problems += [text for sheet, text in _wrong(portion)]
    return verdict


def _wrong(portion: Sequence[Sheet]) -> Iterator[tuple[Sheet, str]]:
    whole = []
    for sheet in portion:
        if is_intact(sheet):
            whole.append(sheet)
        else:
            yield sheet, _("%(sheet)s: its sealed columns do not fit its digest.") % {"sheet": sheet}
    if whole:
        batch = _batch(whole)
        yield from _wrong_totals(whole, batch)
        yield from _wrong_points(whole, batch)


def _batch(sheets: Sequence[Sheet]) -> Batch:
    version: SchemeVersion = sheets[0].scheme_version
    thawed = thaw(version, [sheet.frozen for sheet in sheets], [sheet.frozen_claims for sheet in sheets])
    facts = [replace(each, code=sheet.branch.code) for each, sheet in zip(thawed.facts, sheets, strict=True)]
    return Batch.of(
        engine_scheme(version), sheets[0].cycle.period, facts, marks=thawed.marks, given=thawed.given,
        claims=thawed.claims, vetoes=thawed.vetoes,
    )  # fmt: skip


def _wrong_totals(sheets: Sequence[Sheet], batch: Batch) -> Iterator[tuple[Sheet, str]]:
    outcome = evaluate(engine_scheme(sheets[0].scheme_version), batch)
    for at, sheet in enumerate(sheets):
        total_up = int(outcome.total_up[at]) if outcome.has_total[at] else None
        if total_up != sheet.review_total_up:
            said = {"sheet": sheet, "stored": sheet.review_total_up, "found": total_up}
            yield sheet, _("%(sheet)s: the stored total is %(stored)s, the engine finds %(found)s.") % said


def _wrong_points(sheets: Sequence[Sheet], batch: Batch) -> Iterator[tuple[Sheet, str]]:
    """The points beside each reviewers' mark, where mark rows are kept, against the sealed marks by the engine."""
    scheme = engine_scheme(sheets[0].scheme_version)
    stages = (Stage.PRELIMINARY.value, Stage.REVIEW.value) if has_component(scheme) else (Stage.REVIEW.value,)
    stage_scores = evaluate(scheme, batch, stages=stages).stages
    row_of = {sheet.pk: at for at, sheet in enumerate(sheets)}
    column_of = {leaf.code: at for at, leaf in enumerate(scheme.leaves)}
    marks = Mark.objects.filter(sheet__in=list(row_of), stage__in=stages).exclude(points_up=None)
    columns = ("stage", "sheet_id", "indicator__code", "points_up")
    for stage, pk, code, points_up in marks.values_list(*columns).iterator():
        at, scored = (row_of[pk], column_of[code]), stage_scores[stage]
        if int(scored.states[at]) in (MARKED, NOT_APPLICABLE) and int(scored.points_up[at]) != points_up:
            said = {"sheet": sheets[at[0]], "code": code}
            yield sheets[at[0]], _("%(sheet)s: the points of %(code)s do not follow from its mark.") % said


def verify_evidence() -> Verdict:
    """Every stored file's bytes against the SHA-256 of its row; files that were taken down must be gone."""
    verdict = Verdict()
    for kind in kinds():
        for file in kind.objects.order_by("pk").iterator(chunk_size=PORTION):
            verdict.count += 1
            verdict.problems += _wrong_file(file)
    return verdict


def _wrong_file(file: StoredFile) -> list[str]:
    path, said = stored_path(file), {"number": file.number_text, "name": file.name}
    if file.taken_down_at is not None:
        return [_("File %(number)s was taken down, but its bytes are there.") % said] if path.exists() else []
    if not path.is_file():
        return [_("File %(number)s “%(name)s” is gone from the store.") % said]
    if digest_of(path) != file.sha256:
        return [_("File %(number)s “%(name)s” was changed: its bytes do not fit its SHA-256.") % said]
    return []


def nightly() -> None:
    """Verify scores and files once a night (`settings.HOURLY`)."""
    verifications.nightly({SCORES: verify_scores, FILES: verify_evidence})
