from django.urls import path

from .urls_filling import urlpatterns as filling_pages
from .urls_review import urlpatterns as review_pages
from .views import scheme_preview

app_name = "sheets"
urlpatterns = [
    *filling_pages,
    *review_pages,
    path("scheme-preview/<int:pk>/", scheme_preview.scheme_preview, name="scheme_preview"),
    path("scheme-preview/<int:pk>/totals/", scheme_preview.scheme_preview_totals, name="scheme_preview_totals"),
]
