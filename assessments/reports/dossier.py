"""The file of a branch and a year (评星工作档案): sheets, results, evidence, visits, objections, course; one ZIP.

`00 目录.xlsx` lists every member with its SHA-256 and tells the course in words; `SHA256SUMS` is for `sha256sum -c`.
Everything is what the job's owner may see on the pages, asked again when the job runs.
"""

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch
from branchportal.errors import PortalError
from branchportal.jobs import Progress, files_folder
from branchportal.tables import Column, Table, xlsx_bytes

from ..cycles.models import YearPlan
from ..inspections.models import Rectification, Visit
from ..results.models import Result
from ..results.notices.models import Objection
from ..sheets.models import Evidence, EvidenceLink, Sheet
from ..sheets.services.evidence import stored_path
from ..sheets.stamping.models import StampedForm
from ..sheets.views.filling_submit import timeline
from .archive import STAMP, safe
from .branch_paper import branch_pdf
from .ranking_report import period_name
from .result_paper import result_file_name, result_paper
from .result_report import RELATED, branch_report
from .score_form import filled_form, score_form_pdf

SHEETS, RESULTS, EVIDENCE, STAMPED = "01 评分表", "02 考评结果", "03 佐证材料", "04 盖章评分表"
CONTENTS, SUMS = "00 目录.xlsx", "SHA256SUMS"


@dataclass(frozen=True)
class Member:
    """One file of the archive."""

    path: str
    what: str
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def dossier_name(branch: Branch, plan: YearPlan) -> str:
    """As the archive is called where it is saved; the branch as the year's papers call it."""
    return safe(f"{plan.year}年度评星工作档案（{branch.code}{branch.name}）") + ".zip"


def write_dossier(progress: Progress) -> None:
    """Put the archive together; offered whole or not at all."""
    job = progress.job
    branch = Branch.objects.visible_to(job.owner).filter(pk=job.params["branch"]).first()
    plan = YearPlan.objects.filter(pk=job.params["plan"]).first()
    if branch is None or plan is None:
        raise PortalError(_("What was to be printed does not exist any more, or it is not yours to see."))
    sheets = list(_sheets(progress, branch, plan))
    links = list(_links(progress, sheets))
    results = list(_results(progress, branch, plan))
    scans = list(_scans(progress, sheets))
    papers = [row.branch for row in (*reversed(results), *reversed(sheets))]
    named = papers[0] if papers else branch  # as the latest paper of the year calls it
    progress.start(len(sheets) + len(results) + len(links) + len(scans) + 1, _("Putting the file together."))
    target, listed = files_folder() / f"{job.pk}.dossier.zip", []
    done = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in _members(sheets, results, links, scans):
            archive.writestr(zipfile.ZipInfo(member.path, STAMP), member.content, zipfile.ZIP_DEFLATED)
            listed.append((member.path, member.what, len(member.content), member.digest))
            done += 1
            progress.step(done)
        tables = [
            _contents(listed, named),
            _course(sheets),
            _objections(progress, branch, plan),
            *_visits(branch, plan),
        ]
        contents = Member(CONTENTS, "目录", xlsx_bytes(tables))
        archive.writestr(zipfile.ZipInfo(contents.path, STAMP), contents.content, zipfile.ZIP_DEFLATED)
        sums = [(digest, path) for path, _what, _size, digest in listed] + [(contents.digest, contents.path)]
        lines = "".join(f"{digest}  {path}\n" for digest, path in sums)
        archive.writestr(zipfile.ZipInfo(SUMS, STAMP), lines.encode(), zipfile.ZIP_DEFLATED)
    progress.attach(dossier_name(named, plan), target)
    progress.finish(message=_("%(count)d documents.") % {"count": len(listed)})


def _sheets(progress: Progress, branch: Branch, plan: YearPlan) -> Iterable[Sheet]:
    rows = Sheet.objects.visible_to(progress.job.owner).named().filter(branch=branch, cycle__plan=plan)
    related = ("branch", "organization", "sector", "unit", "scheme_version", "cycle__plan__scheme_version")
    people = ("submitted_by", "passed_by", "approved_by")
    return rows.select_related(*related, *people).order_by("cycle__starts_on", "revision")


def _results(progress: Progress, branch: Branch, plan: YearPlan) -> Iterable[Result]:
    rows = Result.objects.visible_to(progress.job.owner).filter(branch=branch, tally__plan=plan)
    official = rows.filter(tally__status__in=("published", "superseded"))
    return official.named().select_related(*RELATED).order_by("tally_id")


def _links(progress: Progress, sheets: list[Sheet]) -> Iterable[EvidenceLink]:
    """Each file once a sheet; those the owner may not open (auditor) or that were taken down are left out."""
    open_ids = Evidence.objects.visible_to(progress.job.owner).values("pk")
    rows = EvidenceLink.objects.filter(sheet__in=[sheet.pk for sheet in sheets], evidence__in=open_ids)
    seen: set[tuple[int, int]] = set()
    for link in rows.select_related("evidence", "sheet__cycle", "indicator", "claim").order_by("pk"):
        key = (link.sheet_id, link.evidence_id)
        if key not in seen and link.evidence.is_open and stored_path(link.evidence).is_file():
            seen.add(key)
            yield link


