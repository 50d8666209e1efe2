"""Shapes of the API of branches."""

from rest_framework import serializers

from .models import Branch


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
