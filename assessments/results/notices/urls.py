"""Addresses of the way from tally to publication; `results.urls` takes them in."""

from django.urls import path

from . import objection_views, papers_views, views

urlpatterns = [
    path("<int:pk>/procedure/", views.procedure, name="procedure"),
    path("<int:pk>/consult/", views.consult, name="consult"),
    path("<int:pk>/meeting/", views.meeting, name="meeting"),
    path("<int:pk>/papers/<str:paper>/", papers_views.paper, name="paper"),
    path("consultations/<int:pk>/", views.consultation, name="consultation"),
    path("consultations/<int:pk>/replies/<int:reply_pk>/", views.reply, name="consultation_reply"),
    path("consultations/<int:pk>/clear/", views.clear, name="consultation_clear"),
    path("consultations/<int:pk>/close/", views.close, name="consultation_close"),
    path("publications/<int:pk>/notice/", views.begin, name="notice_begin"),
    path("publications/<int:pk>/notice/extend/", views.extend, name="notice_extend"),
    path("publications/<int:pk>/notice/withdraw/", views.withdraw, name="notice_withdraw"),
    path("objections/", objection_views.objections, name="objections"),
    path("objections/<int:pk>/", objection_views.objection, name="objection"),
    path("notices/<int:pk>/object/<int:branch_pk>/", objection_views.raise_objection, name="object"),
    path("notices/<int:pk>/register/", objection_views.register, name="register_objection"),
]
