"""Addresses of the API (`/api/v1/`), its OpenAPI document and the offline browser."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from branches.viewsets import BranchViewSet
from branchportal.job_api import JobViewSet

from .results.viewsets import RankingViewSet, ResultViewSet
from .sheets.viewsets import SheetViewSet

app_name = "api"
router = SimpleRouter()
router.register("branches", BranchViewSet, basename="branch")
router.register("jobs", JobViewSet, basename="job")
router.register("rankings", RankingViewSet, basename="ranking")
router.register("results", ResultViewSet, basename="result")
router.register("sheets", SheetViewSet, basename="sheet")

urlpatterns = [
    path("", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html"), name="docs"
    ),
]
