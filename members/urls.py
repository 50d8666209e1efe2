from django.urls import path

from branchportal.views import soon

app_name = "members"
urlpatterns = [
    path("accounts/login/", soon, name="login"),
    path("accounts/logout/", soon, name="logout"),
    path("accounts/password/", soon, name="password"),
    path("accounts/profile/", soon, name="profile"),
    path("people/members/", soon, name="list"),
    path("people/accounts/", soon, name="accounts"),
    path("people/appointments/", soon, name="appointments"),
]
