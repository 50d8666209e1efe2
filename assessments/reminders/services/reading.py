"""Opening one's messages."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from ..models import Message
from .gathering import recount

if TYPE_CHECKING:
    from members.models import User


@transaction.atomic
def read_messages(*, user: "User", at: datetime, message: Message | None = None) -> int:
    """Mark one of one's own messages as read, or all of them. Returns how many; repeating it is harmless."""
    rows = Message.objects.visible_to(user).filter(read_at=None)
    rows = rows.filter(pk=message.pk) if message else rows
    if not rows.exists():
        return 0
    read = rows.update(read_at=at)
    recount({user.pk})
    return read
