"""Sessions in the database under a digest of their key: a copied database opens no session.

The browser's cookie holds the key; the tables hold its SHA-256, cut to the width of Django's column.
"""

import hashlib
import logging

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.core.exceptions import SuspiciousOperation
from django.utils import timezone

from .models import SignIn

log = logging.getLogger(__name__)


def stored_key(key: str | None) -> str:
    """What the tables know a session by; "" for none. 40 hexadecimal digits are 160 bits."""
    return hashlib.sha256(key.encode()).hexdigest()[:40] if key else ""


class SessionStore(DatabaseStore):
    """Django's store, with the digest wherever it meets the table."""

    @property
    def stored_key(self) -> str:
        """What `SignIn.session_key` and the session's row hold."""
        return stored_key(self.session_key)

    def _get_session_from_db(self) -> Session | None:
        try:
            return self.model.objects.get(session_key=self.stored_key, expire_date__gt=timezone.now())
        except (self.model.DoesNotExist, SuspiciousOperation) as fault:
            if isinstance(fault, SuspiciousOperation):
                log.warning("session: %s", fault)
            self._session_key = None
            return None

    def exists(self, session_key: str) -> bool:
        return self.model.objects.filter(session_key=stored_key(session_key)).exists()

    def create_model_instance(self, data: dict) -> Session:
        row = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    def cycle_key(self) -> None:
        """A new key for one session (of a new password): the list of sessions follows, so that it can be ended."""
        before = self.stored_key
        super().cycle_key()
        SignIn.objects.filter(session_key=before).update(session_key=self.stored_key)

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            self.model.objects.filter(session_key=stored_key(key)).delete()
