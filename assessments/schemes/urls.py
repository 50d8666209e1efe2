from django.urls import path

from . import views

app_name = "schemes"
urlpatterns = [
    path("", views.scheme_list, name="list"),
    path("import/", views.scheme_import, name="import"),
    path("<int:pk>/", views.scheme_detail, name="detail"),
    path("<int:pk>/file/", views.scheme_file, name="file"),
    path("<int:pk>/publish/", views.scheme_publish, name="publish"),
]
