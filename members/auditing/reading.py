"""What an auditor reads: rows narrowed down, a page of them by keyset, what changed in one of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branchportal import keyset
from branchportal.models import AuditEntry

from ..models import Appointment
from ..roles import Role
from .words import room_choices

if TYPE_CHECKING:
    from ..models import User


class AuditFilter(forms.Form):
    """Who, what, on which object, when, in which request."""

    who = forms.CharField(
        label=_("actor"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"placeholder": _("Account or name")}),
    )
    room = forms.ChoiceField(label=_("subject"), required=False, choices=room_choices)
    what = forms.CharField(
        label=_("object"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": _("Branch, cycle, name")}),
    )
    since = forms.DateField(label=_("from day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("to day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    request = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)

    def clean(self) -> dict:
        found = super().clean()
        if found.get("since") and found.get("until") and found["since"] > found["until"]:
            self.add_error("until", _("The last day is before the first."))
        return found


@dataclass(frozen=True)
class Change:
    """One field of a row's before and after."""

    name: str
    before: object
    after: object

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


def visible_to(user: "User") -> QuerySet[AuditEntry]:
    """The auditor sees every row; the security administrator what auditors did; everybody else nothing."""
    rows = AuditEntry.objects.all()
    if user.scope.has(Role.AUDITOR):
        return rows
    if user.scope.has(Role.SECURITY_ADMIN):
        auditors = Appointment.objects.filter(role=Role.AUDITOR).values("user")
        return rows.filter(actor__in=auditors)
    return rows.none()


def narrowed(rows: QuerySet[AuditEntry], form: AuditFilter) -> QuerySet[AuditEntry]:
    """Rows that fit what is valid in the form."""
    form.is_valid()
    wanted = form.cleaned_data
    if who := wanted.get("who"):
        rows = rows.filter(Q(actor__username__icontains=who) | Q(actor__name__icontains=who))
    if room := wanted.get("room"):
        rows = rows.filter(action__startswith=f"{room}.")
    if what := wanted.get("what"):
        rows = rows.filter(object_label__icontains=what)
    if since := wanted.get("since"):
        rows = rows.filter(at__gte=_midnight(since))
    if until := wanted.get("until"):
        rows = rows.filter(at__lt=_midnight(until + timedelta(days=1)))
    if request := wanted.get("request"):
        rows = rows.filter(request_id=request)
    return rows


def page_of(rows: QuerySet[AuditEntry], before: int) -> keyset.Page:
    """Fifty rows newest first, older than the id `before` (0: the newest). One query."""
    return keyset.page(rows.select_related("actor", "link"), ("-pk",), after=str(before or ""))


def changes(entry: AuditEntry) -> Iterator[Change]:
    """The fields that a row names, those that differ first."""
    before = entry.before if isinstance(entry.before, dict) else {}
    after = entry.after if isinstance(entry.after, dict) else {}
    named = [Change(name, before.get(name), after.get(name)) for name in {**before, **after}]
    return iter(sorted(named, key=lambda change: not change.is_changed))


def _midnight(day: object) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
