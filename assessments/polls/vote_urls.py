"""The voter's addresses: the link itself, the ballot, and the thanks. No sign-in, no session."""

from django.urls import path

from .views import voter

app_name = "vote"
urlpatterns = [
    path("", voter.ballot, name="ballot"),
    path("done/", voter.done, name="done"),
    path("<str:secret>/", voter.enter, name="enter"),
    path("<str:secret>", voter.enter, name="enter_short"),
]
