"""The development admin (DEBUG only): a look at set-up data, nothing to write with."""

from django.contrib import admin
from django.http import HttpRequest

from .models import Branch, Organization, Sector, Unit


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows can be looked at; changes go through the services and their audit rows."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Unit, Sector)
class PlainAdmin(ReadOnlyAdmin):
    list_display = ("code", "name")
    search_fields = ("code", "name")


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "kind", "parent", "unit", "is_active")
    list_select_related = ("parent", "unit")
    search_fields = ("code", "name")


@admin.register(Branch)
class BranchAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "organization", "sector", "unit", "is_active")
    list_select_related = ("organization", "sector", "unit")
    search_fields = ("code", "name")
