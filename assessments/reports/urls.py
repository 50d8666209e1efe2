from django.urls import path

from branchportal.views import soon

app_name = "reports"
urlpatterns = [
    path("", soon, name="index"),
]
