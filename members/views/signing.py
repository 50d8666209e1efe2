"""Signing in and out, the lock after wrong passwords, and one's own password."""

from axes.helpers import get_cool_off
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from branchportal.returning import own_page

from ..demonstration import demo_accounts, demo_password
from ..forms import OwnPasswordForm, SignInForm
from ..security import passwords
from ..services import signing


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """The sign-in page; the sentence after a wrong try does not tell which part was wrong."""
    target = _safe_target(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if signing.sign_in(request=request, **form.cleaned_data):
            return redirect(target)
        form.add_error(
            None,
            _(
                "Account and password do not match, or the account is not active. Mind capital letters; "
                "if you forgot the password, your department or the assessment office resets it."
            ),
        )
    return _sign_in_page(request, form, target, 422 if form.is_bound else 200)


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """What axes answers after five wrong passwords: how long it lasts and who can help (429)."""
    minutes = round(get_cool_off(request).total_seconds() / 60)
    sentence = _(
        "Too many wrong passwords for this account from this computer. Signing in is blocked for %(minutes)d minutes. "
        "Wait, or ask your department or the security administrator to lift the lock."
    ) % {"minutes": minutes}
    if request.headers.get("X-Requested-With") == "fetch":
        response: HttpResponse = JsonResponse({"code": "locked", "message": sentence}, status=429)
    else:
        form = SignInForm(initial={"username": request.POST.get("username", "")})
        response = _sign_in_page(request, form, _safe_target(request), 429, locked=sentence)
    response["Retry-After"] = str(minutes * 60)
    return response


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    signing.sign_out(request=request)
    messages.info(request, _("You are signed out. Close the browser on a shared computer."))
    response = redirect("members:login")
    response["Clear-Site-Data"] = '"storage"'  # what other tabs kept of unsent text goes too, script or no script
    return response


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; forced once after an initial one."""
    form: PasswordChangeForm = OwnPasswordForm(request.user, request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        said = {"password": form.cleaned_data["new_password1"], "keep": request.session.stored_key}
        user = signing.change_own_password(user=request.user, **said)
        update_session_auth_hash(request, user)
        messages.success(request, _("Your password has been changed. Other sessions of this account have ended."))
        return redirect("home")
    context = {
        "form": form,
        "is_forced": request.user.must_change_password and not settings.DEMO,
        "is_too_old": passwords.is_too_old(request.user),
    }
    return render(request, "members/password.html", context, status=422 if form.is_bound else 200)


def _sign_in_page(
    request: HttpRequest, form: SignInForm, target: str, status: int, *, locked: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "next": target,
        "locked": locked,
        "demo_accounts": demo_accounts(),
        "demo_password": demo_password(),
    }
    return render(request, "members/login.html", context, status=status)


def _safe_target(request: HttpRequest) -> str:
    """The page asked for before signing in, if it is one of ours; else the first page."""
    wish = request.POST.get("next") or request.GET.get("next")
    return own_page(request, wish, resolve_url(settings.LOGIN_REDIRECT_URL))
