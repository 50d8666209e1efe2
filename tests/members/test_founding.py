"""The first administrators, made at the console."""

import io

import pytest
from django.core.management import CommandError, call_command

from branchportal.models import AuditEntry
from members.models import User

pytestmark = pytest.mark.django_db


def test_first_account_is_made_once_and_must_change_its_password():
    out = io.StringIO()
    call_command("first_account", "secadmin", "--role", "SECADM", "--name", "陈工", stdout=out)
    username, password = out.getvalue().split()
    user = User.objects.get(username=username)
    assert user.check_password(password)
    assert user.must_change_password
    assert user.scope.roles == {"SECADM"}
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["account.created", "appointment.granted"]
    with pytest.raises(CommandError, match="已有人担任"):
        call_command("first_account", "second", "--role", "SECADM")
    assert User.objects.count() == 1


@pytest.mark.parametrize(("username", "role"), [("boss", "ORG"), ("a b", "ADMIN")])
def test_other_offices_and_odd_names_are_refused(username, role):
    with pytest.raises(CommandError):
        call_command("first_account", username, "--role", role)
    assert not User.objects.exists()
