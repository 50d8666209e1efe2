"""New instances of a model, many at once: what `bulk_create` does, without its price of a function call per value."""

import json
from collections.abc import Sequence

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from .bulk import insert_columns, next_id


def insert_instances(instances: Sequence[models.Model], *, needs_keys: bool = True) -> None:
    """Insert new rows of one model; with `needs_keys` the instances know their primary keys afterwards.

    The caller holds the transaction. Related objects must be stored already. No signals.
    """
    if not instances:
        return
    model = type(instances[0])
    fields = list(model._meta.concrete_fields)
    if needs_keys:
        for instance, key in zip(instances, reserved_ids(model, len(instances)), strict=True):
            instance.pk = key
    else:
        fields.remove(model._meta.pk)
    for field in fields:
        if field.is_relation:
            _take_keys(instances, field)
    insert_columns(model, {field.name: _column(instances, field) for field in fields})
    for instance in instances:
        instance._state.adding, instance._state.db = not needs_keys, connection.alias


def reserved_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """Primary keys that nobody else will get: from the sequence on PostgreSQL; SQLite has one writer at a time."""
    if connection.vendor != "postgresql":
        first = next_id(model)
        return range(first, first + count)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [key for (key,) in cursor.fetchall()]


def _take_keys(instances: Sequence[models.Model], field: models.Field) -> None:
    """The key of a related object that was stored after it was set."""
    for instance in instances:
        if getattr(instance, field.attname) is None and field.is_cached(instance):
            related = field.get_cached_value(instance)
            setattr(instance, field.attname, None if related is None else related.pk)


def _column(instances: Sequence[models.Model], field: models.Field) -> list[object]:
    """The values of one field as `insert_columns` takes them; each distinct day or moment is prepared once."""
    values = [getattr(instance, field.attname) for instance in instances]
    if isinstance(field, models.JSONField):
        return [None if one is None else json.dumps(one, cls=field.encoder or DjangoJSONEncoder) for one in values]
    if isinstance(field, models.DateField):  # a DateTimeField is one, too
        values = [field.pre_save(instance, add=True) for instance in instances]  # fills in auto_now_add
        known = {value: field.get_db_prep_save(value, connection) for value in set(values)}
        return [known[value] for value in values]
    if isinstance(field, models.CharField | models.TextField):
        return [value if value is None else str(value) for value in values]
    return values
