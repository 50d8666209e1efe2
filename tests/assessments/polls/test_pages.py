"""The pages of whoever runs and reads polls, through the client."""

import pytest
from django.utils import timezone

from assessments.polls.cards import Card, cards_pdf, link_of
from assessments.polls.models import Comment, Meeting, Poll, PollForm, YearFact
from assessments.polls.services.closing import close_poll
from assessments.polls.tasks import issue_links
from branchportal.models import Job
from members.models import User
from tests.conftest import City
from tests.factories.branches import make_branch
from tests.factories.polls import ONE_GROUP, cast, make_closed, make_form, make_poll, make_secrets

pytestmark = pytest.mark.django_db


def test_the_list_is_small_with_one_row_and_with_many(
    city: City, reviewer: User, sign_in: object, django_assert_num_queries: object
) -> None:
    client = sign_in(reviewer)
    form = make_form(reviewer, city.scheme)
    make_poll(reviewer, city.cycle, city.branch, form=form)
    client.get("/polls/")
    with django_assert_num_queries(7):
        client.get("/polls/")
    for at in range(9):
        make_poll(
            reviewer, city.cycle, make_branch(city.committee, f"第{at}党支部", sector=city.branch.sector), form=form
        )
    with django_assert_num_queries(7):
        page = client.get("/polls/").content.decode()
    assert page.count("进行中") >= 10


def test_the_other_lists_are_small_too(
    city: City, office: User, sign_in: object, django_assert_max_num_queries: object
) -> None:
    client = sign_in(office)
    client.get("/polls/")
    for address in ("/polls/papers/", "/polls/meetings/", "/polls/year/"):
        with django_assert_max_num_queries(8):
            assert client.get(address).status_code == 200


def test_a_poll_from_plan_to_result(city: City, reviewer: User, secretary: User, sign_in: object) -> None:
    client = sign_in(reviewer)
    form = make_form(reviewer, city.scheme, groups=ONE_GROUP)
    group = form.groups.get().pk
    chosen = {"form": form.pk, "place": f"c{city.cycle.pk}", "organization": city.committee.pk}
    assert f"roster-{group}" in client.get("/polls/new/", chosen).content.decode()
    said = {**chosen, "branch": city.branch.pk, "mode": "online", f"roster-{group}": "8", "closes_at": ""}
    assert client.post("/polls/new/", said).status_code == 302
    poll = Poll.objects.get()
    assert client.post(f"/polls/{poll.pk}/open/").status_code == 302
    answer = client.post(f"/polls/{poll.pk}/links/", {f"links-{group}": "8", "how": "more"})
    job = Job.objects.get(task="polls.issue_links")
    assert answer["Location"] == f"/tasks/{job.pk}/"
    issue_links(job.pk)
    job.refresh_from_db()
    assert (job.status, job.file_name, poll.tokens.count()) == ("done", f"测评链接 {city.branch.name}.pdf", 8)
    page = client.get(f"/polls/{poll.pk}/").content.decode()
    assert "测评结束后才能查看结果" in page
    assert "不印二维码" in page  # PUBLIC_URL is not set
    client.post(f"/polls/{poll.pk}/close/")
    assert "无有效票" in sign_in(secretary).get(f"/polls/{poll.pk}/").content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"roster": "0"}, "无人可参评"),
        ({"roster": "x"}, "应参评人数（整数）"),
        ({"closes_at": "kein Datum"}, "日期时间格式不正确"),
        ({"mode": "telepathy"}, "请选择链接投票或纸质投票"),
    ],
)
def test_what_is_wrong_is_said_beside_the_form(
    city: City, reviewer: User, sign_in: object, changes: dict, sentence: str
) -> None:
    form = make_form(reviewer, city.scheme, groups=ONE_GROUP)
    said = {
        "form": form.pk, "place": f"c{city.cycle.pk}", "organization": city.committee.pk, "branch": city.branch.pk,
        "mode": changes.get("mode", "online"), f"roster-{form.groups.get().pk}": changes.get("roster", "8"),
        "closes_at": changes.get("closes_at", ""),
    }  # fmt: skip
    answer = sign_in(reviewer).post("/polls/new/", said)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert not Poll.objects.exists()


