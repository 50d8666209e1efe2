"""Input of the pages: shape and field errors; the services decide."""

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Organization
from branchportal.errors import PortalError
from branchportal.forms import DayInput, VersionForm
from branchportal.mailing import WithMail
from branchportal.personal import WithPhone

from .credentials import username_problem
from .models import Member, User
from .roles import GRANTED_BY_OFFICE, Role
from .security import factor
from .services import signing

ODD = {"null_characters_not_allowed": _("There is an invisible character in it. Type it anew instead of pasting.")}


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("account"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
        error_messages=ODD,
    )
    password = forms.CharField(
        label=_("password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages=ODD,
    )


class OwnPasswordForm(PasswordChangeForm):
    """Old password, new password twice, a code where a second factor is bound and was given a while ago."""

    code = forms.CharField(
        label=_("Code of the authenticator"), max_length=40,
        help_text=_("Or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )  # fmt: skip

    def __init__(self, *args: object, request: HttpRequest, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        if not factor.is_asked_again(request):
            del self.fields["code"]
        self.fields["new_password1"].help_text = ""
        self.rules = password_validation.password_validators_help_texts()

    def clean_old_password(self) -> str:
        """Wrong ones count as at signing in, so that a session left open is no place for guessing."""
        typed = self.cleaned_data["old_password"]
        if not signing.is_own_password(request=self.request, password=typed):
            raise forms.ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return typed

    def clean(self) -> dict:
        """The code comes last, because it is good once."""
        data = super().clean()
        if "code" in self.fields and not self.errors:
            try:
                factor.give_code(request=self.request, code=data["code"])
            except PortalError as refusal:
                self.add_error("code", refusal.message)
        return data


class MemberForm(VersionForm):
    branch = forms.ModelChoiceField(Branch.objects.none(), label=_("branch"))

    class Meta:
        model = Member
        fields = ("branch", "number", "name", "kind", "joined_on", "post")
        widgets = {"joined_on": DayInput()}

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = Branch.objects.visible_to(user).filter(is_active=True)
        self.fields["number"].help_text = _("The number on the roll, unique in the branch. No identity card number.")


class AccountForm(WithPhone, WithMail, VersionForm):
    """Name, telephone, mail address, member; the account name itself is fixed once created."""

    branch_code = forms.CharField(label=_("branch code"), required=False, max_length=20)
    member_number = forms.CharField(label=_("member number"), required=False, max_length=20)

    class Meta:
        model = User
        fields = ("username", "name", "phone", "mail")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = _("Letters, digits, “.”, “_” or “-”; it cannot be changed later.")
        self.fields["branch_code"].help_text = _("Optional: links the account to a person on the roll.")
        member = self.instance.member if self.instance.pk else None
        if member:
            self.initial |= {"branch_code": member.branch.code, "member_number": member.number}
        if self.instance.pk:
            self.fields["username"].disabled = True

    def clean_username(self) -> str:
        username = self.cleaned_data["username"].strip()
        if not self.instance.pk and (problem := username_problem(username)):
            raise forms.ValidationError(problem)
        return username

    def clean(self) -> dict:
        data = super().clean()
        code, number = data.get("branch_code", ""), data.get("member_number", "")
        if bool(code) != bool(number):
            raise forms.ValidationError(_("Give both branch code and member number, or neither."))
        data["member"] = None
        if code:
            data["member"] = Member.objects.filter(branch__code=code, number=number).first()
            if data["member"] is None:
                raise forms.ValidationError(
                    _("There is no member “%(number)s” in the branch “%(code)s”. Look both up on the roll."),
                    params={"number": number, "code": code},
                )
        return data


class AppointmentForm(forms.Form):
    """An office to be given."""

    username = forms.CharField(label=_("account"), max_length=40)
    role = forms.ChoiceField(label=_("role"))
    organization = forms.ModelChoiceField(
        Organization.objects.filter(is_active=True), label=_("organization"), required=False
    )
    branch_code = forms.CharField(label=_("branch code"), required=False, max_length=20)
    starts_on = forms.DateField(label=_("from"), widget=DayInput(), initial=timezone.localdate)
    ends_on = forms.DateField(label=_("to"), widget=DayInput(), required=False)

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        roles = set(Role) if user.scope.has(Role.SECURITY_ADMIN) else GRANTED_BY_OFFICE
        self.fields["role"].choices = [("", "---------"), *((role.value, role.label) for role in Role if role in roles)]
        self.fields["organization"].help_text = _("For department reviewers, and for clerks of all branches below.")
        self.fields["branch_code"].help_text = _("For secretaries and deputies.")
        self.fields["ends_on"].help_text = _("Empty: until it is ended. The last day counts.")

    def clean_username(self) -> User:
        account = User.objects.filter(username=self.cleaned_data["username"].strip(), is_active=True).first()
        if account is None:
            raise forms.ValidationError(_("There is no active account of this name. Look it up under “Accounts”."))
        return account

    def clean_branch_code(self) -> Branch | None:
        code = self.cleaned_data["branch_code"].strip()
        if not code:
            return None
        branch = Branch.objects.filter(code=code, is_active=True).first()
        if branch is None:
            raise forms.ValidationError(_("There is no active branch with this code. Look it up under “Branches”."))
        return branch


class RevokeForm(forms.Form):
    ends_on = forms.DateField(label=_("last day"), widget=DayInput(), required=False)
