"""The validators of the two password profiles; what they check stands in `members.security.passwords`."""

BUILT_IN, OWN = "django.contrib.auth.password_validation", "members.security.passwords"
SHORTEST = {"dengbao": 10, "asvs": 12}


def validators(profile: str) -> list[dict]:
    """Django's AUTH_PASSWORD_VALIDATORS for `dengbao` or `asvs`."""
    names = [
        f"{BUILT_IN}.CommonPasswordValidator",
        f"{BUILT_IN}.UserAttributeSimilarityValidator",
        f"{OWN}.NoPortalWords",
    ]
    if profile == "dengbao":
        names += [f"{OWN}.CharacterClasses", f"{OWN}.NotUsedBefore"]
    length = {"NAME": f"{BUILT_IN}.MinimumLengthValidator", "OPTIONS": {"min_length": SHORTEST[profile]}}
    return [length, *({"NAME": name} for name in names)]
