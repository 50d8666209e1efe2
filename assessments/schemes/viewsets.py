"""Schemes over the API: the versions that the pages show."""

from django.db.models import QuerySet
from rest_framework import viewsets

from branchportal.api import Narrowed

from .models import SchemeVersion
from .serializers import SchemeDetailSerializer, SchemeSerializer


class SchemeViewSet(Narrowed, viewsets.ReadOnlyModelViewSet):
    """The scheme versions one sees: published ones, and drafts for office, authority and auditor."""

    queryset = SchemeVersion.objects.none()
    service_reading = "schemes.read"

    def get_queryset(self) -> QuerySet[SchemeVersion]:
        if getattr(self, "swagger_fake_view", False):
            return SchemeVersion.objects.none()
        if self.action == "list":
            self.asked()
        rows = (
            SchemeVersion.objects.visible_to(self.request.user).select_related("scheme").order_by("scheme__code", "pk")
        )
        return rows.defer("content") if self.action == "list" else rows

    def get_serializer_class(self) -> type[SchemeSerializer]:
        return SchemeSerializer if self.action == "list" else SchemeDetailSerializer
