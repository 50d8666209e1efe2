"""Rankings and results over the API: the rows that the pages show."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import viewsets

from .models import Result, Tally
from .serializers import RankingSerializer, ResultSerializer

NARROWING = [
    OpenApiParameter("tally", int, description="id of the ranking"),
    OpenApiParameter("sector", str, description="code of the sector"),
    OpenApiParameter("organization", str, description="code of the organization"),
    OpenApiParameter("stars", int),
    OpenApiParameter("branch", str, description="code of the branch"),
]


class RankingViewSet(viewsets.ReadOnlyModelViewSet):
    """The tallies one sees: candidates for office and authority, published ones for everybody with an office."""

    queryset = Tally.objects.none()
    serializer_class = RankingSerializer
    service_reading = "results.read"

    def get_queryset(self) -> QuerySet[Tally]:
        if getattr(self, "swagger_fake_view", False):
            return Tally.objects.none()
        return Tally.objects.visible_to(self.request.user).for_table().order_by("-pk")


@extend_schema_view(list=extend_schema(parameters=NARROWING))
class ResultViewSet(viewsets.ReadOnlyModelViewSet):
    """The results one sees, by place in their ranking."""

    queryset = Result.objects.none()
    serializer_class = ResultSerializer
    service_reading = "results.read"

    def get_queryset(self) -> QuerySet[Result]:
        if getattr(self, "swagger_fake_view", False):
            return Result.objects.none()
        rows = Result.objects.visible_to(self.request.user).for_table().order_by("-tally_id", "position")
        asked = {name: value.replace("\0", "") for name, value in self.request.query_params.items()}
        for name, field in (("tally", "tally_id"), ("stars", "stars")):
            if asked.get(name, "").isdecimal() and len(asked[name]) < 10:
                rows = rows.filter(**{field: int(asked[name])})
        for name in ("sector", "organization", "branch"):
            if asked.get(name):
                rows = rows.filter(**{f"{name}__code": asked[name]})
        return rows
