"""Requests are counted in the database: all web processes together, a row a name."""

import threading

import pytest
from django.db import connection

from branchportal.counting import count
from branchportal.models import RequestCount


@pytest.mark.django_db
def test_each_stretch_begins_anew_and_a_clock_behind_counts_along() -> None:
    assert [count("a", 7), count("a", 7), count("b", 7), count("a", 8), count("a", 7)] == [1, 2, 1, 1, 2]
    assert RequestCount.objects.count() == 2


@pytest.mark.on_server  # threads share one database in memory on SQLite, whose table locks do not wait as files do
@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_when_many_count_at_once() -> None:
    found: list[int] = []

    def ask() -> None:
        found.extend(count("a", 7) for _turn in range(5))
        connection.close()

    threads = [threading.Thread(target=ask) for _one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 21))
