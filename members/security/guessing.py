"""What the lock after wrong passwords keeps: never what somebody typed into the wrong field, and word of a siege."""

import logging
from datetime import timedelta

from axes.models import AccessAttempt
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from branchportal import audit
from branchportal.crypto import keyed_digest
from branchportal.models import AuditEntry

from ..models import User

log = logging.getLogger(__name__)
MANY, WITHIN = 20, timedelta(hours=1)


def name_kept(request: HttpRequest, credentials: dict | None = None) -> str | None:
    """The account that attempts are counted under: its name where it exists, otherwise a digest of what was typed."""
    typed = (credentials or {}).get("username") or request.POST.get("username")
    if not typed:
        return None
    typed = str(typed)[:200]
    if "\0" not in typed and User.objects.filter(username=typed).exists():
        return typed
    return f"?{keyed_digest(typed, 'unknown account')[:24]}"


@receiver(pre_save, sender=AccessAttempt)
def keep_no_form(instance: AccessAttempt, **kwargs: object) -> None:
    """The form and the query of a wrong try are not kept: nothing needs them, and passwords get into any field."""
    instance.get_data = instance.post_data = ""


def tell_of_siege(user: User) -> bool:
    """After a wrong password: so many in an hour, from wherever, are written down and logged once. Nobody is locked."""
    since = timezone.now() - WITHIN
    failed = AuditEntry.objects.filter(
        object_type="members.user", object_id=user.pk, action="account.sign_in_failed", at__gte=since
    )
    if failed.count() != MANY:
        return False
    log.warning("%d wrong passwords within an hour for account %d", MANY, user.pk)
    audit.record(None, "account.guessing", user, after={"failed": MANY})
    return True
