from django.urls import path

from . import views

urlpatterns = [
    path("<int:pk>/stamped/", views.attach, name="stamped_attach"),
    path("stamped/<int:pk>/", views.stamped_file, name="stamped_file"),
    path("stamped/<int:pk>/withdraw/", views.withdraw, name="stamped_withdraw"),
]
