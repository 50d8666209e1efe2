"""Figures beyond the engine's limits are refused with a sentence, and nothing is stored."""

import pytest

from assessments.scoring import FigureError
from assessments.sheets import preview
from assessments.sheets.models import Mark
from members.models import User
from tests.conftest import City

pytestmark = pytest.mark.django_db


def test_a_figure_beyond_the_limits_is_a_sentence_not_a_fault(
    city: City, secretary: User, sign_in: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def beyond(*args: object, **kwargs: object) -> None:
        raise FigureError("1.1", 0)

    monkeypatch.setattr(preview, "evaluate", beyond)
    client = sign_in(secretary)
    said = {"version": "0", "c-a": "1"}
    answer = client.post(f"/sheets/{city.sheet.pk}/marks/1.1/", said, headers={"X-Requested-With": "fetch"})
    assert (answer.status_code, "1,000,000" in answer.json()["message"]) == (400, True)
    assert not Mark.objects.exists()
    assert client.get(f"/sheets/{city.sheet.pk}/").status_code == 400
