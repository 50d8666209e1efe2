"""The address under which somebody is reminded by mail: one's own to give and to take back."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from branchportal import audit
from branchportal.errors import PortalError
from branchportal.mailing import clean_address, masked_mail

from ..models import User


@transaction.atomic
def set_own_mail(*, user: User, address: str) -> User:
    """Keep or remove one's own mail address; nothing changed means nothing written. Raises: PortalError."""
    stored = User.objects.select_for_update().get(pk=user.pk)
    if address == masked_mail(stored.mail) and address:
        return stored
    try:
        wanted = clean_address(address)
    except ValidationError as wrong:
        raise PortalError(wrong.messages[0], field="mail") from wrong
    if wanted == stored.mail:
        return stored
    User.objects.filter(pk=user.pk).update(mail=wanted, version=F("version") + 1)
    before, after = ({"mail": masked_mail(value)} for value in (stored.mail, wanted))
    audit.record(user, "account.mail_changed", user, before=before, after=after)
    stored.refresh_from_db()
    return stored
