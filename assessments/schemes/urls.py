from django.urls import include, path

from .views import comparison, designer, designer_start, files, publishing, versions

app_name = "schemes"
urlpatterns = [
    path("", versions.scheme_list, name="list"),
    path("import/", files.scheme_import, name="import"),
    path("new/", designer_start.new, name="new"),
    path("<int:pk>/", versions.scheme_detail, name="detail"),
    path("template/", files.scheme_template, name="template"),
    path("<int:pk>/file/", files.scheme_file, name="file"),
    path("<int:pk>/workbook/", files.scheme_file, {"kind": files.XLSX}, name="workbook"),
    path("<int:pk>/start/", designer_start.start, name="start"),
    path("<int:pk>/delete/", designer_start.delete, name="delete"),
    path("<int:pk>/design/", designer.design, name="design"),
    path("<int:pk>/design/example/", designer.design_example, name="design_example"),
    path("<int:pk>/design/undo/", designer.design_undo, name="design_undo"),
    path("<int:pk>/design/history/", designer.design_history, name="design_history"),
    path("<int:pk>/propose/", publishing.scheme_propose, name="propose"),
    path("<int:pk>/send-back/", publishing.scheme_send_back, name="send_back"),
    path("<int:pk>/publish/", publishing.scheme_publish, name="publish"),
    path("<int:pk>/compare/", comparison.scheme_compare, name="compare"),
    path("<int:pk>/compare/file/", comparison.scheme_compare_file, name="compare_file"),
    path("<int:pk>/preview/", include("assessments.sheets.urls_scheme_preview")),
]
