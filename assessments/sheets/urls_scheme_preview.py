"""Addresses of a scheme's preview; `schemes/urls.py` takes them in: the page shows a sheet, but belongs to a scheme."""

from django.urls import path

from .views import scheme_preview

urlpatterns = [
    path("", scheme_preview.scheme_preview, name="preview"),
    path("totals/", scheme_preview.scheme_preview_totals, name="preview_totals"),
]
