"""Characters that show nothing: left out wherever a text comes in, so that names are what they look like."""

import pytest
from django.urls import reverse

from branches.imports.reading import read_file
from branchportal.visible import one_line, visible, visible_values
from members.credentials import username_problem
from members.models import Member, User


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("甲\u202e乙", "甲乙"),
        ("甲\u200b乙\ufeff", "甲乙"),
        ("\u2066甲\u2069\u00ad\x07", "甲"),
        ("\u200b\u200d", ""),
        ("一\u2028二\n三\t四", "一\n二\n三\t四"),
        ("张 三·阿不都　😀é", "张 三·阿不都　😀é"),
        ("\ud800甲", "甲"),
    ],
)
def test_what_shows_nothing_is_left_out_and_the_rest_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_cell_is_one_line_and_json_is_read_as_it_looks() -> None:
    assert one_line(" 市委办\r\n 党支部 ") == "市委办 党支部"
    assert visible_values({"note": ["\u200b甲", 1, None]}) == {"note": ["甲", 1, None]}
    assert read_file("a.csv", "编码,名\u202e称\nB1,甲\u200b乙\n".encode()).rows == [(2, ["B1", "甲乙"])]


@pytest.mark.parametrize("name", ["аdmin1", "ａdmin1", "admin\n", "..", "-x", "a", "a" * 41, "甲 乙", "a\u200bb"])
def test_account_names_that_deceive_are_refused(name: str) -> None:
    assert username_problem(name)
    assert not username_problem("张三.s00101")


@pytest.mark.django_db
def test_a_name_is_kept_as_it_looks_and_one_that_shows_nothing_is_missing(
    city, office, sysadmin, secretary, sign_in
) -> None:
    client, page = sign_in(office), reverse("members:member_new")
    said = {"branch": city.branch.pk, "number": "N1", "kind": "full", "joined_on": "2000-01-01", "post": ""}
    assert client.post(page, said | {"name": "\u200b\u202e"}).status_code == 422
    two = client.post(page, said | {"name": "甲\r\n乙"})
    assert (two.status_code, "写在一行内" in two.content.decode()) == (422, True)
    assert client.post(page, said | {"name": "甲\u202e乙"}).status_code == 302
    assert Member.objects.get(branch=city.branch, number="N1").name == "甲乙"
    office_admin = sign_in(sysadmin)
    twin = {"username": secretary.username.upper(), "name": "甲", "phone": "", "mail": ""}
    refused = office_admin.post(reverse("members:account_new"), twin)
    assert (refused.status_code >= 400, User.objects.filter(username=twin["username"]).exists()) == (True, False)
