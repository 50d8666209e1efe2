"""Rankings and results over the API: the rows that the pages show."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import viewsets

from branchportal.api import Narrowed

from .models import Result, Tally
from .serializers import RankingSerializer, ResultNarrowing, ResultSerializer


class RankingViewSet(Narrowed, viewsets.ReadOnlyModelViewSet):
    """The tallies one sees: candidates for office and authority, published ones for everybody with an office."""

    queryset = Tally.objects.none()
    serializer_class = RankingSerializer
    service_reading = "results.read"

    def get_queryset(self) -> QuerySet[Tally]:
        if getattr(self, "swagger_fake_view", False):
            return Tally.objects.none()
        if self.action == "list":
            self.asked()
        return Tally.objects.visible_to(self.request.user).for_table().order_by("-pk")


@extend_schema_view(list=extend_schema(parameters=[ResultNarrowing]))
class ResultViewSet(Narrowed, viewsets.ReadOnlyModelViewSet):
    """The results one sees, by place in their ranking."""

    queryset = Result.objects.none()
    serializer_class = ResultSerializer
    narrowing = ResultNarrowing
    service_reading = "results.read"

    def get_queryset(self) -> QuerySet[Result]:
        if getattr(self, "swagger_fake_view", False):
            return Result.objects.none()
        rows = Result.objects.visible_to(self.request.user).for_table().order_by("-tally_id", "position")
        if self.action != "list":
            return rows
        asked = self.asked()
        for name, field in (("tally", "tally_id"), ("stars", "stars")):
            if name in asked:
                rows = rows.filter(**{field: asked[name]})
        for name in ("sector", "organization", "branch"):
            if asked.get(name):
                rows = rows.filter(**{f"{name}__code": asked[name]})
        return rows
