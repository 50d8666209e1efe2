"""I-8: accepted means that it arrived before the deadline; the moment itself is too late."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from assessments.cycles.models import Cycle, Step
from assessments.sheets.models import Sheet
from assessments.sheets.rules import filling as rules
from assessments.sheets.services.filling import save_mark
from members.models import User
from tests.conftest import City

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def sheet_with(until: datetime, *, extended: datetime | None = None, status: str = "draft") -> Sheet:
    sheet = Sheet(status=status, extended_until=extended, cycle=Cycle(status="open"))
    sheet.self_starts_at, sheet.self_ends_at, sheet.review_ends_at = NOW - timedelta(days=9), until, until
    return sheet


@given(offset=st.integers(-(10**6), 10**6), extended=st.none() | st.integers(-(10**6), 10**6))
def test_i8_half_open_to_the_microsecond(offset: int, extended: int | None) -> None:
    until = NOW + timedelta(days=1)
    own = None if extended is None else until + timedelta(microseconds=extended)
    at = until + timedelta(microseconds=offset)
    access = rules._is_in_time(sheet_with(until, extended=own), at)
    assert bool(access) == (at < (own or until))


@pytest.mark.parametrize(("micro", "accepted"), [(-1, True), (0, False), (1, False)])
def test_i8_the_service_judges_by_receipt_time(city: City, secretary: User, micro: int, accepted: bool) -> None:
    until = Step.objects.get(cycle=city.cycle, kind="self").ends_at
    sheet = Sheet.objects.for_filling().get(pk=city.sheet.pk)
    at = until + timedelta(microseconds=micro)
    said = {"sheet": sheet, "code": "2.2", "data": {"value": "9"}, "version": 0, "actor": secretary, "at": at}
    if accepted:
        assert save_mark(**said).version == 1
        return
    with pytest.raises(PermissionDenied):
        save_mark(**said)
