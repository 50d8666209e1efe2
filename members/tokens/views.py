"""Pages of the tokens of other systems."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branchportal.access import require
from branchportal.editing import Page
from branchportal.errors import PortalError
from branchportal.paging import page_of

from . import rules, services
from .forms import TokenForm
from .models import ApiToken


@require_GET
def tokens(request: HttpRequest) -> HttpResponse:
    """All tokens, the newest first, 50 a page."""
    require(rules.can_keep_tokens(request.user))
    return render(request, "members/tokens/list.html", {"page": page_of(request, ApiToken.objects.for_table())})


@require_http_methods(["GET", "POST"])
def token_new(request: HttpRequest) -> HttpResponse:
    """Make a token; the answer shows it, once."""
    require(rules.can_keep_tokens(request.user))
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            token, secret = services.create_token(
                actor=request.user,
                name=said["name"],
                purpose=said["purpose"],
                expires_on=said["expires_on"],
                grants=form.grants(),
            )
        except PortalError as refusal:
            form.add_error(None, refusal.message)
        else:
            return render(request, "members/tokens/made.html", {"token": token, "secret": secret})
    page = Page(
        heading=_("New API token"),
        back=reverse("members:tokens"),
        button=_("Create token"),
        done="",
        hint=_("A token lets another system read over the API. It writes nothing and reads nothing about persons."),
    )
    return render(request, "form.html", {"form": form, "page": page}, status=422 if request.method == "POST" else 200)


@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a token at once."""
    require(rules.can_keep_tokens(request.user))
    services.revoke_token(actor=request.user, token=get_object_or_404(ApiToken, pk=pk))
    messages.success(request, _("The token has been revoked; the next request with it is refused."))
    return redirect("members:tokens")
