"""Somebody else changed the draft: where the typed form belongs now, and where it differs from what stands there."""

from django.forms import BooleanField, BoundField
from django.http import QueryDict

from branchportal.forms import Difference

from .forms import PlaceForm
from .making import form_for
from .places import Content, Place, at, find, walk
from .rows import RowSet
from .wording import key_name


def place_now(content: Content, path: str, was: str) -> Place | None:
    """The place that a form was opened for, wherever it stands now; None when it is gone."""
    place = find(content, path)
    if place is not None and (not place.is_entry or not was):
        return place
    key = "grade" if place is not None and place.kind == "band" else "code"
    return place if place is not None and place.node.get(key) == was else _moved(content, path, was)


def _moved(content: Content, path: str, was: str) -> Place | None:
    """The entry of the same family with that code or grade."""
    family = path.partition("[")[0]
    if family == "indicators":
        paths = [here for here, node in walk(content) if was and node.get("code") == was]
    else:
        found, key = at(content, family), "grade" if family.endswith("bands") else "code"
        entries = found if isinstance(found, list) else []
        paths = [f"{family}[{number}]" for number, entry in enumerate(entries) if was and at(entry, key) == was]
    return find(content, paths[0]) if paths else None


def merged(data: QueryDict, base: PlaceForm, now: PlaceForm) -> QueryDict:
    """What was typed, where fields (and whole row lists) that nobody typed into follow what stands there now.

    `base` is the form as the page showed it, `now` the form of the draft as it is; both unbound.
    """
    result, before, after = data.copy(), sent(base), sent(now)
    for group in {_group(name, base) for name in before}:
        mine = {
            name: _lines(data.getlist(name)) for name in data if _group(name, base) == group and any(data.getlist(name))
        }
        theirs = {name: values for name, values in before.items() if _group(name, base) == group and any(values)}
        if mine != theirs:
            continue
        for name in [each for each in result if _group(each, base) == group]:
            del result[name]
        for name, values in after.items():
            if _group(name, base) == group:
                result.setlist(name, values)
    return result


def sent(form: PlaceForm) -> dict[str, list[str]]:
    """What a browser sends of a form that nobody touched, by field name."""
    rows = [row for row_set in form.row_sets.values() for row in row_set.forms]
    found = {field.html_name: _values(field) for each in (form, *rows) for field in each}
    return found | {f"{name}-order": [rows.order_text] for name, rows in form.row_sets.items()}


def _group(name: str, form: PlaceForm) -> str:
    """A field stands for itself, the fields of a row for their list."""
    head = name.partition("-")[0]
    return head if head in form.row_sets else name


def _values(field: BoundField) -> list[str]:
    value = field.value()
    if isinstance(field.field, BooleanField):
        return ["on"] if value else []
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    return _lines(["" if value is None else str(value)])


def _lines(values: list[str]) -> list[str]:
    """With the line ends that are stored."""
    return [value.replace("\r\n", "\n") for value in values]


def differences(typed: PlaceForm) -> list[Difference]:
    """The fields where the stored place and the typed form disagree."""
    stored = form_for(typed.place, typed.around)
    found = []
    for name, field in typed.fields.items():
        if name not in stored.fields or field.widget.is_hidden:
            continue
        before, mine = _text(stored[name].value()), _text(typed[name].value())
        if before != mine:
            found.append(Difference(str(field.label), before or "—", mine or "—"))
    for name, rows in typed.row_sets.items():
        before, mine = _rows_text(stored.row_sets.get(name)), _rows_text(rows)
        if before != mine:
            found.append(Difference(key_name(name), before or "—", mine or "—"))
    return found


def _rows_text(rows: RowSet | None) -> str:
    """The filled-in fields of all rows, a line each."""
    lines = ((_text(field.value()) for field in row.visible_fields()) for row in (rows.forms if rows else []))
    return "\n".join(" ".join(filter(None, line)) for line in lines)


def typed_lines(form: PlaceForm | None, data: QueryDict) -> list[tuple[str, str]]:
    """What was typed, as label and text, to be copied where its place is gone."""
    skipped = ("csrfmiddlewaretoken", "edition", "at", "was", "do", "row", "to", "where", "go", "ask", "focus")
    labels = {name: str(field.label) for name, field in form.fields.items()} if form else {}
    return [
        (labels.get(name, name.rpartition("-")[2]), "、".join(values))
        for name, values in data.lists()
        if name not in skipped and not name.endswith("-order") and any(values)
    ]


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return "、".join(str(each) for each in value)
    if value is None or value is False:
        return ""
    return "✓" if value is True or value == "on" else "\n".join(_lines([str(value)]))
