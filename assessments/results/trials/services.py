"""Trials: asked for by office or authority, computed outside any transaction, stored whole in one short one.

Nothing here writes a sheet, a tally, a result or a scheme; `adopt_adjustments` alone changes a draft, by the draft's
own service.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit, jobs
from branchportal.access import require
from branchportal.bulk import insert_rows
from branchportal.errors import InvalidScheme, PortalError, StaleState
from branchportal.models import Job

from ...schemes.loading import engine_scheme
from ...schemes.models import SchemeVersion
from ...schemes.services.drafts import content_digest, save_draft
from ...scoring import Scheme, SchemeError
from ..digests import sha256
from . import adjusting, rules
from .computing import Basis, Tried, map_basis, try_scheme
from .models import TrialRow, TrialRun
from .outcome import ROW_COLUMNS, digest_of, rows_of, summary_of

if TYPE_CHECKING:
    from members.models import User

TASK = "results.run_trial"
OPEN = (Job.Status.QUEUED, Job.Status.RUNNING)


def scheme_of(content: object) -> Scheme:
    """The content as the engine's frozen data. Raises: InvalidScheme with all problems."""
    try:
        return Scheme.from_data(content)
    except SchemeError as error:
        raise InvalidScheme(
            _("The scheme has %(count)d problems. A trial needs a scheme without problems.")
            % {"count": len(error.problems)},
            problems=error.problems,
        ) from error


@transaction.atomic
def request_trial(
    *,
    actor: "User",
    version: SchemeVersion,
    basis: Basis,
    said: Mapping[str, str] | None = None,
    assumptions: Mapping[str, str] | None = None,
) -> TrialRun:
    """Ask for a trial of a version, with adjustments beside it (`said`: texts by field name), on the marks of `basis`.

    Raises: PermissionDenied; InvalidScheme; PortalError when adjustments cannot be read or the basis does not fit;
    StaleState while the same trial runs.
    """
    require(rules.can_run(actor))
    scheme_of(version.content)  # a draft may hold anything; what follows reads its parts
    changed, wrong = adjusting.changes(version.content, said or {})
    if wrong:
        raise PortalError(next(iter(wrong.values())), fields=wrong)
    content = adjusting.adjusted(version.content, changed) if changed else version.content
    scheme = scheme_of(content)
    mapped = map_basis(basis, engine_scheme(basis.version_for(scheme)), scheme)
    before = {field.name: field.value for field in adjusting.fields_of(version.content)}
    told = mapped.assumptions(assumptions or {})
    digest = sha256([content_digest(content), basis.plan.year, basis.cycle and basis.cycle.period,
                     basis.tally and basis.tally.digest, told])  # fmt: skip
    if TrialRun.objects.filter(request_digest=digest, started_by=actor, job__status__in=OPEN).exists():
        raise StaleState(_("The same trial is running already. Wait for it, or cancel it."))
    trial = TrialRun.objects.create(
        version=version, label=str(version)[:250], edition=version.edition, scheme_digest=version.digest,
        content=content, adjustments={name: [before[name], text] for name, text in changed.items()}, assumptions=told,
        plan=basis.plan, cycle=basis.cycle, tally=basis.tally, request_digest=digest, started_by=actor,
        started_at=timezone.now(),
    )  # fmt: skip
    title = _("Trial: %(what)s") % {"what": trial}
    trial.job = jobs.request(TASK, title=title[:200], owner=actor, trial=trial.pk)
    trial.save(update_fields=["job"])
    audit.record(actor, "trial.requested", trial, after={"scheme": content_digest(content), "request": digest})
    return trial


def run_trial(*, trial: TrialRun, progress: jobs.Progress | None = None) -> TrialRun:
    """Compute a trial and keep its rows. A second delivery of a finished one changes nothing.

    Raises: PortalError with a sentence when it cannot be computed; Cancelled.
    """
    if trial.is_finished:
        return trial
    told = _Steps(progress, 3 + (len(_quarters(trial)) if trial.cycle is None else 0))
    basis = Basis(trial.plan, trial.cycle, trial.tally)
    tried = try_scheme(basis, scheme_of(trial.content), trial.assumptions, told.say)
    rows = rows_of(tried)
    told.say(_("Keeping the results"))
    _store(trial, tried, rows)
    if progress:
        progress.finish(message=headline(trial.summary), url=reverse("results:trial", args=[trial.pk]))
    return trial


