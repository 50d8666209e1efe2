"""The four moves of every edit page: bind the form, call the service, show what came of it."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from .errors import PortalError, StaleState
from .forms import VersionForm


@dataclass(frozen=True)
class Page:
    """What stands around a form: heading, where to go back to, what the button says, what is said when it is done."""

    heading: str
    back: str
    button: str
    done: str
    hint: str = ""


def edit(
    request: HttpRequest, *, form: forms.BaseForm, save: Callable[[forms.BaseForm], object], page: Page
) -> HttpResponse:
    """Show `form`; on a valid POST call `save` and go back. A refusal is shown beside the form with all input kept.

    When somebody else was faster the answer is 409 with both values; saving again is then a decision.
    """
    context = {"form": form, "page": page}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                save(form)
            except StaleState as stale:
                status = stale.status
                context |= _conflict(form, stale)
            except PortalError as refusal:
                form.add_error(None, refusal.message)
            except IntegrityError:
                form.add_error(None, _("Somebody else entered the same code or number meanwhile. Choose another one."))
            else:
                messages.success(request, page.done)
                return redirect(page.back)
    return render(request, "form.html", context, status=status)


def _conflict(form: forms.BaseForm, stale: StaleState) -> dict:
    if not isinstance(form, VersionForm) or not form.instance.pk:
        return {"conflict": stale.message}
    stored = type(form.instance)._base_manager.get(pk=form.instance.pk)
    differences = form.differences(stored)
    form.take_version(stored)
    return {"conflict": stale.message, "differences": differences}
