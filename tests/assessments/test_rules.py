"""Who may do what with a sheet in which status: the permission table, person by person.

Read a line as: in these statuses these people may; everybody else of the cast may not, in any other status nobody.
The sheet is that of `city.branch`; it was submitted by `secretary`, its marks were reviewed by `inspector`.
"""

import pytest
from django.utils import timezone

from assessments.sheets.choices import ClaimKind, ClaimStatus, Status
from assessments.sheets.models import Claim, Sheet
from assessments.sheets.rules import filling, records, reviewing
from members.models import User
from members.roles import Role
from tests.factories.assessments import make_marks, make_team
from tests.factories.members import appoint, make_user

CAST = (
    "secretary", "deputy", "neighbour", "reviewer", "far_reviewer", "inspector", "leader", "other_team", "office",
    "authority", "sysadmin", "secadmin", "auditor", "outsider",
)  # fmt: skip
BEFORE_APPROVAL = ("draft", "returned", "submitted", "passed", "review")
ALLOWED = {
    "fill": {("draft", "returned"): ("secretary", "deputy")},
    "submit": {("draft", "returned"): ("secretary",)},
    "withdraw": {("submitted",): ("secretary",)},
    "pass": {("submitted",): ("reviewer",)},
    "return_preliminary": {("submitted",): ("reviewer",)},
    "poll": {("submitted",): ("reviewer",)},
    "begin": {("passed",): ("inspector", "leader")},
    "mark": {("review",): ("inspector", "leader")},
    "return_review": {("review",): ("inspector", "leader")},
    "approve": {("review",): ("leader",)},
    "exempt": {BEFORE_APPROVAL: ("authority",)},
    "record": {("review",): ("office", "authority", "inspector", "leader"), BEFORE_APPROVAL: ("office", "authority")},
    "decide_bonus": {("review",): ("authority", "inspector", "leader"), ("submitted", "passed"): ("authority",)},
    "decide_penalty": {("review",): ("authority", "inspector", "leader"), BEFORE_APPROVAL: ("authority",)},
    "answer": {BEFORE_APPROVAL: ("secretary", "deputy")},
    "take_back": {BEFORE_APPROVAL: ("office",)},
}
SEEN = {
    "secretary": Status.values,
    "deputy": Status.values,
    "reviewer": [status for status in Status.values if status != "draft"],
    "inspector": [status for status in Status.values if status != "draft"],
    "leader": [status for status in Status.values if status != "draft"],
    "office": [status for status in Status.values if status != "draft"],
    "authority": [status for status in Status.values if status != "draft"],
    "auditor": [status for status in Status.values if status != "draft"],
}


@pytest.fixture
def cast(
    city, secretary, deputy, neighbour, reviewer, inspector, leader, office, authority, sysadmin, secadmin, auditor,
    outsider,
):  # fmt: skip
    """Everybody by name; `far_reviewer` sits in the other committee, `other_team` reviews other branches."""
    far = appoint(make_user("far_reviewer"), Role.DEPARTMENT, organization=city.other_committee)
    other = appoint(make_user("other_team"), Role.INSPECTOR)
    make_team(city.cycle, members=(other,), name="第二考评组")
    people = (
        secretary, deputy, neighbour, reviewer, far, inspector, leader, other, office, authority, sysadmin, secadmin,
        auditor, outsider,
    )  # fmt: skip
    make_marks(city.sheet, secretary)
    make_marks(city.sheet, inspector, stage="review")
    return dict(zip(CAST, people, strict=True))


def in_status(sheet: Sheet, status: str, submitter: User) -> Sheet:
    handed_in = {} if status == "draft" else {"submitted_by": submitter, "submitted_at": timezone.now()}
    sealed = {"frozen": b"0", "digest": "d" * 64} if status in ("approved", "sealed") else {}
    empty = {"submitted_by": None, "submitted_at": None, "frozen": None, "digest": ""}
    Sheet.objects.filter(pk=sheet.pk).update(**(empty | handed_in | sealed), status=status)
    return Sheet.objects.for_filling().get(pk=sheet.pk)