def _scans(progress: Progress, sheets: list[Sheet]) -> Iterable[StampedForm]:
    """Stamped forms that stand, as they were attached."""
    rows = StampedForm.objects.visible_to(progress.job.owner).standing().filter(sheet__in=[row.pk for row in sheets])
    for file in rows.select_related("sheet__cycle").order_by("sheet__cycle__starts_on", "pk"):
        if file.is_open and stored_path(file).is_file():
            yield file


def _members(
    sheets: list[Sheet], results: list[Result], links: list[EvidenceLink], scans: list[StampedForm]
) -> Iterator[Member]:
    for sheet in sheets:
        name = safe(f"{sheet.cycle.name}评分表（第{sheet.revision}版，{sheet.get_status_display()}）")
        paper = score_form_pdf(filled_form(sheet))
        yield Member(f"{SHEETS}/{name}.pdf", f"评分表 {sheet.digest[:16]}".strip(), paper.content)
    for at, result in enumerate(results, 1):
        paper = branch_pdf(result_paper(branch_report(result)))
        name = f"{at:02d} {safe(result_file_name(result))}"
        yield Member(f"{RESULTS}/{name}", f"{period_name(result.tally)}结果", paper.content)
    for at, link in enumerate(links, 1):
        about = f"指标 {link.indicator.code}" if link.indicator_id else f"{link.claim.item_code} {link.claim.matter}"
        folder = f"{EVIDENCE}/{safe(link.sheet.cycle.name)}（第{link.sheet.revision}版）"
        name = f"{at:03d} {safe(link.evidence.name)}"
        yield Member(f"{folder}/{name}", about, Path(stored_path(link.evidence)).read_bytes())
    for at, file in enumerate(scans, 1):
        folder = f"{STAMPED}/{safe(file.sheet.cycle.name)}（第{file.sheet.revision}版）"
        yield Member(f"{folder}/{at:03d} {safe(file.name)}", "盖章扫描件", stored_path(file).read_bytes())


def _contents(listed: list[tuple[str, str, int, str]], branch: Branch) -> Table:
    columns = (Column("文件", 60), Column("内容", 30), Column("字节", 12, "whole"), Column("SHA-256", 66, "code"))
    notes = (f"党支部：{branch.name}（{branch.code}）", "校验：解压后在该目录运行 sha256sum -c SHA256SUMS。")
    return Table("目录", columns, listed, notes=notes)


def _course(sheets: list[Sheet]) -> Table:
    heads = (("考评周期", 28), ("时间", 18), ("事项", 22), ("办理人", 12), ("说明", 60))
    rows = []
    for sheet in sheets:
        cycle = f"{sheet.cycle.name}（第{sheet.revision}版）"
        for step in timeline(sheet):
            rows.append((cycle, _moment(step["at"]), str(step["label"]), _name(step["actor"]), step["note"]))
    return Table("办理过程", _columns(heads), rows)


def _columns(heads: Iterable[tuple[str, int]]) -> tuple[Column, ...]:
    return tuple(Column(heading, width) for heading, width in heads)


def _objections(progress: Progress, branch: Branch, plan: YearPlan) -> Table:
    rows = Objection.objects.visible_to(progress.job.owner).filter(branch=branch, notice__publication__tally__plan=plan)
    lines = [
        (_moment(one.received_at), str(one.get_channel_display()), one.text, str(one.get_status_display()), one.answer)
        for one in rows.order_by("pk")
    ]
    heads = (("收到时间", 18), ("方式", 12), ("异议", 60), ("结论", 12), ("答复", 60))
    return Table("异议", _columns(heads), lines)


def _visits(branch: Branch, plan: YearPlan) -> Iterator[Table]:
    """Signed visits, and what was asked for because of a finding."""
    rows = Visit.objects.filter(branch=branch, plan__cycle__plan=plan, status="signed").order_by("visited_on")
    lines = [
        (str(one.visited_on), f"{one.present_name} {one.present_post}".strip(), one.course, one.opinion, one.signature)
        for one in rows
    ]
    heads = (("日期", 12), ("在场人员", 20), ("考察情况", 60), ("总体评价", 40), ("签字", 12))
    yield Table("实地考察", _columns(heads), lines)
    asked = Rectification.objects.filter(finding__branch=branch, finding__cycle__plan=plan).select_related("finding")
    lines = [
        (one.finding.problem, one.measures, str(one.due_on), str(one.get_status_display()))
        for one in asked.order_by("pk")
    ]
    yield Table("问题整改", _columns((("问题", 60), ("整改措施", 60), ("期限", 12), ("状态", 12))), lines)


def _moment(at: object) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def _name(actor: object) -> str:
    return getattr(actor, "name", "") if actor is not None else ""
