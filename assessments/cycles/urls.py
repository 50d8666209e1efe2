from django.urls import path

from branchportal.views import soon

app_name = "cycles"
urlpatterns = [
    path("", soon, name="list"),
    path("board/", soon, name="board"),
]
