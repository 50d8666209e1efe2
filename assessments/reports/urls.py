from django.urls import path

from branchportal.views import soon

from .views import branch_result

app_name = "reports"
urlpatterns = [
    path("results/<int:pk>/", branch_result.result_page, name="result"),
    path("branches/<int:branch_pk>/latest/", branch_result.latest_result, name="latest_result"),
    path("", soon, name="index"),
]
