"""One's own second factor and sessions, and those of others for the security administrator."""

from base64 import b32encode

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branchportal.access import require
from branchportal.errors import PortalError

from .. import rules
from ..models import User
from ..security import factor, sessions
from ..services import signing


@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def give_factor(request: HttpRequest) -> HttpResponse:
    """Finish signing in with a code."""
    if not factor.step_needed(request):
        return redirect("home")
    problem = ""
    if request.method == "POST":
        try:
            factor.give_code(request=request, code=request.POST.get("code", "")[:40])
            return redirect("home")
        except PortalError as error:
            problem = error.message
    return render(request, "members/security/code.html", {"problem": problem}, status=422 if problem else 200)


@sensitive_post_parameters("code", "password")
@require_http_methods(["GET", "POST"])
def set_up_factor(request: HttpRequest) -> HttpResponse:
    """Scan, type the first code, keep the recovery codes."""
    if request.session.get(factor.ASKED) and not request.session.get(factor.VERIFIED):
        return redirect("members:factor")
    pending, problem = factor.begin_setup(request.user), ""
    if request.method == "POST":
        try:
            _confirm(request)
            codes = factor.confirm_setup(request=request, code=request.POST.get("code", "")[:40])
            return _codes_page(request, codes)
        except PortalError as error:
            problem = error.message
    context = {
        "problem": problem,
        "qr": _qr(factor.address_for(pending)),
        "secret": " ".join(_base32(pending.secret)[at : at + 4] for at in range(0, 32, 4)),
        "is_demanded": factor.is_demanded(request.user),
        "asks_password": signing.is_password_asked(request),
    }
    return render(request, "members/security/setup.html", context, status=422 if problem else 200)


@sensitive_post_parameters("password", "again")
@require_POST
def renew_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown once."""
    _confirm(request)
    return _codes_page(request, factor.renew_recovery_codes(user=request.user))


@require_GET
def own_security(request: HttpRequest) -> HttpResponse:
    """One's second factor, and where one is signed in."""
    context = {
        "factor": factor.factor_of(request.user),
        "is_demanded": factor.is_demanded(request.user),
        "sessions": sessions.open_sessions(request.user),
        "here": request.session.stored_key,
        "asks_password": signing.is_password_asked(request),
        "asks_code": factor.is_asked_again(request),
    }
    return render(request, "members/security/own.html", context)


@sensitive_post_parameters("password", "again")
@require_POST
def end_own_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    _confirm(request)
    count = sessions.end_own(user=request.user, keep=request.session.stored_key)
    messages.success(request, _("%(count)d other sessions have ended.") % {"count": count})
    return redirect("members:security")


@require_http_methods(["GET", "POST"])
def account_security(request: HttpRequest, pk: int) -> HttpResponse:
    """Sessions and second factor of an account, for the security administrator."""
    require(rules.can_see_security(request.user))
    account = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        _change(request, account)
        return redirect("members:account_security", account.pk)
    context = {
        "account": account,
        "factor": factor.factor_of(account),
        "sessions": sessions.open_sessions(account),
        "past": account.sign_ins.exclude(ended_at=None)[:10],
        "can_end": rules.can_end_sessions(request.user, account),
        "can_reset": rules.can_reset_factor(request.user, account),
    }
    return render(request, "members/security/account.html", context)


def _change(request: HttpRequest, account: User) -> None:
    action = request.POST.get("action")
    if action == "end":
        count = sessions.end_sessions(actor=request.user, account=account)
        messages.success(request, _("%(count)d sessions have ended.") % {"count": count})
    elif action == "reset":
        factor.reset_factor(actor=request.user, account=account)
        messages.success(request, _("The second factor was taken away. It is set up anew at the next sign-in."))
    elif action == "certificate":
        text = request.POST.get("certificate")
        if text is None or len(text) > 200:
            raise PortalError(_("Type the certificate's name, at most 200 characters; leave it empty to take it away."))
        factor.set_certificate(actor=request.user, account=account, certificate=text)
        messages.success(request, _("Saved."))
    else:
        raise PortalError(_("This step is unknown. Reload the page."))


def _confirm(request: HttpRequest) -> None:
    password, code = (request.POST.get(name, "")[:200] for name in ("password", "again"))
    signing.confirm(request=request, password=password, code=code[:40])


def _codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "members/security/codes.html", {"codes": codes})


def _qr(address: str) -> str:
    """The QR code as an image address that the page may show."""
    return segno.make(address, error="m").svg_data_uri(scale=5, border=2)


def _base32(secret: str) -> str:
    return b32encode(bytes.fromhex(secret)).decode()
