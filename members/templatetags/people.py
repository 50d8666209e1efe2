"""What templates ask about people: `{% load people %}`."""

from django import template
from django.db import models

from members import phones
from members.models import User
from members.rights import rules

register = template.Library()


@register.filter
def number_shown_to(row: models.Model, user: User) -> bool:
    """Whether the viewer may see the full number of this row: {% if branch|number_shown_to:request.user %}."""
    return bool(row.phone) and bool(phones.can_show(user, row))


@register.filter
def data_given_to(member: models.Model, user: User) -> bool:
    """Whether the viewer may take out what is kept of a member."""
    return bool(rules.can_export(user, member))
