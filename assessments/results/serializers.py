"""Shapes of the API of rankings and results. Figures are printed decimal text, as on the pages."""

from rest_framework import serializers

from branchportal.api import CodeField, KeyField
from branchportal.figures import points_text

from .models import Result, Tally


class ResultNarrowing(serializers.Serializer):
    """What the list is narrowed down by."""

    tally = KeyField(help_text="id of the ranking")
    stars = serializers.IntegerField(required=False, min_value=0, max_value=9)
    sector = CodeField(help_text="code of the sector")
    organization = CodeField(help_text="code of the organization")
    branch = CodeField(help_text="code of the branch")


class RankingSerializer(serializers.ModelSerializer):
    """A tally of a cycle, or of a year (`cycle` null)."""

    year = serializers.IntegerField(source="plan.year", read_only=True)
    cycle = serializers.CharField(source="cycle.name", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Tally
        fields = (
            "id", "year", "cycle", "number", "status", "branch_count", "rated_count", "undecided_count",
            "missing_count", "digest", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class PrintedField(serializers.CharField):
    """Micro-points as printed ("88.50"), null when missing."""

    def to_representation(self, value: int | None) -> str | None:
        return None if value is None else points_text(value)


class ResultSerializer(serializers.ModelSerializer):
    """What a tally says of one branch."""

    branch = serializers.SlugRelatedField(slug_field="code", read_only=True)
    branch_name = serializers.CharField(source="branch.name", read_only=True)
    organization = serializers.SlugRelatedField(slug_field="code", read_only=True)
    sector = serializers.SlugRelatedField(slug_field="code", read_only=True)
    base = PrintedField(source="base_up", read_only=True, allow_null=True)
    bonus = PrintedField(source="bonus_up", read_only=True, allow_null=True)
    penalty = PrintedField(source="penalty_up", read_only=True, allow_null=True)
    total = PrintedField(source="total_up", read_only=True, allow_null=True)

    class Meta:
        model = Result
        fields = (
            "id", "tally", "position", "branch", "branch_name", "organization", "sector", "status", "base", "bonus",
            "penalty", "total", "stars", "grade", "rank_all", "rank_sector", "is_late", "is_vetoed",
        )  # fmt: skip
        read_only_fields = fields
