"""The kinds of files: one resource each, named in the settings so that rooms to the right can add theirs."""

from django.conf import settings
from django.http import Http404
from django.utils.module_loading import import_string

from .resource import PortalResource


def kinds() -> dict[str, type[PortalResource]]:
    """Name -> resource, in the order in which a new portal is filled."""
    return {name: import_string(path) for name, path in settings.IMPORT_RESOURCES.items()}


def resource_of(kind: str) -> type[PortalResource]:
    """The resource of a kind; an unknown one is a page that does not exist."""
    if kind not in settings.IMPORT_RESOURCES:
        raise Http404
    return import_string(settings.IMPORT_RESOURCES[kind])
