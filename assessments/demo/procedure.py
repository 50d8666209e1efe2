"""How the demonstration's ratings became official: consultation, meeting, notice, an objection with its correction.

Everything goes through the portal's own services, so each step left its audit row and can be followed.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from members.models import User

from ..cycles.models import Cycle
from ..results.models import Publication, Result, Tally
from ..results.notices.checks import unasked
from ..results.notices.services.consulting import clear_the_rest, close_consultation, record_meeting, send_consultation
from ..results.notices.services.objecting import answer_objection, object_to, register_objection
from ..results.notices.services.showing import begin_notice
from ..results.services.publishing import prepare_publication, publish
from ..sheets.choices import Stage, Status
from ..sheets.extending.services import ask_extension, decide_extension
from ..sheets.models import Mark, Sheet
from ..sheets.restructuring.services import decide, put_forward
from ..sheets.services.approving import approve_sheet
from ..sheets.services.review_marks import accept_mark
from .city import City, team_of

CONTACT = "滨和市直机关工委考评办，综合楼301室，电话0000-1000000"
DISCIPLINE = "派驻市直机关纪检监察组"
MISSING = "2个党支部未按时完成自评，无总分，已约谈提醒。"


def consult(city: City, tally: Tally, when: datetime, *, close: bool) -> None:
    """Ask the discipline body about the branches with five stars; `close`: it replied and had no objection."""
    office = city.people["office1"]
    due = timezone.localdate(when) + timedelta(days=7)
    asked = send_consultation(
        tally=tally,
        actor=office,
        organ=DISCIPLINE,
        letter=f"滨直工函〔{when.year}〕12号",
        min_stars=5,
        due_on=due,
        at=when,
    )
    if close:
        later = when + timedelta(days=3)
        clear_the_rest(
            consultation=asked,
            actor=office,
            replied_on=timezone.localdate(later),
            document="滨纪驻函〔复〕3号",
            at=later,
        )
        close_consultation(consultation=asked, actor=office, at=later)


def consult_rest(city: City, tally: Tally, when: datetime) -> None:
    """Ask about the branches that a correction moved up, if there are any."""
    if unasked(tally):
        office, day = city.people["office1"], timezone.localdate(when)
        asked = send_consultation(
            tally=tally, actor=office, organ=DISCIPLINE, min_stars=5, due_on=day, supplement=True, at=when
        )
        clear_the_rest(consultation=asked, actor=office, replied_on=day, at=when)
        close_consultation(consultation=asked, actor=office, at=when)


def meet(city: City, tally: Tally, when: datetime, number: str) -> None:
    """The committee's meeting on a settled tally."""
    record_meeting(
        tally=tally,
        actor=city.people["office1"],
        digest=tally.digest,
        held_on=timezone.localdate(when),
        expected=9,
        present=8,
        minutes="会议听取考评情况汇报，逐一审议拟定星级，同意提交公示。",
        document_number=number,
        at=when,
    )


def put_on_notice(city: City, tally: Tally, title: str, number: str, when: datetime) -> Publication:
    """Prepared by the office, put on notice by the deciding authority."""
    prepared = prepare_publication(
        tally=tally, actor=city.people["office1"], digest=tally.digest, title=title, document_number=number,
        note=MISSING if tally.missing_count else "", at=when,
    )  # fmt: skip
    day = timezone.localdate(when)
    begin_notice(
        publication=prepared, actor=city.people["authority1"], starts_on=day, min_stars=4, contact=CONTACT, at=when
    )
    return Publication.objects.select_related("tally__cycle", "tally__plan", "notice").get(pk=prepared.pk)


def correct_after_objection(city: City, publication: Publication, cycle: Cycle, when: datetime) -> Sheet:
    """One branch objects to a row that the inspectors changed; it is right, and its last quarter is reviewed again."""
    sheet = _disputed(publication.tally, cycle)
    secretary = city.secretaries[sheet.branch_id]
    objection = object_to(
        notice=publication.notice,
        branch=sheet.branch,
        actor=secretary,
        text="第四季度审核扣减的一项，佐证材料已于季末补交，请予核实。",
        at=when,
    )
    answered = answer_objection(
        objection=objection, actor=city.people["authority2"], uphold=True, sheet=sheet,
        answer="经核查，佐证材料确于规定时间内补交，异议成立，予以更正。", at=when + timedelta(hours=20),
    )  # fmt: skip
    return _reviewed_again(city, answered.reopening.revision, when + timedelta(hours=24))


