"""Account names, and initial passwords: random, long enough, without characters that look alike on paper."""

import re
import secrets

from django.utils.translation import gettext as _

GROUPS = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789")
LENGTH = 12
USERNAME = re.compile(r"^[\w.-]{2,40}$")


def generate_password() -> str:
    """Twelve characters out of three groups, each present (about 68 bits)."""
    letters = [secrets.choice(group) for group in GROUPS]
    letters += [secrets.choice("".join(GROUPS)) for _ in range(LENGTH - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def username_problem(username: str) -> str:
    """Why this cannot be an account name, as a sentence; "" when it can."""
    if USERNAME.match(username):
        return ""
    return _("An account name has 2 to 40 letters, digits, “.”, “_” or “-”.")
