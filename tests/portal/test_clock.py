"""Clocks that differ, or follow nobody, are said so on the health page and in the log; nothing stops for it."""

from datetime import timedelta

import pytest

from branchportal import clock, health

pytestmark = pytest.mark.django_db


def test_the_database_of_this_machine_has_the_same_time() -> None:
    assert abs(clock.difference()) < timedelta(seconds=30)
    assert clock.is_synchronised() in (True, False, None)


def test_a_difference_and_a_free_running_clock_are_sentences(monkeypatch) -> None:
    monkeypatch.setattr(clock, "difference", lambda: timedelta(seconds=-90))
    monkeypatch.setattr(clock, "is_synchronised", lambda: False)
    found = clock.warnings()
    assert [text[:8] for text in found] == ["系统与数据库的时", "本机时钟未与时间"]
    assert "90" in found[0]
    line = next(line for line in health.checks() if line.name == "clock")
    assert line.state == health.WARNING
    monkeypatch.setattr(clock, "difference", lambda: timedelta(seconds=1))
    monkeypatch.setattr(clock, "is_synchronised", lambda: None)
    assert clock.warnings() == []


def test_the_warnings_go_to_the_log(monkeypatch, caplog) -> None:
    monkeypatch.setattr(clock, "warnings", lambda: ["时钟不准。"])
    clock.log_warnings()
    assert caplog.messages == ["时钟不准。"]
