"""The four moves of every edit page: bind the form, call the service, show what came of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from .errors import PortalError, StaleState
from .forms import Difference, VersionedForm, VersionForm

NOT_TYPED = frozenset(("csrfmiddlewaretoken", "version", "attempt", "asked"))


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

    When somebody else was faster the answer is 409 with both values; saving again is then a decision, field by field.
    """
    context = {"form": form, "page": page}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                require_choices(form)
                save(form)
            except StaleState as stale:
                status = stale.status
                context |= conflict_of(form, stale)
            except PortalError as refusal:
                form.add_error(None, refusal.message)
            except IntegrityError:
                form.add_error(None, _("Somebody else entered the same code or number meanwhile. Choose another one."))
            else:
                messages.success(request, page.done)
                return redirect(page.back)
    return render(request, "form.html", context, status=status)


def require_choices(form: forms.BaseForm) -> None:
    """After a conflict every field asked about needs a choice. Raises: StaleState, so that it is asked again."""
    if getattr(form, "undecided", None):
        raise StaleState(_("Choose for each field of the list which value stays. Nothing was saved."))


def conflict_of(form: forms.BaseForm, stale: StaleState) -> dict:
    """What `_conflict.html` shows: the sentence and, where the form has a version, both values of each field."""
    if isinstance(form, VersionedForm) and form.has_row:
        differences = form.differences()
        form.take_version()
        return {"conflict": stale.message, "differences": differences}
    if not isinstance(form, VersionForm) or not form.instance.pk:
        return {"conflict": stale.message}
    stored = type(form.instance)._base_manager.get(pk=form.instance.pk)
    differences = form.differences(stored)
    form.take_version(stored)
    return {"conflict": stale.message, "differences": differences}


def answer_conflict(
    request: HttpRequest, *, message: str, both: Iterable[Difference], version: int | None, back: str, heading: str = ""
) -> HttpResponse:
    """409 for a form without a page of its own: both values, what was typed ready to be sent again, or left.

    `version` is that of the row as it stands now; None where saving again is not possible any more.
    """
    context = {
        "message": message,
        "differences": list(both),
        "version": version,
        "typed": typed(request),
        "back": back,
        "heading": heading,
    }
    return render(request, "conflict.html", context, status=409)


def typed(request: HttpRequest) -> Sequence[tuple[str, str]]:
    """What a person typed into a form, to be sent again."""
    return [(name, value) for name, values in request.POST.lists() if name not in NOT_TYPED for value in values]
