"""Addresses of visit plans, visits and rectifications."""

from django.urls import path

from .views import files, plans, records, rectifications, visits

app_name = "visits"
urlpatterns = [
    path("", visits.visit_list, name="list"),
    path("plans/", plans.plan_list, name="plans"),
    path("plans/new/", plans.plan_new, name="plan_new"),
    path("plans/<int:pk>/", plans.plan_page, name="plan"),
    path("plans/<int:pk>/edit/", plans.plan_edit, name="plan_edit"),
    path("plans/<int:pk>/draw/", plans.plan_draw, name="plan_draw"),
    path("plans/<int:pk>/draw.csv", plans.plan_draw_file, name="plan_draw_file"),
    path("plans/<int:pk>/add/", plans.plan_add, name="plan_add"),
    path("plans/<int:pk>/assign/", plans.plan_assign, name="plan_assign"),
    path("files/<int:pk>/", files.file, name="file"),
    path("files/<int:pk>/remove/", files.file_remove, name="file_remove"),
    path("findings/<int:pk>/remove/", records.finding_remove, name="finding_remove"),
    path("rectifications/", rectifications.rectification_list, name="rectifications"),
    path("rectifications/new/", rectifications.rectification_new, name="rectification_new"),
    path("rectifications/<int:pk>/", rectifications.rectification, name="rectification"),
    path("rectifications/<int:pk>/answer/", rectifications.answer, name="rectification_answer"),
    path("rectifications/<int:pk>/proof/", rectifications.proof, name="rectification_proof"),
    path("rectifications/<int:pk>/check/", rectifications.check, name="rectification_check"),
    path("rectifications/<int:pk>/deadline/", rectifications.deadline, name="rectification_deadline"),
    path("<int:pk>/", visits.visit, name="visit"),
    path("<int:pk>/step/", visits.step, name="step"),
    path("<int:pk>/check/<str:code>/", records.check, name="check"),
    path("<int:pk>/record/", records.record, name="record"),
    path("<int:pk>/findings/", records.finding_add, name="finding_add"),
    path("<int:pk>/files/", files.file_add, name="file_add"),
    path("<int:pk>/sign/", records.sign, name="sign"),
]
