"""Addresses of the API (`/api/v1/`)."""

from django.urls import path

from branchportal.views import soon

app_name = "api"
urlpatterns = [path("", soon, name="root")]
