"""Addresses of the progress board, included under `cycles:` (see `assessments/cycles/urls.py`)."""

from django.urls import path

from .views import board

urlpatterns = [
    path("", board.heat_map, name="board"),
    path("branches/", board.branches, name="board_branches"),
    path("reminder/", board.reminder_page, name="board_reminder"),
]
