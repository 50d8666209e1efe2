"""The scope of a review: chosen until it begins, drawn or computed once, added to by hand; inspectors wait for it."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments.cycles.models import Cycle, Step
from assessments.cycles.scoping import ReviewScope, ScopeBranch
from assessments.cycles.services.choosing import Chosen, change_scope
from assessments.cycles.services.distributing import distribute
from assessments.inspections import sampling
from assessments.inspections.scoping import services
from assessments.reminders.facts import facts
from assessments.reports.todos.branch import branch_panel
from assessments.reports.todos.reviewing import inspector_panel
from assessments.reports.todos.scoping import office_todos
from assessments.sheets.models import Sheet
from assessments.sheets.services.reviewing import begin_review
from branchportal import guards, worker
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry, Job
from tests.factories.assessments import make_marks, make_sheet
from tests.factories.branches import make_branch
from tests.factories.scopes import pass_on, review_only


def choose(cycle: Cycle, **columns: object) -> None:
    Cycle.objects.filter(pk=cycle.pk).update(**columns)
    cycle.refresh_from_db()


@pytest.fixture
def before_review(city):
    Step.objects.filter(cycle=city.cycle, kind="review").update(starts_at=timezone.now() + timedelta(days=3))
    return city.cycle


@pytest.fixture
def passed(city, secretary, reviewer):
    pass_on([city.sheet, city.sibling_sheet], submitted_by=secretary, passed_by=reviewer)
    weak = {"1.1": {"counts": {"a": 10}}, "1.2": {"counts": {"poor": 1}}, "1.3": {"value": 90, "denominator": 100},
            "2.1": {"counts": {"a": 1}}, "2.2": {"value": 3}, "2.3": {"na": True}}  # fmt: skip
    make_marks(city.far_sheet, secretary, marks=weak)
    Sheet.objects.filter(pk=city.far_sheet.pk).update(status="passed", submitted_at=timezone.now())


class TestChoice:
    def test_the_office_chooses_until_the_review_begins(self, before_review, office):
        version = before_review.version
        cycle = change_scope(actor=office, cycle=before_review, version=version, scope=Chosen("sample", percent=20))
        assert (cycle.review_scope, cycle.sample_percent) == ("sample", 20)
        with pytest.raises(StaleState):
            change_scope(actor=office, cycle=cycle, version=version, scope=Chosen())
        Step.objects.filter(cycle=cycle, kind="review").update(starts_at=timezone.now() - timedelta(minutes=1))
        with pytest.raises(PermissionDenied, match="审核已经开始"):
            change_scope(actor=office, cycle=cycle, version=cycle.version, scope=Chosen())

    def test_a_list_that_was_drawn_fixes_the_choice(self, before_review, office):
        choose(before_review, review_scope="sample", sample_percent=50)
        services.draw_sample(actor=office, cycle=before_review)
        before_review.refresh_from_db()
        with pytest.raises(PermissionDenied, match="审核名单已产生"):
            change_scope(actor=office, cycle=before_review, version=before_review.version, scope=Chosen())

    @pytest.mark.parametrize(
        ("scope", "field"),
        [
            (Chosen("sample"), "sample_percent"),
            (Chosen("sample", percent=100), "sample_percent"),
            (Chosen("candidates"), "candidate_stars"),
            (Chosen("candidates", stars=7), "candidate_stars"),
        ],
    )
    def test_what_does_not_fit_names_its_field(self, before_review, office, scope, field):
        with pytest.raises(PortalError) as refusal:
            change_scope(actor=office, cycle=before_review, version=before_review.version, scope=scope)
        assert refusal.value.details["field"] == field


class TestSample:
    def test_it_is_drawn_once_and_can_be_repeated(self, city, office):
        choose(city.cycle, review_scope="sample", sample_percent=30)
        scope = services.draw_sample(actor=office, cycle=city.cycle, seed="20261121")
        drawn = set(ScopeBranch.objects.values_list("branch__code", flat=True))
        again = sampling.draw(sampling.unpack(scope.basis), scope.wanted, scope.seed, stratified=True)
        assert (len(drawn), scope.wanted, {one.code for one in again}) == (2, 2, drawn)
        entry = AuditEntry.objects.get(action="scope.drawn")
        assert (entry.after["seed"], set(entry.after["branches"])) == ("20261121", drawn)
        with pytest.raises(PermissionDenied, match="只产生一次"):
            services.draw_sample(actor=office, cycle=city.cycle)

    @pytest.mark.parametrize("who", ["authority", "leader", "secretary", "reviewer", "auditor"])
    def test_only_the_office_draws(self, city, request, who):
        choose(city.cycle, review_scope="sample", sample_percent=30)
        with pytest.raises(PermissionDenied):
            services.draw_sample(actor=request.getfixturevalue(who), cycle=city.cycle)

    def test_branches_are_added_with_a_reason_and_never_twice(self, city, office):
        review_only(city.cycle, city.branch, by=office)
        Sheet.objects.filter(pk=city.far_sheet.pk).update(status="exempt")
        with pytest.raises(PortalError, match="理由"):
            services.add_branches(actor=office, cycle=city.cycle, branches=[city.sibling], reason="")
        wanted = [city.branch, city.sibling, city.far_branch]
        outcome = services.add_branches(actor=office, cycle=city.cycle, branches=wanted, reason="信访反映较多")
        assert (outcome.done, [branch for branch, _why in outcome.refused]) == (1, [city.branch, city.far_branch])
        assert ScopeBranch.objects.get(branch=city.sibling).reason == "信访反映较多"
        assert AuditEntry.objects.filter(action="scope.branch_added", note="信访反映较多").count() == 1


class TestCandidates:
    def compute(self, cycle, office) -> Job:
        job = services.request_candidates(actor=office, cycle=cycle)
        worker.run_due_here()
        job.refresh_from_db()
        return job

    def test_they_wait_for_the_preliminary_reviews(self, city, office, passed):
        choose(city.cycle, review_scope="candidates", candidate_stars=4)
        with pytest.raises(PortalError, match="还有1份"):
            services.request_candidates(actor=office, cycle=city.cycle)

    def test_the_engine_finds_who_reaches_the_stars(self, city, office, passed):
        choose(city.cycle, review_scope="candidates", candidate_stars=4)
        Step.objects.filter(cycle=city.cycle, kind="preliminary").update(ends_at=timezone.now())
        job = self.compute(city.cycle, office)
        rows = {row.branch: (row.origin, row.total_up, row.stars) for row in ScopeBranch.objects.all()}
        assert (job.status, rows) == ("done", {
            city.branch: ("candidate", 88_500_000, 4),
            city.sibling: ("candidate", 88_500_000, 4),
            city.farther_branch: ("open", None, None),
        })  # fmt: skip
        kept = {code: stars for code, _total, stars in json.loads(ReviewScope.objects.get().basis)}
        assert (len(kept), kept[city.far_branch.code] < 4) == (4, True)
        with pytest.raises(PermissionDenied):
            services.request_candidates(actor=office, cycle=city.cycle)


class TestReview:
    def test_inspectors_wait_for_the_list_and_see_only_its_branches(self, city, office, inspector, passed, sign_in):
        choose(city.cycle, review_scope="sample", sample_percent=30)
        sheet = Sheet.objects.for_filling().get(pk=city.sheet.pk)
        with pytest.raises(PermissionDenied, match="尚未产生"):
            begin_review(sheet=sheet, actor=inspector, version=sheet.version)
        review_only(city.cycle, city.sibling, by=office)
        with pytest.raises(PermissionDenied, match="不在审核范围"):
            begin_review(sheet=sheet, actor=inspector, version=sheet.version)
        page = sign_in(inspector).get(reverse("sheets:queue"), {"status": "all"}).context["page"]
        assert [row.branch for row in page.object_list] == [city.sibling]
        assert [todo.number for todo in inspector_panel(inspector, timezone.now()).todos] == [1]

    def test_a_branch_outside_is_told_that_its_marks_stand(self, city, office, secretary, inspector, passed):
        review_only(city.cycle, city.sibling, by=office)
        assert "维持初审评分" in branch_panel(secretary, timezone.now()).todos[0].detail
        mine = [fact for fact in facts(timezone.now()) if (fact.user_id, fact.task) == (inspector.pk, "review")]
        told = [fact.number for fact in mine if not fact.matter]
        assert told == [1], "of three passed sheets one waits for the inspectors"

    def test_by_rule_only_branches_under_review_get_a_team(self, city, office, inspector):
        city.cycle.assignments.all().delete()
        review_only(city.cycle, city.branch, by=office)
        assert distribute(actor=office, cycle=city.cycle, rule="even", with_inspectors=False).assigned == 1

    def test_the_office_is_told_what_to_do_next(self, city, office, passed):
        now = timezone.now()
        choose(city.cycle, review_scope="candidates", candidate_stars=4)
        assert "候选支部" in office_todos(office, [city.cycle], now)[0].what
        choose(city.cycle, review_scope="sample", sample_percent=30, candidate_stars=None)
        assert "抽取" in office_todos(office, [city.cycle], now)[0].what
        review_only(city.cycle, city.branch, by=office)
        assert [todo.number for todo in office_todos(office, [city.cycle], now)] == [2]


class TestPages:
    def test_from_the_choice_to_the_list(self, before_review, city, office, authority, sign_in):
        client, address = sign_in(office), reverse("cycles:scope", args=[city.cycle.pk])
        said = {"review_scope": "sample", "sample_percent": 50, "version": city.cycle.version}
        choice = reverse("cycles:scope_choose", args=[city.cycle.pk])
        assert client.post(choice, said | {"sample_percent": ""}).status_code == 422
        assert client.post(choice, said).url == address
        assert client.post(choice, said).status_code == 409
        settle = reverse("cycles:scope_settle", args=[city.cycle.pk])
        assert client.post(settle, {"seed": "x" * 41}).status_code == 422
        assert client.post(settle, {"seed": "7"}).url == address
        page = client.get(address, {"branch": "党支部"})
        assert (page.context["total"], page.context["outside"], len(page.context["found"])) == (2, 2, 2)
        add, other = reverse("cycles:scope_add", args=[city.cycle.pk]), page.context["found"][0]
        assert client.post(add, {"branch": other.pk}).status_code == 422
        assert client.post(add, {"branch": other.pk, "reason": "群众反映较多"}).url == address
        text = sign_in(authority).get(reverse("cycles:scope_file", args=[city.cycle.pk])).content.decode("utf-8-sig")
        assert (len(text.splitlines()), text.count("是\r\n")) == (5, 3)

    def test_the_list_asks_the_same_for_one_and_many(self, city, office, auditor, sign_in, django_assert_num_queries):
        review_only(city.cycle, city.branch, by=office)
        client, address = sign_in(office), reverse("cycles:scope", args=[city.cycle.pk])
        for more in (0, 60):
            for number in range(more):
                branch = make_branch(city.committee, f"第{number}党支部", sector=city.branch.sector)
                make_sheet(city.cycle, branch)
                with guards.lifted():  # the list is settled
                    ScopeBranch.objects.create(cycle=city.cycle, branch=branch, origin="drawn", added_by=office,
                                               added_at=timezone.now())  # fmt: skip
            with django_assert_num_queries(13):
                client.get(address)
        assert sign_in(auditor).get(address).status_code == 403
