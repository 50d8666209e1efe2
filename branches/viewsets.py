"""Branches over the API: the same rows as the pages."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import viewsets

from branchportal.api import Narrowed

from .models import Branch
from .serializers import BranchNarrowing, BranchSerializer


@extend_schema_view(list=extend_schema(parameters=[BranchNarrowing]))
class BranchViewSet(Narrowed, viewsets.ReadOnlyModelViewSet):
    """The branches one sees, by code."""

    queryset = Branch.objects.none()
    serializer_class = BranchSerializer
    narrowing = BranchNarrowing
    service_reading = "units.read"

    def get_queryset(self) -> QuerySet[Branch]:
        if getattr(self, "swagger_fake_view", False):
            return Branch.objects.none()
        rows = Branch.objects.visible_to(self.request.user).for_table().order_by("code")
        if self.action != "list":
            return rows
        asked = self.asked()
        if text := asked.get("search"):
            rows = rows.filter(name__contains=text) | rows.filter(code=text)
        if sector := asked.get("sector"):
            rows = rows.filter(sector__code=sector)
        if organization := asked.get("organization"):
            rows = rows.filter(organization__code=organization)
        return rows
