"""One branch in one cycle: marks, claims, evidence. Status is moved by `services` along `workflow.TRANSITIONS`."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Organization, Sector, Unit

from ..cycles.models import Cycle
from ..schemes.models import Criterion, Indicator, SchemeVersion
from .choices import ClaimKind, ClaimStatus, MarkState, Stage, Status
from .querysets import JUMP_UP, ClaimQuerySet, EvidenceQuerySet, SheetQuerySet, WorkbookUploadQuerySet
from .storing import StoredFile


def _person(label: str) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=label)


class Sheet(models.Model):
    """The sheet (评分表) of one branch in one cycle. Organization, sector and unit are those of the cycle's opening.

    `version` is the lock: every accepted change of the sheet's status or claims adds one; marks have their own.
    Approving fills `frozen` (marks as int64 in the scheme's layout), `frozen_claims` (canonical JSON) and `digest`.
    """

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="sheets", verbose_name=_("cycle"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="sheets", verbose_name=_("branch"))
    scheme_version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="sheets")
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="sheets")
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="sheets")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="sheets")
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=1)

    due_count = models.PositiveSmallIntegerField(_("indicators due"), default=0)
    filled_count = models.PositiveSmallIntegerField(_("indicators filled in"), default=0)
    self_total_up = models.BigIntegerField(_("self-assessed total"), null=True)
    review_total_up = models.BigIntegerField(_("reviewed total"), null=True)
    extended_until = models.DateTimeField(_("extended until"), null=True)

    meeting_on = models.DateField(_("meeting held on"), null=True)
    meeting_present = models.PositiveSmallIntegerField(_("members present"), null=True)
    submitted_by, submitted_at = _person(_("submitted by")), models.DateTimeField(_("submitted at"), null=True)
    passed_by, passed_at = _person(_("passed by")), models.DateTimeField(_("passed at"), null=True)
    begun_by, begun_at = _person(_("review begun by")), models.DateTimeField(_("review begun at"), null=True)
    approved_by, approved_at = _person(_("approved by")), models.DateTimeField(_("approved at"), null=True)
    exempt_reason = models.CharField(_("reason for exemption"), max_length=200, blank=True)

    # Figures of polls and meetings about the branch (`given.py`); rows of the scheme that a poll fills are marks.
    whole_poll_up = models.BigIntegerField(_("poll, on the scale of full marks"), null=True)
    whole_meeting_up = models.BigIntegerField(_("report-and-appraisal meeting, on the scale of full marks"), null=True)
    poll_score_up = models.BigIntegerField(_("poll score, 0 to 100"), null=True)
    top_votes = models.PositiveIntegerField(_("top answers of the poll"), null=True)
    counted_votes = models.PositiveIntegerField(_("valid answers of the poll"), null=True)

    frozen = models.BinaryField(_("sealed marks"), null=True)
    frozen_claims = models.TextField(_("sealed claims"), blank=True)
    digest = models.CharField(_("digest"), max_length=64, blank=True)

    objects = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("sheet")
        ordering = ["branch_id"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "branch", "revision"], name="sheet_revision_unique"),
            models.UniqueConstraint(
                fields=["cycle", "branch"], condition=~Q(status="superseded"), name="sheet_one_current"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "sealed"]) | (Q(frozen__isnull=False) & ~Q(digest="")),
                name="sheet_approved_is_frozen",
            ),
        ]
        indexes = [models.Index(fields=["cycle", "status"], name="sheet_cycle_status")]

    def __str__(self) -> str:
        return f"{self.branch} {self.cycle}"

    @property
    def jumped(self) -> bool:
        """Whether the branch gives itself far more than it had last time (rows of `with_flags`)."""
        last_up = getattr(self, "last_up", None)
        return None not in (last_up, self.self_total_up) and self.self_total_up >= last_up + JUMP_UP


class Mark(models.Model):
    """What one stage says of one indicator (评分). `value_up`: points, number or numerator in micro-units;
    counts stand in MarkCount. `points_up` is what the rule made of it, written by the same service."""

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="marks", db_index=False)
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="marks")
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices)
    state = models.CharField(_("state"), max_length=6, choices=MarkState.choices, default=MarkState.MARKED)
    value_up = models.BigIntegerField(_("value"), null=True)
    denominator_up = models.BigIntegerField(_("denominator"), null=True)
    points_up = models.BigIntegerField(_("points"), null=True)
    note = models.TextField(_("note"), blank=True)
    reason = models.TextField(_("reason for the change"), blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(_("entered at"))
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("mark")
        constraints = [models.UniqueConstraint(fields=["sheet", "indicator", "stage"], name="mark_unique")]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.stage}"


class MarkCount(models.Model):
    """How often a criterion applies (or, for a discretion range, the size chosen); a waiver needs a reason."""

    mark = models.ForeignKey(Mark, models.CASCADE, related_name="counts", db_index=False)
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    value_up = models.BigIntegerField(_("count or size"))  # micro-units: 2 times = 2_000_000
    is_waived = models.BooleanField(_("waived"), default=False)
    waive_reason = models.CharField(_("reason for the waiver"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("count")
        constraints = [
            models.UniqueConstraint(fields=["mark", "criterion"], name="mark_count_unique"),
            models.CheckConstraint(condition=Q(is_waived=False) | ~Q(waive_reason=""), name="waiver_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion_id}: {self.value_up}"


class ComponentScore(models.Model):
    """A component of the total given as a whole (实地考察, 民主测评, 述职评议), on the scale of full marks.

    Written by the room where it arises (`services.component_scores`), until the sheet is approved.
    """

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="component_scores", db_index=False)
    source = models.CharField(_("component"), max_length=12)  # as in the scheme: onsite, poll, meeting, …
    score_up = models.BigIntegerField(_("score"))
    origin = models.CharField(_("where it comes from"), max_length=200, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("component score")
        constraints = [models.UniqueConstraint(fields=["sheet", "source"], name="component_score_unique")]

    def __str__(self) -> str:
        return f"{self.source}: {self.score_up}"


class Remark(models.Model):
    """Why an indicator was returned (退回意见). Open remarks name the indicators that the branch may change."""

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="remarks")
    indicator = models.ForeignKey(Indicator, models.PROTECT, null=True, related_name="+")
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    text = models.TextField(_("reason"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("written at"))
    is_open = models.BooleanField(_("open"), default=True)

    class Meta:
        verbose_name = _("remark")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:40]


class Claim(models.Model):
    """A bonus claimed by the branch, or a penalty, veto or fact recorded by the office or an inspector."""

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="claims")
    kind = models.CharField(_("kind"), max_length=8, choices=ClaimKind.choices)
    item_code = models.CharField(_("item"), max_length=20)
    level = models.CharField(_("level"), max_length=40, blank=True)
    matter = models.CharField(_("matter"), max_length=200, blank=True)
    document = models.CharField(_("document"), max_length=200, blank=True)
    happened_on = models.DateField(_("date"), null=True)
    count = models.PositiveIntegerField(_("how many"), default=1)
    status = models.CharField(_("status"), max_length=10, choices=ClaimStatus.choices, default=ClaimStatus.CLAIMED)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(_("entered at"))
    decided_by = _person(_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.CharField(_("reason"), max_length=200, blank=True)
    answer = models.TextField(_("answer of the branch"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=1) & Q(count__lte=1000), name="claim_count_in_range")
        ]

    def __str__(self) -> str:
        return f"{self.item_code} {self.matter}"


class Evidence(StoredFile):
    """An uploaded file (佐证材料), kept outside the web root under a random key; the name is display text only."""

    FOLDER = "evidence"

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="evidence")
    name = models.CharField(_("file name"), max_length=200)
    key = models.CharField(_("storage key"), max_length=100, unique=True)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"))

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class EvidenceLink(models.Model):
    """Which indicator or claim of a sheet a file supports; one file may support several."""

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="evidence_links")
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="links")
    indicator = models.ForeignKey(Indicator, models.PROTECT, null=True, related_name="+")
    claim = models.ForeignKey(Claim, models.PROTECT, null=True, related_name="evidence_links")
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    linked_at = models.DateTimeField(_("attached at"))

    class Meta:
        verbose_name = _("evidence link")
        constraints = [
            models.CheckConstraint(
                condition=Q(indicator__isnull=False, claim=None) | Q(indicator=None, claim__isnull=False),
                name="evidence_supports_one_thing",
            ),
            models.UniqueConstraint(
                fields=["sheet", "evidence", "indicator"], condition=Q(claim=None), name="evidence_indicator_unique"
            ),
            models.UniqueConstraint(
                fields=["claim", "evidence"], condition=Q(indicator=None), name="evidence_claim_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evidence}"


class WorkbookUpload(models.Model):
    """A filled-in entry workbook (填报表) that waits for its uploader's word; only `services.workbook` changes it.

    `content`: the rows as read, by sheet; emptied when the upload is over. `report`: by sheet, what was taken over.
    """

    class Status(models.TextChoices):
        READY = "ready", _("waiting for your decision")
        DONE = "done", _("finished")
        EXPIRED = "expired", _("expired")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("owner"))
    file_name = models.CharField(_("file name"), max_length=200)
    digest = models.CharField(_("SHA-256"), max_length=64)
    content = models.JSONField(_("rows"), default=dict)
    report = models.JSONField(_("report"), default=dict)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.READY)
    created_at = models.DateTimeField(_("uploaded at"))
    expires_at = models.DateTimeField(_("expires at"))

    objects = WorkbookUploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("uploaded workbook")
        ordering = ["-id"]
        indexes = [models.Index(fields=["owner", "-id"], name="workbook_upload_owner")]

    def __str__(self) -> str:
        return self.file_name
