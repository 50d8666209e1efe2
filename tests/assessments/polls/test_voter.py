"""The voter's page: a link, a ballot, thanks. Codes T-P5 and T-P6 of the score card stand in the names."""

import re
import secrets

import pytest
from django.test import Client
from django.utils import timezone

from assessments.polls.models import Comment, Counter, Miss, Poll, Token
from assessments.polls.services.closing import close_poll
from assessments.polls.voting import MOST_MISSES, digest_of, find_ballot
from branchportal.models import AuditEntry, Job
from members.models import User
from tests.conftest import City
from tests.factories.polls import ONE_GROUP, cast, make_form, make_poll, make_secrets

pytestmark = pytest.mark.django_db


@pytest.fixture
def poll(city: City, reviewer: User) -> Poll:
    return make_poll(reviewer, city.cycle, city.branch, rosters=(6,), groups=ONE_GROUP)


@pytest.fixture
def links(poll: Poll, reviewer: User) -> list[str]:
    return make_secrets(reviewer, poll)[0]


def _follow(client: Client, secret: str) -> object:
    answer = client.get(f"/vote/{secret}/")
    assert (answer.status_code, answer["Location"]) == (303, "/vote/")
    return client.get("/vote/")


def _send(client: Client, page: object, poll: Poll, label: str = "好", **more: str) -> object:
    """Send what the page asks for, as a browser would."""
    sheet = re.search(r'name="sheet" value="(\w+)"', page.content.decode())[1]
    option = poll.form.options.get(label=label).pk
    answers = {f"q{question.pk}": option for question in poll.form.questions.all()}
    return client.post("/vote/", {"sheet": sheet, **answers, **more})


def _counts(poll: Poll) -> dict[str, int]:
    return dict(Counter.objects.filter(poll=poll).order_by("option__position").values_list("option__label", "n"))


def test_a_link_leads_to_the_ballot_and_to_thanks(poll: Poll, links: list[str], client: Client) -> None:
    page = _follow(client, links[0])
    assert page.status_code == 200
    assert "您的身份：党员" in page.content.decode()
    answer = _send(client, page, poll, "较好", comment="多联系群众")
    assert (answer.status_code, answer["Location"]) == (303, "/vote/done/")
    assert _counts(poll) == {"好": 0, "较好": 1, "一般": 0, "差": 0, "不了解": 0}
    assert Comment.objects.get().text == "多联系群众"
    assert "您的测评票已计入" in client.get("/vote/done/").content.decode()


def test_a_link_counts_once(poll: Poll, links: list[str]) -> None:
    first, second = Client(), Client()
    page, other = _follow(first, links[0]), _follow(second, links[0])
    assert _send(first, page, poll).status_code == 303
    answer = _send(second, other, poll)
    assert answer.status_code == 404
    assert "已经使用过" in answer.content.decode()
    assert _counts(poll)["好"] == 1
    assert "已经使用过" in _follow(Client(), links[0]).content.decode()


def test_unknown_used_and_closed_look_the_same(poll: Poll, links: list[str], reviewer: User) -> None:
    cast(links[0], "好")
    answers = [_follow(Client(), text) for text in (links[0], secrets.token_urlsafe(32), "x" * 30)]
    close_poll(actor=reviewer, poll=poll)
    answers.append(_follow(Client(), links[1]))
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1


def test_t_p6_looking_never_spends_a_link(poll: Poll, links: list[str]) -> None:
    for _again in range(10):
        preview = Client()
        assert preview.get(f"/vote/{links[0]}/").status_code == 303
        assert preview.head(f"/vote/{links[0]}").status_code == 303
        assert preview.get("/vote/").status_code == 200
        assert preview.head("/vote/").status_code == 200
    assert not Token.objects.filter(used=True).exists()
    voter = Client()
    assert _send(voter, _follow(voter, links[0]), poll).status_code == 303


def test_t_p5_ten_thousand_guesses_hit_nothing(poll: Poll, links: list[str]) -> None:
    now = timezone.now()
    assert [find_ballot(secrets.token_urlsafe(32), now) for _again in range(10_000)].count(None) == 10_000
    assert len(links[0]) == 43  # 256 bits in base 64
    assert {len(token) for token in Token.objects.values_list("sha256", flat=True)} == {64}
    assert not Token.objects.filter(sha256__in=links).exists()


