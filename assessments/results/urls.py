from django.urls import include, path

from .earlier import views as earlier_views
from .notices.urls import urlpatterns as notice_pages
from .views import decisions, publications, ranking, tallies

app_name = "results"
urlpatterns = [
    path("", tallies.tallies, name="tallies"),
    path("start/", tallies.start, name="start"),
    path("<int:pk>/", tallies.tally, name="tally"),
    path("<int:pk>/update/", tallies.update, name="update"),
    path("<int:pk>/comparison/", tallies.comparison, name="comparison"),
    path("<int:pk>/ties/<str:key>/", decisions.tie, name="tie"),
    path("<int:pk>/prepare/", decisions.prepare, name="prepare"),
    path("earlier/", earlier_views.earlier, name="earlier"),
    path("earlier/<int:pk>/remove/", earlier_views.remove, name="earlier_remove"),
    path("earlier/years/<int:year>/remove/", earlier_views.remove_year, name="earlier_remove_year"),
    path("ranking/", ranking.ranking, name="ranking"),
    path("trials/", include("assessments.results.trials.urls")),
    path("publications/", publications.publications, name="publications"),
    path("publications/<int:pk>/", publications.publication, name="publication"),
    path("publications/<int:pk>/publish/", publications.publish, name="publish"),
    path("publications/<int:pk>/send-back/", publications.send_back, name="send_back"),
    *notice_pages,
]
