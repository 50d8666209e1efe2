"""A version's way into use: put forward, sent back, published. Each a POST from the version's page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ..models import SchemeVersion
from ..services import publishing


@require_POST
def scheme_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft."""
    version = get_object_or_404(SchemeVersion.objects.visible_to(request.user).select_related("scheme"), pk=pk)
    publishing.publish_scheme(version=version, actor=request.user)
    messages.success(request, _("Version %(version)s is published.") % {"version": version.version})
    return redirect("schemes:detail", pk=pk)
