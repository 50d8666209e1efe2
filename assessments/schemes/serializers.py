"""Shapes of the API of schemes."""

from rest_framework import serializers

from .models import SchemeVersion


class SchemeSerializer(serializers.ModelSerializer):
    """A scheme version in a list."""

    scheme = serializers.SlugRelatedField(slug_field="code", read_only=True)

    class Meta:
        model = SchemeVersion
        fields = ("id", "scheme", "version", "name", "status", "digest", "published_at")
        read_only_fields = fields


class SchemeDetailSerializer(SchemeSerializer):
    """A scheme version with its content: indicators, criteria, bonus, penalty, bands, as in a scheme file."""

    content = serializers.DictField(read_only=True)

    class Meta(SchemeSerializer.Meta):
        fields = (*SchemeSerializer.Meta.fields, "content")
        read_only_fields = fields
