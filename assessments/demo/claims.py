"""Bonus claims with their documents, penalties, vetoes and returned rows of a demonstration quarter."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from branchportal.bulk import advance_ids, insert_rows, next_id

from ..scoring import Claim as EngineClaim
from ..scoring import Scheme
from ..sheets.choices import ClaimKind, ClaimStatus, Stage, Status
from ..sheets.freezing import claim_data
from ..sheets.models import Claim, Evidence, EvidenceLink, Remark
from . import evidence
from .calendar import Quarter
from .quarters import DEPTH, Play, SheetWriter

MATTERS = (
    "“红色窗口”服务品牌",
    "党员先锋岗创建",
    "老旧小区结对帮扶",
    "优化营商环境攻坚",
    "志愿服务季活动",
    "书香支部建设",
    "技能比武",
    "防汛值守",
)
REMARKS = ("佐证材料缺少签到表，请补充。", "次数与会议记录不一致，请核对后修改。", "缺少活动照片和记录，请补充说明。")
CLAIM_COLUMNS = (
    "id", "sheet", "kind", "item_code", "level", "matter", "document", "happened_on", "count", "status", "entered_by",
    "entered_at", "decided_by", "decided_at", "decision_reason", "answer", "version",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """One claim before it is written: who has it (position), what it is, how it ended."""

    at: int
    kind: str
    item: str
    level: str
    matter: str
    count: int
    status: str
    document: str
    day: int


def draw(random: Random, scheme: Scheme, play: Play, quality: list[float], vetoes: dict[int, str]) -> list[Plan]:
    """The claims of a quarter: the better the branch, the more bonus; few penalties; the vetoes that were ordered."""
    plans = []
    for at, status in enumerate(play.status):
        if status == Status.EXEMPT or not DEPTH[status]:
            continue
        is_over = DEPTH[status] >= 4
        if random.random() < 0.10 + 0.35 * quality[at]:
            item = random.choice(scheme.bonus.items)
            end = (
                random.choices([ClaimStatus.ACCEPTED, ClaimStatus.REFUSED], [0.92, 0.08])[0]
                if is_over
                else ClaimStatus.CLAIMED
            )
            plans.append(_plan(random, at, ClaimKind.BONUS, item, end))
        if random.random() < 0.03 * (1.3 - quality[at]):
            item = random.choice(scheme.penalty.items)
            plans.append(
                _plan(random, at, ClaimKind.PENALTY, item, ClaimStatus.ACCEPTED if is_over else ClaimStatus.RECORDED)
            )
        if at in vetoes:
            document = f"滨纪通〔{random.randrange(1, 60)}〕号"
            plans.append(
                Plan(at, ClaimKind.VETO, vetoes[at], "", "一票否决情形", 1, ClaimStatus.ACCEPTED, document, 30)
            )
    return plans


def _plan(random: Random, at: int, kind: str, item: object, status: str) -> Plan:
    levels = list(item.levels_up)
    level = random.choices(levels, range(1, len(levels) + 1))[0] if levels else ""  # the higher, the rarer
    matter = random.choice(MATTERS)
    return Plan(
        at,
        kind,
        item.code,
        level,
        matter,
        1,
        status,
        f"滨工委发〔{random.randrange(1, 90)}〕号",
        random.randrange(5, 80),
    )


def for_engine(plans: list[Plan]) -> tuple[list[EngineClaim], list[tuple[int, str]]]:
    """Accepted bonus and penalty claims, and the vetoes, as the engine takes them."""
    taken = [p for p in plans if p.status == ClaimStatus.ACCEPTED]
    counted = [EngineClaim(p.at, p.item, p.count, p.level, p.matter) for p in taken if p.kind != ClaimKind.VETO]
    return counted, [(p.at, p.item) for p in taken if p.kind == ClaimKind.VETO]


def sealed(plans: list[Plan], quarter: Quarter) -> dict[int, list[dict]]:
    """The claims of each branch as they are sealed with its sheet."""
    found: dict[int, list[dict]] = {}
    for plan in plans:
        row = claim_data(
            plan.kind,
            plan.item,
            status=plan.status,
            level=plan.level,
            matter=plan.matter,
            document=plan.document,
            happened_on=_day(quarter, plan).isoformat(),
            count=plan.count,
            reason=_reason(plan),
        )
        found.setdefault(plan.at, []).append(row)
    return found


def _day(quarter: Quarter, plan: Plan) -> object:
    return quarter.starts_on + timedelta(days=min(plan.day, 35))


def _reason(plan: Plan) -> str:
    return "文件与事项不符。" if plan.status == ClaimStatus.REFUSED else ""


def write_claims(writer: SheetWriter, plans: list[Plan]) -> None:
    """Claim rows; every bonus claim with its document as evidence."""
    first, rows, files, links = next_id(Claim), [], [], []
    file_id = next_id(Evidence)
    for number, plan in enumerate(plans):
        branch, sheet = writer.city.branches[plan.at], writer.sheet_id(plan.at)
        secretary, _department, inspector, _leader = writer.people(branch)
        author = secretary if plan.kind == ClaimKind.BONUS else writer.city.people["office1"]
        when = writer.quarter.step("self")[0] + timedelta(days=1)
        decided = plan.status in (ClaimStatus.ACCEPTED, ClaimStatus.REFUSED)
        rows.append((
            first + number, sheet, plan.kind, plan.item, plan.level, plan.matter, plan.document,
            _day(writer.quarter, plan), plan.count, plan.status, author.pk, when,
            inspector.pk if decided else None, when + timedelta(days=15) if decided else None, _reason(plan), "", 1,
        ))  # fmt: skip
        if plan.kind == ClaimKind.BONUS:
            files.append((file_id + len(files), branch.pk, *evidence.store(file_id + len(files)), secretary.pk, when))
            links.append((sheet, files[-1][0], None, first + number, secretary.pk, when))
    insert_rows(Claim, CLAIM_COLUMNS, rows)
    _write_files(files, links)
    advance_ids(Claim, Evidence)


def write_indicator_evidence(writer: SheetWriter, random: Random, share: float) -> None:
    """Files beside some self-assessed rows of the sheets that have been submitted."""
    files, links, file_id = [], [], next_id(Evidence)
    for at, branch in enumerate(writer.city.branches):
        if not writer.play.filled[at] or (random.random() > share and at > 2):
            continue
        secretary, when = writer.city.secretaries[branch.pk], writer.quarter.step("self")[0] + timedelta(days=1)
        leaves = [slot.leaf.code for _number, slot in writer.own_slots(branch) if slot.leaf.evidence != "none"]
        for code in random.sample(leaves[: max(1, int(writer.play.filled[at]))], k=min(2, len(leaves))):
            files.append((file_id + len(files), branch.pk, *evidence.store(file_id + len(files)), secretary.pk, when))
            indicator = writer.index.indicators[code].pk
            links.append((writer.sheet_id(at), files[-1][0], indicator, None, secretary.pk, when))
    _write_files(files, links)
    advance_ids(Evidence)


def _write_files(files: list[tuple], links: list[tuple]) -> None:
    columns = ("id", "branch", "name", "key", "content_type", "size", "sha256", "uploaded_by", "uploaded_at")
    insert_rows(Evidence, columns, files)
    columns = ("sheet", "evidence", "indicator", "claim", "linked_by", "linked_at")
    insert_rows(EvidenceLink, columns, links)


def write_remarks(writer: SheetWriter, random: Random) -> None:
    """The returned rows of the running quarter, each with its reason."""
    rows = []
    for at, stage in writer.play.returned.items():
        branch = writer.city.branches[at]
        _secretary, department, inspector, _leader = writer.people(branch)
        author = department if stage == Stage.PRELIMINARY and department else inspector
        when = writer.quarter.step("self")[0] + timedelta(days=9)
        codes = [slot.leaf.code for _number, slot in writer.own_slots(branch)]
        for code in random.sample(codes[:12], k=2 if at < 3 else 1):
            indicator = writer.index.indicators[code].pk
            rows.append((writer.sheet_id(at), indicator, stage, 1, random.choice(REMARKS), author.pk, when, True))
    columns = ("sheet", "indicator", "stage", "round", "text", "author", "written_at", "is_open")
    insert_rows(Remark, columns, rows)
