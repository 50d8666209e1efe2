"""An import in two steps: a trial run that writes nothing, then the uploader's word and all rows or none.

Small files are worked off in the request, larger ones as a job with progress. The work is done outside any
transaction; only the writing stands in one, together with its audit rows and the upload's new status.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit, jobs
from branchportal.access import require
from branchportal.errors import ImportRejected, PortalError, StaleState

from .. import rules
from ..models import ImportUpload
from .kinds import resource_of
from .reading import Grid, read_file
from .resource import Plan, PortalResource

LIFETIME = timedelta(minutes=30)
INLINE_ROWS = 300  # more than that is a job
SHOWN_PROBLEMS, SHOWN_CHANGES = 500, 30
TASK = "branches.run_import"
Status = ImportUpload.Status
Step = Callable[[int], None]


def accept_upload(*, actor: object, kind: str, name: str, data: bytes, received_at: datetime) -> ImportUpload:
    """Guard and read a file, keep its known columns, and try it out. Raises ImportRejected when it cannot be read."""
    require(rules.can_import(actor, kind))
    resource = resource_of(kind)(actor)
    grid = known_columns(resource, read_file(name, data))
    expire_uploads(now=received_at)
    with transaction.atomic():
        upload = ImportUpload.objects.create(
            kind=kind,
            owner=actor,
            file_name=name[-200:],
            digest=hashlib.sha256(data).hexdigest(),
            rows={"headings": grid.headings, "rows": grid.rows},
            row_count=len(grid.rows),
            created_at=received_at,
            expires_at=received_at + LIFETIME,
        )
        audit.record(actor, "import.uploaded", upload, after={"kind": kind, "rows": len(grid.rows)})
        _request_job(upload, _("Trial run: %(name)s"))
    if upload.job is None:
        check_upload(upload=upload)
    return upload


def known_columns(resource: PortalResource, grid: Grid) -> Grid:
    """The columns that the portal knows, in the file's order; others are dropped and kept nowhere."""
    headings = [heading for heading in grid.headings if heading]
    wanted = {column.column_name: column for column in resource.columns}
    twice = sorted({heading for heading in headings if headings.count(heading) > 1 and heading in wanted})
    missing = [name for name, column in wanted.items() if column.is_required and name not in headings]
    if twice:
        raise ImportRejected(
            _("Row 1: the heading “%(name)s” stands there twice. Delete one column.") % {"name": "、".join(twice)}
        )
    if missing:
        raise ImportRejected(
            _("Row 1: the heading %(missing)s is missing; found: %(found)s. Use the template for “%(kind)s”.")
            % {
                "missing": "、".join(f"“{name}”" for name in missing),
                "found": "、".join(heading[:20] for heading in headings[:12]),
                "kind": resource.title,
            }
        )
    places = [(index, heading) for index, heading in enumerate(grid.headings) if heading in wanted]
    rows = [
        (number, [cells[index] if index < len(cells) else "" for index, _heading in places])
        for number, cells in grid.rows
    ]
    return Grid([heading for _index, heading in places], [row for row in rows if any(row[1])])


def check_upload(*, upload: ImportUpload, step: Step | None = None) -> ImportUpload:
    """The trial run: counts, examples of changes and every problem. Repeating it is harmless."""
    plan, resource = _planned(upload, step)
    new, changed, unchanged = plan.counts
    ImportUpload.objects.filter(pk=upload.pk, status=Status.CHECKING).update(
        status=Status.REFUSED if plan.problems else Status.READY,
        new_count=new,
        changed_count=changed,
        unchanged_count=unchanged,
        error_count=len(plan.problems),
        report=report_of(plan, resource),
        **({"rows": {}} if plan.problems else {}),
    )
    upload.refresh_from_db()
    return upload


def report_of(plan: Plan, resource: PortalResource) -> dict:
    """What the trial page shows; the problems in full up to a limit, some of the changes as examples."""
    changes = [
        {"row": change.row, "name": str(change.instance), "cells": resource.shown_cells(change)}
        for change in plan.changed[:SHOWN_CHANGES]
    ]
    problems = [vars(problem) for problem in plan.problems[:SHOWN_PROBLEMS]]
    new = [{"row": change.row, "name": str(change.instance)} for change in plan.new[:SHOWN_CHANGES]]
    return {"problems": problems, "changes": changes, "new": new}


