"""`manage.py rotate_keys`: every encrypted column under a new key or the other cipher."""

import base64
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from branches.models import Branch
from branchportal import encrypting
from branchportal.models import AuditEntry
from members.models import SecondFactor, User
from tests.conftest import City

pytestmark = pytest.mark.django_db
A, B = (f"{name}:{base64.b64encode(bytes([number]) * 32).decode()}" for number, name in enumerate("ab", 1))


def rotate(*options: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def filled(city: City, office: User, settings: object) -> City:
    settings.FIELD_KEYS = A
    for row in (city.branch, office):
        row.phone = "13812345678"
        row.save()
    SecondFactor.objects.create(user=office, secret="00ff" * 10)
    return city


@pytest.mark.parametrize(
    ("keys", "ciphers", "head"), [(f"{B},{A}", "aes", "b"), (A, "sm", "a:sm4"), (f"{B},{A}", "sm", "b:sm4")]
)
def test_everything_stands_under_the_new_key_and_reads_the_same(
    filled: City, office: User, settings: object, keys: str, ciphers: str, head: str
) -> None:
    settings.FIELD_KEYS, settings.CIPHERS = keys, ciphers
    assert f"{head} " not in rotate("--check")
    assert "3 values" in rotate()
    assert all(set(encrypting.heads(field)) <= {head} for field in encrypting.encrypted_fields())
    assert AuditEntry.objects.get(action="account.keys_rotated").after == {"values": 3}
    assert "0 values" in rotate()
    if keys != A:
        settings.FIELD_KEYS = B
    assert Branch.objects.get(pk=filled.branch.pk).phone == "13812345678"
    assert SecondFactor.objects.get(user=office).secret == "00ff" * 10


def test_a_missing_key_is_named_and_nothing_of_its_column_lost(filled: City, settings: object) -> None:
    settings.FIELD_KEYS = B
    with pytest.raises(CommandError, match="“a”"):
        rotate()
    settings.FIELD_KEYS = f"{B},{A}"
    rotate()
    assert Branch.objects.get(pk=filled.branch.pk).phone == "13812345678"
