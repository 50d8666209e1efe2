from django.urls import path

from branchportal.views import soon

app_name = "results"
urlpatterns = [
    path("", soon, name="tallies"),
    path("<int:pk>/", soon, name="tally"),
    path("ranking/", soon, name="ranking"),
    path("publications/", soon, name="publications"),
]