def confirm_upload(*, actor: object, upload: ImportUpload, received_at: datetime) -> ImportUpload:
    """The uploader's word. Only who uploaded may give it, only while the trial is fresh and without errors."""
    require(rules.can_import(actor, upload.kind))
    require(rules.can_confirm(actor, upload))
    if received_at >= upload.expires_at:
        expire_uploads(now=received_at)
        raise StaleState(_("The trial run is older than 30 minutes. Upload the file again."))
    with transaction.atomic():
        moved = ImportUpload.objects.filter(pk=upload.pk, status=Status.READY).update(status=Status.RUNNING)
        if not moved:
            raise StaleState(_("This file has been imported already, or its trial run is over. Upload it again."))
        upload.refresh_from_db()
        audit.record(actor, "import.confirmed", upload)
        _request_job(upload, _("Import: %(name)s"))
    if upload.job is None:
        finish_upload(upload=upload)
    return upload


def finish_upload(*, upload: ImportUpload, step: Step | None = None) -> ImportUpload:
    """Import what was confirmed: all rows or none. A failure is written on the upload and raised."""
    try:
        apply_upload(upload=upload, step=step)
    except PortalError as refusal:
        refuse_upload(upload=upload, sentence=refusal.message)
        raise
    upload.refresh_from_db()
    return upload


def apply_upload(*, upload: ImportUpload, step: Step | None = None) -> None:
    """Plan again on today's data, compare with the trial, write in one transaction."""
    plan, resource = _planned(upload, step)
    trial = (upload.new_count, upload.changed_count, upload.unchanged_count)
    if plan.problems or plan.counts != trial:
        raise _changed_meanwhile()
    try:
        _write(upload, plan, resource)
    except IntegrityError as clash:  # somebody else wrote the same key between planning and writing
        raise _changed_meanwhile() from clash


@transaction.atomic
def _write(upload: ImportUpload, plan: Plan, resource: PortalResource) -> None:
    moved = ImportUpload.objects.filter(pk=upload.pk, status=Status.RUNNING).update(
        status=Status.DONE, rows={}, finished_at=timezone.now()
    )
    if moved:
        resource.write(plan)
        counts = dict(zip(("new", "changed", "unchanged"), plan.counts, strict=True))
        audit.record(upload.owner, "import.finished", upload, after={"kind": upload.kind, **counts})


def refuse_upload(*, upload: ImportUpload, sentence: str) -> None:
    """Close an upload that could not be tried or imported; its rows are forgotten."""
    ImportUpload.objects.filter(pk=upload.pk, status__in=[Status.CHECKING, Status.RUNNING]).update(
        status=Status.REFUSED, rows={}, report={"sentence": sentence}, finished_at=timezone.now()
    )


def expire_uploads(*, now: datetime) -> int:
    """Forget the rows of uploads that nobody confirmed in time. Returns how many; repeating it is harmless."""
    waiting = ImportUpload.objects.filter(status__in=[Status.READY, Status.CHECKING], expires_at__lte=now)
    return waiting.update(status=Status.EXPIRED, rows={}, finished_at=now)


def _changed_meanwhile() -> StaleState:
    return StaleState(_("The data changed since the trial run, so nothing was imported. Upload the file again."))


def _planned(upload: ImportUpload, step: Step | None) -> tuple[Plan, PortalResource]:
    resource = resource_of(upload.kind)(upload.owner)
    resource.upload = upload
    rows = [(row[0], row[1]) for row in upload.rows["rows"]]
    return resource.make_plan(upload.rows["headings"], rows, step), resource


def _request_job(upload: ImportUpload, title: str) -> None:
    """A background task for a large file; a small one is worked off at once."""
    upload.job = None
    if upload.row_count > INLINE_ROWS:
        upload.job = jobs.request(TASK, title=title % {"name": upload.file_name}, owner=upload.owner, upload=upload.pk)
    upload.save(update_fields=["job"])
