"""The designer's pages through the client: one press after another, without script."""

import copy

import pytest
from django.test import Client

from assessments.schemes.models import SchemeVersion
from assessments.schemes.services import drafts, publishing
from assessments.scoring import Scheme, check
from members.models import User
from tests.assessments.schemes.designer_posts import every_path, form_at, posted
from tests.conftest import City
from tests.factories.schemes import SCHEME


@pytest.fixture
def draft(city: City, office: User) -> SchemeVersion:
    return drafts.start_draft(source=city.scheme, number="2", actor=office)


def url(draft, tail=""):
    return f"/schemes/{draft.pk}/design/{tail}"


def press(client, draft, path, do="save", status=200, **changes):
    """One press of a button on the page of `path`, with its fields as they stand and some changed."""
    draft.refresh_from_db()
    data = posted(form_at(draft.content, path), **changes)
    data.update({"at": path, "edition": str(draft.edition)})
    data["row" if do.startswith("row ") else "do"] = do.removeprefix("row ")
    answer = client.post(url(draft), data.urlencode(), content_type="application/x-www-form-urlencoded", follow=True)
    assert answer.status_code == status, answer.content.decode()[:2000]
    draft.refresh_from_db()
    return answer.content.decode()


def test_every_place_of_a_draft_opens(draft, office, sign_in):
    client = sign_in(office)
    for path in every_path(draft.content):
        page = client.get(url(draft), {"at": path}).content.decode()
        assert 'id="designer"' in page, path


def test_a_changed_field_is_saved_and_named(draft, office, sign_in):
    client = sign_in(office)
    page = press(client, draft, "indicators[0].children[0]", name="“三会一课”制度", points="４．５")
    node = draft.content["indicators"][0]["children"][0]
    assert (node["name"], node["points"]) == ("“三会一课”制度", "4.5")
    assert "“三会一课”制度：" in page
