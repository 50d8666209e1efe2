"""The password policy. Two profiles: `dengbao` (等保: classes of characters, renewed, not used again) and `asvs` (long,
not common, never expiring). Both refuse common passwords and words of the portal; neither cuts a long one short.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import PasswordRecord

if TYPE_CHECKING:
    from ..models import User

KEPT = 5
LONGEST = 200
WORDS = (
    "branchportal", "dangzhibu", "dangjian", "zhibu", "dangyuan", "zuzhibu", "kaoping", "xingji", "jiguan", "gongwei",
    "qwerty", "abcdef", "123456", "password", "admin",
)  # fmt: skip
CLASSES = (str.islower, str.isupper, str.isdigit)


class CharacterClasses:
    """Three of four kinds of characters: small and capital letters, digits, signs."""

    def validate(self, password: str, user: "User | None" = None) -> None:
        kinds = sum(any(test(letter) for letter in password) for test in CLASSES)
        kinds += any(not letter.isalnum() for letter in password)
        if kinds < 3:
            raise ValidationError(self.get_help_text(), code="too_few_classes")

    def get_help_text(self) -> str:
        return _("Use at least three of: small letters, capital letters, digits, signs.")


class NoPortalWords:
    """None of the words that everybody would try first, nor one character over and over."""

    def validate(self, password: str, user: "User | None" = None) -> None:
        plain = password.casefold()
        if len(set(plain)) < 4 or any(word in plain and len(plain) - len(word) <= 6 for word in WORDS):
            raise ValidationError(self.get_help_text(), code="portal_word")

    def get_help_text(self) -> str:
        return _("Not made of a word like “dangjian” or “123456” and a few characters.")


class NotUsedBefore:
    """Not one of the last five passwords of the account."""

    def validate(self, password: str, user: "User | None" = None) -> None:
        if user is None or user.pk is None:
            return
        earlier = user.password_records.values_list("hashed", flat=True)[:KEPT]
        if any(check_password(password, hashed) for hashed in [user.password, *earlier]):
            raise ValidationError(_("This password was used before. Choose a new one."), code="used_before")

    def get_help_text(self) -> str:
        return _("Not one of your last %(count)d passwords.") % {"count": KEPT}


def remember(user: "User", hashed: str) -> None:
    """Keep the password that an account had until now; the oldest beyond five are forgotten."""
    PasswordRecord.objects.create(user=user, hashed=hashed, set_at=timezone.now())
    kept = user.password_records.values_list("pk", flat=True)[:KEPT]
    PasswordRecord.objects.filter(user=user).exclude(pk__in=list(kept)).delete()


def is_too_old(user: "User") -> bool:
    """Whether the profile wants another password by now."""
    if settings.PASSWORD_PROFILE != "dengbao" or not settings.PASSWORD_DAYS:  # noqa: S105 (the name of a profile)
        return False
    return user.password_set_at < timezone.now() - timedelta(days=settings.PASSWORD_DAYS)
