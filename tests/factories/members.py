"""People, accounts and offices."""

from datetime import date
from itertools import count

from members.models import Appointment, Member, User
from members.roles import Role

PASSWORD = "correct-horse-7"
_number = count(1)


def make_member(branch: object, name: str = "", **fields: object) -> Member:
    number = next(_number)
    return Member.objects.create(
        branch=branch, number=fields.pop("number", f"{number:04d}"), name=name or f"党员{number}", **fields
    )


def make_user(username: str = "", **fields: object) -> User:
    number = next(_number)
    username = username or f"user{number}"
    fields.setdefault("name", username)
    fields.setdefault("must_change_password", False)
    return User.objects.create_user(username, PASSWORD, **fields)


def appoint(user: User, role: str, *, branch: object = None, organization: object = None, **fields: object) -> User:
    """Give an office since 2020 and forget what the account was cached to be."""
    fields.setdefault("starts_on", date(2020, 1, 1))
    Appointment.objects.create(user=user, role=Role(role), branch=branch, organization=organization, **fields)
    user.__dict__.pop("scope", None)
    return user
