"""A trial as a workbook: the branches, and what was tried on what. Written in the background."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import jobs
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.figures import points_text
from branchportal.models import Job
from branchportal.tables import Column, Table, xlsx_bytes

from ..models import Result
from . import adjusting, rules
from .models import TrialRow, TrialRun
from .page import sentences_of
from .services import headline
from .words import assumption_lines, carried_lines

if TYPE_CHECKING:
    from members.models import User

TASK = "results.write_trial"
NOT_OFFICIAL = "试算，不作为正式结果"
COLUMNS = (
    Column("支部编码", 12, "code"),
    Column("党支部", 34),
    Column("所属党组织", 28),
    Column("领域", 10),
    Column("原名次", 8, "whole"),
    Column("试算名次", 8, "whole"),
    Column("名次变化", 8, "whole"),
    Column("原总分", 9, "points"),
    Column("试算总分", 9, "points"),
    Column("分差", 9, "points"),
    Column("原星级", 8, "stars"),
    Column("试算星级", 8, "stars"),
    Column("原状态", 9),
    Column("试算状态", 9),
    Column("原因", 70),
)


@transaction.atomic
def request_workbook(*, trial: TrialRun, actor: "User") -> Job:
    """Ask for the workbook of a finished trial. Raises: PermissionDenied; PortalError while it is not finished."""
    require(rules.can_see(actor))
    if not trial.is_finished:
        raise PortalError(_("The trial has not been finished yet."))
    title = _("Workbook of the trial: %(what)s") % {"what": trial}
    return jobs.request(TASK, title=title[:200], owner=actor, trial=trial.pk)


def write_trial(progress: jobs.Progress) -> None:
    """Write the workbook of a job. Whether the owner may see trials is asked again when the job runs."""
    owner = progress.job.owner
    rows = TrialRun.objects.visible_to(owner).select_related(
        "plan__scheme_version", "cycle", "started_by", "tally__plan", "tally__cycle"
    )
    trial = rows.filter(pk=progress.job.params["trial"]).first()
    if trial is None:
        raise PortalError(_("The trial is not kept any more, or it is not yours to see."))
    progress.start(trial.branch_count, _("Writing the workbook"))
    content = xlsx_bytes([_branches(trial, progress), _about(trial)])
    name = "".join(" " if sign in '\\/:*?"<>|' else sign for sign in f"试算 {trial}.xlsx")
    progress.attach(name, content)
    progress.finish(message=_("%(count)d branches.") % {"count": trial.branch_count})


def _branches(trial: TrialRun, progress: jobs.Progress) -> Table:
    return Table("试算明细", COLUMNS, _rows(trial, progress), heading=f"{trial}（{NOT_OFFICIAL}）")


def _rows(trial: TrialRun, progress: jobs.Progress) -> Iterator[tuple]:
    sentences = sentences_of(trial)
    labels = dict(Result.Status.choices)
    rows = TrialRow.objects.filter(trial=trial).for_table().order_by("position")
    for done, row in enumerate(rows.iterator(chunk_size=2000), start=1):
        yield (
            row.branch.code, row.branch.name, row.organization.name, row.sector.name,
            row.old_rank, row.new_rank, row.ranks_up if row.old_rank and row.new_rank else None,
            _figure(row.old_total_up), _figure(row.new_total_up), _figure(row.points_up),
            row.old_stars, row.new_stars, str(labels[row.old_status]), str(labels[row.new_status]),
            "；".join(sentences.of(row.causes, is_moved=row.is_moved)),
        )  # fmt: skip
        if done % 500 == 0:
            progress.step(done)


def _figure(points_up: int | None) -> Decimal | None:
    return None if points_up is None else Decimal(points_text(points_up))


def _about(trial: TrialRun) -> Table:
    told = trial.summary["mapping"]
    rows = [
        ("性质", NOT_OFFICIAL),
        ("结论", headline(trial.summary)),
        ("试算标准", trial.label),
        ("草案稿次", str(trial.edition)),
        ("所用评分", str(trial.basis)),
        ("比较基准", str(trial.tally) if trial.tally else "按原标准对已审定评分表即时计算"),
        ("试算人", trial.started_by.name),
        ("试算时间", timezone.localtime(trial.started_at)),
        *(("试调", line) for line in adjusting.described(trial.content, trial.adjustments)),
        *(("假设", line) for line in assumption_lines(told)),
        *(("折算", line) for line in carried_lines(told)),
        ("试算校验码（SHA-256）", trial.digest),
    ]
    return Table("说明", (Column("项目", 24), Column("内容", 90)), rows, has_filter=False)
