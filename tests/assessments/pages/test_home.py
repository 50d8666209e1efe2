"""The home page of every office: what waits, how long, and where to go; nothing of others."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.cycles.models import Step
from assessments.reports.todos.item import Panel, Todo
from assessments.results.models import Publication, Result, Tally
from assessments.schemes.services.drafts import import_scheme
from assessments.schemes.services.publishing import propose_scheme, send_back_scheme
from assessments.sheets.models import Claim, Remark, Sheet
from branchportal import guards
from branchportal.models import Job
from members.roles import Role
from tests.factories.assessments import make_cycle, make_marks, make_sheet
from tests.factories.branches import make_branch
from tests.factories.members import appoint, make_user
from tests.factories.schemes import SCHEME

pytestmark = pytest.mark.django_db


def home_of(client) -> list:
    """The panels as the page got them."""
    answer = client.get(reverse("home"))
    assert answer.status_code == 200
    return answer.context["panels"]


def urls_of(panel) -> list[str]:
    return [todo.url for todo in panel.todos]


def make_tally(cycle, user, **fields) -> Tally:
    number = Tally.objects.filter(cycle=cycle).count() + 1
    return Tally.objects.create(
        plan=cycle.plan, cycle=cycle, number=number, created_by=user, created_at=timezone.now(), **fields
    )


def make_result(tally, branch, **fields) -> Result:
    with guards.lifted():  # the tally may be official already
        return Result.objects.create(
            tally=tally,
            branch=branch,
            organization=branch.organization,
            sector=branch.sector,
            unit=branch.unit,
            status=fields.pop("status", "rated"),
            dimensions=b"",
            **fields,
        )


def test_secretary_sees_how_far_the_quarter_is(city, secretary, sign_in):
    Sheet.objects.filter(pk=city.sheet.pk).update(filled_count=4)
    (panel,) = home_of(sign_in(secretary))
    (todo,) = panel.todos
    assert (todo.progress, todo.days_left, todo.tone) == ((4, 6), 10, "due")
    assert todo.url == reverse("sheets:fill", args=[city.sheet.pk])


def test_secretary_is_told_when_the_deadline_is_over(city, secretary, sign_in):
    Step.objects.filter(kind="self").update(ends_at=timezone.now() - timedelta(minutes=1))
    (panel,) = home_of(sign_in(secretary))
    assert (panel.todos[0].days_left, panel.todos[0].tone) == (-1, "late")
    Sheet.objects.filter(pk=city.sheet.pk).update(extended_until=timezone.now() + timedelta(days=2))
    (panel,) = home_of(sign_in(secretary))
    assert (panel.todos[0].days_left, panel.todos[0].tone) == (2, "due")


def test_secretary_sees_returned_points_and_penalties_to_answer(city, secretary, reviewer, office, sign_in):
    Sheet.objects.filter(pk=city.sheet.pk).update(status="returned", submitted_at=timezone.now())
    for number in range(2):
        Remark.objects.create(
            sheet=city.sheet, stage="preliminary", text=f"理由{number}", author=reviewer, written_at=timezone.now()
        )
    Remark.objects.create(
        sheet=city.sheet, stage="preliminary", text="旧", author=reviewer, written_at=timezone.now(), is_open=False
    )
    Claim.objects.create(
        sheet=city.sheet,
        kind="penalty",
        item_code="P1",
        status="recorded",
        entered_by=office,
        entered_at=timezone.now(),
    )
    (panel,) = home_of(sign_in(secretary))
    assert [(todo.number, todo.url) for todo in panel.todos] == [
        (2, reverse("sheets:fill", args=[city.sheet.pk])),
        (1, reverse("sheets:detail", args=[city.sheet.pk])),
    ]


def test_last_result_shows_star_and_movement_but_no_candidate(city, secretary, office, sign_in):
    first = make_cycle(city.scheme, period="Q1", status="closed", starts_on="2026-01-01", ends_on="2026-03-31")
    second = make_cycle(city.scheme, period="Q2", status="closed", starts_on="2026-04-01", ends_on="2026-06-30")
    third = make_cycle(city.scheme, period="Q3", status="open", starts_on="2026-07-01", ends_on="2026-09-30")
    figures = {"total_up": 91_000_000, "stars": 5, "grade": "五星"}
    make_result(make_tally(first, office, status="published"), city.branch, rank_sector=9, **figures)
    shown = make_result(make_tally(second, office, status="published"), city.branch, rank_sector=4, **figures)
    make_result(make_tally(third, office, status="candidate"), city.branch, rank_sector=1, **figures)
    make_result(Tally.objects.get(cycle=second), city.sibling, rank_sector=1, **figures)
    (panel,) = home_of(sign_in(secretary))
    assert [(row.pk, row.stars, row.rank_sector, row.movement) for row in panel.results] == [(shown.pk, 5, 4, 5)]


def test_deputy_fills_in_but_is_told_who_submits(city, deputy, sign_in):
    Sheet.objects.filter(pk=city.sheet.pk).update(filled_count=6)
    (panel,) = home_of(sign_in(deputy))
    assert "书记" in panel.todos[0].detail


def test_clerk_of_an_organization_sees_sums_of_the_subtree(city, sign_in):
    clerk = appoint(make_user("clerk"), Role.DEPUTY, organization=city.committee)
    Sheet.objects.filter(branch=city.sibling).update(status="submitted")
    (panel,) = home_of(sign_in(clerk))
    assert [(todo.number, todo.progress) for todo in panel.todos] == [(1, (0, 6))]


def test_department_sees_waiting_sheets_and_late_branches_of_the_subtree(city, reviewer, sign_in):
    Sheet.objects.filter(branch__in=[city.sibling, city.far_branch]).update(
        status="submitted", submitted_at=timezone.now()
    )
    (panel,) = home_of(sign_in(reviewer))
    assert [todo.number for todo in panel.todos] == [1, 1]
    assert city.branch.name in panel.todos[1].detail


def test_inspector_sees_what_can_be_begun_gone_on_with_and_approved(city, inspector, leader, sign_in):
    Sheet.objects.filter(branch=city.branch).update(status="passed")
    Sheet.objects.filter(branch=city.sibling).update(status="review")
    Sheet.objects.filter(branch__in=[city.far_branch, city.farther_branch]).update(
        status="review", review_total_up=80_000_000
    )
    make_marks(city.far_sheet, inspector, stage="review")
    make_marks(city.farther_sheet, leader, stage="review")
    (panel,) = home_of(sign_in(inspector))
    assert [todo.number for todo in panel.todos] == [1, 1, 1, 1]
    queue, team = home_of(sign_in(leader))
    assert [todo.number for todo in queue.todos] == [1, 1, 1, 1]
    assert team.todos[0].progress == (0, 4)


def test_inspector_without_assignments_gets_an_explanation(city, sign_in):
    (panel,) = home_of(sign_in(appoint(make_user("idle"), Role.INSPECTOR)))
    assert panel.todos == []
    assert panel.empty


def test_office_sees_cycle_late_missing_unassigned_and_tallies(city, office, sign_in):
    client = sign_in(office)
    Step.objects.filter(kind="self").update(ends_at=timezone.now() - timedelta(hours=1))
    make_branch(city.committee, sector=city.branch.sector)
    make_tally(make_cycle(city.scheme, period="Q3", status="closed"), office, status="candidate", undecided_count=2)
    ready = make_tally(make_cycle(city.scheme, period="Q2", status="closed"), office, status="candidate")
    (panel,) = home_of(client)
    urls = urls_of(panel)
    assert reverse("cycles:board_reminder") + f"?cycle={city.cycle.pk}&late=1" in urls
    assert reverse("cycles:cycle", args=[city.cycle.pk]) in urls
    assert reverse("cycles:assignments", args=[city.cycle.pk]) + "?team=none" in urls
    assert reverse("results:tally", args=[ready.pk]) in urls
    assert [todo.number for todo in panel.todos if todo.icon == "scale"] == [2]


def test_office_without_an_open_cycle_is_led_to_set_up(city, office, sign_in):
    city.cycle.status = "closed"
    city.cycle.save(update_fields=["status"])
    (panel,) = home_of(sign_in(office))
    assert urls_of(panel) == [reverse("cycles:list")]


def test_authority_sees_ties_publications_and_proposed_schemes(city, authority, office, sign_in):
    tied = make_tally(city.cycle, office, status="candidate", undecided_count=3)
    publication = Publication.objects.create(
        tally=tied, version=1, title="通报", digest="0" * 64, prepared_by=office, prepared_at=timezone.now()
    )
    draft = import_scheme(SCHEME | {"version": "2"})
    propose_scheme(version=draft, edition=draft.edition, actor=office)
    (panel,) = home_of(sign_in(authority))
    assert urls_of(panel) == [
        reverse("results:tally", args=[tied.pk]),
        reverse("results:publication", args=[publication.pk]),
        reverse("schemes:detail", args=[draft.pk]),
    ]
    assert (panel.todos[2].what, panel.todos[2].number) == ("1个考评标准待审定", 1)
    second = import_scheme(SCHEME | {"version": "3"})
    propose_scheme(version=second, edition=second.edition, actor=office)
    (panel,) = home_of(sign_in(authority))
    assert (panel.todos[2].what, urls_of(panel)[2]) == (
        "2个考评标准待审定",
        reverse("schemes:list") + "?status=proposed",
    )


def test_authority_waits_for_a_colleague_where_it_edited_the_scheme_itself(city, authority, office, sign_in):
    draft = import_scheme(SCHEME | {"version": "2"})
    draft.edits.update(actor=authority)
    propose_scheme(version=draft, edition=draft.edition, actor=office)
    (panel,) = home_of(sign_in(authority))
    assert [(todo.tone, "由同事审定" in todo.what) for todo in panel.todos] == [("waiting", True)]


def test_office_learns_why_a_scheme_was_sent_back(city, authority, office, sign_in):
    draft = import_scheme(SCHEME | {"version": "2"})
    propose_scheme(version=draft, edition=draft.edition, actor=office)
    send_back_scheme(version=draft, actor=authority, reason="分值偏高")
    (panel,) = home_of(sign_in(office))
    address = reverse("schemes:detail", args=[draft.pk])
    assert [todo.detail for todo in panel.todos if todo.url == address] == ["分值偏高"]


def test_system_administrator_sees_jobs_and_no_score(city, sysadmin, office, sign_in):
    now = timezone.now()
    Job.objects.create(task="x", title="x", owner=office, created_at=now)
    Job.objects.create(task="x", title="x", owner=office, created_at=now, status="failed", finished_at=now)
    make_result(make_tally(city.cycle, office, status="published"), city.branch, total_up=91_230_000)
    client = sign_in(sysadmin)
    (panel,) = home_of(client)
    assert [todo.tone for todo in panel.todos] == ["late", "late"]
    assert "91.23" not in client.get(reverse("home")).content.decode()


def test_security_administrator_sees_accounts_without_office_and_ending_offices(city, secadmin, outsider, sign_in):
    appoint(make_user("ending"), Role.OFFICE, ends_on=timezone.localdate() + timedelta(days=5))
    (panel,) = home_of(sign_in(secadmin))
    assert [todo.number for todo in panel.todos] == [1, 1]


def test_auditor_sees_that_changes_were_recorded(city, auditor, office, sign_in):
    from assessments.cycles.services import teams

    teams.create_team(actor=office, plan=city.cycle.plan, name="组")
    (panel,) = home_of(sign_in(auditor))
    assert len(panel.todos) == 1


def test_what_is_late_stands_before_what_is_due_and_what_is_done_last():
    lines = [("done", None), ("due", 8), ("waiting", None), ("late", None), ("due", None), ("due", 1)]
    todos = [Todo("", f"{tone} {days}", "", "", tone=tone, days_left=days) for tone, days in lines]
    told = [todo.what for todo in Panel("", todos, "").in_turn]
    assert told == ["late None", "due 1", "due None", "due 8", "waiting None", "done None"]


def test_account_without_an_office_is_told_so(city, outsider, sign_in):
    answer = sign_in(outsider).get(reverse("home"))
    assert answer.context["panels"] == []


@pytest.mark.parametrize(
    ("who", "queries"),
    [
        ("secretary", 9),
        ("deputy", 9),
        ("reviewer", 6),
        ("inspector", 7),
        ("leader", 10),
        ("office", 14),
        ("authority", 11),
        ("sysadmin", 6),
        ("secadmin", 6),
        ("auditor", 5),
    ],
)
def test_home_asks_the_same_for_one_and_many(city, request, sign_in, office, django_assert_num_queries, who, queries):
    client = sign_in(request.getfixturevalue(who))
    tally = make_tally(city.cycle, office, status="published")
    make_result(tally, city.branch, total_up=1)
    Sheet.objects.filter(branch=city.farther_branch).update(status="submitted")
    Sheet.objects.filter(branch=city.far_branch).update(status="passed")
    with django_assert_num_queries(queries):
        client.get(reverse("home"))
    for number in range(5):
        branch = make_branch(city.committee, sector=city.branch.sector)
        make_sheet(city.cycle, branch, status="submitted" if number % 2 else "draft")
        make_result(tally, branch, total_up=1)
    with django_assert_num_queries(queries):
        client.get(reverse("home"))
