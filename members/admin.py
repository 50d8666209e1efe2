"""The development admin (DEBUG only): a look at people, accounts and offices, nothing to write with."""

from django.contrib import admin

from branches.admin import ReadOnlyAdmin

from .models import Appointment, Member, User


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    list_display = ("number", "name", "branch", "kind", "is_active")
    list_select_related = ("branch",)
    search_fields = ("number", "name", "branch__code")


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("username", "name", "is_active", "must_change_password", "last_login")
    exclude = ("password",)
    search_fields = ("username", "name")


@admin.register(Appointment)
class AppointmentAdmin(ReadOnlyAdmin):
    list_display = ("user", "role", "organization", "branch", "starts_on", "ends_on")
    list_select_related = ("user", "organization", "branch")
    list_filter = ("role",)
