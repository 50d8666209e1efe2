"""Who may move a version along its way, as a table, and what each step leaves behind."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.schemes import rules
from assessments.schemes.models import SchemeVersion
from assessments.schemes.services.drafts import import_scheme, save_draft, start_draft, undo
from assessments.schemes.services.publishing import propose_scheme, publish_scheme, send_back_scheme
from branchportal.errors import InvalidScheme, PortalError, StaleState
from branchportal.models import AuditEntry
from members.models import User
from members.roles import Role
from tests.factories.branches import make_sector
from tests.factories.members import appoint
from tests.factories.mixed import give_sector, make_version

PEOPLE = ("secretary", "deputy", "reviewer", "inspector", "leader", "office", "authority", "sysadmin", "secadmin",
          "auditor", "outsider")  # fmt: skip
ALLOWED = {  # action: status: who
    "edit": {status: {"office"} for status in SchemeVersion.Status.values},
    "propose": {"draft": {"office"}},
    "send_back": {"proposed": {"office", "authority"}},
    "publish": {"proposed": {"authority"}},
}


@pytest.fixture
def version(city, office) -> SchemeVersion:
    return start_draft(source=city.scheme, number="2", actor=office)


@pytest.fixture
def people(request) -> dict[str, User]:
    return {name: request.getfixturevalue(name) for name in PEOPLE}


@pytest.mark.parametrize("status", SchemeVersion.Status.values)
@pytest.mark.parametrize("action", ALLOWED)
def test_the_matrix(version, people, action, status):
    version.status = status
    rule = getattr(rules, f"can_{action}")
    answers = {name: rule(user) if action == "edit" else rule(user, version) for name, user in people.items()}
    assert {name for name, answer in answers.items() if answer} == ALLOWED[action].get(status, set())
    assert all(answer.reason for answer in answers.values() if not answer)


def test_each_step_is_one_audit_row_with_its_words(version, office, authority):
    propose_scheme(version=version, edition=1, actor=office, note="  请审定 ")
    send_back_scheme(version=version, actor=authority, reason=" 请补充 ")
    propose_scheme(version=version, edition=1, actor=office)
    send_back_scheme(version=version, actor=office)
    propose_scheme(version=version, edition=1, actor=office)
    publish_scheme(version=version, actor=authority, edition=1)
    rows = AuditEntry.objects.filter(object_id=version.pk, action__startswith="scheme.").order_by("pk")
    told = [
        (row.actor, row.action, {key: row.after[key] for key in ("note", "reason") if key in row.after}) for row in rows
    ]
    assert told == [
        (office, "scheme.started", {}),
        (office, "scheme.proposed", {"note": "请审定"}),
        (authority, "scheme.sent_back", {"reason": "请补充"}),
        (office, "scheme.proposed", {"note": ""}),
        (office, "scheme.taken_back", {"reason": ""}),
        (office, "scheme.proposed", {"note": ""}),
        (authority, "scheme.published", {}),
    ]


def test_a_proposed_version_is_not_edited(version, office):
    propose_scheme(version=version, edition=1, actor=office)
    other = version.content | {"notes": "x"}
    stale = SchemeVersion(pk=version.pk, status="draft", content=version.content, digest=version.digest)
    for change in (
        lambda: save_draft(version=version, edition=1, content=other, summary="", actor=office),
        lambda: import_scheme(other, actor=office),
        lambda: propose_scheme(version=stale, edition=1, actor=office),
    ):
        with pytest.raises(StaleState):
            change()
    with pytest.raises(PortalError):
        undo(version=version, edition=1, actor=office)
    version.refresh_from_db()
    assert (version.status, version.edition, version.content.get("notes")) == ("proposed", 1, None)


def test_a_draft_that_was_changed_meanwhile_is_not_put_forward(version, office):
    seen = SchemeVersion.objects.get(pk=version.pk)
    save_draft(version=version, edition=1, content=version.content | {"notes": "x"}, summary="", actor=office)
    with pytest.raises(StaleState):
        propose_scheme(version=seen, edition=1, actor=office)
    assert SchemeVersion.objects.get(pk=version.pk).status == "draft"


def test_problems_stop_a_draft_and_are_listed(version, office):
    broken = version.content | {"full_marks": 120}
    broken = save_draft(version=version, edition=1, content=broken, summary="", actor=office)
    with pytest.raises(InvalidScheme) as refusal:
        propose_scheme(version=broken, edition=2, actor=office)
    assert [problem.code for problem in refusal.value.details["problems"]] == ["sum_full_marks"]


def test_of_two_decisions_the_first_stands(version, office, authority):
    proposed = propose_scheme(version=version, edition=1, actor=office)
    seen = SchemeVersion.objects.get(pk=proposed.pk)
    send_back_scheme(version=proposed, actor=authority, reason="请补充")
    with pytest.raises(StaleState):
        publish_scheme(version=seen, actor=authority)
    version.refresh_from_db()
    assert (version.status, version.indicators.count()) == ("draft", 0)


@pytest.mark.parametrize("part", ["started", "edited", "put forward"])
def test_whoever_had_a_hand_in_it_does_not_publish_it(city, office, authority, part):
    """A person who is of the office and of the deciding authority decides on the others' work only."""
    both = appoint(authority, Role.OFFICE)
    both = User.objects.get(pk=both.pk)
    version = start_draft(source=city.scheme, number="2", actor=both if part == "started" else office)
    content = version.content | {"notes": "x"}
    version = save_draft(
        version=version, edition=1, content=content, summary="", actor=both if part == "edited" else office
    )
    version = propose_scheme(version=version, edition=2, actor=both if part == "put forward" else office)
    with pytest.raises(PermissionDenied, match="您本人编辑过"):
        publish_scheme(version=version, actor=both)
    assert version.status == "proposed"


def test_publishing_writes_the_rows_and_the_canonical_content(version, office, authority):
    content = version.content | {"places": "2", "sectors": []}
    version = save_draft(version=version, edition=1, content=content, summary="", actor=office)
    propose_scheme(version=version, edition=2, actor=office)
    published = publish_scheme(version=version, actor=authority)
    assert ("places" in published.content, "sectors" in published.content) == (False, False)
    assert [row.code for row in published.indicators.filter(level=1)] == ["1", "2"]
    assert published.published_at <= timezone.now()


def test_a_version_that_single_sectors_use_is_in_use(city, office, sign_in, django_assert_num_queries):
    other, plan = make_version(), city.cycle.plan
    client = sign_in(office)
    client.get("/schemes/")
    assert "没有年度考评方案使用该版本" in client.get(f"/schemes/{other.pk}/").content.decode()
    give_sector(plan, city.branch.sector, other)
    give_sector(plan, make_sector("v9"), other)
    with django_assert_num_queries(6):
        page = client.get("/schemes/").content.decode()
    assert "version-unused" not in page
    assert page.count(f"<div>{plan.name}</div>") == 2  # the plan's own, and the other, once for both sectors
    assert plan.name in client.get(f"/schemes/{other.pk}/").content.decode()