def test_a_neighbour_sees_neither_poll_nor_result(city: City, reviewer: User, neighbour: User, sign_in: object) -> None:
    poll = make_closed(reviewer, city.cycle, city.branch, [["好"] * 6], rosters=(6,), groups=ONE_GROUP)
    client = sign_in(neighbour)
    assert client.get(f"/polls/{poll.pk}/").status_code == 404
    assert city.branch.name not in client.get("/polls/").content.decode()


def test_below_five_ballots_the_page_says_so(city: City, reviewer: User, secretary: User, sign_in: object) -> None:
    poll = make_closed(reviewer, city.cycle, city.branch, [["好"] * 2 + ["差"]], rosters=(6,), groups=ONE_GROUP)
    page = sign_in(secretary).get(f"/polls/{poll.pk}/").content.decode()
    assert "少于5票，仅计分、不显示明细" in page
    assert "66.67" in page
    assert 'class="cells"' not in page


def test_comments_are_read_by_the_department_first(
    city: City, reviewer: User, secretary: User, office: User, sign_in: object
) -> None:
    poll = make_poll(reviewer, city.cycle, city.branch, rosters=(6,), groups=ONE_GROUP)
    for secret, text in zip(make_secrets(reviewer, poll)[0], ["多下基层", "点名批评某人", "", "", "", ""], strict=True):
        cast(secret, "好", comment=text)
    close_poll(actor=reviewer, poll=poll)
    assert "多下基层" not in sign_in(secretary).get(f"/polls/{poll.pk}/").content.decode()
    assert sign_in(office).get(f"/polls/{poll.pk}/comments/").status_code == 403
    client = sign_in(reviewer)
    assert "点名批评某人" in client.get(f"/polls/{poll.pk}/comments/").content.decode()
    keys = {comment.text: comment.pk for comment in Comment.objects.all()}
    client.post(
        f"/polls/{poll.pk}/comments/", {f"c-{keys['多下基层']}": "shown", f"c-{keys['点名批评某人']}": "withheld"}
    )
    page = sign_in(secretary).get(f"/polls/{poll.pk}/").content.decode()
    assert ("多下基层" in page, "点名批评某人" in page) == (True, False)


PAPER = {
    "name": "测评表", "target": "row:2.4", "group-1": "党员", "group-1-weight": "60", "group-1-roll": "on",
    "group-2": "群众", "group-2-weight": "40", "question-1": "总体评价", "question-1-weight": "100",
    "option-1": "好", "option-1-value": "1", "option-1-counted": "on", "top": "1",
    "option-2": "差", "option-2-value": "0", "option-2-counted": "on", "option-3": "不了解",
}  # fmt: skip


def test_a_ballot_paper_is_made_changed_and_copied(city: City, office: User, sign_in: object) -> None:
    client = sign_in(office)
    client.post("/polls/papers/new/", PAPER)
    form = PollForm.objects.get()
    assert [(g.name, g.weight_up, g.counts_members) for g in form.groups.all()] == [
        ("党员", 600_000, True),
        ("群众", 400_000, False),
    ]
    assert [(o.label, o.is_counted, o.is_top) for o in form.options.all()] == [
        ("好", True, True),
        ("差", True, False),
        ("不了解", False, False),
    ]
    assert client.post(f"/polls/papers/{form.pk}/", {**PAPER, "name": "新名", "version": "9"}).status_code == 409
    client.post(f"/polls/papers/{form.pk}/", {**PAPER, "name": "新名", "version": "1"})
    assert PollForm.objects.get().name == "新名"
    make_poll(office, city.cycle, city.branch, form=form)
    assert client.post(f"/polls/papers/{form.pk}/", {**PAPER, "version": "2"}).status_code == 403
    client.post(f"/polls/papers/{form.pk}/copy/")
    assert PollForm.objects.filter(is_locked=False).count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"group-1-weight": "50"}, "参评群体的权重合计为0.9，应为1"),
        ({"question-1-weight": "abc"}, "“abc”不是百分数"),
        ({"option-1-value": "2"}, "选项分值应在0至1之间"),
        ({"top": ""}, "请指定最优选项"),
        ({"option-2": "好"}, "每个选项须有不同的名称"),
        ({"target": "row:9.9"}, "请选择测评结果计入何处"),
    ],
)
def test_a_ballot_paper_that_does_not_add_up_is_refused(
    city: City, office: User, sign_in: object, changes: dict, sentence: str
) -> None:
    answer = sign_in(office).post("/polls/papers/new/", {**PAPER, **changes})
    assert (answer.status_code, sentence in answer.content.decode()) == (400, True)
    assert not PollForm.objects.exists()


