"""Log lines: one JSON object each, nothing of people or secrets in them (T-D1, T-L7)."""

import json
import logging
from random import Random

import pytest

from branchportal.logs import OneLine, Scrub, json_formatter, logging_settings, scrubbed
from branchportal.request_id import request_id

RANDOM = Random(11)


def line_of(text: str, *values: object, fault: BaseException | None = None) -> str:
    info = (type(fault), fault, fault.__traceback__) if fault else None
    record = logging.LogRecord("portal.test", logging.WARNING, "f.py", 1, text, values, info)
    Scrub().filter(record)
    return json_formatter().format(record)


def number(pattern: str) -> str:
    return "".join(str(RANDOM.randrange(10)) if letter == "#" else letter for letter in pattern)


def test_a_line_names_request_level_and_message() -> None:
    token = request_id.set("r-1")
    found = json.loads(line_of("第%d行", 3))
    request_id.reset(token)
    assert (found["message"], found["level"], found["logger"], found["request_id"]) == (
        "第3行",
        "warning",
        "portal.test",
        "r-1",
    )
    assert found["at"].endswith("Z")


@pytest.mark.parametrize("text", ["a\nERROR forged", 'a\r\n{"level": "info"}', "a\x00b\x1b[31m", "\u2028x"])
def test_nobody_forges_a_line(text: str) -> None:
    line = line_of("tried: %s", text)
    assert "\n" not in line
    assert "\x1b" not in line
    assert json.loads(line)["message"] == f"tried: {text}"


def test_nobody_forges_a_line_that_is_read_by_eye() -> None:
    form = logging_settings(form="line", level="INFO", syslog="")["formatters"]["line"]
    record = logging.makeLogRecord(
        {"msg": "tried: %s", "args": ("a\n2026-11-22 INFO forged\x1b[2J",), "levelname": "INFO"}
    )
    line = OneLine(form["format"]).format(record)
    assert (form["()"], "\n" in line, "\x1b" in line) == ("branchportal.logs.OneLine", False, False)
    assert "a\\n2026" in line


def test_a_thousand_numbers_of_people_never_reach_the_log() -> None:
    for _ in range(500):
        card, phone = number("21######19#######") + RANDOM.choice("0123456789X"), number("13#########")
        line = line_of("member %s, phone %s, 名：%s", card, phone, card)
        assert card not in line
        assert phone not in line


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GET /x?token=abc123&page=2", "GET /x?token=***&page=2"),
        ("POST body password=Geheim-1 next", "POST body password=*** next"),
        ("sessionid=abc; csrftoken=def", "sessionid=***; csrftoken=***"),
        ("sheet 12345, points 99500000, 2026-11-21", "sheet 12345, points 99500000, 2026-11-21"),
        ("digest 5e51f272c4df925ad88032f4b710451a", "digest 5e51f272c4df925ad88032f4b710451a"),
    ],
)
def test_secrets_are_blanked_and_the_rest_kept(text: str, kept: str) -> None:
    assert scrubbed(" " + text) == " " + kept


def test_the_trace_of_an_error_is_scrubbed_too() -> None:
    try:
        raise ValueError("phone 13812345678")
    except ValueError as fault:
        line = line_of("failed", fault=fault)
    assert "13812345678" not in line
    assert "ValueError" in json.loads(line)["exception"]


@pytest.mark.parametrize(("syslog", "address"), [("/dev/log", "/dev/log"), ("10.0.0.1:514", ("10.0.0.1", 514))])
def test_syslog_gets_the_same_lines(syslog: str, address: object) -> None:
    settings = logging_settings(form="json", level="INFO", syslog=syslog)
    assert settings["handlers"]["syslog"]["address"] == address
    assert settings["root"]["handlers"] == ["console", "syslog"]
