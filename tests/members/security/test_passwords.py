"""The two password profiles (T-L3)."""

from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from branchportal.passwords import validators
from members.credentials import generate_password
from members.models import PasswordRecord, User
from members.services.signing import change_own_password
from tests.factories.members import make_user

pytestmark = pytest.mark.django_db

WEAK = [
    "short-A1", "password1234", "1234567890ab", "aaaaaaaaaaaaaaaa", "dangjian2026", "Dangjian-26", "branchportal1A",
    "qwertyuiop12",
]  # fmt: skip


def is_good(password: str, profile: str, settings: object, user: User | None = None) -> bool:
    settings.AUTH_PASSWORD_VALIDATORS = validators(profile)
    try:
        validate_password(password, user)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("profile", ["dengbao", "asvs"])
def test_tl3_weak_passwords_are_refused(settings: object, profile: str) -> None:
    assert [password for password in WEAK if is_good(password, profile, settings)] == []


def test_tl3_initial_passwords_are_good_in_both(settings: object) -> None:
    for profile in ("dengbao", "asvs"):
        assert all(is_good(generate_password(), profile, settings) for _ in range(50))


def test_tl3_dengbao_wants_three_kinds_and_asvs_length(settings: object) -> None:
    assert is_good("Xue-xi-9km", "dengbao", settings)
    assert not is_good("Xue-xi-9km", "asvs", settings)
    assert is_good("orange lantern river stone", "asvs", settings)
    assert not is_good("orangelanternriverstone", "dengbao", settings)


def test_tl3_a_long_password_is_taken_whole(settings: object, client: Client) -> None:
    long = "Xue-xi-9km" * 18
    assert is_good(long, "dengbao", settings)
    user = make_user("lang")
    change_own_password(user=user, password=long)
    assert user.check_password(long)
    assert not user.check_password(long[:-1])


def test_tl3_the_last_five_are_not_used_again(settings: object) -> None:
    user = make_user("甲")
    used = [f"Xuexi-kao-{number}Q" for number in range(7)]
    for password in used:
        change_own_password(user=user, password=password)
    assert [password for password in used if is_good(password, "dengbao", settings, user)] == used[:1]
    assert PasswordRecord.objects.filter(user=user).count() == 5
    assert is_good(used[3], "asvs", settings, user)


@pytest.mark.parametrize(
    ("profile", "days", "is_forced"), [("dengbao", 91, True), ("dengbao", 89, False), ("asvs", 900, False)]
)
def test_tl3_an_old_password_is_renewed_at_the_next_sign_in(
    client: Client, settings: object, profile: str, days: int, is_forced: bool
) -> None:
    settings.PASSWORD_PROFILE = profile
    user = make_user("yi")
    user.set_password("Xuexi-kao-1Q")
    user.must_change_password, user.password_set_at = False, timezone.now() - timedelta(days=days)
    user.save()
    client.post("/accounts/login/", {"username": "yi", "password": "Xuexi-kao-1Q"})
    answer = client.get("/")
    assert (answer.status_code == 302) == is_forced
    if is_forced:
        assert "超过规定的使用期限" in client.get(answer["Location"]).content.decode()
        new = {"old_password": "Xuexi-kao-1Q", "new_password1": "Xuexi-kao-2Q", "new_password2": "Xuexi-kao-2Q"}
        client.post("/accounts/password/", new)
        assert client.get("/").status_code == 200
