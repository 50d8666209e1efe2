"""Branches over the API: the same rows as the pages."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import viewsets

from .models import Branch
from .serializers import BranchSerializer

NARROWING = [
    OpenApiParameter("search", str, description="part of the name, or the code"),
    OpenApiParameter("sector", str, description="code of the sector"),
    OpenApiParameter("organization", str, description="code of the organization"),
]


@extend_schema_view(list=extend_schema(parameters=NARROWING))
class BranchViewSet(viewsets.ReadOnlyModelViewSet):
    """The branches one sees, by code."""

    queryset = Branch.objects.none()
    serializer_class = BranchSerializer
    service_reading = "units.read"

    def get_queryset(self) -> QuerySet[Branch]:
        if getattr(self, "swagger_fake_view", False):
            return Branch.objects.none()
        rows = Branch.objects.visible_to(self.request.user).for_table().order_by("code")
        asked = self.request.query_params
        if text := asked.get("search", "").replace("\0", "").strip():
            rows = rows.filter(name__contains=text) | rows.filter(code=text)
        if sector := asked.get("sector", "").replace("\0", ""):
            rows = rows.filter(sector__code=sector)
        if organization := asked.get("organization", "").replace("\0", ""):
            rows = rows.filter(organization__code=organization)
        return rows
