"""Who is assessed: party organizations as a tree, branches as its leaves; and the files they are imported from."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branchportal.crypto import EncryptedJSONField
from branchportal.personal import NoPersonalNumbers, PhoneField

from .querysets import BranchQuerySet, ImportUploadQuerySet, OrganizationQuerySet


class Unit(models.Model):
    """A department whose organs an organization or branch belongs to; an attribute for summaries, no node."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("unit"), max_length=100)
    is_active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("unit")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class SectorManager(models.Manager):
    def get_by_natural_key(self, code: str) -> "Sector":
        """Lets the fixture be loaded twice without harm."""
        return self.get(code=code)


class Sector(models.Model):
    """A kind of branch (organ, school, hospital …): decides the scheme and the group it is ranked in."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("sector"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = SectorManager()

    class Meta:
        verbose_name = _("sector")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.code,)


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
    contact = models.CharField(_("contact"), max_length=40, blank=True, validators=[NoPersonalNumbers()])
    phone = PhoneField(_("office telephone"), blank=True)
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
    contact = models.CharField(_("contact"), max_length=40, blank=True, validators=[NoPersonalNumbers()])
    phone = PhoneField(_("office telephone"), blank=True)
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


class FormerName(models.Model):
    """A name that a branch, an organization or a unit had until a moment; `branches.former` writes and reads them."""

    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="former_names")
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="former_names")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="former_names")
    name = models.CharField(_("former name"), max_length=200)
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("former name")
        ordering = ["until"]
        constraints = [
            models.CheckConstraint(
                condition=Q(branch__isnull=False, organization=None, unit=None)
                | Q(branch=None, organization__isnull=False, unit=None)
                | Q(branch=None, organization=None, unit__isnull=False),
                name="former_name_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ImportUpload(models.Model):
    """A spreadsheet on trial: its rows are read once and wait here for their uploader's word.

    Only `branches.imports.services` moves the status.
    """

    class Status(models.TextChoices):
        CHECKING = "checking", _("being checked")
        READY = "ready", _("checked, waiting for confirmation")
        REFUSED = "refused", _("has errors")
        RUNNING = "running", _("being imported")
        DONE = "done", _("imported")
        EXPIRED = "expired", _("expired")

    kind = models.CharField(_("kind"), max_length=20)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("owner"))
    file_name = models.CharField(_("file name"), max_length=200)
    digest = models.CharField(_("SHA-256"), max_length=64)
    rows = EncryptedJSONField(_("rows"))  # as read from the file; emptied when the import is over
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.CHECKING)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    new_count = models.PositiveIntegerField(_("new"), default=0)
    changed_count = models.PositiveIntegerField(_("changed"), default=0)
    unchanged_count = models.PositiveIntegerField(_("unchanged"), default=0)
    error_count = models.PositiveIntegerField(_("errors"), default=0)
    job = models.ForeignKey("branchportal.Job", models.SET_NULL, null=True, related_name="+", verbose_name=_("task"))
    report = models.JSONField(_("report"), default=dict)  # errors by row and column, examples of changes
    created_at = models.DateTimeField(_("uploaded at"))
    expires_at = models.DateTimeField(_("expires at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)

    objects = ImportUploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        ordering = ["-id"]
        indexes = [models.Index(fields=["owner", "-id"], name="import_owner")]

    def __str__(self) -> str:
        return self.file_name
