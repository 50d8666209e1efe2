"""Who acts: members on a branch's roll, accounts, and the offices held from..to that give all rights."""

from functools import cached_property

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Organization
from branchportal.mailing import MailField
from branchportal.personal import NoPersonalNumbers, PhoneField

from .querysets import AppointmentQuerySet, MemberQuerySet, UserQuerySet
from .roles import BRANCH_ROLES, ORGANIZATION_ROLES, PORTAL_ROLES, Role, Scope, read_scope


class Member(models.Model):
    """A person on a branch's roll. No identity number is kept; the key is branch and number."""

    class Kind(models.TextChoices):
        FULL = "full", _("full member")
        PROBATIONARY = "probationary", _("probationary member")

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="members", verbose_name=_("branch"))
    number = models.CharField(_("number"), max_length=20, validators=[NoPersonalNumbers()])
    name = models.CharField(_("name"), max_length=40, validators=[NoPersonalNumbers()])
    kind = models.CharField(_("kind"), max_length=15, choices=Kind.choices, default=Kind.FULL)
    joined_on = models.DateField(_("joined on"), null=True, blank=True)
    post = models.CharField(_("post in the branch"), max_length=40, blank=True, validators=[NoPersonalNumbers()])
    is_active = models.BooleanField(_("on the roll"), default=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        ordering = ["branch_id", "number"]
        constraints = [models.UniqueConstraint(fields=["branch", "number"], name="member_number_in_branch")]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        """An account; without a password nobody can sign in."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """An account. Rights come from appointments only."""

    username = models.CharField(_("account"), max_length=40, unique=True, validators=[NoPersonalNumbers()])
    name = models.CharField(_("name"), max_length=40, validators=[NoPersonalNumbers()])
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name=_("member")
    )
    phone = PhoneField(_("office telephone"), blank=True)
    mail = MailField(_("mail address"), null=True, blank=True)
    unread_count = models.PositiveIntegerField(_("unread messages"), default=0, editable=False)  # kept by `reminders`
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("development admin"), default=False)
    must_change_password = models.BooleanField(_("must change the password"), default=True)
    password_set_at = models.DateTimeField(_("password set at"), default=timezone.now)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = UserManager()
    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = _("account")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    @cached_property
    def scope(self) -> Scope:
        """Today's offices, read once per request."""
        return read_scope(self)

    def is_same_person(self, other: "User | None") -> bool:
        """Whether two accounts belong to one person (four eyes are compared by person)."""
        if other is None:
            return False
        if self is other or (self.pk is not None and self.pk == other.pk):
            return True
        return self.member_id is not None and self.member_id == other.member_id

    def assigned_branch_ids(self) -> models.QuerySet:
        """Branches assigned to the user's inspection teams, as a subquery."""
        assignment = apps.get_model("assessments", "Assignment")
        return assignment.objects.filter(team__memberships__user=self).values("branch_id")


class Appointment(models.Model):
    """An office held in a branch, an organization or the portal, from..to: the only source of rights."""

    user = models.ForeignKey(User, models.PROTECT, related_name="appointments", verbose_name=_("account"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("organization")
    )
    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("branch")
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        ordering = ["user_id", "role"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=sorted(BRANCH_ROLES), branch__isnull=False, organization=None)
                | Q(role__in=sorted(ORGANIZATION_ROLES), organization__isnull=False, branch=None)
                | Q(role__in=sorted(PORTAL_ROLES), organization=None, branch=None),
                name="appointment_scope_fits_role",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="appointment_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"

    @property
    def scope_name(self) -> str:
        """Where the office is held: a branch, an organization, or "" for the whole portal."""
        return str(self.branch or self.organization or "")

    @property
    def scope_path(self) -> str:
        """The path of the organization it lies under; "" for the whole portal."""
        organization = self.branch.organization if self.branch else self.organization
        return organization.path if organization else ""

    @property
    def is_over(self) -> bool:
        """Whether it ended before today."""
        return self.ends_on is not None and self.ends_on < timezone.localdate()

    @property
    def is_in_force(self) -> bool:
        """Whether it gives rights today."""
        return self.starts_on <= timezone.localdate() and not self.is_over


from .rights.models import Erasure  # noqa: E402, F401 (same app, other file)
from .security.models import PasswordRecord, RecoveryCode, SecondFactor, SignIn  # noqa: E402, F401 (same app, other file)
from .tokens.models import ApiGrant, ApiToken  # noqa: E402, F401
