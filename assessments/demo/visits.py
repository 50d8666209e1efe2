"""Visits of the running quarter in every state, their findings, and rectifications open, overdue and struck off."""

import hashlib
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from branches.models import Branch
from members.models import User

from ..cycles.models import Cycle
from ..inspections.checklist import check_rows
from ..inspections.models import Finding, Rectification, Visit, VisitCheck, VisitFile, VisitPlan
from ..inspections.services import plans, rectifications, signing, visits
from ..schemes.loading import indicator_index
from .city import City
from .evidence import small_jpeg

SEED = "20261109"
DRAWN = 36
SHOWN = ("00101", "00102", "00103")  # branches of the printed accounts, reviewed by the second team
PROBLEMS = (
    ("组织生活会个人发言提纲存档不全，缺2人。", "补齐个人发言提纲，由组织委员逐一核对存档。"),
    ("主题党日未按月公布计划，宣传栏内容停在上季度。", "每月25日前公布下月主题党日计划，宣传栏按月更新。"),
    ("党费收缴登记有一个月未由本人签字。", "补签登记表，今后收缴当日由本人签字确认。"),
    ("党员活动室未悬挂入党誓词，学习资料未更新。", "重新布置活动室，更新学习资料目录。"),
    ("支委会记录过于简单，未写明讨论情况。", "规范会议记录，写明议题、发言要点和决定。"),
)
COURSE = "查阅“三会一课”记录和党费台账，查看党员活动室，与支部委员和3名党员座谈。"
OPINION = "组织生活开展较正常，台账基本齐全，服务中心工作有特色。"


def write_visits(city: City, today: date) -> int:
    """Two plans of the running quarter; returns how many visits stand on them."""
    cycle = Cycle.objects.filter(status=Cycle.Status.OPEN).select_related("plan__scheme_version").latest("starts_on")
    office = city.people["office1"]
    plan = _plan(cycle, office, today)
    plans.draw_branches(actor=office, plan=plan, version=plan.version, method="stratified", wanted=DRAWN, seed=SEED)
    plans.add_branches(actor=office, plan=plan, branches=_missing(plan, SHOWN))
    for at, visit in enumerate(Visit.objects.filter(plan=plan).for_record().order_by("branch__code")):
        _play(visit, at, office, today)
    surprise = plans.make_plan(
        actor=office, cycle=cycle, name="组织生活随机调研", aim="不打招呼，直接到支部看组织生活。", is_announced=False,
        days=(today - timedelta(days=3), today + timedelta(days=25)),
    )  # fmt: skip
    plans.add_branches(actor=office, plan=surprise, branches=Branch.objects.filter(code__in=["00104", "00201"]))
    _ask_in_review(city, cycle, today)
    return plan.visits.count() + surprise.visits.count()


def _plan(cycle: Cycle, office: User, today: date) -> VisitPlan:
    days = (today - timedelta(days=30), today + timedelta(days=30))
    aim = "查阅组织生活台账，核实佐证材料，听取党员意见。"
    return plans.make_plan(
        actor=office, cycle=cycle, name=f"{cycle.name}实地考察", aim=aim, days=days, is_announced=True
    )


def _missing(plan: VisitPlan, codes: tuple[str, ...]) -> list[Branch]:
    return list(Branch.objects.filter(code__in=codes).exclude(visits__plan=plan))


def _people(visit: Visit) -> tuple[User, User]:
    """Leader and an inspector of the visit's team."""
    rows = list(visit.team.memberships.select_related("user").order_by("-is_leader", "pk"))
    return rows[0].user, rows[1 + visit.branch_id % (len(rows) - 1)].user


def _play(visit: Visit, at: int, office: User, today: date) -> None:
    """Lead one visit as far as its turn says."""
    if visit.team is None:
        return
    leader, inspector = _people(visit)
    known = {"00101": "signed", "00102": "in_progress", "00103": "planned"}
    state = known.get(visit.branch.code) or ("signed", "planned", "signed", "open", "planned", "other")[at % 6]
    if state == "open":
        return
    day = today - timedelta(days=12 + at % 9) if state == "signed" else today + timedelta(days=2 + at % 12)
    visit = visits.schedule_visit(visit=visit, actor=leader, version=visit.version, planned_on=day)
    if state == "other" and at % 12 == 5:
        visits.cancel_visit(visit=visit, actor=office, version=visit.version, reason="该支部换届延后，本季度不再考察")
    elif state == "other":
        visits.postpone_visit(visit=visit, actor=leader, version=visit.version, reason="支部书记参加集中培训，改期")
    elif state in ("signed", "in_progress"):
        _record(visit, inspector, leader, day if state == "signed" else today, at, is_signed=state == "signed")