def _quarters(trial: TrialRun) -> Sequence[str]:
    return engine_scheme(trial.plan.scheme_version).year.periods


class _Steps:
    """Counts what has been said; the last saying always asks whether a person cancelled."""

    def __init__(self, progress: jobs.Progress | None, count: int) -> None:
        self.progress, self.count, self.done = progress, count, 0

    def say(self, message: str) -> None:
        if self.progress and self.done:
            self.progress.step(self.done, message)
        elif self.progress:
            self.progress.start(self.count, message)
        self.done += 1


@transaction.atomic
def _store(trial: TrialRun, tried: Tried, rows: Sequence[Sequence[Any]]) -> None:
    summary = summary_of(tried, rows)
    kept = TrialRun.objects.filter(pk=trial.pk, finished_at=None).update(
        finished_at=timezone.now(),
        branch_count=len(rows),
        summary=summary,
        assumptions=dict(tried.assumptions),
        digest=digest_of(tried, rows, content_digest(trial.content)),
    )
    if not kept:
        raise StaleState(_("The trial was deleted or finished meanwhile."))
    causes = ROW_COLUMNS.index("causes")
    insert_rows(
        TrialRow,
        ("trial", *ROW_COLUMNS),
        ((trial.pk, *row[:causes], json.dumps(row[causes], ensure_ascii=False)) for row in rows),
    )
    trial.refresh_from_db()
    audit.record(trial.started_by, "trial.finished", trial, after={"digest": trial.digest, "branches": len(rows)})


def headline(summary: Mapping[str, Any]) -> str:
    """One sentence: who gains and loses stars, and what becomes of the highest grade."""
    counts = summary["counts"]
    if not counts["moved"]:
        return _("Nobody would move: every rank and every star stays as it is.")
    if not counts["stars_up"] and not counts["stars_down"]:
        return _("No stars would change; %(moved)d branches would change their rank or status.") % counts
    words = _("%(up)d branches would gain stars, %(down)d would lose stars; %(grade)s from %(before)d to %(after)d.")
    _stars, grade, before, after = star_changes(summary)[0]
    figures = {"up": counts["stars_up"], "down": counts["stars_down"], "before": before, "after": after}
    return words % {"grade": grade, **figures}


def star_changes(summary: Mapping[str, Any]) -> list[tuple[int, str, int, int]]:
    """Stars, grade and the number of branches before and as tried, from the top; the new scheme's grades first."""
    grades = {stars: grade for ladder in summary["ladders"] for stars, grade, _from in ladder}
    before = {key: sum(count for old, _new, count in summary["matrix"] if old == key) for key in map(str, grades)}
    after = {key: sum(count for _old, new, count in summary["matrix"] if new == key) for key in map(str, grades)}
    return [(stars, grades[stars], before[str(stars)], after[str(stars)]) for stars in sorted(grades, reverse=True)]


@transaction.atomic
def delete_trial(*, trial: TrialRun, actor: "User") -> None:
    """Throw a trial away with its rows; one that runs is asked to stop."""
    require(rules.can_delete(actor, trial))
    if trial.job is not None and not trial.job.is_over:
        jobs.cancel(job=trial.job, actor=actor)
    audit.record(actor, "trial.deleted", trial, before={"digest": trial.digest})
    TrialRun.objects.filter(pk=trial.pk).delete()


@transaction.atomic
def adopt_adjustments(*, trial: TrialRun, actor: "User") -> SchemeVersion:
    """Save what was tried into the draft, if the draft still is as it was when it was tried.

    Raises: PermissionDenied; StaleState when the draft was changed since.
    """
    require(rules.can_adopt(actor, trial))
    version = save_draft(
        version=trial.version, edition=trial.edition, content=trial.content, actor=actor,
        summary=_("taken over from a trial on %(basis)s") % {"basis": trial.basis},
    )  # fmt: skip
    audit.record(actor, "trial.adopted", trial, after={"scheme": version.digest, "edition": version.edition})
    return version


def forget_old_trials() -> int:
    """Delete trials older than `settings.TRIAL_DAYS` days; returns how many. Called every hour."""
    old = TrialRun.objects.filter(started_at__lt=timezone.now() - timedelta(days=settings.TRIAL_DAYS))
    count = old.count()
    for trial in old.only("pk")[:50]:
        TrialRun.objects.filter(pk=trial.pk).delete()
    return min(count, 50)
