"""Changing one row that carries a `version`: a conditional update, never a silent overwrite, with its audit row."""

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from . import audit
from .errors import StaleState
from .personal import for_trail

Row = TypeVar("Row", bound=models.Model)


def plain(value: object) -> object:
    """A field's value as the audit trail keeps it."""
    if isinstance(value, models.Model):
        return f"{value} ({value.pk})"
    return value.isoformat() if isinstance(value, date) else value


def stale() -> StaleState:
    """The refusal when somebody else was faster."""
    return StaleState(
        _("Somebody else changed this meanwhile, so nothing was saved. Compare the two versions below and save again.")
    )


@transaction.atomic
def change_row(*, row: Row, actor: models.Model, version: int, action: str, values: dict, note: str = "") -> Row:
    """Set `values` if the stored row still has `version`; returns the row as it is stored now.

    Nothing changed means nothing written. Raises StaleState when another change came first.
    """
    model = type(row)
    stored = model._base_manager.get(pk=row.pk)
    if stored.version != version:
        raise stale()
    changed = {name: value for name, value in values.items() if getattr(stored, name) != value}
    if not changed:
        return stored
    moved = model._base_manager.filter(pk=row.pk, version=version).update(**changed, version=version + 1)
    if not moved:
        raise stale()
    before = _kept(stored, changed)
    stored.refresh_from_db()
    audit.record(actor, action, stored, before=before, after=_kept(stored, changed), note=note)
    return stored


def _kept(row: models.Model, names: Iterable[str]) -> dict:
    """These fields as the audit trail keeps them; encrypted ones masked."""
    return {name: for_trail(row._meta.get_field(name), plain(getattr(row, name))) for name in names}
