"""Queues, the department's page and the side-by-side review, through the client."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.sheets.choices import ClaimKind, Stage, Status
from assessments.sheets.models import Claim, Mark, Remark, Sheet
from members.roles import Role
from tests.factories.assessments import make_marks, make_sheet
from tests.factories.branches import make_branch
from tests.factories.members import appoint, make_user

FETCH = {"headers": {"X-Requested-With": "fetch"}}
HTMX = {"headers": {"HX-Request": "true"}}


def hand_in(sheet: Sheet, user: object, status: str, **fields: object) -> Sheet:
    make_marks(sheet, user)
    fields = {"submitted_by": user, "submitted_at": timezone.now(), "self_total_up": 79_500_000, **fields}
    Sheet.objects.filter(pk=sheet.pk).update(status=status, **fields)
    sheet.refresh_from_db()
    return sheet


@pytest.fixture
def submitted(city, secretary):
    return hand_in(city.sheet, secretary, Status.SUBMITTED)


@pytest.fixture
def in_review(city, secretary, reviewer, inspector):
    make_marks(city.sheet, reviewer, stage="poll", marks={"2.4": {"value": 90}})
    return hand_in(city.sheet, secretary, Status.REVIEW)


def post(client: object, name: str, *args: object, **data: object) -> object:
    return client.post(reverse(name, args=args), data)


class TestQueues:
    def test_the_department_sees_its_subtree_without_drafts(self, city, submitted, reviewer, sign_in):
        hand_in(city.far_sheet, reviewer, Status.SUBMITTED)
        page = sign_in(reviewer).get("/sheets/department/")
        assert [row.branch.name for row in page.context["page"]] == ["市发展局机关第一党支部"]
        assert "市教育局" not in page.content.decode()

    def test_filters_stay_until_they_are_reset(self, city, submitted, neighbour, reviewer, sign_in):
        hand_in(city.sibling_sheet, neighbour, Status.PASSED)
        client = sign_in(reviewer)
        client.get("/sheets/department/?status=passed&q=第二")
        page = client.get("/sheets/department/")
        assert [row.branch.name for row in page.context["page"]] == ["市发展局机关第二党支部"]
        assert page.context["filters"].q == "第二"
        page = client.get("/sheets/department/?reset=1", follow=True)
        assert [row.branch.name for row in page.context["page"]] == ["市发展局机关第一党支部"]

    def test_tabs_count_under_the_other_filters(self, city, submitted, neighbour, reviewer, sign_in):
        hand_in(city.sibling_sheet, neighbour, Status.PASSED)
        tabs = sign_in(reviewer).get("/sheets/department/?status=all").context["tabs"]
        assert {value: number for value, _label, number, _link in tabs} == {
            "todo": 1,
            "all": 2,
            "submitted": 1,
            "passed": 1,
        }

    @pytest.mark.parametrize("rows", [1, 5])
    def test_lists_take_the_same_queries(self, city, reviewer, inspector, sign_in, rows, django_assert_num_queries):
        team = city.cycle.assignments.first().team
        for _number in range(rows):
            branch = make_branch(city.committee, sector=city.branch.sector)
            city.cycle.assignments.create(team=team, branch=branch)
            hand_in(make_sheet(city.cycle, branch), reviewer, Status.SUBMITTED)
        for user, address, number in ((reviewer, "/sheets/department/", 9), (inspector, "/sheets/queue/", 9)):
            client = sign_in(user)
            client.get(f"{address}?status=all")
            with django_assert_num_queries(number):
                page = client.get(address)
            assert len(page.context["page"]) == rows

    def test_nobody_else_has_a_queue(self, submitted, secretary, office, outsider, inspector, sign_in):
        for user in (secretary, office, outsider, inspector):
            assert sign_in(user).get("/sheets/department/").status_code == 403
        for user in (secretary, office, outsider):
            assert sign_in(user).get("/sheets/queue/").status_code == 403


class TestPreliminary:
    def test_the_page_shows_marks_and_evidence_within_twelve_queries(
        self, submitted, reviewer, sign_in, django_assert_max_num_queries
    ):
        client = sign_in(reviewer)
        client.get(reverse("sheets:preliminary", args=[submitted.pk]))
        with django_assert_max_num_queries(12):
            page = client.get(reverse("sheets:preliminary", args=[submitted.pk]))
        rows = {row.code: row.own_text for row in page.context["page"].rows}
        assert rows["1.1"] == "记录不规范 2 次"
        assert rows["1.3"] == "98 / 100 = 98.00%"

    def test_poll_and_pass_lead_to_the_next_sheet(self, city, submitted, neighbour, reviewer, sign_in):
        following = hand_in(city.sibling_sheet, neighbour, Status.SUBMITTED)
        answer = post(
            sign_in(reviewer),
            "sheets:pass",
            submitted.pk,
            **{"version": submitted.version, "poll-2.4": "92.5", "version-2.4": "0"},
        )
        assert answer.headers["Location"] == reverse("sheets:preliminary", args=[following.pk])
        submitted.refresh_from_db()
        assert submitted.status == Status.PASSED
        assert Mark.objects.get(stage=Stage.POLL).points_up == 9_250_000

    def test_a_wrong_poll_stays_in_its_field(self, submitted, reviewer, sign_in):
        answer = post(
            sign_in(reviewer),
            "sheets:pass",
            submitted.pk,
            **{"version": submitted.version, "poll-2.4": "120", "version-2.4": "0"},
        )
        assert answer.status_code == 422
        assert "120" in answer.context["form"].error.message
        assert 'value="120"' in answer.content.decode()

    def test_a_return_without_a_reason_keeps_what_was_ticked(self, submitted, reviewer, sign_in):
        answer = post(
            sign_in(reviewer),
            "sheets:preliminary_return",
            submitted.pk,
            **{
                "version": submitted.version,
                "return": ["1.1", "2.2"],
                "reason-1.1": "会议记录缺一次",
                "reason-2.2": "",
            },
        )
        assert answer.status_code == 422
        assert answer.context["form"].ticked == ["1.1", "2.2"]
        assert "会议记录缺一次" in answer.content.decode()
        assert Remark.objects.count() == 0

    def test_one_indicator_is_returned(self, submitted, reviewer, sign_in):
        post(
            sign_in(reviewer),
            "sheets:preliminary_return",
            submitted.pk,
            **{"version": submitted.version, "return": ["1.1"], "reason-1.1": "会议记录缺一次"},
        )
        submitted.refresh_from_db()
        assert submitted.status == Status.RETURNED

    def test_others_get_404_even_with_the_address(
        self, city, submitted, inspector, secretary, neighbour, office, sign_in
    ):
        other = appoint(make_user("other"), Role.DEPARTMENT, organization=city.other_committee)
        for user in (inspector, secretary, neighbour, office, other):
            client = sign_in(user)
            assert client.get(reverse("sheets:preliminary", args=[submitted.pk])).status_code == 404
            for name in ("pass", "preliminary_return", "preliminary_poll"):
                assert post(client, f"sheets:{name}", submitted.pk, version=1).status_code == 404
        submitted.refresh_from_db()
        assert submitted.status == Status.SUBMITTED


class TestReview:
    def test_the_page_takes_at_most_fifteen_queries(self, in_review, inspector, sign_in, django_assert_max_num_queries):
        client = sign_in(inspector)
        address = reverse("sheets:review", args=[in_review.pk])
        client.get(address)
        with django_assert_max_num_queries(15):
            page = client.get(address)
        assert [row.state for row in page.context["page"].rows] == ["untouched"] * 6 + ["filled"]

    def test_accepting_swaps_the_row_and_tells_the_figures(self, in_review, inspector, sign_in):
        address = reverse("sheets:review_mark", args=[in_review.pk, "1.1"])
        answer = sign_in(inspector).post(address, {"accept": "1", "version": "0"}, **HTMX)
        figures = json.loads(answer.headers["HX-Trigger"])["review:figures"]
        assert (answer.status_code, figures["state"], figures["points"]) == (200, "accepted", "19.00")
        assert (figures["reviewed"], figures["todo"], figures["total"]) == (2, 5, "88.50")
        assert 'id="row-1.1"' in answer.content.decode()

    def test_a_change_without_a_reason_is_refused_as_json(self, in_review, inspector, sign_in):
        address = reverse("sheets:review_mark", args=[in_review.pk, "1.1"])
        client = sign_in(inspector)
        answer = client.post(address, {"c-a": "1", "c-b": "2", "version": "0"}, **FETCH)
        assert (answer.status_code, answer.json()["field"]) == (400, "reason")
        said = {"c-a": "1", "c-b": "2", "version": "0", "reason": "少开一次党员大会"}
        answer = client.post(address, said, **FETCH).json()
        assert (answer["points"], answer["shift_up"], answer["version"], answer["state"]) == (
            "17.00", -2_000_000, 1, "changed",
        )  # fmt: skip

    def test_a_second_window_is_told_with_both_values(self, in_review, inspector, sign_in):
        address = reverse("sheets:review_mark", args=[in_review.pk, "2.2"])
        client = sign_in(inspector)
        client.post(address, {"accept": "1", "version": "0"})
        answer = client.post(address, {"value": "8", "reason": "凭证少了一张", "version": "0"}, **FETCH)
        assert (answer.status_code, answer.json()["theirs"], answer.json()["yours"]) == (409, "9.5", "8")

    def test_without_script_it_goes_back_to_the_row(self, in_review, inspector, sign_in):
        address = reverse("sheets:review_mark", args=[in_review.pk, "1.1"])
        answer = sign_in(inspector).post(address, {"accept": "1", "version": "0"})
        assert answer.headers["Location"] == f"/sheets/{in_review.pk}/review/#row-1.1"

    def test_the_rest_is_accepted_and_reported(self, in_review, inspector, sign_in):
        answer = sign_in(inspector).post(reverse("sheets:review_accept_rest", args=[in_review.pk]), follow=True)
        said = [str(message) for message in answer.context["messages"]]
        assert said == ["已按自评采纳 6 项。", "未采纳：2.4 (由其他途径录入)。"]

    def test_a_second_person_approves_by_the_page(self, in_review, inspector, leader, sign_in):
        first, second = sign_in(inspector), sign_in(leader)
        first.post(reverse("sheets:review_accept_rest", args=[in_review.pk]))
        in_review.refresh_from_db()
        refused = post(first, "sheets:review_approve", in_review.pk, version=in_review.version)
        assert refused.status_code == 403
        post(second, "sheets:review_approve", in_review.pk, version=in_review.version)
        in_review.refresh_from_db()
        assert (in_review.status, in_review.review_total_up) == (Status.APPROVED, 88_500_000)

    def test_claims_are_decided_on_the_page_not_by_their_claimant(self, in_review, secretary, inspector, sign_in):
        claim = Claim.objects.create(
            sheet=in_review, kind=ClaimKind.BONUS, item_code="B1", level="市级", matter="先进党支部",
            entered_by=secretary, entered_at=timezone.now(),
        )  # fmt: skip
        said = {"version": 1, "decision": "accept", "next": f"/sheets/{in_review.pk}/review/"}
        assert post(sign_in(secretary), "sheets:claim_decide", claim.pk, **said).status_code == 403
        answer = post(sign_in(inspector), "sheets:claim_decide", claim.pk, **said)
        assert answer.headers["Location"] == f"/sheets/{in_review.pk}/review/"
        claim.refresh_from_db()
        assert claim.status == "accepted"

    def test_others_get_404_even_with_the_address(self, city, in_review, reviewer, secretary, office, auditor, sign_in):
        stranger = appoint(make_user("stranger"), Role.INSPECTOR)
        for user in (reviewer, secretary, office, auditor, stranger):
            client = sign_in(user)
            assert client.get(reverse("sheets:review", args=[in_review.pk])).status_code == 404
            for name in ("begin", "accept_rest", "return", "approve"):
                assert post(client, f"sheets:review_{name}", in_review.pk, version=1).status_code == 404
            assert post(client, "sheets:review_mark", in_review.pk, "1.1", accept=1).status_code == 404
        assert Mark.objects.filter(stage=Stage.REVIEW).count() == 0


class TestRegister:
    def record(self, client, sheet, **changes):
        said = {
            "sheet": sheet.pk,
            "item": "penalty|P1|",
            "matter": "被上级党组织通报批评",
            "document": "市直党发〔2026〕8号",
            "happened_on": timezone.localdate().isoformat(),
        }
        return client.post(reverse("sheets:record_new"), said | changes)

    def test_the_office_records_even_while_the_branch_fills_in(self, city, office, sign_in):
        client = sign_in(office)
        found = client.get("/sheets/records/new/?branch=发展局机关第一").context["found"]
        assert [sheet.pk for sheet in found] == [city.sheet.pk]
        assert self.record(client, city.sheet).status_code == 302
        page = client.get("/sheets/records/")
        assert [line["claim"].matter for line in page.context["lines"]] == ["被上级党组织通报批评"]

    def test_what_is_wrong_is_said_and_the_rest_kept(self, city, office, sign_in):
        answer = self.record(sign_in(office), city.sheet, document="")
        assert (answer.status_code, answer.context["field"]) == (422, "document")
        assert "被上级党组织通报批评" in answer.content.decode()

    @pytest.mark.parametrize("rows", [1, 5])
    def test_the_register_takes_the_same_queries(self, city, office, sign_in, rows, django_assert_num_queries):
        client = sign_in(office)
        for _number in range(rows):
            self.record(client, city.sheet)
        client.get("/sheets/records/")
        with django_assert_num_queries(6):
            client.get("/sheets/records/")

    def test_others_neither_see_nor_record(self, city, secretary, reviewer, outsider, sysadmin, sign_in):
        for user in (secretary, reviewer, outsider, sysadmin):
            client = sign_in(user)
            assert client.get("/sheets/records/").status_code == 403
            assert self.record(client, city.sheet).status_code in (403, 404)
        assert Claim.objects.count() == 0

    def test_the_auditor_reads_the_register_and_is_offered_no_form(self, city, auditor, office, sign_in):
        client = sign_in(auditor)
        assert reverse("sheets:record_new") not in client.get("/sheets/records/").content.decode()
        assert client.get(reverse("sheets:record_new")).status_code == 403
        assert self.record(client, city.sheet).status_code == 403
        assert reverse("sheets:record_new") in sign_in(office).get("/sheets/records/").content.decode()


class TestExemptions:
    def test_the_authority_exempts_a_branch_that_has_not_begun(self, city, authority, office, sign_in):
        client = sign_in(authority)
        page = client.get("/sheets/exemptions/?branch=发展局机关第一")
        assert [line["sheet"].pk for line in page.context["found"]] == [city.sheet.pk]
        said = {"sheet": city.sheet.pk, "version": city.sheet.version}
        refused = post(client, "sheets:exempt", **said, reason="新建")
        assert refused.status_code == 422
        post(client, "sheets:exempt", **said, reason="成立不满一年")
        page = sign_in(office).get("/sheets/exemptions/")
        assert [sheet.exempt_reason for sheet in page.context["exempt"]] == ["成立不满一年"]

    def test_nobody_else_does(self, city, office, secretary, inspector, sysadmin, sign_in):
        for user in (office, secretary, inspector, sysadmin):
            answer = post(sign_in(user), "sheets:exempt", sheet=city.sheet.pk, version=1, reason="成立不满一年")
            assert answer.status_code == 403
        city.sheet.refresh_from_db()
        assert city.sheet.status == Status.DRAFT
