from django.urls import path

from . import views

urlpatterns = [
    path("", views.trials, name="trials"),
    path("new/", views.start, name="trial_start"),
    path("side-by-side/", views.side_by_side, name="trial_pair"),
    path("<int:pk>/", views.trial, name="trial"),
    path("<int:pk>/workbook/", views.workbook_file, name="trial_workbook"),
    path("<int:pk>/adopt/", views.adopt, name="trial_adopt"),
    path("<int:pk>/delete/", views.delete, name="trial_delete"),
]