def _record(visit: Visit, inspector: User, leader: User, day: date, at: int, *, is_signed: bool) -> None:
    moment = timezone.make_aware(datetime.combine(day, time(9, 30)))
    visit = visits.begin_visit(visit=visit, actor=inspector, version=visit.version, at=moment)
    _checks(visit, inspector, moment, at, is_signed=is_signed)
    visit = visits.save_record(
        visit=visit, actor=inspector, version=visit.version, visited_on=day, present_name=visit.branch.contact,
        present_post="支部书记", course=COURSE, opinion=OPINION,
    )  # fmt: skip
    if at % 4 == 3 and visit.branch.code not in SHOWN:
        signing.sign_visit(visit=visit, actor=leader, version=visit.version, signature=leader.name, at=moment)
        return
    _photo(visit, inspector, moment, at)
    due_on = day + timedelta(days=(5, 40, 8, 30)[at // 2 % 4]) if is_signed else day + timedelta(days=20)
    problem, measures = PROBLEMS[at % len(PROBLEMS)]
    Finding.objects.create(
        branch=visit.branch, organization=visit.organization, cycle=visit.plan.cycle, visit=visit, problem=problem,
        due_on=due_on, found_by=inspector, found_at=moment,
    )  # fmt: skip
    if is_signed:
        signing.sign_visit(visit=visit, actor=leader, version=visit.version, signature=leader.name, at=moment)
        _put_right(visit, inspector, measures, at, moment)


def _checks(visit: Visit, inspector: User, moment: datetime, at: int, *, is_signed: bool) -> None:
    """The check list in one insert: whole where the record is signed, begun where it is not."""
    indicators = indicator_index(visit.plan.cycle.scheme_version).indicators
    rows, found = check_rows(visit), []
    for number, leaf in enumerate(rows if is_signed else rows[:9]):
        is_wrong = number == at % 7 and at % 4 != 3
        verdict = "problem" if is_wrong else "skipped" if number % 11 == 10 else "good"
        note = PROBLEMS[at % len(PROBLEMS)][0] if is_wrong else ""
        found.append(
            VisitCheck(
                visit=visit, indicator=indicators[leaf.code], verdict=verdict, note=note, entered_by=inspector,
                entered_at=moment,
            )
        )  # fmt: skip
    VisitCheck.objects.bulk_create(found)


def _photo(visit: Visit, inspector: User, moment: datetime, number: int) -> None:
    content = small_jpeg(number)
    digest = hashlib.sha256(content).hexdigest()
    key = f"visits/demo/{digest[:24]}-{visit.pk}.jpg"
    path = Path(settings.MEDIA_ROOT) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    VisitFile.objects.create(
        visit=visit, name=f"现场照片（演示）{number:02d}.jpg", key=key, content_type="image/jpeg", size=len(content),
        sha256=digest, uploaded_by=inspector, uploaded_at=moment,
    )  # fmt: skip


def _put_right(visit: Visit, inspector: User, measures: str, at: int, moment: datetime) -> None:
    """Every other one is answered; of those some are struck off, others are sent back or wait to be checked."""
    turn = visit.pk
    row = Rectification.objects.for_table().get(finding__visit=visit)
    secretary = User.objects.filter(appointments__branch=visit.branch, appointments__role="SEC").first()
    if turn % 4 == 0 or secretary is None or visit.branch.code in SHOWN:
        return
    answered = moment + timedelta(days=4)
    row = rectifications.answer(
        row=row, actor=secretary, version=row.version, measures=measures, person=visit.branch.contact, at=answered
    )
    if turn % 3 == 0:
        rectifications.strike_off(row=row, actor=inspector, version=row.version, note="已现场核实。", at=answered)
    elif turn % 3 == 1:
        rectifications.send_back(
            row=row, actor=inspector, version=row.version, reason="只写了措施，没有附整改后的记录。",
            due_on=max(row.due_on, timezone.localdate()), at=answered,
        )  # fmt: skip


def _ask_in_review(city: City, cycle: Cycle, today: date) -> None:
    """A problem that came up in the review, without a visit."""
    branch = Branch.objects.select_related("organization").get(code=SHOWN[0])
    rectifications.ask(
        actor=city.people["office1"], branch=branch, cycle=cycle, source="review",
        problem="三季度党课记录与佐证照片日期不一致，请核对更正。", due_on=today + timedelta(days=6),
    )  # fmt: skip
