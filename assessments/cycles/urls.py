"""Addresses of years, cycles, teams and assignments. The board reads sheets, so its pages stand in `reports`."""

from django.urls import include, path

from .views import plans, teams

app_name = "cycles"
urlpatterns = [
    path("", plans.cycle_list, name="list"),
    path("board/", include("assessments.reports.board_urls")),
    path("plans/new/", plans.plan_new, name="plan_new"),
    path("plans/<int:pk>/", plans.plan_edit, name="plan_edit"),
    path("plans/<int:plan_pk>/new/<str:period>/", plans.cycle_new, name="cycle_new"),
    path("plans/<int:plan_pk>/teams/new/", teams.team_new, name="team_new"),
    path("teams/<int:pk>/", teams.team_page, name="team"),
    path("teams/<int:pk>/change/", teams.team_change, name="team_change"),
    path("<int:pk>/", plans.cycle_page, name="cycle"),
    path("<int:pk>/scope/", include("assessments.inspections.scoping.urls")),
    path("<int:pk>/edit/", plans.cycle_edit, name="cycle_edit"),
    path("<int:pk>/open/", plans.cycle_open, name="cycle_open"),
    path("<int:pk>/close/", plans.cycle_close, name="cycle_close"),
    path("<int:pk>/delete/", plans.cycle_delete, name="cycle_delete"),
    path("<int:pk>/assignments/", teams.assignment_list, name="assignments"),
    path("<int:pk>/assignments/change/", teams.assign, name="assign"),
]
