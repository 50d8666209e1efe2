"""Who is assessed: party organizations as a tree, branches as its leaves."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .querysets import BranchQuerySet, OrganizationQuerySet


class Unit(models.Model):
    """A department whose organs an organization or branch belongs to; an attribute for summaries, no node."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("unit"), max_length=100)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("unit")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Sector(models.Model):
    """A kind of branch (organ, school, hospital …): decides the scheme and the group it is ranked in."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("sector"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("sector")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class Organization(models.Model):
    """A node of the tree. `path` holds the ids from the root down ("/1/7/"), so a subtree is one prefix."""

    class Kind(models.TextChoices):
        WORK_COMMITTEE = "work_committee", _("work committee")
        COMMITTEE = "committee", _("party committee")
        GENERAL_BRANCH = "general_branch", _("general branch")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("organization"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.COMMITTEE)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("superior")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="organizations", verbose_name=_("unit")
    )
    path = models.CharField(_("path"), max_length=200, db_index=True, default="", editable=False)
    contact = models.CharField(_("contact"), max_length=40, blank=True)
    phone = models.CharField(_("office telephone"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Branch(models.Model):
    """The leaf that is assessed. It belongs to one organization, one sector and a unit."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("branch"), max_length=100)
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="branches", verbose_name=_("organization")
    )
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="branches", verbose_name=_("sector"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="branches", verbose_name=_("unit"))
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    dissolved_on = models.DateField(_("dissolved on"), null=True, blank=True)
    has_committee = models.BooleanField(_("has a branch committee"), default=True)
    has_groups = models.BooleanField(_("has party groups"), default=False)
    has_shared_premises = models.BooleanField(_("shares its premises"), default=False)
    contact = models.CharField(_("contact"), max_length=40, blank=True)
    phone = models.CharField(_("office telephone"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = BranchQuerySet.as_manager()

    class Meta:
        verbose_name = _("branch")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(dissolved_on=None) | Q(founded_on=None) | Q(dissolved_on__gte=models.F("founded_on")),
                name="branch_dates_in_order",
            )
        ]

    def __str__(self) -> str:
        return self.name
