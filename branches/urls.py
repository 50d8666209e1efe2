from django.urls import path

from branchportal.views import soon

app_name = "branches"
urlpatterns = [
    path("", soon, name="organizations"),
    path("branches/", soon, name="list"),
    path("imports/", soon, name="imports"),
]
