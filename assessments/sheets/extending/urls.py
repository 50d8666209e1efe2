from django.urls import path

from . import views

urlpatterns = [
    path("extensions/", views.extensions, name="extensions"),
    path("extensions/new/<int:cycle_pk>/", views.ask, name="extension_ask"),
    path("extensions/<int:pk>/", views.extension, name="extension"),
]
