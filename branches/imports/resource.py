"""The base of all import and export resources: rows in, a plan out; nothing is written while planning.

django-import-export walks the rows and fills the instances; what it would save one by one is collected instead, so
that everything is computed outside any transaction and written at once by `write`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import ClassVar

import tablib
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from import_export import resources

from branchportal import audit, tables
from branchportal.changing import plain
from branchportal.instances import insert_instances
from branchportal.personal import for_trail, masked, without_numbers

from .. import former
from .columns import CodeWidget, Column, HiddenWidget
from .quick import make_quick_plan
from .writing import update_rows


@dataclass(frozen=True)
class Problem:
    """One thing wrong: where, what stands there, what is wrong with it, how to cure it."""

    row: int
    column: str
    value: str
    message: str
    cure: str


@dataclass
class Change:
    """A row that is new or differs from what is stored; `before` and `after` hold the differing fields."""

    row: int
    instance: models.Model
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)


@dataclass
class Plan:
    """What an import would do."""

    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def counts(self) -> tuple[int, int, int]:
        return len(self.new), len(self.changed), self.unchanged


class PortalResource(resources.ModelResource):
    """A kind of file. Subclasses name the model, the columns, the key, and what codes are looked up in."""

    title: ClassVar[str] = ""  # Chinese: the sheet's and the file's name
    action: ClassVar[str] = ""  # of the audit trail: "branch"
    key: ClassVar[tuple[str, ...]] = ("code",)  # attributes whose columns identify a row
    is_quick: ClassVar[bool] = True  # False: always row by row, as the library does it

    def __init__(self, actor: models.Model | None = None) -> None:
        super().__init__()
        self.actor = actor
        self.upload: models.Model | None = None  # the file that is being worked on, for rows that name their source
        self.lookups: dict[str, dict] = {}
        self.step: Callable[[int], None] | None = None
        self.plan = Plan()
        self._numbers: list[int] = []
        self._cells: dict[int, dict[str, str]] = {}
        self._seen: dict[tuple, int] = {}
        self._before: dict = {}
        self._stored: dict[tuple, models.Model] = {}
        for column in self.columns:
            if isinstance(column.widget, CodeWidget):
                column.widget.resource = self

    @property
    def columns(self) -> list[Column]:
        return [column for column in self.fields.values() if isinstance(column, Column)]

    def column(self, attribute: str) -> Column:
        return next(column for column in self.columns if column.attribute == attribute)

    # What subclasses say

    def load_lookups(self, dataset: tablib.Dataset) -> None:
        """Read what codes refer to, in a few queries."""

    def load_stored(self, dataset: tablib.Dataset) -> Iterable[models.Model]:
        """The stored rows that the file may mean."""
        attribute = self.key[0]
        codes = set(dataset[self.column(attribute).column_name])
        return self._meta.model._base_manager.filter(**{f"{attribute}__in": codes})

    def stored_key(self, instance: models.Model) -> tuple:
        """The key of a stored row, as its cells in the file would say it."""
        return tuple(str(getattr(instance, attribute)) for attribute in self.key)

    def check_row(self, instance: models.Model, row: dict, errors: dict) -> None:
        """Add errors that concern several cells of a row: `errors[attribute] = ValidationError(...)`."""

    def check_all(self, plan: Plan) -> None:
        """Add problems that concern several rows."""

    def export_rows(self, user: models.Model) -> models.QuerySet:
        """What the user may export, with everything the columns need."""
        raise NotImplementedError  # pragma: no cover (every kind has its own)

    # Planning

    def make_plan(self, headings: list[str], rows: list[tuple[int, list[str]]], step: Callable | None = None) -> Plan:
        """Compute what importing would do; reads the database, writes nothing."""
        self.step = step
        self._numbers = [number for number, _cells in rows]
        self._cells = {number: dict(zip(headings, line, strict=True)) for number, line in rows}
        dataset = tablib.Dataset(*[cells for _number, cells in rows], headers=headings)
        if self.can_be_quick:
            self.before_import(dataset)
            make_quick_plan(self, headings, rows, step)
        else:
            self._plan_row_by_row(dataset)
        self.check_all(self.plan)
        self.plan.problems.sort(key=lambda problem: problem.row)
        return self.plan

    @property
    def can_be_quick(self) -> bool:
        """Whether a subclass leaves the library's steps for a row alone, so that they can be done column by column."""
        mine = type(self)
        steps = ("import_instance", "has_more", "_values", "_key_of")
        return self.is_quick and all(getattr(mine, step) is getattr(PortalResource, step) for step in steps)

    @property
    def checks_rows(self) -> bool:
        return type(self).check_row is not PortalResource.check_row

    def _plan_row_by_row(self, dataset: tablib.Dataset) -> None:
        """As the library goes through a file."""
        result = self.import_data_inner(
            dataset, dry_run=True, raise_errors=False, using_transactions=False, collect_failed_rows=False
        )
        for error in result.base_errors:
            raise error.error
        for failed in result.error_rows:
            raise failed.errors[0].error
        for invalid in result.invalid_rows:
            self.add_problems(self._numbers[invalid.number - 1], invalid.error)

    def before_import(self, dataset: tablib.Dataset, **kwargs: object) -> None:
        self.load_lookups(dataset)
        self._stored = {self.stored_key(instance): instance for instance in self.load_stored(dataset)}

    def before_import_row(self, row: dict, **kwargs: object) -> None:
        number = self._numbers[kwargs["row_number"] - 1]
        if self.step:
            self.step(kwargs["row_number"])
        key = self._key_of(row)
        if all(key) and key in self._seen:
            raise ValidationError({self.key[-1]: self.said_twice(self._seen[key])})
        self._seen[key] = number

    def said_twice(self, row: int) -> str:
        """The sentence about a key that stood in `row` already."""
        return _("Row %(row)d has the same key. Every row needs its own.") % {"row": row}

    def stored(self, key: tuple) -> models.Model | None:
        """The stored row of a key."""
        return self._stored.get(key)

    def get_instance(self, instance_loader: object, row: dict) -> models.Model | None:
        return self._stored.get(self._key_of(row))

    def after_init_instance(self, instance: models.Model, new: bool, row: dict, **kwargs: object) -> None:
        self._before = {} if new else self._values(instance)

    def skip_row(self, instance: models.Model, original: object, row: dict, import_validation_errors=None) -> bool:
        if import_validation_errors or not instance.pk:
            return False
        is_same = self._values(instance) == self._before and not self.has_more(instance, row)
        self.plan.unchanged += is_same
        return is_same

    def has_more(self, instance: models.Model, row: dict) -> bool:
        """Whether a row brings something besides its own fields."""
        return False

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=False) -> None:
        """The model's own field checks without queries: keys and codes have been looked up already."""
        errors = dict(import_validation_errors or {})
        mine = {column.attribute for column in self.columns} - errors.keys()
        excluded = [f.name for f in instance._meta.fields if f.name not in mine or f.is_relation]
        try:
            instance.clean_fields(exclude=excluded)
        except ValidationError as wrong:
            errors = wrong.update_error_dict(errors)
        self.check_row(instance, self._row, errors)
        if errors:
            raise ValidationError(errors)

    def import_instance(self, instance: models.Model, row: dict, **kwargs: object) -> None:
        self._row = row
        super().import_instance(instance, row, **kwargs)

    def save_instance(self, instance: models.Model, is_create: bool, row: dict, **kwargs: object) -> None:
        number = self._numbers[kwargs["row_number"] - 1]
        now = self._values(instance)
        before = {name: value for name, value in self._before.items() if now[name] != value}
        self.take_change(number, instance, before, {name: now[name] for name in before}, is_new=is_create)

    def take_change(self, row: int, instance: models.Model, before: dict, after: dict, *, is_new: bool) -> None:
        """Note what is to be written."""
        (self.plan.new if is_new else self.plan.changed).append(Change(row, instance, before, after))

    def shown_cells(self, change: Change) -> list[tuple[str, str, str]]:
        """The differing cells of a row in the file's own words: heading, before, after."""
        cells = []
        for column in self.columns:
            if column.attribute in change.before:
                old, new = (column.widget.words_of(side[column.attribute]) for side in (change.before, change.after))
                cells.append((column.column_name, old, new))
        return cells

    def _key_of(self, row: dict) -> tuple:
        return tuple(str(row.get(self.column(name).column_name) or "").strip() for name in self.key)

    def _values(self, instance: models.Model) -> dict:
        names = {f.name for f in instance._meta.fields}
        return {
            column.attribute: plain(getattr(instance, column.attribute))
            for column in self.columns
            if column.attribute in names
        }

    def add_problems(self, number: int, error: ValidationError) -> None:
        """Note what is wrong in a row of the file, one problem a message."""
        for attribute, messages in error.message_dict.items():
            column = next((column for column in self.columns if column.attribute == attribute), None)
            heading = column.column_name if column else ""
            value = self._shown(column, self._cells[number].get(heading, ""))
            for message in messages:
                self.plan.problems.append(Problem(number, heading, value, message, column.note if column else ""))

    def _shown(self, column: Column | None, text: str) -> str:
        """A cell in the report of problems, which is kept: numbers of people masked."""
        is_hidden = column is not None and isinstance(column.widget, HiddenWidget)
        return masked(text)[:80] if is_hidden else without_numbers(text)[:80]

    # Writing

    def write(self, plan: Plan) -> None:
        """Write a plan; the caller holds the transaction. Raises StaleState when a row changed since planning."""
        self.create_new([change.instance for change in plan.new])
        if names := sorted({name for change in plan.changed for name in change.before}):
            update_rows([change.instance for change in plan.changed], names)
        if self._meta.model in former.FIELDS:
            former.keep((each.instance, each.before["name"]) for each in plan.changed if "name" in each.before)
        self.write_more(plan)
        entries = [self._entry("imported", change, after={"row": change.row}) for change in plan.new]
        entries += [
            self._entry("import_changed", change, before=change.before, after=change.after) for change in plan.changed
        ]
        audit.record_many(entries)

    def create_new(self, instances: list[models.Model]) -> None:
        """Insert new rows."""
        insert_instances(instances)

    def write_more(self, plan: Plan) -> None:
        """Write what rows bring besides their own fields."""

    def _entry(self, verb: str, change: Change, **details: object) -> object:
        for side in ("before", "after"):
            details[side] = self._kept(details.get(side))
        return audit.entry(self.actor, f"{self.action}.{verb}", change.instance, **details)

    def _kept(self, values: dict | None) -> dict | None:
        """Values as the audit trail keeps them."""
        fields = {f.name: f for f in self._meta.model._meta.fields}
        return values and {name: for_trail(fields.get(name), value) for name, value in values.items()}

    # Files

    def table(self, rows: Iterable[models.Model]) -> tables.Table:
        """Rows as a table that can be imported again."""
        columns = [tables.Column(c.column_name, c.width, c.widget.kind) for c in self.columns]
        lines = ([None if (cell := c.export(row)) == "" else cell for c in self.columns] for row in rows)
        return tables.Table(self.title, columns, lines)