def test_paper_counts_through_the_pages(city: City, reviewer: User, office: User, sign_in: object) -> None:
    poll = make_poll(reviewer, city.cycle, city.branch, mode="paper", rosters=(6,), groups=ONE_GROUP)
    client, group = sign_in(reviewer), poll.rosters.get().group_id
    question = poll.form.questions.get().pk
    top = f"n-{group}-{question}-{poll.form.options.first().pk}"
    said = {"version": poll.version, f"issued-{group}": "6", f"returned-{group}": "6", f"valid-{group}": "6", top: "5"}
    answer = client.post(f"/polls/{poll.pk}/counts/", said)
    assert (answer.status_code, "合计5票，应为有效票数6" in answer.content.decode()) == (400, True)
    assert client.post(f"/polls/{poll.pk}/counts/", {**said, top: "6"}).status_code == 302
    page = sign_in(office).get(f"/polls/{poll.pk}/").content.decode()
    assert "以监票人身份确认" in page


def test_a_meeting_through_the_pages(city: City, reviewer: User, sign_in: object) -> None:
    client = sign_in(reviewer)
    form = make_form(reviewer, city.scheme, target="meeting", groups=ONE_GROUP)
    chosen = {"form": form.pk, "cycle": city.cycle.pk, "organization": city.committee.pk}
    assert city.sibling.name in client.get("/polls/meetings/new/", chosen).content.decode()
    said = {
        **chosen, "agenda": "1", "name": "述职评议会", "held_on": str(timezone.localdate()), "place": "会议室",
        "mode": "paper", f"roster-{form.groups.get().pk}": "9", "on": [city.branch.pk, city.sibling.pk],
        f"position-{city.branch.pk}": "2", f"position-{city.sibling.pk}": "1", f"speaker-{city.branch.pk}": "赵书记",
        f"time-{city.branch.pk}": "09:15",
    }  # fmt: skip
    assert client.post("/polls/meetings/new/", {**said, "held_on": ""}).status_code == 422
    assert client.post("/polls/meetings/new/", said).status_code == 302
    meeting = Meeting.objects.get()
    assert [poll.branch for poll in meeting.polls.order_by("position")] == [city.sibling, city.branch]
    answer = client.post(f"/polls/meetings/{meeting.pk}/close/")
    assert "尚未测评或票数未确认" in answer.content.decode()


def test_a_fact_of_the_year_through_the_pages(city: City, office: User, authority: User, sign_in: object) -> None:
    said = {
        "plan": city.cycle.plan_id,
        "branch": city.branch.code,
        "item": "score:",
        "value": "92.5",
        "document": "文1",
    }
    client = sign_in(office)
    assert client.post("/polls/year/new/", {**said, "branch": "没有"}).status_code == 400
    assert client.post("/polls/year/new/", said).status_code == 302
    fact = YearFact.objects.get()
    answer = sign_in(authority).post(f"/polls/year/{fact.pk}/decide/", {"version": "1", "decision": "accept"})
    assert answer.status_code == 302
    fact.refresh_from_db()
    assert (fact.status, fact.value_up, fact.decided_by) == ("accepted", 92_500_000, authority)


def test_codes_are_printed_where_phones_reach_the_portal(city: City, reviewer: User, settings: object) -> None:
    poll = make_poll(reviewer, city.cycle, city.branch, groups=ONE_GROUP, rosters=(3,))
    cards = [Card("s" * 43, "党员")]
    assert link_of("https://portal.example/", "abc") == "https://portal.example/vote/abc/"
    with_codes = cards_pdf(poll, cards, address="https://portal.example", has_codes=True).content
    without = cards_pdf(poll, cards, address="http://10.0.0.1", has_codes=False).content
    assert (with_codes.count(b"/Subtype /Image"), without.count(b"/Subtype /Image")) == (1, 0)
    assert "s" * 43 not in repr(cards)
