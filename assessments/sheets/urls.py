from django.urls import path

from branchportal.views import soon

app_name = "sheets"
urlpatterns = [
    path("", soon, name="mine"),
    path("department/", soon, name="department"),
    path("queue/", soon, name="queue"),
    path("records/", soon, name="records"),
]
