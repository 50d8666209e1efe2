from django.urls import path

from .rights import views as rights
from .views import branch_result, files
from .yearbook import views as statistics

app_name = "reports"
urlpatterns = [
    path("", files.index, name="index"),
    path("ranking/", files.ranking, name="ranking_file"),
    path("archive/", files.archive, name="archive"),
    path("blank-form/", files.blank_form, name="blank_form"),
    path("account-slips/", files.slips, name="account_slips"),
    path("statistics/", statistics.department, name="department"),
    path("statistics/file/", statistics.department_file, name="department_file"),
    path("statistics/year/", statistics.year, name="year_statistics"),
    path("statistics/year/file/", statistics.year_file, name="year_statistics_file"),
    path("statistics/indicators/", statistics.indicators, name="indicators"),
    path("statistics/indicators/file/", statistics.indicators_file, name="indicators_file"),
    path("rights/", rights.people, name="rights"),
    path("rights/<int:pk>/", rights.rights_of, name="rights_of"),
    path("results/<int:pk>/", branch_result.result_page, name="result"),
    path("results/<int:pk>/pdf/", files.branch_pdf, name="branch_pdf"),
    path("sheets/<int:pk>/form/", files.sheet_form, name="sheet_form"),
    path("branches/<int:branch_pk>/file/<int:plan_pk>/", files.dossier, name="dossier"),
    path("branches/<int:branch_pk>/latest/", branch_result.latest_result, name="latest_result"),
    path("branches/<int:branch_pk>/years/", branch_result.branch_years, name="years"),
]
