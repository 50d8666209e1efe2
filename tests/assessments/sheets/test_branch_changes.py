"""A branch merges, splits or ends in the middle of a quarter: past results stay, open sheets are taken out."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.results.models import Result
from assessments.sheets.models import Sheet
from assessments.sheets.restructuring.models import BranchChange
from assessments.sheets.restructuring.services import decide, history_of, put_forward
from branchportal.errors import PortalError
from branchportal.models import AuditEntry
from members.models import Appointment
from members.roles import Role
from tests.factories.assessments import make_cycle, make_sheet
from tests.factories.members import appoint, make_user
from tests.factories.results import BEST, make_approved, make_tally

DOCUMENT = "市直党工〔2026〕9号"


def merger(city, actor, **changes):
    said = {"kind": "merged", "branch": city.sibling, "other": city.branch, "happens_on": timezone.localdate()}
    return put_forward(actor=actor, document=DOCUMENT, **said | changes)


@pytest.fixture
def earlier(city, inspector, office):
    """A past cycle with an approved sheet and a tally of the branch that goes."""
    cycle = make_cycle(city.scheme, year=2025, period="Q1")
    make_approved(make_sheet(cycle, city.sibling, submitted_at=timezone.now()), inspector, marks=BEST)
    return make_tally(cycle, office)


def test_a_merger_closes_the_branch_and_leaves_the_past(city, office, authority, earlier, secretary):
    Appointment.objects.create(user=secretary, role=Role.SECRETARY, branch=city.sibling, starts_on=date(2026, 1, 1))
    term = {"role": Role.DEPUTY, "branch": city.sibling, "ends_on": date(2199, 12, 31)}
    Appointment.objects.create(user=secretary, starts_on=date(2026, 1, 1), **term)
    Appointment.objects.create(user=make_user("newcomer"), starts_on=timezone.localdate(), **term)
    before = list(Result.objects.values_list("branch", "total_up"))
    change = decide(change=merger(city, office), actor=authority, grant=True)
    city.sibling.refresh_from_db()
    city.sibling_sheet.refresh_from_db()
    assert (change.status, city.sibling.is_active, city.sibling.dissolved_on) == (
        "granted",
        False,
        timezone.localdate(),
    )
    assert city.sibling_sheet.status == "exempt"
    assert city.branch.name in city.sibling_sheet.exempt_reason
    assert list(Result.objects.values_list("branch", "total_up")) == before
    assert not Appointment.objects.in_force().filter(branch=city.sibling).exists()
    assert [one.other for one in history_of(city.branch)] == [city.branch]
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert actions >= {"branch.change_put_forward", "branch.change_confirmed", "sheet.exempted"}
    assert actions >= {"appointment.ended", "appointment.withdrawn"}
    cycle = make_cycle(city.scheme, year=2027, period="Q1")
    assert not Sheet.objects.filter(cycle=cycle, branch=city.sibling).exists()


def test_an_approved_sheet_stays(city, office, authority, inspector):
    make_approved(city.sibling_sheet, inspector, marks=BEST)
    decide(change=merger(city, office), actor=authority, grant=True)
    assert Sheet.objects.get(pk=city.sibling_sheet.pk).status == "approved"


def test_a_split_leaves_both(city, office, authority):
    change = merger(city, office, kind="split")
    decide(change=change, actor=authority, grant=True)
    city.sibling.refresh_from_db()
    assert city.sibling.is_active
    assert Sheet.objects.get(pk=city.sibling_sheet.pk).status == "draft"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"other": None}, "相关党支部"),
        ({"kind": "dissolved"}, "请留空"),
        ({"happens_on": date(2099, 1, 1)}, "不能晚于今天"),
        ({"document": "无"}, "文号"),
    ],
)
def test_what_makes_no_sense_is_refused(city, office, changes, words):
    said = {"kind": "merged", "branch": city.sibling, "other": city.branch, "happens_on": timezone.localdate()}
    with pytest.raises(PortalError, match=words):
        put_forward(actor=office, **({"document": DOCUMENT} | said | changes))
    with pytest.raises(PortalError, match="相关党支部"):
        merger(city, office, other=city.sibling)
    assert not BranchChange.objects.exists()


def test_nobody_confirms_what_they_put_forward(city, office, authority, reviewer):
    with pytest.raises(PermissionDenied):
        merger(city, reviewer)
    change = merger(city, office)
    with pytest.raises(PortalError, match="已有待确认"):
        merger(city, office)
    with pytest.raises(PermissionDenied):
        decide(change=change, actor=appoint(office, Role.AUTHORITY), grant=True)
    refused = decide(change=change, actor=authority, grant=False, reason="文件尚未下发")
    assert (refused.status, city.sibling.is_active) == ("refused", True)
    with pytest.raises(PermissionDenied):
        decide(change=refused, actor=authority, grant=True)


def test_the_pages(city, office, authority, secretary, sign_in, django_assert_num_queries):
    client, today = sign_in(office), timezone.localdate().isoformat()
    said = {
        "kind": "merged", "branch": city.sibling.name, "other": "没有的支部", "happens_on": today, "document": DOCUMENT,
    }  # fmt: skip
    refused = client.post("/sheets/branch-changes/new/", said)
    assert (refused.status_code, "没有这个编码或名称" in refused.content.decode()) == (422, True)
    assert client.post("/sheets/branch-changes/new/", said | {"other": city.branch.name}).status_code == 302
    found = BranchChange.objects.get()
    decider = sign_in(authority)
    assert DOCUMENT in decider.get(f"/sheets/branch-changes/{found.pk}/").content.decode()
    assert decider.post(f"/sheets/branch-changes/{found.pk}/", {"decision": "refuse", "reason": ""}).status_code == 422
    assert decider.post(f"/sheets/branch-changes/{found.pk}/", {"decision": "grant"}).status_code == 302
    assert sign_in(secretary).get("/sheets/branch-changes/").status_code == 403
    with django_assert_num_queries(5):
        decider.get("/sheets/branch-changes/")
    day, at = timezone.localdate() - timedelta(days=1), timezone.now()
    BranchChange.objects.bulk_create(
        BranchChange(kind="dissolved", branch=city.far_branch, happens_on=day, document=DOCUMENT, status="refused",
                     asked_by=office, asked_at=at, decided_by=authority, decided_at=at)
        for _number in range(60)
    )  # fmt: skip
    with django_assert_num_queries(5):
        decider.get("/sheets/branch-changes/")
