"""The quick way of planning an import: what django-import-export does row by row, done once per distinct cell.

A list of 7,000 branches has 10 sectors, 100 organizations and two flags: each distinct text of a column is cleaned and
checked once. Only resources that leave the library's own steps alone go this way (`can_be_quick`); a test compares the
two ways on files with every kind of mistake.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.encoding import force_str

from branchportal.changing import plain

from .columns import Column

if TYPE_CHECKING:
    from .resource import PortalResource

STEP_ROWS = 100


class Cell(NamedTuple):
    """A text of a column as read: its value, why it cannot be read, or why the model refuses the value."""

    value: object
    unreadable: ValidationError | None = None
    refused: ValidationError | None = None


class QuickColumn:
    """A column of the file with what was found out about its texts."""

    def __init__(self, column: Column, model: type[models.Model]) -> None:
        self.column, self.attribute = column, column.attribute
        self.field = model._meta.get_field(column.attribute)
        self.is_relation = self.field.is_relation
        self._known: dict[str, Cell] = {}

    def cell(self, text: str) -> Cell:
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._read(text)
        return found

    def _read(self, text: str) -> Cell:
        try:
            value = self.column.clean({self.column.column_name: text})
        except ValueError as wrong:
            return Cell(None, ValidationError(force_str(wrong), code="invalid"))
        if self.is_relation or (self.field.blank and value in self.field.empty_values):
            return Cell(value)
        try:
            return Cell(self.field.clean(value, None))
        except ValidationError as wrong:
            return Cell(value, refused=wrong)

    def is_same(self, instance: models.Model, value: object) -> bool:
        """Whether the stored row says so already."""
        if not self.is_relation:
            return getattr(instance, self.attribute) == value or self.column.means_stored(instance, value)
        key = None if value is None else value.pk
        return getattr(instance, self.field.attname) == key and (value is None or key is not None)


def make_quick_plan(
    resource: "PortalResource", headings: Sequence[str], rows: Sequence[tuple[int, list[str]]], step: Callable | None
) -> None:
    """Fill `resource.plan`; `resource` has read its lookups and stored rows."""
    model = resource._meta.model
    by_heading = {column.column_name: column for column in resource.columns}
    columns = [QuickColumn(by_heading[heading], model) for heading in headings]
    in_order = sorted(range(len(columns)), key=lambda at: resource.columns.index(columns[at].column))
    in_model = sorted(range(len(columns)), key=lambda at: list(model._meta.fields).index(columns[at].field))
    key_places = [headings.index(resource.column(name).column_name) for name in resource.key]
    seen: dict[tuple, int] = {}
    for at, (number, texts) in enumerate(rows, start=1):
        if step and (at % STEP_ROWS == 0 or at == len(rows)):
            step(at)
        key = tuple(texts[place] for place in key_places)
        if all(key) and key in seen:
            resource.add_problems(number, ValidationError({resource.key[-1]: resource.said_twice(seen[key])}))
            continue
        seen[key] = number
        cells = [column.cell(text) for column, text in zip(columns, texts, strict=True)]
        wrong = {columns[at].attribute: cells[at].unreadable for at in in_order if cells[at].unreadable}
        instance = resource.stored(key)
        if (
            not wrong
            and instance is not None
            and all(column.is_same(instance, cell.value) for column, cell in zip(columns, cells, strict=True))
        ):
            resource.plan.unchanged += 1
            continue
        wrong |= {
            columns[at].attribute: cells[at].refused
            for at in in_model
            if cells[at].refused and not (instance and columns[at].column.means_stored(instance, cells[at].value))
        }
        _Row(resource, number, headings, texts).take(columns, cells, instance, wrong)


class _Row(NamedTuple):
    """A row that is new, changed or wrong."""

    resource: "PortalResource"
    number: int
    headings: Sequence[str]
    texts: Sequence[str]

    def take(
        self, columns: Sequence[QuickColumn], cells: Sequence[Cell], instance: models.Model | None, wrong: dict
    ) -> None:
        resource, is_new = self.resource, instance is None
        texts = dict(zip(self.headings, self.texts, strict=True)) if is_new or resource.checks_rows or wrong else {}
        if instance is None:
            instance = resource.init_instance(texts)
        before, after = {}, {}
        for column, cell in zip(columns, cells, strict=True):
            if cell.unreadable or column.column.means_stored(instance, cell.value):
                continue
            if not is_new and not column.is_same(instance, cell.value):
                before[column.attribute] = plain(getattr(instance, column.attribute))
                after[column.attribute] = plain(cell.value)
            setattr(instance, column.attribute, cell.value)
        if resource.checks_rows:
            resource.check_row(instance, texts, wrong)
        if wrong:
            resource.add_problems(self.number, ValidationError(wrong))
        else:
            resource.take_change(self.number, instance, before, after, is_new=is_new)
