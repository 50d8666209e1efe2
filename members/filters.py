"""What lists are narrowed down by; it stays in the address."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Member
from .roles import Role


class MemberFilter(forms.Form):
    q = forms.CharField(
        label=_("search"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"placeholder": _("Name or number")}),
    )
    branch = forms.CharField(label=_("branch"), required=False, max_length=40)
    kind = forms.ChoiceField(label=_("kind"), required=False, choices=[("", _("all")), *Member.Kind.choices])
    state = forms.ChoiceField(
        label=_("status"),
        required=False,
        choices=[("", _("on the roll")), ("left", _("off the roll")), ("all", _("all"))],
    )

    def __init__(self, *args: object, user: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if len(user.scope.branch_ids) == 1 and not user.scope.paths and not user.scope.is_portal_wide:
            del self.fields["branch"]


class AccountFilter(forms.Form):
    q = forms.CharField(
        label=_("search"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"placeholder": _("Account, name, branch")}),
    )
    role = forms.ChoiceField(
        label=_("role"),
        required=False,
        choices=[("", _("all")), *Role.choices, ("none", _("without an office"))],
    )
    state = forms.ChoiceField(
        label=_("status"),
        required=False,
        choices=[("", _("active")), ("inactive", _("deactivated")), ("all", _("all"))],
    )


class AppointmentFilter(forms.Form):
    q = forms.CharField(
        label=_("search"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"placeholder": _("Account, name, branch")}),
    )
    role = forms.ChoiceField(label=_("role"), required=False, choices=[("", _("all")), *Role.choices])
    state = forms.ChoiceField(
        label=_("status"),
        required=False,
        choices=[("", _("in force")), ("later", _("begins later")), ("over", _("ended")), ("all", _("all"))],
    )
