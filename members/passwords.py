"""Initial passwords: random, long enough, without characters that look alike on paper."""

import secrets

GROUPS = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789")
LENGTH = 12


def generate_password() -> str:
    """Twelve characters out of three groups, each present (about 68 bits)."""
    letters = [secrets.choice(group) for group in GROUPS]
    letters += [secrets.choice("".join(GROUPS)) for _ in range(LENGTH - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
