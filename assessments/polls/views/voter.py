"""What a voter sees: the ballot on a phone, without account, session or script."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from branchportal.errors import PortalError
from branchportal.paging import whole_number
from members.security.addresses import address_of

from ..voting import Ballot, Spent, find_ballot, note_miss, spent, vote

PATH = "/vote/"


@require_safe
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """The link: its secret moves into a cookie of this page at once; nothing is looked up or spent."""
    response = HttpResponseRedirect(reverse("vote:ballot"), status=303)
    response.set_cookie(
        settings.BALLOT_COOKIE_NAME,
        secret[:80],
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def ballot(request: HttpRequest) -> HttpResponse:
    """The ballot of the link in the cookie; sending it spends the link."""
    secret = request.COOKIES.get(settings.BALLOT_COOKIE_NAME, "")
    found = find_ballot(secret, request.received_at)
    if found is None:
        return _missed(request)
    if request.method != "POST":
        return _show(request, found, secret)
    if not constant_time_compare(request.POST.get("sheet", ""), _mark(secret, found)):
        message = _("Another ballot was opened in this browser meanwhile. This is the one that is open now.")
        return _show(request, found, secret, error=message, status=409)
    try:
        vote(ballot=found, answers=_answers(request), comment=request.POST.get("comment", ""), at=request.received_at)
    except Spent as refusal:
        return _page(request, "spent", {"message": refusal.message}, refusal.status)
    except PortalError as refusal:
        return _show(request, found, secret, error=refusal.message, status=422)
    if found.left > 1:
        return HttpResponseRedirect(reverse("vote:ballot"), status=303)
    response = HttpResponseRedirect(reverse("vote:done"), status=303)
    response.delete_cookie(settings.BALLOT_COOKIE_NAME, path=PATH)
    return response


@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """Thanks; the same for everybody."""
    return _page(request, "done", {})


def _show(request: HttpRequest, found: Ballot, secret: str, *, error: str = "", status: int = 200) -> HttpResponse:
    form = found.poll.form
    chosen = _answers(request) if request.method == "POST" else {}
    questions = [{"question": question, "chosen": chosen.get(question.pk)} for question in form.questions.all()]
    context = {
        "ballot": found,
        "poll": found.poll,
        "form": form,
        "questions": questions,
        "options": list(form.options.all()),
        "comment": request.POST.get("comment", "")[:500],
        "sheet": _mark(secret, found),
        "error": error,
        "csrf_token": get_token(request),
    }
    return _page(request, "ballot", context, status)


def _missed(request: HttpRequest) -> HttpResponse:
    """A link that nothing fits; too many from one place are told to wait."""
    if not request.COOKIES.get(settings.BALLOT_COOKIE_NAME):
        return _page(request, "spent", {"message": spent().message}, 404)
    if note_miss(address_of(request) or "", request.received_at):
        message = _("Too many addresses were tried from here. Wait ten minutes; a valid link is not affected.")
        return _page(request, "spent", {"message": message}, 429)
    return _page(request, "spent", {"message": spent().message}, 404)


def _mark(secret: str, found: Ballot) -> str:
    """Ties the page to its link and branch, so that two ballots in one browser are not mixed up."""
    return salted_hmac("polls.sheet", f"{secret}:{found.poll.pk}", algorithm="sha256").hexdigest()[:32]


def _answers(request: HttpRequest) -> dict[int, int]:
    found = {}
    for name, value in request.POST.items():
        question = name.removeprefix("q")
        if question != name and whole_number(question) and whole_number(value):
            found[whole_number(question)] = whole_number(value)
    return found


def _page(request: HttpRequest, name: str, context: dict, status: int = 200) -> HttpResponse:
    """A page without request context: nothing in it may ask who is signed in."""
    body = render_to_string(f"assessments/polls/voter/{name}.html", {"portal_name": settings.PORTAL_NAME, **context})
    return HttpResponse(body, status=status)
