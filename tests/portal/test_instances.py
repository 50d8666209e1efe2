"""New instances many at a time: the same rows as `bulk_create`, with their keys, on both databases."""

from datetime import date

import pytest

from branches.models import Branch, Organization
from branchportal import audit
from branchportal.instances import insert_instances
from branchportal.models import AuditEntry
from members.models import User
from tests.factories.branches import make_branch, make_organization

pytestmark = pytest.mark.django_db


def test_rows_are_stored_with_defaults_and_know_their_keys(city):
    make_branch(city.committee)
    values = {"organization": city.committee, "sector": city.branch.sector, "unit": city.branch.unit}
    texts = ['甲"支部', "乙\t支\\部\n", "'丙'"]
    rows = [Branch(code=f"X{at}", name=text, founded_on=date(2021, 7, 1), **values) for at, text in enumerate(texts)]
    insert_instances(rows)
    assert [Branch.objects.get(pk=row.pk) for row in rows] == rows
    stored = Branch.objects.filter(code__startswith="X").order_by("code")
    assert list(stored.values_list("name", "founded_on", "dissolved_on", "has_committee", "version")) == [
        (text, date(2021, 7, 1), None, True, 1) for text in texts
    ]
    rows[0].name = "改名"
    rows[0].save()
    assert Branch.objects.get(code="X0").name == "改名"
    assert make_branch(city.committee).pk > rows[-1].pk  # the sequence goes on behind them


def test_moments_are_filled_in(db):
    users = [User(username=f"u{at}", password="!") for at in range(2)]
    insert_instances(users)
    assert all(User.objects.get(pk=user.pk).created_at == user.created_at for user in users)


def test_a_key_that_became_known_later_is_taken(db):
    parent, child = Organization(code="1", name="上"), Organization(code="2", name="下")
    child.parent = parent
    insert_instances([parent])
    insert_instances([child])
    assert Organization.objects.get(code="2").parent == parent


def test_audit_rows_keep_their_json(city, office):
    organization = make_organization("党委")
    before, after = {"name": '旧"名\n', "n": 1, "none": None}, {"name": "新名"}
    audit.record_many(
        [audit.entry(office, "organization.changed", organization, before=before, after=after),
         audit.entry(None, "organization.swept", organization, note="说明")]
    )  # fmt: skip
    audit.record_many([])
    rows = AuditEntry.objects.filter(object_id=organization.pk, object_type="branches.organization")
    assert list(rows.values_list("action", "actor", "before", "after", "note")) == [
        ("organization.changed", office.pk, before, after, ""),
        ("organization.swept", None, None, None, "说明"),
    ]
