"""Addresses of a review's scope; `cycles/urls.py` takes them in under the key of a cycle."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.scope, name="scope"),
    path("choose/", views.choose, name="scope_choose"),
    path("settle/", views.settle, name="scope_settle"),
    path("add/", views.add, name="scope_add"),
    path("list.csv", views.scope_file, name="scope_file"),
]
