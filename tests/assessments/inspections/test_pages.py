"""Pages of plans and visits: what each person finds there, forms that keep what was typed, numbers of queries."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.inspections.models import Finding, Visit, VisitCheck, VisitFile, VisitPlan
from assessments.inspections.services import plans, signing, visits
from assessments.inspections.services.files import stored_path
from tests.assessments.sheets.files import jpeg_bytes
from tests.factories.branches import make_branch

from .conftest import begun, fresh

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


class TestPlans:
    def test_a_plan_is_made_drawn_and_given_to_a_team(self, city, office, inspector, sign_in) -> None:
        client = sign_in(office)
        form = {
            "cycle": city.cycle.pk, "name": "年终考察", "aim": "", "starts_on": "2026-12-01", "ends_on": "2026-12-20",
            "is_announced": "on",
        }  # fmt: skip
        client.post(reverse("visits:plan_new"), form)
        plan = VisitPlan.objects.get()
        draw = {"method": "random", "wanted": "2", "seed": "2026", "version": plan.version}
        client.post(reverse("visits:plan_draw", args=[plan.pk]), draw)
        page = client.get(reverse("visits:plan", args=[plan.pk])).content.decode()
        assert plan.visits.count() == 2
        assert "4个中抽取2个" in page
        listed = client.get(reverse("visits:plan_draw_file", args=[plan.pk])).content.decode("utf-8-sig")
        assert listed.count(",是\r\n") == 2
        assert listed.count(",否\r\n") == 2
        team = city.cycle.assignments.first().team
        chosen = {"team": team.pk, "visit": [visit.pk for visit in plan.visits.all()]}
        client.post(reverse("visits:plan_assign", args=[plan.pk]), chosen)
        assert set(plan.visits.values_list("team", flat=True)) == {team.pk}

    def test_branches_are_found_and_added_by_hand(self, site, city, office, sign_in) -> None:
        client = sign_in(office)
        found = client.get(reverse("visits:plan", args=[site.plan.pk]) + "?branch=第二").content.decode()
        assert city.sibling.name in found
        client.post(reverse("visits:plan_add", args=[site.plan.pk]), {"branch": [city.sibling.pk, city.branch.pk]})
        assert site.plan.visits.count() == 2

    def test_a_wrong_number_is_said_beside_the_form(self, site, office, sign_in) -> None:
        form = {"method": "random", "wanted": "99", "seed": "", "version": site.plan.version}
        answer = sign_in(office).post(reverse("visits:plan_draw", args=[site.plan.pk]), form)
        assert answer.status_code == 422
        assert "可抽取1至4个党支部" in answer.content.decode()

    def test_two_people_change_a_plan(self, site, office, authority, sign_in) -> None:
        address = reverse("visits:plan_edit", args=[site.plan.pk])
        form = {"name": "甲", "starts_on": "2026-12-01", "ends_on": "2026-12-20", "version": site.plan.version}
        sign_in(office).post(address, form)
        answer = sign_in(authority).post(address, form | {"name": "乙"})
        assert answer.status_code == 409
        assert VisitPlan.objects.get().name == "甲"


class TestVisitPage:
    def test_the_team_begins_checks_notes_and_signs(self, site, inspector, leader, sign_in) -> None:
        client, page = sign_in(inspector), reverse("visits:visit", args=[site.visit.pk])
        client.post(reverse("visits:step", args=[site.visit.pk]), {"begin": "1", "version": site.visit.version})
        row = client.post(
            reverse("visits:check", args=[site.visit.pk, "1.1"]), {"version": 0, "verdict": "good", "note": ""}, **HTMX
        )
        assert 'data-state="good"' in row.content.decode()
        form = {
            "problem": "组织生活会记录不完整",
            "code": "1.2",
            "due_on": (site.today + timedelta(days=9)).isoformat(),
        }
        client.post(reverse("visits:finding_add", args=[site.visit.pk]), form)
        visit = fresh(site.visit)
        record = {
            "version": visit.version, "visited_on": site.today.isoformat(), "present_name": "赵书记",
            "present_post": "支部书记", "course": "座谈3人", "opinion": "",
        }  # fmt: skip
        client.post(reverse("visits:record", args=[visit.pk]), record)
        signing = {"version": fresh(visit).version, "signature": "吴组长"}
        sign_in(leader).post(reverse("visits:sign", args=[visit.pk]), signing)
        shown = client.get(page).content.decode()
        assert "与签字时一致" in shown
        assert "组长签字" in shown

    def test_a_problem_without_a_note_keeps_the_choice(self, site, inspector, sign_in) -> None:
        begun(site.visit, inspector)
        address = reverse("visits:check", args=[site.visit.pk, "1.1"])
        answer = sign_in(inspector).post(address, {"version": 0, "verdict": "problem", "note": "差"}, **HTMX)
        assert answer.status_code == 422
        assert 'value="差"' in answer.content.decode()
        assert not VisitCheck.objects.exists()

    def test_a_refused_record_keeps_what_was_typed(self, site, inspector, sign_in) -> None:
        visit = begun(site.visit, inspector)
        form = {
            "version": visit.version,
            "visited_on": "2099-01-01",
            "course": "写了很久的一段话",
            "present_name": "赵",
        }
        answer = sign_in(inspector).post(reverse("visits:record", args=[visit.pk]), form)
        assert answer.status_code == 422
        assert "写了很久的一段话" in answer.content.decode()

    def test_a_record_opened_before_a_colleagues_change(self, site, inspector, leader, sign_in) -> None:
        visit = begun(site.visit, inspector)
        form = {
            "version": visit.version,
            "visited_on": site.today.isoformat(),
            "course": "第一人",
            "present_name": "赵",
        }
        sign_in(inspector).post(reverse("visits:record", args=[visit.pk]), form)
        answer = sign_in(leader).post(reverse("visits:record", args=[visit.pk]), form | {"course": "第二人写的"})
        assert answer.status_code == 409
        assert "第二人写的" in answer.content.decode()
        assert fresh(visit).course == "第一人"

    def test_the_branch_sees_no_draft_of_the_record(self, site, secretary, inspector, leader, sign_in) -> None:
        visit = begun(site.visit, inspector)
        page = sign_in(secretary).get(reverse("visits:visit", args=[visit.pk])).content.decode()
        assert "总体较好" not in page
        signing.sign_visit(visit=fresh(visit), actor=leader, version=fresh(visit).version, signature="吴组长")
        assert "总体较好" in sign_in(secretary).get(reverse("visits:visit", args=[visit.pk])).content.decode()

    def test_photos_come_without_hidden_data_and_go(
        self, site, inspector, secretary, auditor, sign_in, django_capture_on_commit_callbacks
    ) -> None:
        visit = begun(site.visit, inspector)
        client = sign_in(inspector)
        photo = SimpleUploadedFile("现场.jpg", jpeg_bytes(), "image/jpeg")
        client.post(reverse("visits:file_add", args=[visit.pk]), {"file": photo, "code": "1.1", "no_secrets": "1"})
        file = VisitFile.objects.get()
        address = reverse("visits:file", args=[file.pk])
        answer = client.get(address)
        assert answer["Content-Type"] == "image/jpeg"
        assert b"".join(answer.streaming_content).startswith(b"\xff\xd8")
        assert sign_in(secretary).get(address).status_code == 404
        assert sign_in(auditor).get(address).status_code == 404
        path = stored_path(file)
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse("visits:file_remove", args=[file.pk]))
        assert not path.exists()

    def test_a_disguised_file_is_refused_by_name(self, site, inspector, sign_in) -> None:
        visit = begun(site.visit, inspector)
        bad = SimpleUploadedFile("现场.jpg", b"MZ not a picture", "image/jpeg")
        page = sign_in(inspector).post(
            reverse("visits:file_add", args=[visit.pk]), {"file": bad, "no_secrets": "1"}, follow=True
        )
        assert "现场.jpg" in page.content.decode()
        assert not VisitFile.objects.exists()

    def test_a_finding_is_taken_back(self, site, inspector, sign_in) -> None:
        visit = begun(site.visit, inspector)
        client = sign_in(inspector)
        client.post(reverse("visits:finding_add", args=[visit.pk]), {"problem": "宣传栏未及时更新"})
        client.post(reverse("visits:finding_remove", args=[Finding.objects.get().pk]))
        assert not Finding.objects.exists()

    def test_postponing_needs_a_reason(self, site, leader, sign_in) -> None:
        address = reverse("visits:step", args=[site.visit.pk])
        form = {"version": site.visit.version, "postpone": "1", "reason": "雨"}
        assert sign_in(leader).post(address, form).status_code == 422
        assert fresh(site.visit).status == "planned"

    def test_the_page_takes_a_fixed_number_of_queries(
        self, site, inspector, sign_in, django_assert_max_num_queries
    ) -> None:
        visit = begun(site.visit, inspector)
        client = sign_in(inspector)
        client.get("/")
        with django_assert_max_num_queries(40):
            client.get(reverse("visits:visit", args=[visit.pk]))


@pytest.mark.parametrize("count", [1, 55])
def test_lists_take_the_same_queries(site, city, office, inspector, sign_in, django_assert_num_queries, count) -> None:
    branches = [make_branch(city.committee, sector=city.branch.sector) for _number in range(count)]
    plans.add_branches(actor=office, plan=site.plan, branches=branches)
    for user in (office, inspector):
        client = sign_in(user)
        client.get("/")
        with django_assert_num_queries(6):
            client.get(reverse("visits:list"))
    client = sign_in(office)
    client.get("/")
    with django_assert_num_queries(8):
        client.get(reverse("visits:plan", args=[site.plan.pk]))


def test_filters_of_the_list(site, office, sign_in) -> None:
    client = sign_in(office)
    for query, is_found in (("q=第一", True), ("q=没有", False), ("status=signed", False), ("status=todo", True)):
        page = client.get(f"{reverse('visits:list')}?{query}").content.decode()
        assert ("市发展局机关第一党支部" in page) is is_found, query


def test_a_visit_that_was_begun_twice_is_begun_once(site, inspector, leader) -> None:
    visits.begin_visit(visit=fresh(site.visit), actor=inspector, version=site.visit.version)
    assert Visit.objects.get().begun_by == inspector
