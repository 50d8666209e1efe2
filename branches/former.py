"""Former names: what a branch, an organization or a unit was called before it was renamed, and until when.

Every door that renames calls `keep` in its transaction. Published lists read the name of their own day (`then`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from .models import Branch, FormerName, Organization, Unit

FIELDS: Mapping[type[models.Model], str] = {Branch: "branch", Organization: "organization", Unit: "unit"}


def keep(renamed: Iterable[tuple[models.Model, str]], at: datetime | None = None) -> None:
    """Store names that were given up: each row with the name it had until now."""
    at = at or timezone.now()
    FormerName.objects.bulk_create(
        FormerName(**{f"{FIELDS[type(row)]}_id": row.pk}, name=name, until=at) for row, name in renamed
    )


def keep_if_renamed(row: models.Model, changed: models.Model) -> None:
    """Keep the name of `row`, as it was read before a change, where the stored row has another one now."""
    if changed.name != row.name:
        keep([(changed, row.name)])


def then(field: str, moment: models.Expression) -> Subquery:
    """The name that the thing behind foreign key `field` of the outer row had at `moment`; NULL: the one it has now.

    A NULL moment means now.
    """
    later = FormerName.objects.filter(**{field: OuterRef(f"{field}_id")}, until__gt=moment)
    return Subquery(later.order_by("until").values("name")[:1])


def names_of(branch: Branch) -> QuerySet[FormerName]:
    """Former names of a branch, oldest first."""
    return FormerName.objects.filter(branch=branch)
