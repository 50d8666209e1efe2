"""Mail: what an address may be, how it is shown, and whether a mail server is set at all.

An address is stored encrypted (`MailField`) and shown masked (`masked_mail`); what the masked text looks like changes
nothing when a form brings it back. It never reaches a header unchecked: no line breaks, no names, no lists.
"""

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import models
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


if TYPE_CHECKING:
    _Form = forms.ModelForm
else:
    _Form = object


class WithMail(_Form):
    """For a form of a row with a `mail`: it shows the masked address; sent back unchanged it means “as it was”."""

    def __init__(self, *args: object, instance: models.Model | None = None, **kwargs: object) -> None:
        shown = {"mail": masked_mail(instance.mail)} if instance is not None else {}
        kwargs["initial"] = dict(kwargs.get("initial") or {}) | shown  # type: ignore[call-overload]
        super().__init__(*args, instance=instance, **kwargs)
        self.fields["mail"].widget.attrs |= {"autocomplete": "off", "inputmode": "email"}
        if self.initial.get("mail"):
            self.fields["mail"].help_text = _("A part is hidden. Leave it so to keep the address, or type a new one.")

    def clean_mail(self) -> str | None:
        typed, stored = self.cleaned_data["mail"], self.instance.mail
        was_opened_before = self.instance.pk and str(self.data.get("version")) != str(self.instance.version)
        is_kept = STAR in (typed or "") and (typed == masked_mail(stored) or was_opened_before)
        return stored if is_kept else clean_address(typed)

    def _difference(self, name: str, stored: object, mine: object) -> object:
        if name == "mail":
            stored, mine = masked_mail(stored), masked_mail(mine)
        return super()._difference(name, stored, mine)