def test_t_p5_guessing_is_held_up_and_honest_voters_are_not(city: City, reviewer: User) -> None:
    poll = make_poll(reviewer, city.cycle, city.branch, rosters=(200,), groups=ONE_GROUP)
    guesser = Client()
    answers = [_follow(guesser, secrets.token_urlsafe(32)).status_code for _again in range(MOST_MISSES + 5)]
    assert answers == [404] * MOST_MISSES + [429] * 5
    assert Miss.objects.get().n == MOST_MISSES
    sent = []
    for link in make_secrets(reviewer, poll)[0]:  # all behind the address of the guesser
        voter = Client()
        sent.append(_send(voter, _follow(voter, link), poll).status_code)
    assert sent == [303] * 200
    assert _counts(poll)["好"] == 200


def test_every_question_is_answered_dont_know_included(city: City, reviewer: User, client: Client) -> None:
    questions = (("政治功能", 500_000), ("服务群众", 500_000))
    form = make_form(reviewer, city.scheme, groups=ONE_GROUP, questions=questions)
    poll = make_poll(reviewer, city.cycle, city.branch, rosters=(6,), form=form)
    page = _follow(client, make_secrets(reviewer, poll)[0][0])
    sheet = re.search(r'name="sheet" value="(\w+)"', page.content.decode())[1]
    first = poll.form.questions.first()
    answer = client.post("/vote/", {"sheet": sheet, f"q{first.pk}": poll.form.options.first().pk})
    assert answer.status_code == 422
    assert not Token.objects.filter(used=True).exists()
    assert _send(client, page, poll, "不了解").status_code == 303


@pytest.mark.parametrize("value", ["", "0", "99999999", "x"])
def test_a_choice_that_is_not_offered_is_refused(poll: Poll, links: list[str], client: Client, value: str) -> None:
    page = _follow(client, links[0])
    sheet = re.search(r'name="sheet" value="(\w+)"', page.content.decode())[1]
    question = poll.form.questions.get()
    assert client.post("/vote/", {"sheet": sheet, f"q{question.pk}": value}).status_code == 422
    assert sum(_counts(poll).values()) == 0


def test_two_ballots_in_one_browser_are_not_mixed_up(poll: Poll, links: list[str], client: Client) -> None:
    first = _follow(client, links[0])
    _follow(client, links[1])
    answer = _send(client, first, poll)
    assert (answer.status_code, sum(_counts(poll).values())) == (409, 0)


def test_a_voter_leaves_no_session_no_audit_row_and_no_task(
    poll: Poll, links: list[str], secretary: User, sign_in: object, django_assert_num_queries: object
) -> None:
    """Not even somebody who is signed in: the session is neither read nor touched."""
    voter = sign_in(secretary)
    before = (AuditEntry.objects.count(), Job.objects.count())
    page = _follow(voter, links[0])
    assert "Cookie" not in page.get("Vary", "").replace("Cookie", "", 1)  # for the token of the form alone
    assert secretary.name not in page.content.decode()
    answer = _send(voter, page, poll)
    assert answer.status_code == 303
    assert (AuditEntry.objects.count(), Job.objects.count()) == before
    assert "sessionid" not in answer.cookies


def test_the_link_leaves_the_address_and_the_logs(
    poll: Poll, links: list[str], client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get(f"/vote/{links[0]}/")
    cookie = answer.cookies["ballot"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == ("/vote/", True, "Lax", "")
    assert answer.wsgi_request.path == "/vote/***/"
    page = client.get("/vote/")
    assert links[0] not in page.content.decode()
    assert (answer["Referrer-Policy"], page["Referrer-Policy"]) == ("no-referrer", "same-origin")
    client.get(f"/vote/{links[0]}/more/")
    assert links[0] not in caplog.text


def test_the_page_is_small_and_needs_no_script(poll: Poll, links: list[str], client: Client) -> None:
    text = _follow(client, links[0]).content.decode()
    assert "<script" not in text
    assert text.count('type="radio"') == 5
    assert "怎样做到匿名，以及需要信任谁" in text


def test_a_ballot_is_seen_and_cast_in_few_queries(
    poll: Poll, links: list[str], client: Client, django_assert_max_num_queries: object
) -> None:
    client.get(f"/vote/{links[0]}/")
    with django_assert_max_num_queries(5):
        page = client.get("/vote/")
    with django_assert_max_num_queries(20):
        _send(client, page, poll)


def test_after_the_end_no_vote_is_taken(poll: Poll, links: list[str], client: Client) -> None:
    page = _follow(client, links[0])
    Poll.objects.filter(pk=poll.pk).update(closes_at=timezone.now())
    assert _send(client, page, poll).status_code == 404
    assert not Token.objects.filter(used=True).exists()


def test_only_a_hash_of_the_link_is_kept(poll: Poll, links: list[str]) -> None:
    assert set(Token.objects.values_list("sha256", flat=True)) == {digest_of(link) for link in links}
