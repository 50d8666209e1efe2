"""Shapes of the API of sheets. Figures are decimal text of points, never floats."""

from rest_framework import serializers

from branchportal.api import CodeField, KeyField
from branchportal.figures import plain_text

from .choices import FROZEN, Status
from .models import Sheet


class SheetNarrowing(serializers.Serializer):
    """What the list is narrowed down by."""

    status = serializers.ChoiceField(Status.choices, required=False)
    cycle = KeyField(help_text="id of the cycle")
    branch = CodeField(help_text="code of the branch")


class PointsField(serializers.CharField):
    """Micro-points as decimal text ("88.5"), null when missing."""

    def to_representation(self, value: int | None) -> str | None:
        return None if value is None else plain_text(value)


class SheetSerializer(serializers.ModelSerializer):
    """A sheet in a list. The reviewed total is the branch's business once it is approved."""

    branch = serializers.SlugRelatedField(slug_field="code", read_only=True)
    branch_name = serializers.CharField(source="branch.name", read_only=True)
    cycle = serializers.CharField(source="cycle.name", read_only=True)
    self_total = PointsField(source="self_total_up", read_only=True, allow_null=True)
    review_total = serializers.SerializerMethodField()

    class Meta:
        model = Sheet
        fields = (
            "id", "branch", "branch_name", "cycle", "revision", "status", "version", "due_count", "filled_count",
            "self_total", "review_total", "submitted_at", "approved_at", "digest",
        )  # fmt: skip
        read_only_fields = fields

    def get_review_total(self, sheet: Sheet) -> str | None:
        if sheet.status not in FROZEN or sheet.review_total_up is None:
            return None
        return plain_text(sheet.review_total_up)


class MarkSerializer(serializers.Serializer):
    """One mark: what was said, the points it gives, the version to send back with a change."""

    indicator = serializers.CharField()
    stage = serializers.CharField()
    said = serializers.CharField()
    points = PointsField(allow_null=True)
    note = serializers.CharField()
    version = serializers.IntegerField()


class SheetDetailSerializer(SheetSerializer):
    """A sheet with its marks."""

    marks = serializers.SerializerMethodField()

    class Meta(SheetSerializer.Meta):
        fields = (*SheetSerializer.Meta.fields, "marks")
        read_only_fields = fields

    def get_marks(self, sheet: Sheet) -> list[dict]:
        return MarkSerializer(self.context["marks"], many=True).data


class SaveMarkSerializer(serializers.Serializer):
    """One indicator as typed, as text. Which fields belong to it depends on its rule."""

    version = serializers.IntegerField(min_value=0, max_value=2_000_000_000, help_text="of the mark read; 0: none yet")
    na = serializers.BooleanField(default=False, help_text="not applicable")
    value = serializers.CharField(default="", allow_blank=True, max_length=60, help_text="entry, measure")
    denominator = serializers.CharField(default="", allow_blank=True, max_length=60, help_text="measure as a ratio")
    choice = serializers.CharField(default="", allow_blank=True, max_length=20, help_text="code of the criterion")
    counts = serializers.DictField(
        child=serializers.CharField(max_length=60), default=dict, help_text="criterion: count"
    )
    note = serializers.CharField(default="", allow_blank=True, trim_whitespace=False)

    def fields_typed(self) -> dict[str, str]:
        """The fields as the pages send them."""
        said = self.validated_data
        typed = {name: said[name] for name in ("value", "denominator", "choice", "note")}
        typed |= {f"c-{code}": text for code, text in said["counts"].items()}
        return typed | ({"na": "1"} if said["na"] else {})


class SavedSerializer(serializers.Serializer):
    """Where the sheet stands after a save."""

    indicator = serializers.CharField()
    version = serializers.IntegerField()
    points = PointsField(allow_null=True)
    total = PointsField()
    filled = serializers.IntegerField()
    asked = serializers.IntegerField()
    missing = serializers.ListField(child=serializers.CharField())


class SubmitSerializer(serializers.Serializer):
    """What submitting asks for."""

    version = serializers.IntegerField(min_value=0, max_value=2_000_000_000)
    meeting_on = serializers.DateField()
    meeting_present = serializers.IntegerField(min_value=1, max_value=32_000)
    is_truthful = serializers.BooleanField()
