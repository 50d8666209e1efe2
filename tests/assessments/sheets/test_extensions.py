"""More time: asked for with a reason by one person, granted by another, for one branch or for a step."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.cycles.models import Step
from assessments.sheets.extending.models import Extension
from assessments.sheets.extending.services import ask_extension, ask_for_all, decide_extension
from assessments.sheets.models import Sheet
from assessments.sheets.rules.filling import can_fill, deadline
from branchportal.errors import PortalError
from branchportal.models import AuditEntry
from members.roles import Role
from tests.factories.members import appoint

REASON = "机构调整，资料移交中"


def filling(sheet):
    return Sheet.objects.for_filling().get(pk=sheet.pk)


@pytest.fixture
def ends(city):
    return Step.objects.get(cycle=city.cycle, kind="self").ends_at


def test_a_granted_extension_opens_one_branch_and_no_other(city, office, authority, secretary, neighbour, ends):
    later = ends + timedelta(days=2)
    asked = ask_extension(sheet=city.sheet, actor=office, until=later, reason=REASON)
    assert not can_fill(secretary, filling(city.sheet), ends)
    granted = decide_extension(extension=asked, actor=authority, grant=True)
    assert (granted.status, deadline(filling(city.sheet))) == ("granted", later)
    assert can_fill(secretary, filling(city.sheet), later - timedelta(microseconds=1))
    assert not can_fill(secretary, filling(city.sheet), later)
    assert not can_fill(neighbour, filling(city.far_sheet), ends)
    actions = list(AuditEntry.objects.filter(object_id=city.sheet.pk).values_list("action", flat=True))
    assert actions[-2:] == ["extension.asked", "extension.granted"]


def test_a_department_asks_for_its_own_branches_only(city, reviewer, ends):
    asked = ask_extension(sheet=city.sheet, actor=reviewer, until=ends + timedelta(days=1), reason=REASON)
    assert asked.was_until == ends
    with pytest.raises(PermissionDenied):
        ask_extension(sheet=city.far_sheet, actor=reviewer, until=ends + timedelta(days=1), reason=REASON)


@pytest.mark.parametrize(
    ("days", "reason", "words"),
    [(1, "忙", "五个字"), (-1, REASON, "应晚于"), (90, REASON, "不超过60天")],
)
def test_what_is_refused_changes_nothing(city, office, ends, days, reason, words):
    with pytest.raises(PortalError, match=words):
        ask_extension(sheet=city.sheet, actor=office, until=ends + timedelta(days=days), reason=reason)
    assert not Extension.objects.exists()


def test_nobody_grants_what_they_asked_for_and_only_one_request_waits(city, office, authority, ends):
    later = ends + timedelta(days=1)
    asked = ask_extension(sheet=city.sheet, actor=office, until=later, reason=REASON)
    with pytest.raises(PortalError, match="已申请延期"):
        ask_extension(sheet=city.sheet, actor=office, until=later, reason=REASON)
    with pytest.raises(PermissionDenied):
        decide_extension(extension=asked, actor=appoint(office, Role.AUTHORITY), grant=True)
    with pytest.raises(PortalError, match="五个字"):
        decide_extension(extension=asked, actor=authority, grant=False, reason="不")
    refused = decide_extension(extension=asked, actor=authority, grant=False, reason="理由不充分，按期提交")
    assert (refused.status, deadline(filling(city.sheet))) == ("refused", ends)
    assert ask_extension(sheet=city.sheet, actor=office, until=later, reason=REASON).status == "asked"


@pytest.mark.parametrize("days", [1, 4])
def test_another_day_is_granted_with_a_reason(city, office, authority, secretary, sign_in, ends, days):
    asked = ask_extension(sheet=city.sheet, actor=office, until=ends + timedelta(days=2), reason=REASON)
    other = ends + timedelta(days=days)
    for until, reason, words in (
        (other, "", "五个字"),
        (ends, "按期提交即可", "应晚于"),
        (ends + timedelta(days=90), "多给一些时间", "60天"),
    ):
        with pytest.raises(PortalError, match=words):
            decide_extension(extension=asked, actor=authority, grant=True, until=until, reason=reason)
    client, address = sign_in(authority), f"/sheets/extensions/{asked.pk}/"
    typed = timezone.localtime(other).strftime("%Y-%m-%dT%H:%M")
    assert client.post(address, {"decision": "grant", "until": typed, "reason": ""}).status_code == 422
    said = {"decision": "grant", "until": typed, "reason": "按工作进度核定"}
    assert client.post(address, said).status_code == 302
    assert deadline(filling(city.sheet)) == other.replace(second=0, microsecond=0)
    shown = typed.replace("T", " ")
    page = client.get(address).content.decode()
    assert f"核准延期至{shown}" in page
    assert "按工作进度核定" in page
    assert f"核准延期至{shown}" in sign_in(secretary).get(f"/sheets/{city.sheet.pk}/view/").content.decode()


def test_for_all_another_day_must_fit_the_later_steps(city, office, authority, ends):
    step = Step.objects.get(cycle=city.cycle, kind="preliminary")
    later = min(ends + timedelta(hours=1), step.ends_at)
    asked = ask_for_all(cycle=city.cycle, step="self", actor=office, until=later, reason=REASON)
    with pytest.raises(PortalError, match="初审"):
        decide_extension(
            extension=asked, actor=authority, grant=True, until=step.ends_at + timedelta(hours=1), reason="再放宽一些"
        )
    assert Step.objects.get(cycle=city.cycle, kind="self").ends_at == ends


def test_for_all_branches_the_step_itself_moves(city, office, authority, reviewer, ends):
    step = Step.objects.get(cycle=city.cycle, kind="preliminary")
    with pytest.raises(PermissionDenied):
        ask_for_all(cycle=city.cycle, step="self", actor=reviewer, until=ends + timedelta(hours=1), reason=REASON)
    with pytest.raises(PortalError, match="初审"):
        ask_for_all(cycle=city.cycle, step="self", actor=office, until=step.ends_at + timedelta(hours=1), reason=REASON)
    later = min(ends + timedelta(hours=1), step.ends_at)
    asked = ask_for_all(cycle=city.cycle, step="self", actor=office, until=later, reason=REASON)
    decide_extension(extension=asked, actor=authority, grant=True)
    assert Step.objects.get(cycle=city.cycle, kind="self").ends_at == later
    assert deadline(filling(city.far_sheet)) == later


def test_the_pages_lead_from_search_to_decision(city, reviewer, office, authority, secretary, sign_in, ends):
    client = sign_in(reviewer)
    page = client.get("/sheets/extensions/", {"branch": city.branch.name}).content.decode()
    address = f"/sheets/extensions/new/{city.cycle.pk}/?sheet={city.sheet.pk}"
    assert address in page
    until = timezone.localtime(ends + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    assert client.post(address, {"until": until, "reason": "忙"}).status_code == 422
    assert client.post(address, {"until": until, "reason": REASON}).status_code == 302
    found = Extension.objects.get()
    assert client.post(f"/sheets/extensions/{found.pk}/", {"decision": "grant"}).status_code == 403
    decider = sign_in(authority)
    assert REASON in decider.get(f"/sheets/extensions/{found.pk}/").content.decode()
    assert decider.post(f"/sheets/extensions/{found.pk}/", {"decision": "grant"}).status_code == 302
    assert sign_in(secretary).get("/sheets/extensions/").status_code == 403
    far = f"/sheets/extensions/new/{city.cycle.pk}/?sheet={city.far_sheet.pk}"
    assert client.get(far).status_code == 404
    assert sign_in(office).get(f"/sheets/extensions/new/{city.cycle.pk}/").status_code == 200


def test_the_list_asks_as_many_queries_for_many_rows(city, office, authority, sign_in, ends, django_assert_num_queries):
    client = sign_in(authority)

    def add(number, sheet=None):
        Extension.objects.bulk_create(
            Extension(
                cycle=city.cycle, sheet=sheet, was_until=ends, until=ends + timedelta(days=1 + at), reason=REASON,
                status="granted", asked_by=office, asked_at=ends, decided_by=authority, decided_at=ends,
            )
            for at in range(number)
        )  # fmt: skip

    add(1, city.sheet)
    client.get("/sheets/extensions/")
    with django_assert_num_queries(6):
        client.get("/sheets/extensions/")
    add(60, city.far_sheet)
    with django_assert_num_queries(6):
        client.get("/sheets/extensions/")
