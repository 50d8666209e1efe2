"""Sheets over the API: read, autosave one indicator, submit; the services of the pages."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from branchportal.access import require
from branchportal.api import ONCE, Narrowed, require_version
from members.tokens.authentication import ServiceAccount

from ..schemes.loading import engine_scheme
from .choices import FROZEN, Stage
from .gather import read_rows
from .models import Mark, Sheet
from .rules import filling as rules
from .serializers import (
    SavedSerializer,
    SaveMarkSerializer,
    SheetDetailSerializer,
    SheetNarrowing,
    SheetSerializer,
    SubmitSerializer,
)
from .services.filling import save_mark
from .services.submitting import submit_sheet
from .values import mark_text, unread_fields


@extend_schema_view(list=extend_schema(parameters=[SheetNarrowing]))
class SheetViewSet(Narrowed, viewsets.ReadOnlyModelViewSet):
    """The sheets one sees, newest cycle first."""

    queryset = Sheet.objects.none()
    narrowing = SheetNarrowing
    service_reading = "sheets.read"

    def get_queryset(self) -> QuerySet[Sheet]:
        if getattr(self, "swagger_fake_view", False):
            return Sheet.objects.none()
        rows = Sheet.objects.visible_to(self.request.user)
        if self.action != "list":
            return rows.for_filling()
        asked = self.asked()
        if asked.get("status"):
            rows = rows.filter(status=asked["status"])
        if "cycle" in asked:
            rows = rows.filter(cycle_id=asked["cycle"])
        if code := asked.get("branch"):
            rows = rows.filter(branch__code=code)
        return rows.for_table().order_by("-cycle__starts_on", "branch__code")

    def get_serializer_class(self) -> type[SheetSerializer]:
        return SheetSerializer if self.action == "list" else SheetDetailSerializer

    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """One sheet with its marks; review marks once it is approved, or for those who are not of the branch."""
        sheet = self.get_object()
        return Response(SheetDetailSerializer(sheet, context={"marks": self._marks(sheet)}).data)

    def _marks(self, sheet: Sheet) -> list[dict]:
        rows = Mark.objects.filter(sheet=sheet)
        if rules.belongs(self.request.user, sheet) and sheet.status not in FROZEN:
            rows = rows.filter(stage=Stage.SELF)
        is_service = isinstance(self.request.user, ServiceAccount)
        leaves = engine_scheme(sheet.scheme_version).by_code
        return [
            {
                "indicator": row.code,
                "stage": row.stage,
                "said": mark_text(leaves[row.code], row.mark),
                "points": row.points_up,
                "note": "" if is_service else row.note,  # what people write may be about people
                "version": row.version,
            }
            for row in read_rows(rows, sheet.scheme_version)
        ]

    @extend_schema(parameters=[ONCE], request=SaveMarkSerializer, responses=SavedSerializer)
    @action(detail=True, methods=["put"], url_path="marks/(?P<code>[0-9A-Za-z.]{1,20})")
    def mark(self, request: Request, pk: str | None = None, code: str = "") -> Response:
        """Save one indicator of the self-assessment (autosave). 409 `mark_conflict` holds what stands there now."""
        require_version(request.data)
        body = SaveMarkSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sheet, typed, at = self.get_object(), body.fields_typed(), request._request.received_at
        require(rules.can_fill(request.user, sheet, at))
        leaf = engine_scheme(sheet.scheme_version).by_code.get(code)
        if leaf and leaf.rule and (unread := unread_fields(leaf, sheet, typed)):
            wrong = _("The rule of this indicator does not read this field.")
            raise ValidationError({name[:60]: [wrong] for name in unread[:5]})
        version = body.validated_data["version"]
        saved = save_mark(sheet=sheet, code=code, data=typed, version=version, actor=request.user, at=at)
        answer = {
            "indicator": code,
            "version": saved.version,
            "points": saved.said.points_up,
            "total": saved.preview.total_up,
            "filled": saved.preview.filled,
            "asked": saved.preview.asked,
            "missing": list(saved.preview.missing),
        }
        return Response(SavedSerializer(answer).data)

    @extend_schema(parameters=[ONCE], request=SubmitSerializer, responses=SheetSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str | None = None) -> Response:
        """Hand the self-assessment over to the department."""
        require_version(request.data)
        body = SubmitSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sheet = submit_sheet(
            sheet=self.get_object(), actor=request.user, at=request._request.received_at, **body.validated_data
        )
        return Response(SheetSerializer(sheet).data)
