"""Account names, and initial passwords: random, long enough, without characters that look alike on paper."""

import re
import secrets

from django.utils.translation import gettext as _

GROUPS = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789")
LENGTH = 12
# Latin letters, digits and Chinese characters alone: names that look alike but differ would deceive
USERNAME = re.compile(r"[0-9A-Za-z\u3400-\u9fff][0-9A-Za-z\u3400-\u9fff._-]{1,39}")


def generate_password() -> str:
    """Twelve characters out of three groups, each present (about 68 bits)."""
    letters = [secrets.choice(group) for group in GROUPS]
    letters += [secrets.choice("".join(GROUPS)) for _ in range(LENGTH - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def username_problem(username: str) -> str:
    """Why this cannot be an account name, as a sentence; "" when it can."""
    if USERNAME.fullmatch(username):
        return ""
    return _(
        "An account name has 2 to 40 letters (a to z), digits or Chinese characters, inside also “.”, “_” and “-”."
    )
