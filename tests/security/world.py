"""One of everything, twice: `near` belongs to the cast (tests/conftest.py), `far` to a branch that none of them knows.

An object's name says what state it is in, because a right often depends on it: a sheet "submitted" is another one
than a sheet "in review". `docs/permissions.md` uses the same names.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from assessments.cycles.models import Assignment, Cycle, Team
from assessments.results.models import Publication, Tally
from assessments.results.services.publishing import prepare_publication, publish
from assessments.results.trials.models import TrialRun
from assessments.schemes.models import SchemeVersion
from assessments.schemes.services.drafts import start_draft
from assessments.schemes.services.publishing import propose_scheme
from assessments.sheets.models import Claim, Evidence, EvidenceLink, Sheet, WorkbookUpload
from assessments.sheets.services.evidence import stored_path
from branches.models import Branch
from branchportal import audit
from branchportal.models import Job
from members.models import Appointment, User
from members.roles import Role
from tests.conftest import City
from tests.factories.assessments import make_cycle, make_marks, make_sheet
from tests.factories.branches import make_branch, make_organization, make_unit
from tests.factories.earlier import make_earlier, make_upload
from tests.factories.members import appoint, make_member, make_user
from tests.factories.results import BEST, make_approved, make_tally
from tests.factories.tokens import make_token

from . import (
    world_marks,
    world_notices,
    world_people,
    world_polls,
    world_reminders,
    world_scope,
    world_stamped,
    world_visits,
)

Keys = dict[str, int]
STRANGE = "外单位党支部"  # the far branch: its name is read by nobody who is bound to others, but in publications
STRANGERS = "外单位"  # what the names of the far branch, its committee, its unit and its secretary begin with
# Last year's cycles, by how far their tally is.
PAST = {"candidate": "Q3", "put forward": "Q2", "tally": "Q1", "noticed": "Q4"}
STATES = {"submitted": ("Q3", "submitted"), "review": ("Q2", "review")}  # of sheets in cycles that are open


@dataclass
class World:
    """Keys by the object's name, for the cast (`near`) and for strangers (`far`)."""

    near: Keys
    far: Keys


def build(city: City, cast: dict[str, User]) -> World:
    """Fill the world around the cast's city."""
    organization = make_organization("外单位党委", city.work_committee, unit=make_unit("外单位"))
    strange = make_branch(organization, STRANGE, sector=city.branch.sector)
    someone = appoint(make_user("someone", name="外单位书记"), Role.SECRETARY, branch=strange)
    helper = appoint(make_user("helper", name="冯委员"), Role.DEPUTY, branch=city.branch)
    branches = (city.branch, strange)
    make_sheet(city.cycle, strange)
    cycles = {"draft": city.cycle}
    for name, (period, status) in STATES.items():
        cycles[name] = make_cycle(city.scheme, period=period)
        _sheets(cycles[name], branches, status=status, submitted_at=timezone.now(), meeting_present=3)
    cycles["counting"] = world_marks.cycle_of(branches)
    past = {name: _past(city, branches, period, cast["inspector"]) for name, period in PAST.items()}
    for cycle in (*cycles.values(), *past.values()):
        _assign(cycle, city.branch, cast["inspector"])
    tallies = {name: make_tally(cycle, cast["office"]) for name, cycle in past.items()}
    publications = {
        "prepared": _prepared(tallies.pop("put forward"), cast["office"]),
        "publication": publish(publication=_prepared(tallies["tally"], cast["office"]), actor=cast["authority"]),
    }
    noticed = _prepared(tallies.pop("noticed"), cast["office"])
    draft, proposed = (start_draft(source=city.scheme, number=number, actor=cast["office"]) for number in "23")
    propose_scheme(version=proposed, edition=1, actor=cast["office"])
    shared = (
        {name: row.pk for name, row in (tallies | publications).items()}
        | {
            "scheme draft": draft.pk,
            "scheme proposed": proposed.pk,
            "scheme": city.scheme.pk,
            "cycle": city.cycle.pk,
            "planned cycle": make_cycle(city.scheme, year=2027, period="Q1", status="planned").pk,
            "plan": past["candidate"].plan_id,
            "closed cycle": past["candidate"].pk,
            "trial": _trial(draft, tallies["candidate"], cast["office"]).pk,
            "team": Team.objects.create(plan=city.cycle.plan, name="第九考评组").pk,
            "entry": audit.record(cast["office"], "unit.changed", city.branch.unit).pk,
            "token": make_token(cast["secadmin"])[0].pk,
            "year": 2020,
        }
        | world_polls.shared(city, cast["office"])
    )
    shared |= world_reminders.shared(cast["secretary"])
    shared |= world_scope.shared(city.scheme, city.branch, cast["office"])
    shared |= world_notices.shared(tallies["candidate"], noticed, city.branch, cast["office"], cast["authority"])
    cycles |= {"approved": past["candidate"], "sealed": past["tally"], "noticed": past["noticed"]}
    near = _of(city.branch, cycles, tallies, cast["secretary"], helper, cast["office"])
    far = _of(strange, cycles, tallies, someone, someone, someone)
    for keys, branch, who in ((near, city.branch, cast["secretary"]), (far, strange, someone)):
        sheet = Sheet.objects.get(cycle=past["noticed"], branch=branch)
        keys |= world_people.of_branch(branch, who) | world_polls.of_branch(city, branch, cast["office"])
        keys |= world_notices.of_branch(shared["notice"], branch, sheet, who, cast["office"])
        keys |= world_reminders.of_person(who, sheet)
    near |= world_scope.of_people(city.cycle, Team.objects.get(memberships__user=cast["inspector"]), 1, helper)
    far |= world_scope.of_people(city.cycle, None, 2, someone)
    return World(shared | near, shared | far)


