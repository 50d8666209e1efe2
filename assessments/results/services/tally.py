"""Tallies: requested by the office, computed outside any transaction, stored whole in one short transaction."""

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from operator import itemgetter
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit, jobs
from branchportal.access import require
from branchportal.bulk import check_keys, insert_columns, insert_rows
from branchportal.errors import PortalError, StaleState
from branchportal.models import Job

from ...cycles.models import Cycle, YearPlan
from ...scoring import ENGINE_VERSION, FigureError
from .. import rules, year_facts
from ..computing import COLUMNS, QUOTA_COLUMNS, WHO, Computed, compute, quota_lines
from ..digests import list_texts
from ..gather import Inputs, cycle_inputs
from ..models import Publication, QuotaLine, Result, SectorMedian, Tally
from ..yearly import absent_quarters, year_inputs

if TYPE_CHECKING:
    from members.models import User

TASK = "results.run_tally"


def running_job(*, cycle: Cycle | None, plan: YearPlan) -> Job | None:
    """The job that tallies this cycle (or this year, `cycle` None) at the moment, if there is one."""
    wanted = {"params__cycle": cycle.pk} if cycle else {"params__plan": plan.pk}
    open_jobs = Job.objects.filter(task=TASK, status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
    return open_jobs.filter(**wanted).first()


@transaction.atomic
def request_tally(*, actor: "User", cycle: Cycle | None = None, plan: YearPlan | None = None) -> Job:
    """Ask for the tally of a cycle, or of a year (`plan`). One at a time: a second request is told so.

    Raises: PermissionDenied; StaleState while one runs.
    """
    require(rules.can_tally(actor, cycle))
    plan = YearPlan.objects.select_for_update().get(pk=cycle.plan_id if cycle else plan.pk)
    if cycle is None and (refusal := absent_quarters(plan)):
        raise PortalError(refusal)
    running = running_job(cycle=cycle, plan=plan)
    if running is not None:
        raise StaleState(
            _("A tally of “%(what)s” is running already. Wait for it, or cancel it.") % {"what": cycle or plan}
        )
    if cycle is None:
        return jobs.request(TASK, title=_("Year tally: %(what)s") % {"what": plan}, owner=actor, plan=plan.pk)
    return jobs.request(TASK, title=_("Tally: %(what)s") % {"what": cycle}, owner=actor, cycle=cycle.pk)


def run_tally(*, actor: "User | None", cycle: Cycle | None = None, plan: YearPlan | None = None,
              progress: jobs.Progress | None = None) -> Tally:  # fmt: skip
    """Read, compute, store. Repeating it on unchanged inputs gives the tally that is there already.

    Nothing is written before the last step, so a worker that dies or is cancelled leaves nothing half done.
    Raises: PortalError with a sentence when the inputs cannot be tallied; Cancelled.
    """
    said = progress or jobs.Silent()
    with collector_paused():
        inputs = _read(cycle, plan, said)
        count = len(inputs.entries)
        said.step(count, _("Computing %(count)d branches") % {"count": count})
        computed = _computed(inputs)
        said.step(2 * count, _("Writing the results"))
        tally, is_new = store(computed=computed, actor=actor, heed=said.heed)
    said.finish(message=summary(tally, is_new=is_new), url=tally_url(tally))
    return tally


def _read(cycle: Cycle | None, plan: YearPlan | None, said: jobs.Progress | jobs.Silent) -> Inputs:
    """The inputs; a third of the work for the progress bar, as computing and writing are."""
    if cycle is None:
        said.start(3 * 4, _("Reading the sealed sheets"))
        return year_inputs(plan)
    count = cycle.sheets.exclude(status="superseded").count()
    said.start(3 * count, _("Reading the sealed sheets"))
    return cycle_inputs(cycle, lean=True, after_portion=lambda done: said.step(min(done, count)))


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without Python's cycle collector, which would walk a million young rows again and again: a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def summary(tally: Tally, *, is_new: bool) -> str:
    """What the task says at its end."""
    if not is_new:
        return _("Nothing has changed since tally no. %(number)d; it stands.") % {"number": tally.number}
    return _("Tally no. %(number)d: %(rated)d rated, %(undecided)d undecided, %(missing)d without a total.") % {
        "number": tally.number,
        "rated": tally.rated_count,
        "undecided": tally.undecided_count,
        "missing": tally.missing_count,
    }


def _computed(inputs: Inputs) -> Computed:
    if not inputs.entries:
        raise PortalError(_("There is no branch to tally. Open the cycle first."))
    try:
        return compute(inputs)
    except FigureError as error:
        entry = inputs.entries[error.branch]
        raise PortalError(
            _("“%(item)s” of branch %(branch)s gives more than 1,000,000 points. Correct the claim, then tally again.")
            % {"item": error.item, "branch": entry.code}
        ) from error


@transaction.atomic
def store(*, computed: Computed, actor: "User | None", heed: Callable[[], object] = bool) -> tuple[Tally, bool]:
    """Write a computed tally and discard the candidate it replaces; with the inputs of one that stands, that one.

    `heed` is asked between portions of rows and may raise Cancelled: then nothing is written.
    """
    inputs = computed.inputs
    plan = YearPlan.objects.select_for_update().get(pk=inputs.plan.pk)
    tallies = Tally.objects.filter(plan=plan, cycle=inputs.cycle)
    current = tallies.current()
    if same := current.exists() and current.filter(inputs_digest=computed.inputs_digest).first():
        return same, False
    updated = tallies.filter(status=Tally.Status.CANDIDATE, digest="").first()
    if updated is not None and stored_rows(updated) == computed.rows:
        complete(updated, computed, actor)
        return updated, False
    tally = Tally.objects.create(
        plan=plan,
        cycle=inputs.cycle,
        number=(tallies.aggregate(last=Max("number"))["last"] or 0) + 1,
        engine_version=ENGINE_VERSION,
        created_by=actor,
        created_at=timezone.now(),
        **counts_of(computed),
    )
    tally.quarters.set(inputs.quarters.values())
    year_facts.store(tally, inputs.facts)
    with _digests_beside(computed):
        store_rows(tally, computed, heed)
        check_keys(Result)
    tally.digest, tally.inputs_digest = computed.digest, computed.inputs_digest
    tally.save(update_fields=["digest", "inputs_digest"])
    _discard_candidates(tallies.exclude(pk=tally.pk), tally, actor)
    audit.record(actor, "tally.stored", tally, after={"digest": tally.digest, **counts_of(computed)})
    return tally, True


def _read_here(inputs: Inputs) -> list[str]:
    """What the digests ask of related rows, read on this connection: the helper's thread would open another one."""
    return [group.version.scheme.code for group in inputs.groups]


@contextmanager
def _digests_beside(computed: Computed) -> Iterator[None]:
    """Make the digests while PostgreSQL takes the results in; SQLite works in this process and would wait."""
    if connection.vendor != "postgresql":
        yield
        return
    _read_here(computed.inputs)
    with ThreadPoolExecutor(1) as helper:
        made = helper.submit(lambda: computed.digest)  # which reads the digest of the inputs, too
        yield
        made.result()


def complete(tally: Tally, computed: Computed, actor: "User | None") -> None:
    """Give a candidate whose branches were updated one by one (`updating`) its digest: all its rows are right."""
    SectorMedian.objects.filter(tally=tally).delete()
    store_medians(tally, computed)
    store_quota_lines(tally, computed)
    Tally.objects.filter(pk=tally.pk).update(
        digest=computed.digest, inputs_digest=computed.inputs_digest, **counts_of(computed)
    )
    tally.refresh_from_db()
    audit.record(actor, "tally.completed", tally, after={"digest": tally.digest})


def stored_rows(tally: Tally) -> list[tuple]:
    """The results as they stand, row by row in the order of COLUMNS and of branch codes."""
    names = [f"{name}_id" if name in WHO else name for name in COLUMNS]
    rows = Result.objects.filter(tally=tally).order_by().values_list("branch__code", *names)
    return [
        tuple(bytes(value) if isinstance(value, memoryview) else value for value in row[1:])
        for row in sorted(rows, key=itemgetter(0))
    ]


def store_rows(tally: Tally, computed: Computed, heed: Callable[[], object] = bool) -> None:
    """Results and medians of a new tally, by COPY or executemany.

    The branches of a sector lie together, for the ranking of a sector and the update of single sheets read them so.
    """
    reasons = list_texts(computed.columns["reasons"])
    columns = {"tally": [tally.pk] * len(reasons), **computed.columns, "reasons": reasons}
    sectors = columns["sector"]
    order = sorted(range(len(sectors)), key=sectors.__getitem__)
    if len(order) > 1:
        take = itemgetter(*order)
        columns = {name: take(column) for name, column in columns.items()}
    insert_columns(Result, columns, after_portion=heed)
    store_medians(tally, computed)
    store_quota_lines(tally, computed)


def store_medians(tally: Tally, computed: Computed) -> None:
    """The median share of each dimension, of all and of each sector."""
    medians = ((tally.pk, *median) for median in computed.medians)
    insert_rows(SectorMedian, ("tally", "sector", "dimension", "share_up"), medians)


def store_quota_lines(tally: Tally, computed: Computed) -> None:
    """What the quotas did, instead of what they did before a decision."""
    QuotaLine.objects.filter(tally=tally).delete()
    lines = ((tally.pk, *line) for line in quota_lines(computed))
    insert_rows(QuotaLine, ("tally", *QUOTA_COLUMNS, "scheme_version"), lines)


def counts_of(computed: Computed) -> dict[str, int]:
    """The counts that a tally shows."""
    return {
        "branch_count": len(computed.inputs.entries),
        "rated_count": computed.count("rated"),
        "undecided_count": computed.count("undecided"),
        "missing_count": computed.count("missing"),
        "version_count": len(computed.groups),
    }


def _discard_candidates(tallies: object, by: Tally, actor: "User | None") -> None:
    """A newer tally came: earlier candidates, and publications prepared of them, are off the table."""
    candidates = tallies.filter(status__in=[Tally.Status.CANDIDATE, Tally.Status.NOTICE])
    for old in list(candidates):
        if not candidates.filter(pk=old.pk).update(status=Tally.Status.DISCARDED):
            continue  # published at this very moment
        audit.record(actor, "tally.discarded", old, after={"replaced_by": by.number})
        withdraw_publications(old, _("A newer tally replaced this one."), actor)


def withdraw_publications(tally: Tally, said: str, actor: "User | None") -> None:
    """Publications of a tally that stands no more: prepared ones go back to the office, a notice is withdrawn."""
    over = {
        Publication.Status.PREPARED: (Publication.Status.REJECTED, "publication.sent_back"),
        Publication.Status.NOTICE: (Publication.Status.WITHDRAWN, "notice.withdrawn"),
    }
    for before, (after, action) in over.items():
        waiting = tally.publications.filter(status=before)
        for publication in list(waiting):
            if waiting.filter(pk=publication.pk).update(status=after, sent_back_reason=said):
                audit.record(actor, action, publication, note=said)


def tally_url(tally: Tally) -> str:
    return reverse("results:tally", args=[tally.pk])
