"""Former names: what a branch, an organization or a unit was called before it was renamed, and until when.

Every door that renames calls `keep` in its transaction. Rows of the past read the names of their own day:
their queryset is a `NamedQuerySet`, and its `for_table()` begins with `named_as_of`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, ExtractYear
from django.db.models.query import ModelIterable
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


def then(path: str, moment: models.Expression, kind: str = "") -> Subquery:
    """The name that the thing at the end of a path of foreign keys ("sheet__branch") had at `moment`.

    NULL: the one it has now. A NULL moment means now. `kind` says what it is (`FIELDS`), else the path's last step.
    """
    kind = kind or path.rsplit("__", 1)[-1]
    later = FormerName.objects.filter(**{kind: OuterRef(f"{path}_id")}, until__gt=moment)
    return Subquery(later.order_by("until").values("name")[:1])


def name_at(thing: models.Model, moment: datetime | None) -> models.Expression:
    """The name that one branch, organization or unit had at a moment (None: now), as a column for other rows."""
    later = FormerName.objects.filter(**{FIELDS[type(thing)]: thing.pk}, until__gt=moment or timezone.now())
    return Coalesce(Subquery(later.order_by("until").values("name")[:1]), Value(thing.name))


def at_end_of_year(path: str, year: str) -> Subquery:
    """The name that the thing at the end of `path` had when the year in the rows' column `year` ended; NULL: now's."""
    kind = path.rsplit("__", 1)[-1]
    later = FormerName.objects.annotate(until_year=ExtractYear("until")).filter(
        **{kind: OuterRef(f"{path}_id")}, until_year__gt=OuterRef(year)
    )
    return Subquery(later.order_by("until").values("name")[:1])


def called_then(rows: QuerySet, kind: str, moment: datetime | models.Expression | None) -> list:
    """The rows (of `kind`: branch, organization, unit), called as they were at a moment; in their one query."""
    found = list(rows.annotate(called=own_name_at(kind, moment)))
    for row in found:
        if row.name != row.called:
            row.name_now, row.name = row.name, row.called
    return found


def with_last_name(rows: QuerySet, kind: str) -> list:
    """The rows (of `kind`: branch, organization, unit) as choices over many cycles: today's name and, in `formerly`,
    the last one before it, which rows of the past show; in their one query."""
    before = FormerName.objects.filter(**{kind: OuterRef("pk")}).order_by("-until").values("name")[:1]
    return list(rows.annotate(formerly=Subquery(before)))


def own_name_at(kind: str, moment: datetime | models.Expression | None) -> models.Expression:
    """The name that the rows themselves (of `kind`: branch, organization, unit) had at a moment; None, NULL: now."""
    if moment is None:
        return F("name")
    later = FormerName.objects.filter(**{kind: OuterRef("pk")}, until__gt=moment)
    return Coalesce(Subquery(later.order_by("until").values("name")[:1]), F("name"))


class _NamedIterable(ModelIterable):
    def __iter__(self) -> Iterator[models.Model]:
        for row in super().__iter__():
            self.queryset.dress(row)
            yield row


class NamedQuerySet(models.QuerySet):
    """Rows that call the branches, organizations and units joined to them as these were called then.

    The names come with the rows, in the same query; nothing is asked row by row. A row called by a former name says
    what it is called today in `name_now`. Such rows are for reading: nobody saves a branch reached through them.
    """

    _named: Mapping[str, str] = {}

    def named_as_of(self, moment: models.Expression, *paths: str, **given: models.Expression) -> Self:
        """`moment`: as seen from the former names, whose outer rows are these; NULL: now.

        `paths` lead to what is named; those that are not joined, or without their name, stay as they are. `given`:
        paths whose name of then is another expression, for what the row reaches today is not what it reached then.
        """
        named = {path: then(path, moment) for path in paths} | given
        names = {f"{path.replace('__', '_')}_then": path for path in named}
        found = self.annotate(**{alias: named[path] for alias, path in names.items()})
        found._named, found._iterable_class = {**self._named, **names}, _NamedIterable
        return found

    def dress(self, row: models.Model) -> None:
        """Put the names of then onto what the row has joined."""
        for alias, path in self._named.items():
            _call(row, path, getattr(row, alias, None))

    def _clone(self) -> Self:
        copy = super()._clone()
        copy._named = self._named
        return copy

    def _prefetch_related_objects(self) -> None:
        """What is fetched beside the rows instead of joined gets its name of then, too."""
        super()._prefetch_related_objects()
        for row in self._result_cache:
            if isinstance(row, models.Model):
                self.dress(row)


def _call(row: models.Model, path: str, name: str | None) -> None:
    if name is None:
        return
    for step in path.split("__"):
        if not row._meta.get_field(step).is_cached(row) or (row := getattr(row, step)) is None:
            return
    if "name" in row.__dict__ and row.name != name:
        row.name_now, row.name = row.name, name


def called(text: str, path: str = "branch") -> Q:
    """Rows whose branch at the end of `path` has this text in its name, now or formerly, or begins its code with it."""
    formerly = FormerName.objects.filter(branch=OuterRef(f"{path}_id"), name__icontains=text)
    return Q(**{f"{path}__name__icontains": text}) | Q(**{f"{path}__code__istartswith": text}) | Q(Exists(formerly))


def names_of(branch: Branch) -> QuerySet[FormerName]:
    """Former names of a branch, oldest first."""
    return FormerName.objects.filter(branch=branch)