def own_task(user: User) -> int:
    """A finished task of the user's own, with its file."""
    path = Path(settings.MEDIA_ROOT) / "exports" / "list.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("list", encoding="utf-8")
    made = {"file_path": "exports/list.csv", "file_name": "名单.csv", "created_at": timezone.now()}
    return Job.objects.create(task="none", title="任务", owner=user, status="done", **made).pk


def _sheets(cycle: Cycle, branches: tuple[Branch, ...], **fields: object) -> list[Sheet]:
    return [make_sheet(cycle, branch, **fields) for branch in branches]


def _past(city: City, branches: tuple[Branch, ...], period: str, inspector: User) -> Cycle:
    """A cycle of last year with an approved sheet of each branch."""
    cycle = make_cycle(city.scheme, year=2025, period=period)
    for sheet in _sheets(cycle, branches, submitted_at=timezone.now()):
        make_approved(sheet, inspector, marks=BEST, points="9.37")
    return cycle


def _assign(cycle: Cycle, branch: Branch, inspector: User) -> None:
    """The cast's inspectors review the near branch in every cycle."""
    team = Team.objects.get(memberships__user=inspector)
    Assignment.objects.get_or_create(cycle=cycle, branch=branch, defaults={"team": team})


def _prepared(tally: Tally, office: User) -> Publication:
    return prepare_publication(tally=tally, actor=office, digest=tally.digest, title="结果", note="其余支部缺项")


def _trial(draft: SchemeVersion, tally: Tally, office: User) -> TrialRun:
    return TrialRun.objects.create(
        version=draft,
        label=str(draft),
        edition=1,
        scheme_digest=draft.digest,
        content=draft.content,
        plan=tally.plan,
        cycle=tally.cycle,
        tally=tally,
        request_digest="0" * 64,
        started_by=office,
        started_at=timezone.now(),
    )


def _of(
    branch: Branch, cycles: dict[str, Cycle], tallies: dict[str, Tally], secretary: User, account: User, office: User
) -> Keys:
    """Everything that belongs to one branch, and the uploads of its people."""
    sheets = {name: Sheet.objects.get(cycle=cycle, branch=branch) for name, cycle in cycles.items()}
    make_marks(sheets["draft"], secretary)
    audit.record(secretary, "sheet.submitted", sheets["submitted"], after={"digest": "0" * 64})
    keys = {name: sheet.pk for name, sheet in sheets.items()}
    for name in ("draft", "review"):
        keys |= _papers(sheets[name], secretary, office, name)
    earlier = make_earlier(branch, 2020, 4, owner=office)
    later = timezone.now() + timedelta(hours=1)
    workbook = WorkbookUpload.objects.create(
        owner=secretary,
        file_name="表.xlsx",
        digest="0" * 64,
        content={"sheets": []},
        created_at=timezone.now(),
        expires_at=later,
    )
    return (
        keys
        | {
            "branch": branch.pk,
            "organization": branch.organization_id,
            "unit": branch.unit_id,
            "member": make_member(branch).pk,
            "account": account.pk,
            "appointment": Appointment.objects.filter(user=account).get().pk,
            "workbook": workbook.pk,
            "upload": make_upload(office).pk,
            "earlier": earlier.pk,
            "result": tallies["tally"].results.get(branch=branch).pk,
            "candidate result": tallies["candidate"].results.get(branch=branch).pk,
            "task": own_task(secretary),
            "task of somebody": own_task(secretary),
        }
        | world_visits.add_visits(branch, cycles["draft"], secretary, office)
        | world_stamped.of_sheet(sheets["approved"], secretary)
    )


def _papers(sheet: Sheet, secretary: User, office: User, state: str) -> Keys:
    """A bonus claim with its evidence, and a penalty that the office recorded."""
    now = timezone.now()
    bonus = {"kind": "bonus", "item_code": "B1", "level": "省级", "matter": "表彰", "status": "claimed"}
    claim = Claim.objects.create(sheet=sheet, entered_by=secretary, entered_at=now, **bonus)
    penalty = {"kind": "penalty", "item_code": "P1", "matter": "通报", "status": "recorded"}
    record = Claim.objects.create(sheet=sheet, entered_by=office, entered_at=now, **penalty)
    file = Evidence.objects.create(
        branch=sheet.branch,
        name="文件.pdf",
        key=f"key{sheet.pk}",
        content_type="application/pdf",
        size=1,
        sha256="0" * 64,
        uploaded_by=secretary,
        uploaded_at=now,
    )
    path = stored_path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF-1.4")
    link = EvidenceLink.objects.create(sheet=sheet, evidence=file, claim=claim, linked_by=secretary, linked_at=now)
    return {
        f"claim in {state}": claim.pk,
        f"record in {state}": record.pk,
        f"evidence in {state}": file.pk,
        f"link in {state}": link.pk,
    }
