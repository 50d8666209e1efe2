from django.urls import path

from . import views

urlpatterns = [
    path("reopenings/", views.reopenings, name="reopenings"),
    path("reopenings/<int:pk>/", views.reopening, name="reopening"),
    path("<int:pk>/reopen/", views.ask, name="reopen"),
]
