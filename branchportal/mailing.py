"""Mail: what an address may be, how it is shown, and whether a mail server is set at all.

An address is stored encrypted (`MailField`) and shown masked (`masked_mail`); what the masked text looks like changes
nothing when a form brings it back. It never reaches a header unchecked: no line breaks, no names, no lists.
"""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from .crypto import EncryptedField
from .personal import STAR

LONGEST = 120
NO_ADDRESS = _("This is no mail address. Type one like zhang.san@example.gov.cn, without a name and without spaces.")
is_an_address = EmailValidator(message=NO_ADDRESS)


def is_set() -> bool:
    """Whether a mail server is configured (`EMAIL_URL` and `MAIL_FROM`)."""
    return bool(settings.MAIL_FROM)


def masked_mail(address: str | None) -> str:
    """`zhang.san@example.gov.cn` → `zh*******@example.gov.cn`; empty for none."""
    name, _at, host = (address or "").rpartition("@")
    shown = min(2, len(name) - 1) if name else 0
    return f"{name[:shown]}{STAR * (len(name) - shown)}@{host}" if host else ""


def clean_address(text: object) -> str | None:
    """An address that may stand in a header, or None for an empty one. Raises: ValidationError."""
    address = str(text or "")
    if any(sign in address for sign in "\r\n\0"):
        raise ValidationError(NO_ADDRESS, code="address")
    address = address.strip()
    if not address:
        return None
    if STAR in address:
        raise ValidationError(_("A part of this address is hidden. Type the whole one, or leave it as it was."))
    if len(address) > LONGEST or not address.isascii():
        raise ValidationError(NO_ADDRESS, code="address")
    is_an_address(address)
    return address


class MailField(EncryptedField):
    """A mail address, encrypted; None where there is none."""

    def clean(self, value: object, model_instance: object) -> str | None:
        return clean_address(super().clean(value, model_instance))

    def formfield(self, **kwargs: object) -> forms.Field:
        return super().formfield(**{"widget": forms.TextInput, "max_length": LONGEST, **kwargs})
