from django.urls import path

from .views import branches, imports, organizations, units

app_name = "branches"
urlpatterns = [
    path("", organizations.organizations, name="organizations"),
    path("new/", organizations.organization_new, name="organization_new"),
    path("<int:pk>/", organizations.organization_edit, name="organization_edit"),
    path("<int:pk>/active/", organizations.organization_active, name="organization_active"),
    path("units/", units.units, name="units"),
    path("units/new/", units.unit_new, name="unit_new"),
    path("units/<int:pk>/", units.unit_edit, name="unit_edit"),
    path("branches/", branches.branches, name="list"),
    path("branches/new/", branches.branch_new, name="branch_new"),
    path("branches/<int:pk>/", branches.branch_edit, name="branch_edit"),
    path("branches/<int:pk>/close/", branches.branch_close, name="branch_close"),
    path("branches/<int:pk>/reopen/", branches.branch_reopen, name="branch_reopen"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:pk>/", imports.upload, name="upload"),
    path("imports/<int:pk>/confirm/", imports.upload_confirm, name="upload_confirm"),
    path("imports/<int:pk>/problems/", imports.upload_problems, name="upload_problems"),
    path("imports/template/<str:kind>/", imports.template, name="template"),
    path("export/<str:kind>/<str:suffix>/", imports.export, name="export"),
]
