"""Addresses of lists to be approved; `sheets/urls.py` takes them in."""

from django.urls import path

from . import views

urlpatterns = [
    path("approval-lists/", views.approval_lists, name="approval_lists"),
    path("approval-lists/prepare/<int:cycle_pk>/", views.prepare, name="approval_list_prepare"),
    path("approval-lists/<int:pk>/", views.approval_list, name="approval_list"),
    path("approval-lists/<int:pk>/approve/", views.approve, name="approval_list_approve"),
    path("approval-lists/<int:pk>/withdraw/", views.withdraw, name="approval_list_withdraw"),
]
