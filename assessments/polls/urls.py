"""Addresses of whoever runs and reads polls; the voter's own are in `vote_urls`."""

from django.urls import path

from .views import facts, meetings, papers, polls, running

app_name = "polls"
urlpatterns = [
    path("", polls.poll_list, name="list"),
    path("new/", running.new, name="new"),
    path("close/", running.close_many, name="close_many"),
    path("<int:pk>/", polls.detail, name="detail"),
    path("<int:pk>/open/", running.open_one, name="open"),
    path("<int:pk>/close/", running.close_one, name="close"),
    path("<int:pk>/void/", running.void, name="void"),
    path("<int:pk>/links/", running.links, name="links"),
    path("<int:pk>/counts/", running.counts, name="counts"),
    path("<int:pk>/confirm/", running.confirm, name="confirm"),
    path("<int:pk>/scan/", running.scan_attach, name="scan_attach"),
    path("<int:pk>/comments/", polls.comments, name="comments"),
    path("scans/<int:pk>/", polls.scan, name="scan"),
    path("papers/", papers.paper_list, name="papers"),
    path("papers/new/", papers.paper_new, name="paper_new"),
    path("papers/<int:pk>/", papers.paper, name="paper"),
    path("papers/<int:pk>/copy/", papers.paper_copy, name="paper_copy"),
    path("papers/<int:pk>/delete/", papers.paper_delete, name="paper_delete"),
    path("meetings/", meetings.meeting_list, name="meetings"),
    path("meetings/new/", meetings.meeting_new, name="meeting_new"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("meetings/<int:pk>/agenda/", meetings.agenda, name="meeting_agenda"),
    path("meetings/<int:pk>/open/", meetings.meeting_open, name="meeting_open"),
    path("meetings/<int:pk>/close/", meetings.meeting_close, name="meeting_close"),
    path("meetings/<int:pk>/links/", meetings.meeting_links, name="meeting_links"),
    path("year/", facts.fact_list, name="facts"),
    path("year/new/", facts.fact_new, name="fact_new"),
    path("year/<int:pk>/decide/", facts.fact_decide, name="fact_decide"),
    path("year/<int:pk>/withdraw/", facts.fact_withdraw, name="fact_withdraw"),
]
