"""Making the list of branches under review, once, and adding to it by hand; every row on record and repeatable."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch
from branchportal import audit, jobs
from branchportal.access import require
from branchportal.errors import PortalError, StaleState
from branchportal.models import Job

from ...cycles import rules
from ...cycles.models import Cycle, Step
from ...cycles.scoping import ReviewScope, ScopeBranch
from ...sheets.choices import FROZEN, Status
from ...sheets.models import Sheet
from ...sheets.services.approving import written_reason
from .. import sampling
from ..services.plans import LONGEST_SEED, Outcome, population_of
from .candidates import UNDER_WAY, Preliminary, preliminary_results

if TYPE_CHECKING:
    from members.models import User

TASK = "inspections.compute_candidates"
Origin = ScopeBranch.Origin


def population(cycle: Cycle) -> list[tuple[str, str]]:
    """Branches with a sheet in the cycle that are not exempt, each with its group: sector and last stars."""
    rows = Sheet.objects.filter(cycle=cycle).current().exclude(status=Status.EXEMPT)
    codes = set(rows.values_list("branch__code", flat=True))
    return [(code, group) for code, group in population_of(cycle) if code in codes]


def sample_size(cycle: Cycle, number: int) -> int:
    """How many branches the share comes to, rounded up, at least one."""
    return max(1, -(-number * (cycle.sample_percent or 0) // 100)) if number else 0


@transaction.atomic
def draw_sample(*, actor: "User", cycle: Cycle, seed: str = "", at: datetime | None = None) -> ReviewScope:
    """Draw the sample, stratified by sector and last result. An empty `seed` is drawn by the portal.

    Raises: PermissionDenied; PortalError without sheets or for a seed too long; StaleState when it was drawn meanwhile.
    """
    require(rules.can_settle_scope(actor, cycle))
    if cycle.review_scope != Cycle.Scope.SAMPLE:
        raise PortalError(_("This cycle reviews candidates; they are computed, not drawn."))
    seed = seed.strip() or str(secrets.randbelow(10**9)).zfill(9)
    if len(seed) > LONGEST_SEED:
        raise PortalError(_("The seed has at most 40 characters."), field="seed")
    people = population(cycle)
    if not people:
        raise PortalError(_("The cycle has no sheets yet; open it first."))
    wanted = sample_size(cycle, len(people))
    drawn = sampling.draw(people, wanted, seed, stratified=True)
    scope = _settle(cycle, actor, sampling.pack(people), at, seed=seed, wanted=wanted)
    keys = dict(Branch.objects.filter(code__in=[one.code for one in drawn]).values_list("code", "pk"))
    rows = [
        ScopeBranch(branch_id=keys[one.code], origin=Origin.DRAWN, stratum=one.stratum[:80], place=one.place)
        for one in drawn
    ]
    _add(scope.settled_at, cycle, actor, rows)
    after = {"percent": cycle.sample_percent, "seed": seed, "wanted": wanted, "of": len(people)}
    codes = [one.code for one in drawn]
    audit.record(actor, "scope.drawn", cycle, after=after | {"basis_sha256": scope.digest, "branches": codes})
    return scope


def _settle(cycle: Cycle, actor: "User", basis: str, at: datetime | None, **said: object) -> ReviewScope:
    """The row that says the list is made; the second one of a cycle is refused."""
    digest = hashlib.sha256(basis.encode()).hexdigest()
    try:
        with transaction.atomic():
            scope = ReviewScope.objects.create(
                cycle=cycle, kind=cycle.review_scope, basis=basis, digest=digest, settled_by=actor,
                settled_at=at or timezone.now(), **said,
            )  # fmt: skip
    except IntegrityError as twice:
        raise StaleState(_("Somebody else has made the list meanwhile. Reload the page.")) from twice
    unchanged = Cycle.objects.filter(pk=cycle.pk, version=cycle.version)
    if not unchanged.update(version=cycle.version + 1):
        raise StaleState(_("The cycle was changed meanwhile. Reload the page and try again."))
    return scope


def _add(at: datetime, cycle: Cycle, actor: "User", rows: Sequence[ScopeBranch]) -> None:
    for row in rows:
        row.cycle, row.added_by, row.added_at = cycle, actor, at
    ScopeBranch.objects.bulk_create(rows, batch_size=500)


def why_not_yet(cycle: Cycle, at: datetime) -> str:
    """Why candidates cannot be computed yet; empty once the preliminary reviews are over."""
    left = Sheet.objects.filter(cycle=cycle, status__in=UNDER_WAY).count()
    step = Step.objects.filter(cycle=cycle, kind=Step.Kind.PRELIMINARY).first()
    if not left or step is None or step.ends_at <= at:
        return ""
    words = _("%(count)d sheets have not been passed yet. The candidates are computed when all have been, or when the "
              "preliminary review ends on %(end)s; what is missing then is reviewed.")  # fmt: skip
    return words % {"count": left, "end": timezone.localtime(step.ends_at).strftime("%Y-%m-%d %H:%M")}


def running_job(cycle: Cycle) -> Job | None:
    """The job that computes the candidates of a cycle at the moment."""
    open_jobs = Job.objects.filter(task=TASK, status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
    return open_jobs.filter(params__cycle=cycle.pk).first()


@transaction.atomic
def request_candidates(*, actor: "User", cycle: Cycle, at: datetime | None = None) -> Job:
    """Ask for the job that computes the candidates. Raises: PermissionDenied; PortalError too early; StaleState."""
    require(rules.can_settle_scope(actor, cycle))
    if cycle.review_scope != Cycle.Scope.CANDIDATES:
        raise PortalError(_("This cycle reviews a sample; it is drawn, not computed."))
    if text := why_not_yet(cycle, at or timezone.now()):
        raise PortalError(text)
    if running_job(cycle):
        raise StaleState(_("The candidates are being computed already. You find the task under “Tasks”."))
    title = _("%(cycle)s: compute the candidates") % {"cycle": cycle.name}
    return jobs.request(TASK, title=title, owner=actor, cycle=cycle.pk)


def compute_candidates(*, actor: "User", cycle: Cycle, progress: jobs.Progress) -> ReviewScope:
    """Put every branch on the list whose passed preliminary marks open the chosen stars, or that has no such result.

    Computed outside any transaction, written in one short one. Raises: PermissionDenied; StaleState.
    """
    require(rules.can_settle_scope(actor, cycle))
    rows = Sheet.objects.filter(cycle=cycle).current().exclude(status=Status.EXEMPT).order_by("branch__code")
    sheets = list(rows.values_list("pk", flat=True))
    progress.start(len(sheets), _("Computing the preliminary results"))
    found = []
    for result in preliminary_results(sheets):
        found.append(result)
        progress.step(len(found))
    scope = store_candidates(actor=actor, cycle=cycle, found=found)
    message = _("%(count)d of %(of)d branches are reviewed.")
    count = ScopeBranch.objects.filter(cycle=cycle).count()
    progress.finish(message=message % {"count": count, "of": len(found)}, url=reverse("cycles:scope", args=[cycle.pk]))
    return scope


@transaction.atomic
def store_candidates(
    *, actor: "User", cycle: Cycle, found: Sequence[Preliminary], at: datetime | None = None
) -> ReviewScope:
    """Make the list from these preliminary results, one per branch. Raises: PermissionDenied; StaleState."""
    require(rules.can_settle_scope(actor, cycle))
    least = cycle.candidate_stars or 1
    basis = json.dumps([[one.code, one.total_up, one.stars] for one in found], separators=(",", ":"))
    scope = _settle(cycle, actor, basis, at, stars=least)
    rows = [
        ScopeBranch(
            branch_id=one.branch_id, origin=Origin.OPEN if one.stars is None else Origin.CANDIDATE,
            total_up=one.total_up, stars=one.stars,
        )
        for one in found if one.stars is None or one.stars >= least
    ]  # fmt: skip
    _add(scope.settled_at, cycle, actor, rows)
    after = {"stars": least, "candidates": len(rows), "of": len(found), "basis_sha256": scope.digest}
    codes = [one.code for one in found if one.stars is None or one.stars >= least]
    audit.record(actor, "scope.computed", cycle, after=after | {"branches": codes})
    return scope


@transaction.atomic
def add_branches(*, actor: "User", cycle: Cycle, branches: Iterable[Branch], reason: str) -> Outcome:
    """Put branches under review by hand, with a reason; nobody is ever taken off. What does not fit is named."""
    require(rules.can_add_to_scope(actor, cycle))
    reason = written_reason(reason)
    wanted = list(branches)
    there = set(ScopeBranch.objects.filter(cycle=cycle, branch__in=wanted).values_list("branch_id", flat=True))
    sheets = Sheet.objects.filter(cycle=cycle, branch__in=wanted).current()
    status = dict(sheets.values_list("branch_id", "status"))
    outcome, rows = Outcome(), []
    for branch in wanted:
        if branch.pk in there:
            outcome.refused.append((branch, _("It is under review already.")))
        elif branch.pk not in status:
            outcome.refused.append((branch, _("It has no sheet in this cycle.")))
        elif status[branch.pk] in (*FROZEN, Status.EXEMPT):
            outcome.refused.append(
                (branch, _("Its sheet is approved or exempt already; it would have to be reopened."))
            )
        else:
            rows.append(ScopeBranch(branch=branch, origin=Origin.HAND, reason=reason[:200]))
    _add(timezone.now(), cycle, actor, rows)
    audit.record_many(
        audit.entry(actor, "scope.branch_added", row.branch, after={"cycle": cycle.name}, note=reason) for row in rows
    )
    outcome.done = len(rows)
    return outcome
