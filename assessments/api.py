"""Addresses of the API (`/api/v1/`), its OpenAPI document and the offline browser."""

from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from branches.viewsets import BranchViewSet
from branchportal.job_api import JobViewSet
from branchportal.keys import KeyRouter
from members.tokens.health import HealthView
from members.tokens.openapi import DocumentView

from .results.viewsets import RankingViewSet, ResultViewSet
from .schemes.viewsets import SchemeViewSet
from .sheets.viewsets import SheetViewSet

app_name = "api"
router = KeyRouter()
router.register("branches", BranchViewSet, basename="branch")
router.register("jobs", JobViewSet, basename="job")
router.register("rankings", RankingViewSet, basename="ranking")
router.register("results", ResultViewSet, basename="result")
router.register("schemes", SchemeViewSet, basename="scheme")
router.register("sheets", SheetViewSet, basename="sheet")

urlpatterns = [
    path("", include(router.urls)),
    path("health/", HealthView.as_view(), name="health"),
    path("schema/", DocumentView.as_view(), name="schema"),
    path(
        "docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html"), name="docs"
    ),
]
