"""The audit trail: one row per change, in the same transaction, never altered."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, models
from django.utils import timezone

from .instances import insert_instances
from .models import AuditEntry
from .outage import AuditClosed
from .personal import without_numbers
from .request_id import request_id


def entry(
    actor: models.Model | None,
    action: str,
    target: models.Model,
    *,
    before: dict | None = None,
    after: dict | None = None,
    note: str = "",
    role: str = "",
) -> AuditEntry:
    """An unsaved audit row; `action` is `object.verb` in English, `before`/`after` hold only what changed."""
    return AuditEntry(
        at=timezone.now(),
        actor=actor,
        acting_role=role,
        action=action,
        object_type=target._meta.label_lower,
        object_id=target.pk,
        object_label=without_numbers(str(target))[:200],
        before=before,
        after=after,
        note=without_numbers(note),
        request_id=request_id.get(),
    )


def record(actor: models.Model | None, action: str, target: models.Model, **details: object) -> AuditEntry:
    """Write one audit row. Call it inside the transaction that makes the change. Raises: AuditClosed."""
    row = entry(actor, action, target, **details)
    with _or_nothing():
        row.save(force_insert=True)
    return row


def record_many(entries: Iterable[AuditEntry]) -> None:
    """Write many audit rows at once, for services that change many rows. Raises: AuditClosed."""
    with _or_nothing():
        insert_instances(list(entries), needs_keys=False)


@contextmanager
def _or_nothing() -> Iterator[None]:
    """What cannot be written down must not happen: the refusal takes the change back."""
    try:
        yield
    except DatabaseError as fault:
        raise AuditClosed(str(fault)) from fault


def trail(target: models.Model, actions: Iterable[str] = ()) -> models.QuerySet[AuditEntry]:
    """The history of one object, oldest first; `actions` narrows it down."""
    rows = AuditEntry.objects.filter(object_type=target._meta.label_lower, object_id=target.pk).select_related("actor")
    return rows.filter(action__in=list(actions)) if actions else rows
