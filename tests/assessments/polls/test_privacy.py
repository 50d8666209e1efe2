"""Whether anybody who reads the database, the logs or Redis can tie a vote to a link. Codes T-P1 to T-P4."""
# ruff: noqa: S608 - tables and columns are our own names

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from assessments.polls.choices import LEAST_SHOWN
from assessments.polls.models import Comment, Counter, Miss, Poll, Token
from assessments.polls.purging import PURGE, TABLES, forget_links, retry_purge, rewrite_on_disk
from assessments.polls.services.closing import close_poll
from assessments.polls.shown import open_cells, shown, solutions
from assessments.polls.voting import digest_of, sums_differ
from branchportal import health, worker
from branchportal.models import AuditEntry, Job
from members.models import User
from members.security.models import SignIn
from tests.conftest import City
from tests.factories.polls import ONE_GROUP, cast, make_closed, make_form, make_poll, make_secrets

LABELS = ["好", "较好", "一般", "差", "不了解"]
VOTES = [LABELS[at % 5] for at in range(20)]


def _cast_twenty(reviewer: User, city: City) -> tuple[Poll, dict[str, str]]:
    """Twenty voters one after another; what each chose, by the hash of the link."""
    poll = make_poll(reviewer, city.cycle, city.branch, rosters=(25,), groups=ONE_GROUP)
    said = {}
    for secret, label in zip(make_secrets(reviewer, poll)[0], VOTES, strict=False):
        cast(secret, label, comment=f"意见{label}" if label != "好" else "")
        said[digest_of(secret)] = label
    return poll, said


