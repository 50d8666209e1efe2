"""Shapes of the API of branches."""

from rest_framework import serializers

from branchportal.api import CodeField

from .models import Branch


class BranchNarrowing(serializers.Serializer):
    """What the list is narrowed down by."""

    search = serializers.CharField(
        required=False, max_length=100, allow_blank=True, help_text="part of the name, or the code"
    )
    sector = CodeField(help_text="code of the sector")
    organization = CodeField(help_text="code of the organization")


class BranchSerializer(serializers.ModelSerializer):
    """One branch with the codes of what it belongs to."""

    organization = serializers.SlugRelatedField(slug_field="code", read_only=True)
    organization_name = serializers.CharField(source="organization.name", read_only=True)
    sector = serializers.SlugRelatedField(slug_field="code", read_only=True)
    unit = serializers.SlugRelatedField(slug_field="code", read_only=True)
    unit_name = serializers.CharField(source="unit.name", read_only=True)

    class Meta:
        model = Branch
        fields = (
            "id", "code", "name", "organization", "organization_name", "sector", "unit", "unit_name", "is_active",
        )  # fmt: skip
        read_only_fields = fields
