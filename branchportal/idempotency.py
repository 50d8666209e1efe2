"""The same change sent twice is one change: the second answer is the first one again.

A script or page that changes something may send a key of its own making with it, in the header `Idempotency-Key` or,
for a plain form, in the field `attempt`. The key and the answer are stored in the transaction of the change itself, so
an answer that was lost on its way, or with the process that gave it, is given again and nothing happens twice.
Answers are kept encrypted and for a day, so that a copied database does not tell what was answered.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.utils.translation import gettext as _

from .middleware import FORMS, ErrorMiddleware, answer
from .models import RepeatedRequest

KEPT = timedelta(hours=24)
LONGEST_KEY = 80
LARGEST_ANSWER = 512 * 1024  # bytes; larger ones are not kept, so such a change is simply tried again
WRITING = frozenset(("POST", "PUT", "PATCH", "DELETE"))
NOT_SAID = frozenset(("csrfmiddlewaretoken", "attempt"))  # another token after signing in again is no other change

Answer = Callable[[HttpRequest], HttpResponse]
SECRET_PREFIXES = ("/accounts/",)  # forms with passwords and codes: not even a digest of them is kept


class IdempotencyMiddleware:
    """Stands behind the one that asks for signing in: keys belong to a person."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in WRITING or not request.user.is_authenticated:
            return self.get_response(request)
        try:
            key = key_of(request)
            if not key or request.path.startswith(SECRET_PREFIXES):
                return self.get_response(request)
            if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
                message = _("The key of a request is at most %(count)d printable ASCII characters.")
                return answer(request, 400, "invalid_key", message % {"count": LONGEST_KEY})
            digest = digest_of(request)
        except UnreadablePostError:
            return answer(request, 400, "incomplete", _("The request ended before it was complete. Send it again."))
        return self._once(request, key, digest)

    def _once(self, request: HttpRequest, key: str, digest: str) -> HttpResponse:
        known = RepeatedRequest.objects.filter(user=request.user, key=key)
        if stored := known.first():
            return _again(request, stored, digest)
        try:
            with transaction.atomic():
                row = RepeatedRequest.objects.create(user=request.user, key=key, digest=digest, at=request.received_at)
                response = self.get_response(request)
                _keep(row, response)
            return response
        except IntegrityError:  # the same key arrived twice at this moment; the other one is through by now
            stored = known.first()
            return _again(request, stored, digest) if stored else _busy(request, OperationalError())
        except OperationalError as fault:  # in the end of the transaction: nothing was changed
            return _busy(request, fault)


def key_of(request: HttpRequest) -> str:
    """The sender's key, "" without one. Raises: UnreadablePostError."""
    if key := request.headers.get("Idempotency-Key", "").strip():
        return key
    return request.POST.get("attempt", "").strip() if request.content_type in FORMS else ""


def digest_of(request: HttpRequest) -> str:
    """SHA-256 of what is asked: method, address and everything sent, forms by their fields. Raises: as `key_of`."""
    said: object
    if request.content_type in FORMS:
        fields = [[name, values] for name, values in sorted(request.POST.lists()) if name not in NOT_SAID]
        files = [[name, *_described(file)] for name, each in sorted(request.FILES.lists()) for file in each]
        said = [fields, files]
    else:
        said = hashlib.sha256(request.body).hexdigest()
    text = json.dumps([request.method, request.get_full_path(), said], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _described(file: UploadedFile) -> tuple[str, str]:
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    return file.name or "", digest.hexdigest()


def _keep(row: RepeatedRequest, response: HttpResponse) -> None:
    """What was refused changed nothing and may be tried again under its key; what was done is answered as before."""
    if response.status_code >= 500:
        transaction.set_rollback(True)
    elif response.status_code >= 400 or not _is_kept(response):
        row.delete()
    else:
        row.status, row.answer = response.status_code, response.content.decode("utf-8", "replace")
        row.kind, row.location = response.get("Content-Type", "")[:100], response.get("Location", "")[:500]
        row.save(update_fields=["status", "answer", "kind", "location"])


def _is_kept(response: HttpResponse) -> bool:
    """Data and redirects are; pages are not: one may show a password that is stored nowhere."""
    if response.streaming or len(response.content) > LARGEST_ANSWER:
        return False
    return response.status_code >= 300 or response.get("Content-Type", "").startswith("application/json")


def _again(request: HttpRequest, stored: RepeatedRequest, digest: str) -> HttpResponse:
    if stored.digest != digest:
        message = _("This key was used for another change. Nothing was changed; send this one under a key of its own.")
        return answer(request, 422, "key_used", message)
    response = HttpResponse(stored.answer, status=stored.status, content_type=stored.kind or None)
    if stored.location:
        response["Location"] = stored.location
    response["Idempotent-Replay"] = "true"
    return response


def _busy(request: HttpRequest, fault: OperationalError) -> HttpResponse:
    return ErrorMiddleware(_again).process_exception(request, fault)


def forget_old() -> int:
    """Forget keys of more than a day ago; called every hour. Returns how many."""
    gone, _rows = RepeatedRequest.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return gone