def _rows(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else []


def _order(table: str) -> str:
    return "ctid" if connection.vendor == "postgresql" else "rowid"


def _certain(said: dict[str, str], guesses: dict[str, set[str]]) -> int:
    """How many voters a reader is sure of, and right."""
    return sum(guesses.get(link) == {label} for link, label in said.items())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_closed", [False, True])
def test_t_p1_no_join_of_live_rows_names_a_choice(city: City, reviewer: User, is_closed: bool) -> None:
    """System columns and the order of rows: 0 of 20 voters."""
    poll, said = _cast_twenty(reviewer, city)
    if is_closed:
        close_poll(actor=reviewer, poll=poll)
        rewrite_on_disk()
    counter, token, comment = (model._meta.db_table for model in (Counter, Token, Comment))
    if connection.vendor == "postgresql":
        for column in ("xmin", "xmax", "cmin"):
            pairs = _rows(
                f"SELECT t.sha256, o.label FROM {token} t JOIN {counter} c ON c.{column} = t.{column} "
                f"JOIN assessments_option o ON o.id = c.option_id WHERE t.used AND t.{column}::text <> '0'"
            )
            guesses: dict[str, set[str]] = {}
            for link, label in pairs:
                guesses.setdefault(link, set()).add(label)
            assert _certain(said, guesses) == 0, column
            assert len({row[0] for row in _rows(f"SELECT xmin::text FROM {counter} WHERE poll_id = {poll.pk}")}) == 1
            assert len({row[0] for row in _rows(f"SELECT xmin::text FROM {comment} WHERE poll_id = {poll.pk}")}) == 1
    # Every comment names a choice here: their order must not be that of the links, spent one after another.
    place = _order(comment)
    texts = [text for (text,) in _rows(f"SELECT text FROM {comment} ORDER BY {place}")]
    spoken = [f"意见{label}" for label in VOTES if label != "好"]
    assert sorted(texts) == sorted(spoken)
    assert texts != spoken
    assert texts != spoken[::-1]


@pytest.mark.django_db(transaction=True)
def test_t_p1_closing_puts_the_links_in_chance_order(city: City, reviewer: User) -> None:
    poll, said = _cast_twenty(reviewer, city)
    before = list(Token.objects.order_by("pk").values_list("sha256", flat=True))
    close_poll(actor=reviewer, poll=poll)
    after = list(Token.objects.order_by("pk").values_list("sha256", flat=True))
    assert sorted(before) == sorted(after)
    assert before != after
    assert Token.objects.filter(used=True).count() == len(said)


@pytest.mark.django_db(transaction=True)
def test_t_p1_after_closing_dead_rows_tell_nothing(city: City, reviewer: User) -> None:
    """PostgreSQL: no page keeps an earlier version of a row. SQLite: the file holds no earlier page."""
    poll, _said = _cast_twenty(reviewer, city)
    _end_foreign_transactions()
    close_poll(actor=reviewer, poll=poll)
    _outlast_other_databases()
    rewrite_on_disk()
    if connection.vendor == "sqlite":
        assert _rows("PRAGMA freelist_count") == [(0,)]
        return
    for table in TABLES:
        [(live,)] = _rows(f"SELECT count(*) FROM {table}")
        try:
            _rows("CREATE EXTENSION IF NOT EXISTS pageinspect")
            [(versions,)] = _rows(
                f"SELECT count(*) FROM generate_series(0, (pg_relation_size('{table}') / 8192 - 1)::int) page, "
                f"LATERAL heap_page_items(get_raw_page('{table}', page)) WHERE t_data IS NOT NULL"
            )
        except DatabaseError as error:
            pytest.skip(f"pageinspect is not available here: {error}")
        assert versions == live


def _end_foreign_transactions() -> None:
    """A request left in the middle by a closing browser may keep its transaction open, and PostgreSQL every row that
    it may still see. Idle connections are left alone: the suite goes on using them."""
    open_elsewhere = (
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND (xact_start IS NOT NULL OR backend_xmin IS NOT NULL)"
    )
    for _attempt in range(100):
        if connection.vendor != "postgresql" or not _rows(f"SELECT pg_terminate_backend(pid) {open_elsewhere}"):
            return
        time.sleep(0.1)
    pytest.fail(f"These transactions stay open: {_rows(f'SELECT pid, state, query {open_elsewhere}')}")


def _outlast_other_databases() -> None:
    """PostgreSQL keeps dead rows for what writes elsewhere on the server, too: here the tests of the other process."""
    if connection.vendor != "postgresql":
        return
    [(reached,)] = _rows("SELECT txid_current()")
    for _attempt in range(600):
        [(oldest,)] = _rows("SELECT txid_snapshot_xmin(txid_current_snapshot())")
        if oldest > reached:
            return
        time.sleep(0.2)
    pytest.fail("a transaction elsewhere on the server lasts longer than two minutes")


@pytest.mark.django_db(transaction=True)
def test_t_p1_what_an_older_transaction_holds_is_not_called_purged(
    city: City, reviewer: User, sysadmin: User, sign_in: object
) -> None:
    """A long transaction elsewhere: the poll waits, the state page says so, the timetable tries until it succeeds."""
    poll, _said = _cast_twenty(reviewer, city)
    _end_foreign_transactions()
    with _long_transaction():
        close_poll(actor=reviewer, poll=poll)
        worker.run_due_here()
        poll.refresh_from_db()
        assert poll.purged_at is None
        assert "每小时" in Job.objects.filter(task=PURGE).latest("pk").message
        assert next(line.state for line in health.checks() if line.name == "polls") == health.GOOD
        Poll.objects.filter(pk=poll.pk).update(closed_at=timezone.now() - timedelta(hours=25))
        assert next(line.state for line in health.checks() if line.name == "polls") == health.WARNING
        page = sign_in(sysadmin).get("/system/").content.decode()
        assert "已结束的测评" in page
    _outlast_other_databases()
    assert retry_purge()
    assert not retry_purge()  # it waits already
    worker.run_due_here()
    poll.refresh_from_db()
    assert poll.purged_at is not None
    assert not retry_purge()
    assert next(line.state for line in health.checks() if line.name == "polls") == health.GOOD


@contextmanager
def _long_transaction() -> Iterator[None]:
    """A transaction of another connection whose snapshot is older than the closing."""
    if connection.vendor == "sqlite":  # in memory there is nobody else: what the write-ahead log would answer
        with patch("assessments.polls.purging.rewrite_on_disk", return_value=1):
            yield
        return
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")  # it keeps its snapshot, and no lock
            cursor.execute("SELECT count(*) FROM django_migrations")
        yield
        other.rollback()
    finally:
        other.close()


@pytest.mark.django_db
def test_t_p2_nothing_beside_the_counters_tells_of_a_vote(
    city: City, reviewer: User, secretary: User, sign_in: object, caplog: pytest.LogCaptureFixture
) -> None:
    """Logs, sessions, sign-ins, audit trail, tasks, mail: the same before and after twenty votes."""
    caplog.set_level(logging.DEBUG)
    poll = make_poll(reviewer, city.cycle, city.branch, rosters=(20,), groups=ONE_GROUP)
    links = make_secrets(reviewer, poll)[0]
    voters = [sign_in(secretary) if at % 4 == 0 else Client() for at in range(20)]
    state = _traces()
    for voter, link in zip(voters, links, strict=True):
        voter.get(f"/vote/{link}/")
        _vote(voter, poll)
    assert Token.objects.filter(poll=poll, used=True).count() == 20
    assert _traces() == state
    assert mail.outbox == []
    assert not [link for link in links if link in caplog.text or digest_of(link) in _without_sql(caplog)]


def _vote(voter: Client, poll: Poll) -> None:
    page = voter.get("/vote/").content.decode()
    sheet = page.split('name="sheet" value="')[1].split('"')[0]
    answers = {f"q{question.pk}": poll.form.options.first().pk for question in poll.form.questions.all()}
    assert voter.post("/vote/", {"sheet": sheet, **answers}).status_code == 303


def _without_sql(caplog: pytest.LogCaptureFixture) -> str:
    return "".join(record.getMessage() for record in caplog.records if record.name != "django.db.backends")


def _traces() -> list[object]:
    """Everything that a vote must not touch, row by row."""
    return [list(model.objects.order_by("pk").values()) for model in (AuditEntry, Job, Session, SignIn, Miss)]


@pytest.mark.redis
@pytest.mark.django_db
def test_t_p2_redis_knows_no_link(city: City, reviewer: User) -> None:
    import redis

    client = redis.Redis.from_url(settings.REDIS_URL)
    before = set(client.scan_iter())
    _poll, said = _cast_twenty(reviewer, city)
    assert set(client.scan_iter()) == before
    assert said


@pytest.mark.django_db
class TestSmallGroups:
    def _shown(self, city: City, reviewer: User, votes: list[str]) -> object:
        known = {"rosters": (60,), "groups": ONE_GROUP}
        return shown(make_closed(reviewer, city.cycle, city.branch, [votes], **known))

    def test_t_p3_below_five_ballots_only_the_score_counts(self, city: City, reviewer: User) -> None:
        found = self._shown(city, reviewer, ["好"] * 4)
        assert (found.is_small, found.questions, found.comments) == (True, (), ())
        assert Poll.objects.get().score_up == 100_000_000

    def test_t_p3_nothing_is_shown_before_the_end(self, city: City, reviewer: User) -> None:
        poll = make_poll(reviewer, city.cycle, city.branch, rosters=(30,), groups=ONE_GROUP)
        for secret in make_secrets(reviewer, poll)[0][:20]:
            cast(secret, "好")
        assert shown(poll).questions == ()
        assert (poll.score_up, poll.digest) == (None, "")

    def test_t_p3_small_counts_are_hidden_with_others(self, city: City, reviewer: User) -> None:
        members = ["好"] * 20 + ["较好"] * 10 + ["一般"] * 2 + ["差"] * 3
        poll = make_closed(reviewer, city.cycle, city.branch, [members, ["好"] * 5], rosters=(40, 5))
        cells = {cell.label: cell.n for cell in shown(poll).questions[0].cells}
        assert cells == {"好": 25, "较好": 10, "一般": None, "差": None, "不了解": None}

    def test_t_p3_a_table_that_its_score_would_give_away_is_hidden_whole(self, city: City, reviewer: User) -> None:
        """29 top votes and one other: whoever reads the score 99.33 could tell which other."""
        found = self._shown(city, reviewer, ["好"] * 29 + ["较好"])
        assert (found.is_small, found.questions) == (True, ())

    @pytest.mark.parametrize("numbers", list(product((0, 1, 3, 6), (0, 2, 5), (0, 1, 4), (0, 1), (0, 2))))
    def test_t_p3_no_hidden_count_can_be_worked_out(self, numbers: tuple[int, ...]) -> None:
        """A solver over what is shown: every hidden count that is small has more than one possible value."""
        open_at = open_cells(numbers)
        hidden = [at for at in range(5) if at not in open_at]
        if not any(0 < n < LEAST_SHOWN for n in numbers):
            return
        ways = [
            way
            for way in solutions({at: numbers[at] for at in open_at}, hidden, sum(numbers), [1] * 5, None)
            if any(n < LEAST_SHOWN for n in way)
        ]
        for at in range(len(hidden)):
            if 0 < numbers[hidden[at]] < LEAST_SHOWN:
                assert len({way[at] for way in ways}) > 1


@pytest.mark.django_db
def test_t_p4_counters_add_up_to_the_spent_links(city: City, reviewer: User) -> None:
    form = make_form(reviewer, city.scheme, questions=(("一", 500_000), ("二", 500_000)))
    poll = make_poll(reviewer, city.cycle, city.branch, rosters=(12, 8), form=form)
    members, masses = make_secrets(reviewer, poll)
    for at, secret in enumerate(members[:7]):
        cast(secret, LABELS[at % 5], LABELS[-1 - at % 5])
    cast(masses[0], "差", "好")
    assert sums_differ(poll) == 0
    totals = {
        (group, question): sum(
            Counter.objects.filter(group__name=group, question__text=question).values_list("n", flat=True)
        )
        for group, question in product(("党员", "群众"), ("一", "二"))
    }
    assert totals == {("党员", "一"): 7, ("党员", "二"): 7, ("群众", "一"): 1, ("群众", "二"): 1}


@pytest.mark.django_db
def test_links_are_deleted_after_the_time_for_objections(city: City, reviewer: User) -> None:
    poll = make_closed(reviewer, city.cycle, city.branch, [["好"] * 6], rosters=(6,), groups=ONE_GROUP)
    last = max(step.ends_at for step in city.cycle.steps.all())
    assert forget_links(last) == 0
    assert Token.objects.filter(poll=poll).count() == 6
    assert forget_links(last.replace(year=last.year + 1)) == 1
    assert not Token.objects.filter(poll=poll).exists()
    assert forget_links(last.replace(year=last.year + 1)) == 0
