from django.urls import path

from .views import files, publishing, versions

app_name = "schemes"
urlpatterns = [
    path("", versions.scheme_list, name="list"),
    path("import/", files.scheme_import, name="import"),
    path("<int:pk>/", versions.scheme_detail, name="detail"),
    path("<int:pk>/file/", files.scheme_file, name="file"),
    path("<int:pk>/publish/", publishing.scheme_publish, name="publish"),
]