def make_claim(sheet: Sheet, kind: str, person: User) -> Claim:
    is_bonus = kind == ClaimKind.BONUS
    claim = Claim.objects.create(
        sheet=sheet,
        kind=kind,
        item_code="B1" if is_bonus else "P1",
        status=ClaimStatus.CLAIMED if is_bonus else ClaimStatus.RECORDED,
        entered_by=person,
        entered_at=timezone.now(),
    )
    claim.sheet = sheet
    return claim


def ask(action: str, user: User, sheet: Sheet, claims: dict[str, Claim]) -> bool:
    at = timezone.now()
    questions = {
        "fill": lambda: filling.can_fill(user, sheet, at),
        "submit": lambda: filling.can_submit(user, sheet, at),
        "withdraw": lambda: filling.can_withdraw(user, sheet, at, was_returned=False),
        "pass": lambda: reviewing.can_pass(user, sheet),
        "return_preliminary": lambda: reviewing.can_return_preliminary(user, sheet),
        "poll": lambda: reviewing.can_fill_poll(user, sheet),
        "begin": lambda: reviewing.can_begin(user, sheet),
        "mark": lambda: reviewing.can_mark(user, sheet),
        "return_review": lambda: reviewing.can_return_review(user, sheet),
        "approve": lambda: reviewing.can_approve(user, sheet),
        "exempt": lambda: reviewing.can_exempt(user, sheet),
        "record": lambda: records.can_record(user, sheet),
        "decide_bonus": lambda: records.can_decide(user, claims["bonus"]),
        "decide_penalty": lambda: records.can_decide(user, claims["penalty"]),
        "answer": lambda: records.can_answer(user, claims["penalty"]),
        "take_back": lambda: records.can_take_back(user, claims["penalty"]),
    }
    access = questions[action]()
    assert access or access.reason, "a refusal says why"
    return bool(access)


def expected(action: str, status: str) -> set[str]:
    return {name for statuses, names in ALLOWED[action].items() if status in statuses for name in names}


@pytest.mark.parametrize("status", Status.values)
def test_person_action_status(city, cast, status):
    claims = {
        "bonus": make_claim(city.sheet, ClaimKind.BONUS, cast["secretary"]),
        "penalty": make_claim(city.sheet, ClaimKind.PENALTY, cast["office"]),
    }
    sheet = in_status(city.sheet, status, cast["secretary"])
    for claim in claims.values():
        claim.sheet = sheet
    found = {action: {name for name in CAST if ask(action, cast[name], sheet, claims)} for action in ALLOWED}
    assert found == {action: expected(action, status) for action in ALLOWED}


@pytest.mark.parametrize("status", Status.values)
def test_who_sees_the_sheet_in_which_status(city, cast, status):
    in_status(city.sheet, status, cast["secretary"])
    seen = {name for name in CAST if Sheet.objects.visible_to(cast[name]).filter(pk=city.sheet.pk).exists()}
    assert seen == {name for name, statuses in SEEN.items() if status in statuses}


def test_a_direct_branch_has_its_poll_entered_by_inspectors(city, cast):
    type(city.committee).objects.filter(pk=city.committee.pk).update(kind="work_committee")
    sheet = in_status(city.sheet, "review", cast["secretary"])
    assert {name for name in CAST if ask("poll", cast[name], sheet, {})} == {"inspector", "leader"}


def test_who_recorded_a_penalty_never_decides_it(city, cast):
    sheet = in_status(city.sheet, "review", cast["secretary"])
    claim = make_claim(sheet, ClaimKind.PENALTY, cast["inspector"])
    claims = {"penalty": claim}
    assert {name for name in CAST if ask("decide_penalty", cast[name], sheet, claims)} == {"leader", "authority"}


def test_the_submitter_who_became_an_inspector_never_approves(city, cast):
    sheet = in_status(city.sheet, "review", cast["leader"])
    assert not ask("approve", cast["leader"], sheet, {})
