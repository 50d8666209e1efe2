"""Addresses of mail: what may stand in a header, how they are shown, and which settings stop the start."""

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError

from branchportal.environment import mail_server, remind_days
from branchportal.mailing import clean_address, masked_mail

SERVER = {"EMAIL_URL": "smtp+tls://portal:p%40ss@mail.example.gov.cn:587", "MAIL_FROM": "portal@example.gov.cn"}


@pytest.mark.parametrize(
    ("address", "shown"),
    [("zhang.san@example.gov.cn", "zh*******@example.gov.cn"), ("ab@x.cn", "a*@x.cn"), ("a@x.cn", "*@x.cn"), ("", "")],
)
def test_an_address_is_shown_masked(address: str, shown: str) -> None:
    assert masked_mail(address) == shown


@pytest.mark.parametrize(
    "wrong",
    ["a@x.gov.cn\nBcc: b@x.cn", "a@x.gov.cn\r", "甲 <a@x.gov.cn>", "a@x.cn, b@x.cn", "张三@x.gov.cn", "a", "zh**@x.cn"],
)
def test_what_would_break_a_header_is_no_address(wrong: str) -> None:
    with pytest.raises(ValidationError):
        clean_address(wrong)


def test_surrounding_blanks_are_no_fault_and_nothing_is_none() -> None:
    assert (clean_address(" a@x.gov.cn "), clean_address("  "), clean_address(None)) == ("a@x.gov.cn", None, None)


def surroundings(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name in ("EMAIL_URL", "EMAIL_URL_FILE", "MAIL_FROM", "REMIND_DAYS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_mail_server_is_read_from_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    surroundings(monkeypatch, SERVER)
    found = mail_server()
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_HOST_PASSWORD"]) == (
        "mail.example.gov.cn",
        587,
        "p@ss",
    )
    assert found["EMAIL_USE_TLS"]
    surroundings(monkeypatch, {})
    assert mail_server()["MAIL_FROM"] == ""


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (SERVER | {"EMAIL_URL": "http://mail"}, "Use smtp://"),
        (SERVER | {"MAIL_FROM": ""}, "MAIL_FROM must be the one address"),
        (SERVER | {"MAIL_FROM": "考评办 <a@x.cn>"}, "MAIL_FROM must be the one address"),
    ],
)
def test_a_wrong_mail_setting_says_its_cure(monkeypatch: pytest.MonkeyPatch, values: dict, said: str) -> None:
    surroundings(monkeypatch, values)
    with pytest.raises(ImproperlyConfigured, match=said):
        mail_server()


def test_days_before_are_counted_down(monkeypatch: pytest.MonkeyPatch) -> None:
    surroundings(monkeypatch, {"REMIND_DAYS": "1,7,3"})
    assert remind_days() == [7, 3, 1]
    surroundings(monkeypatch, {"REMIND_DAYS": "0"})
    with pytest.raises(ImproperlyConfigured, match="whole days from 1 to 60"):
        remind_days()
