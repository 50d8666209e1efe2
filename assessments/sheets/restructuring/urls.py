from django.urls import path

from . import views

urlpatterns = [
    path("branch-changes/", views.changes, name="branch_changes"),
    path("branch-changes/new/", views.change_new, name="branch_change_new"),
    path("branch-changes/<int:pk>/", views.change, name="branch_change"),
]
