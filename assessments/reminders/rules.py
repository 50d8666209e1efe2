"""Who reads the outbox and lets mails go."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal import mailing
from branchportal.access import YES, Access, no
from members.roles import Role

from .choices import DROPPABLE, RELEASABLE
from .models import Mail

if TYPE_CHECKING:
    from members.models import User


def can_keep_outbox(user: "User") -> Access:
    """The assessment office alone: it reads, drops and releases."""
    return YES if user.scope.has(Role.OFFICE) else no(_("The outbox is the work of the assessment office."))


def can_release(user: "User", mail: Mail | None = None) -> Access:
    """The office, while a mail server is set; one mail while it waits, or failed, or it is unsure."""
    if not (access := can_keep_outbox(user)):
        return access
    if not mailing.is_set():
        return no(_("No mail server is set, so nothing can be sent. The system administrator sets EMAIL_URL."))
    if mail is not None and mail.status not in RELEASABLE:
        return no(_("This mail cannot be released: %(status)s.") % {"status": mail.get_status_display()})
    return YES


def can_drop(user: "User", mail: Mail) -> Access:
    """The office, until it is being sent or was sent."""
    if not (access := can_keep_outbox(user)):
        return access
    if mail.status not in DROPPABLE:
        return no(_("This mail cannot be dropped: %(status)s.") % {"status": mail.get_status_display()})
    return YES
