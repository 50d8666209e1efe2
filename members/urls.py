from django.urls import path

from .tokens import views as tokens
from .views import accounts, appointments, audit, profile, roll, security, signing

app_name = "members"
urlpatterns = [
    path("accounts/login/", signing.login, name="login"),
    path("accounts/logout/", signing.logout, name="logout"),
    path("accounts/password/", signing.password, name="password"),
    path("accounts/profile/", profile.profile, name="profile"),
    path("accounts/second/", security.give_factor, name="factor"),
    path("accounts/second/setup/", security.set_up_factor, name="factor_setup"),
    path("accounts/security/", security.own_security, name="security"),
    path("accounts/security/codes/", security.renew_codes, name="factor_codes"),
    path("accounts/security/sessions/", security.end_own_sessions, name="end_sessions"),
    path("people/members/", roll.members, name="list"),
    path("people/members/new/", roll.member_new, name="member_new"),
    path("people/members/<int:pk>/", roll.member_edit, name="member_edit"),
    path("people/members/<int:pk>/active/", roll.member_active, name="member_active"),
    path("people/accounts/", accounts.accounts, name="accounts"),
    path("people/accounts/new/", accounts.account_new, name="account_new"),
    path("people/accounts/<int:pk>/", accounts.account_edit, name="account_edit"),
    path("people/accounts/<int:pk>/active/", accounts.account_active, name="account_active"),
    path("people/accounts/<int:pk>/reset/", accounts.account_reset, name="account_reset"),
    path("people/accounts/<int:pk>/unlock/", accounts.account_unlock, name="account_unlock"),
    path("people/accounts/<int:pk>/security/", security.account_security, name="account_security"),
    path("people/appointments/", appointments.appointments, name="appointments"),
    path("people/appointments/new/", appointments.appointment_new, name="appointment_new"),
    path("people/appointments/<int:pk>/end/", appointments.appointment_end, name="appointment_end"),
    path("people/tokens/", tokens.tokens, name="tokens"),
    path("people/tokens/new/", tokens.token_new, name="token_new"),
    path("people/tokens/<int:pk>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("audit/", audit.trail, name="audit"),
    path("audit/<int:pk>/", audit.entry, name="audit_entry"),
    path("audit/export/", audit.export, name="audit_export"),
    path("audit/verify/", audit.verify, name="audit_verify"),
]
