from django.urls import path

from branchportal.views import soon

app_name = "schemes"
urlpatterns = [
    path("", soon, name="list"),
]
