"""The front door: which address belongs to which room."""

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView

from assessments.reports.views.home import home
from assessments.results.notices.views import notice

from . import operating, views

urlpatterns = [
    path("", home, name="home"),
    path("", include("members.urls")),
    path("organizations/", include("branches.urls")),
    path("schemes/", include("assessments.schemes.urls")),
    path("cycles/", include("assessments.cycles.urls")),
    path("sheets/", include("assessments.sheets.urls")),
    path("polls/", include("assessments.polls.urls")),
    path("vote/", include("assessments.polls.vote_urls")),
    path("visits/", include("assessments.inspections.urls")),
    path("results/", include("assessments.results.urls")),
    path("notices/<int:pk>/", notice, name="notice"),
    path("reports/", include("assessments.reports.urls")),
    path("", include("assessments.reminders.urls")),
    path("tasks/", views.tasks, name="tasks"),
    path("tasks/<int:pk>/", views.task, name="task"),
    path("tasks/<int:pk>/cancel/", views.task_cancel, name="task_cancel"),
    path("tasks/<int:pk>/file/", views.task_file, name="task_file"),
    path("system/", operating.state, name="operating_state"),
    path("system/tasks/", operating.tasks, name="operating_tasks"),
    path("system/tasks/<int:pk>/retry/", operating.task_retry, name="operating_task_retry"),
    path("system/tasks/<int:pk>/stop/", operating.task_stop, name="operating_task_stop"),
    path("language/", views.set_language, name="language"),
    path("health/", views.health, name="health"),
    path("favicon.ico", RedirectView.as_view(url="/static/img/flag.svg")),
    path("api/v1/", include("assessments.api")),
]
if settings.DEBUG:
    from django.contrib import admin

    urlpatterns.append(path("admin/", admin.site.urls))

handler400 = "branchportal.views.bad_request"
handler404 = "branchportal.views.not_found"
handler500 = "branchportal.views.server_fault"
