"""Numbers of people: how they are shown, where they may stand, and what is taken out of texts that everybody keeps.

A telephone number is stored encrypted (`PhoneField`), shown masked (`masked`, the template filter of the same name) and
typed over whole: a form or a file that brings the masked text back changes nothing.
"""

import re
from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from .crypto import EncryptedField

STAR = "*"
LONGEST_PHONE = 40
NOT_IN_A_NUMBER = r"(?<![0-9A-Za-z]){}(?![0-9A-Za-z])"
IDENTITY = re.compile(NOT_IN_A_NUMBER.format(r"(?:\d{17}[\dXx]|\d{15})"))
MOBILE = re.compile(NOT_IN_A_NUMBER.format(r"(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}"))


def masked(number: str | None) -> str:
    """`13812345678` → `138****5678`, `0000-1234567` → `000*****4567`; short numbers keep their last two characters."""
    text = (number or "").strip()
    if len(text) >= 11:
        return text[:3] + STAR * (len(text) - 7) + text[-4:]
    return STAR * max(len(text) - 2, 0) + text[-2:] if len(text) > 2 else STAR * len(text)


def is_masked(text: object) -> bool:
    """Whether a text is a number as it is shown, not as it is dialled."""
    return isinstance(text, str) and STAR in text


def without_numbers(text: str) -> str:
    """A text in which identity card and mobile numbers are masked, for what many people read or what stays for ever."""
    text = IDENTITY.sub(lambda found: found[0][:3] + STAR * (len(found[0]) - 7) + found[0][-4:], text)
    return MOBILE.sub(lambda found: masked(found[0]), text)


def is_number_of_person(text: str) -> bool:
    """Whether a text holds what looks like an identity card or mobile number."""
    return bool(IDENTITY.search(text) or MOBILE.search(text))


def for_trail(field: models.Field | None, value: object) -> object:
    """A field's value as the audit trail may keep it: encrypted columns masked."""
    return masked(str(value)) if isinstance(field, EncryptedField) and value else value


@deconstructible
class NoPersonalNumbers:
    """Refuses identity card and mobile numbers in a field that is kept in plain text."""

    def __call__(self, value: object) -> None:
        if is_number_of_person(str(value)):
            raise ValidationError(
                _("This looks like an identity card or mobile number. Neither is kept here: remove it."),
                code="number_of_person",
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NoPersonalNumbers)

    def __hash__(self) -> int:
        return hash(type(self))


class PhoneField(EncryptedField):
    """A telephone number, encrypted. Refuses identity card numbers and numbers that are still masked."""

    def clean(self, value: object, model_instance: object) -> str:
        text = super().clean(value, model_instance) or ""
        if len(text) > LONGEST_PHONE:
            raise ValidationError(_("A telephone number has at most %(count)d characters.") % {"count": LONGEST_PHONE})
        if is_masked(text):
            raise ValidationError(_("A part of this number is hidden. Type the whole number, or leave it as it was."))
        if IDENTITY.search(text):
            raise ValidationError(_("This looks like an identity card number. Type a telephone number."))
        return text

    def formfield(self, **kwargs: object) -> forms.Field:
        return super().formfield(**{"widget": forms.TextInput, "max_length": LONGEST_PHONE, **kwargs})


if TYPE_CHECKING:
    _Form = forms.ModelForm
else:
    _Form = object


class WithPhone(_Form):
    """For a form of a row with a `phone`: it shows the masked number; sent back unchanged it means “as it was”."""

    def __init__(self, *args: object, instance: models.Model | None = None, **kwargs: object) -> None:
        shown = {"phone": masked(instance.phone)} if instance is not None else {}
        kwargs["initial"] = dict(kwargs.get("initial") or {}) | shown  # type: ignore[call-overload]
        super().__init__(*args, instance=instance, **kwargs)
        self.fields["phone"].widget.attrs |= {"autocomplete": "off"}
        if self.initial.get("phone"):
            self.fields["phone"].help_text = _("A part is hidden. Leave it so to keep the number, or type a new one.")

    def clean_phone(self) -> str:
        typed, stored = self.cleaned_data["phone"], self.instance.phone
        was_opened_before = self.instance.pk and str(self.data.get("version")) != str(self.instance.version)
        return stored if is_masked(typed) and (typed == masked(stored) or was_opened_before) else typed

    def _difference(self, name: str, stored: object, mine: object) -> object:
        if name == "phone":
            stored, mine = masked(stored), masked(mine)
        return super()._difference(name, stored, mine)