def object_openly(city: City, publication: Publication, when: datetime) -> None:
    """A branch's objection that nobody has answered yet, and one by telephone without a name."""
    rows = Result.objects.filter(tally=publication.tally, status=Result.Status.RATED, stars__in=(3, 4))
    own, other = [row.branch for row in rows.select_related("branch").order_by("branch__code")[1:3]]
    notice, text = publication.notice, "主题党日一项扣分所依据的记录不全，我支部已补报签到表和照片，请予复核。"
    object_to(notice=notice, branch=own, actor=city.secretaries[own.pk], text=text, at=when)
    register_objection(
        notice=notice, branch=other, actor=city.people["office1"], channel="telephone", at=when + timedelta(hours=2),
        received_on=timezone.localdate(when), text="来电反映该支部党员活动室长期挪作他用，请核实。",
    )  # fmt: skip


def _disputed(tally: Tally, cycle: Cycle) -> Sheet:
    """The sheet of a rated branch with a row that the review changed, by small questions one after another."""
    rated = Result.objects.filter(tally=tally, status=Result.Status.RATED, stars__lt=5).values_list("branch", flat=True)
    rows = Sheet.objects.filter(cycle=cycle, branch__in=list(rated), status__in=(Status.SEALED, Status.APPROVED))
    sheets = list(rows.select_related("branch", "scheme_version").order_by("branch__code")[:60])
    marks = Mark.objects.filter(sheet__in=[sheet.pk for sheet in sheets], stage=Stage.REVIEW).exclude(reason="")
    changed = set(marks.values_list("sheet_id", flat=True))
    return [sheet for sheet in sheets if sheet.pk in changed][7]


def _reviewed_again(city: City, revision: Sheet, when: datetime) -> Sheet:
    """An inspector takes over the branch's points of the disputed row; the leader approves."""
    leader, *inspectors = city.teams[team_of(revision.branch)]
    disputed = Mark.objects.filter(sheet=revision, stage=Stage.REVIEW).exclude(reason="").select_related("indicator")
    mark = disputed.order_by("indicator__position")[0]
    sheet = _for_review(revision)
    inspector = User.objects.get(pk=inspectors[0].pk)
    accept_mark(sheet=sheet, actor=inspector, code=mark.indicator.code, version=mark.version, at=when)
    sheet = _for_review(revision)
    return approve_sheet(sheet=sheet, actor=User.objects.get(pk=leader.pk), version=sheet.version, at=when)


def _for_review(sheet: Sheet) -> Sheet:
    return Sheet.objects.for_filling().select_related("submitted_by", "approved_by").get(pk=sheet.pk)


def finish(city: City, publication: Publication, when: datetime) -> None:
    """The notice is over and every objection answered."""
    publish(publication=publication, actor=city.people["authority1"], at=max(when, publication.notice.ends_at))


def merge_branches(city: City, now: datetime) -> None:
    """Two branches of one unit became one in this quarter: the sheet of the one that went is taken out."""
    unit = next(branch.unit_id for branch in city.branches if branch.code.startswith("012"))
    going, staying = [branch for branch in city.branches if branch.unit_id == unit][3:1:-1]
    change = put_forward(
        kind="merged", branch=going, other=staying, actor=city.people["office2"], document="滨直工发〔2026〕31号",
        happens_on=timezone.localdate(now) - timedelta(days=3), at=now,
    )  # fmt: skip
    decide(change=change, actor=city.people["authority2"], grant=True, reason="同意合并。", at=now)


def grant_extension(city: City, cycle: Cycle, now: datetime) -> None:
    """One branch of the running quarter got two more days; another one's request waits."""
    rows = Sheet.objects.filter(cycle=cycle, status=Status.DRAFT).select_related("organization", "cycle", "branch")
    first, second = rows.order_by("branch__code")[:2]
    ends = cycle.steps.get(kind="self").ends_at
    office = city.people["office1"]
    asked = ask_extension(
        sheet=first,
        actor=office,
        until=ends + timedelta(days=2),
        reason="机构调整，台账正在移交，申请延期两天。",
        at=now,
    )
    decide_extension(extension=asked, actor=city.people["authority1"], grant=True, reason="同意延期。", at=now)
    reason = "支部书记外出培训，申请延期一天。"
    ask_extension(sheet=second, actor=city.people["office2"], until=ends + timedelta(days=1), reason=reason, at=now)
