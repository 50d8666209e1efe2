"""What a browser would send of a designer form that nobody changed."""

from django import forms
from django.http import QueryDict

from assessments.schemes.designer.choices import Around
from assessments.schemes.designer.making import form_for
from assessments.schemes.designer.places import TABS, find, walk

SECTORS = [("organ", "机关"), ("village", "村"), ("school", "学校")]


def posted(form, **changes):
    """The fields and rows of an unbound form as a QueryDict, with some of them changed (None: not sent)."""
    data = QueryDict(mutable=True)
    for field in form:
        _send(data, field)
    for rows in form.row_sets.values():
        data[f"{rows.name}-order"] = rows.order_text
        for row in rows.forms:
            for field in row:
                _send(data, field)
    for name, value in changes.items():
        key = name.replace("__", "-")
        data.pop(key, None)
        if isinstance(value, list):
            data.setlist(key, value)
        elif value is not None:
            data[key] = value
    return data


def _send(data, field):
    value = field.value()
    if isinstance(field.field, forms.BooleanField):
        if value:
            data[field.html_name] = "on"
    elif isinstance(value, list | tuple):
        data.setlist(field.html_name, [str(each) for each in value])
    elif value is not None and value != "":
        data[field.html_name] = str(value)
    else:
        data[field.html_name] = ""


def form_at(content, path, data=None):
    place = find(content, path)
    return form_for(place, Around.of(content, SECTORS, place.tab), data)


def every_path(content):
    """Every place of a content that has a form."""
    found = [*TABS, *(path for path, _node in walk(content))]
    for name in ("bonus.items", "penalty.items", "veto", "bands", "year.bands"):
        found += [f"{name}[{at}]" for at in range(50) if find(content, f"{name}[{at}]")]
    return found
