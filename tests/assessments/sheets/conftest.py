"""A sheet while it is filled in, handed in and reviewed."""

import pytest
from django.utils import timezone

from assessments.sheets.choices import Status
from assessments.sheets.services import filling
from tests.factories.assessments import make_marks

from .filling import load
from .reviewing import add_poll, handed_in


@pytest.fixture
def save(city, secretary):
    """`save("1.1", {...}, version=0)` as the secretary, now."""

    def make(code, data, version=0, actor=None, at=None, sheet=None):
        sheet = load(sheet or city.sheet)
        return filling.save_mark(
            sheet=sheet, code=code, data=data, version=version, actor=actor or secretary, at=at or timezone.now()
        )

    return make


@pytest.fixture
def filled(city, secretary):
    make_marks(city.sheet, secretary)
    return city.sheet


@pytest.fixture
def submitted(city, secretary):
    return handed_in(city.sheet, secretary)


@pytest.fixture
def in_review(city, secretary, reviewer, inspector):
    sheet = handed_in(city.sheet, secretary, Status.REVIEW)
    add_poll(sheet, reviewer)
    return sheet
