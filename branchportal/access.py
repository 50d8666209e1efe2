"""The answer of every permission rule: yes, or no with the reason a person can read."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied


@dataclass(frozen=True)
class Access:
    """Whether somebody may do something now. Its truth value is the answer; `reason` says why not."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


YES = Access(True)


def no(reason: str) -> Access:
    """A refusal; `reason` is a translated sentence that names the cure."""
    return Access(False, str(reason))


def require(access: Access) -> None:
    """Go on, or raise PermissionDenied with the reason (403)."""
    if not access:
        raise PermissionDenied(access.reason)
