"""Pages of a long list by keyset: forwards, backwards, in an order of several fields, and with keys of any kind."""

import pytest

from branches.models import Sector
from branchportal import keyset

pytestmark = pytest.mark.django_db
NAMES = ("甲", "乙", "甲", "乙", "甲", "乙", "甲")


@pytest.fixture
def rows():
    Sector.objects.all().delete()
    for at, name in enumerate(NAMES, start=1):
        Sector.objects.create(code=f"k{at}", name=name, position=at)
    return Sector.objects.all()


def codes(page: keyset.Page) -> list[str]:
    return [row.code for row in page]


def test_pages_lead_forwards_and_back(rows):
    first = keyset.page(rows, ("position",), size=3)
    assert (codes(first), first.before, first.after) == (["k1", "k2", "k3"], "", "3")
    second = keyset.page(rows, ("position",), after=first.after, size=3)
    assert (codes(second), second.before, second.after) == (["k4", "k5", "k6"], "4", "6")
    last = keyset.page(rows, ("position",), after=second.after, size=3)
    assert (codes(last), last.before, last.after) == (["k7"], "7", "")
    back = keyset.page(rows, ("position",), before=last.before, size=3)
    assert (codes(back), back.before, back.after) == (["k4", "k5", "k6"], "4", "6")
    start = keyset.page(rows, ("position",), before=back.before, size=3)
    assert (codes(start), start.before, start.after) == (["k1", "k2", "k3"], "", "3")


def test_an_order_of_several_fields_starts_behind_the_row_that_the_key_names(rows):
    order = ("-name", "code")
    first = keyset.page(rows, order, size=5)
    assert codes(first) == ["k1", "k3", "k5", "k7", "k2"]
    assert codes(keyset.page(rows, order, after=first.after, size=5)) == ["k4", "k6"]
    assert codes(keyset.page(rows, order, before="k4", size=2)) == ["k7", "k2"]


@pytest.mark.parametrize("key", ["x", "1.5", "-", "9" * 30, "\0", "７x"])
@pytest.mark.parametrize("order", [("position",), ("name", "position")])
def test_a_key_that_leads_nowhere_gives_the_first_page(rows, order, key):
    expected = codes(keyset.page(rows, order, size=3))
    assert codes(keyset.page(rows, order, after=key, size=3)) == expected


def test_a_page_takes_one_query_and_one_more_for_the_place_in_an_order_of_several_fields(
    rows, django_assert_num_queries
):
    with django_assert_num_queries(1):
        keyset.page(rows, ("position",), after="3", size=3)
    with django_assert_num_queries(2):
        keyset.page(rows, ("name", "position"), after="3", size=3)


def test_an_empty_list_has_an_empty_page(rows):
    page = keyset.page(rows.none(), ("position",), after="3")
    assert (page.rows, page.after, page.before) == ([], "", "")
