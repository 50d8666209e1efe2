"""One press of a button in the designer: what becomes of the content, and what is shown next."""

import copy
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from . import moves
from .choices import Around
from .fields import Choices
from .forms import PlaceForm
from .inwords import in_words
from .making import form_for
from .moves import Moved
from .places import TABS, Content, Place, Refused, find
from .wording import name_at, saved_summary, step_summary

FIRST_FIELDS = {"indicator": "id_name", "item": "id_text", "veto": "id_text", "band": "id_grade"}


@dataclass
class Turn:
    """The answer to one press.

    `content` is what is to be stored (None: nothing, because only rows were added or a field is refused); `path` what
    is shown next; `form` the form as typed, where it must be shown again; `focus` the field that has the focus then.
    """

    path: str
    content: Content | None = None
    summary: str = ""
    form: PlaceForm | None = None
    is_refused: bool = False
    focus: str = ""
    asks: str = ""


def press(content: Content, data: QueryDict, portal_sectors: Choices) -> Turn:
    """Read one press on the state that the page showed.

    `at` is the place of the form, `row` an action on one of its rows, `do` what follows: `save`, `refresh` (another
    kind was chosen), a step of `moves` with the place it is about, or `go` to another place. What was typed is taken
    over before any step, so no step loses it. Raises: Refused for a step that is impossible.
    """
    place = find(content, data.get("at", ""))
    if place is None:
        raise Refused(_("This place of the scheme does not exist any more. Reload the page."))
    form = typed_form(content, place, data, portal_sectors)
    if data.get("row"):
        return Turn(place.path, form=form, focus=_act(form, data["row"], data))
    verb, _space, rest = data.get("do", "save").partition(" ")
    if verb == "refresh":
        return Turn(place.path, form=form, focus=data.get("focus", ""))
    if verb != "remove" and not form.is_valid():
        return Turn(place.path, form=form, is_refused=True)
    changed, summary = (content, "") if verb == "remove" else saved(content, place, form)
    if verb in moves.STEPS:
        return _step(changed, summary, verb, rest or place.path, data)
    path = data.get("go", "") if verb == "go" else place.path
    shown = path if verb == "go" and (path in TABS or find(changed, path)) else place.path
    return Turn(shown, changed, summary, asks="remove" if verb == "go" and data.get("ask") == "remove" else "")


def typed_form(content: Content, place: Place, data: QueryDict, portal_sectors: Choices) -> PlaceForm:
    """The form of a place with what was typed; one that came without its fields stays unbound on purpose."""
    return form_for(place, Around.of(content, portal_sectors, place.tab), data)


def saved(content: Content, place: Place, form: PlaceForm) -> tuple[Content, str]:
    """A copy of the content with the form's values, and what was changed in words."""
    changed = copy.deepcopy(content)
    if not form.owned:
        return changed, ""
    target = find(changed, place.path)
    node = target.node if target else {}
    form.write(node)
    if place.kind in ("bonus", "penalty", "year") and (node or place.path in changed):
        changed[place.path] = node
    return changed, saved_summary(Place(place.path, place.kind, node), place.node, node, form.owned)


def words(content: Content, place: Place, form: PlaceForm) -> list[str]:
    """What the form means as it is typed, in words."""
    changed, _summary = saved(content, place, form)
    target = find(changed, place.path)
    return in_words(changed, target) if target else []


def _act(form: PlaceForm, action: str, data: QueryDict) -> str:
    """Add, remove or move a row; returns the field or button that has the focus next."""
    name, verb, number = (*action.split(" "), "", "", "")[:3]
    rows = form.row_sets.get(name)
    if rows is None:
        return ""
    wanted = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else -1
    fresh = form.fresh_row(name, data.get(f"{name}-new", "")) if verb == "add" else {}
    nearby = rows.act(verb, wanted, fresh)
    if nearby is None:
        return f"add-{name}"
    if verb in ("up", "down"):
        return f"{name}-{nearby}-{verb}"
    row = next(each for each in rows.forms if each.number == nearby)
    first = next((field.html_name for field in row.visible_fields() if field.name != "code"), "")
    return f"id_{first}" if first else f"{name}-{nearby}-remove"


def _step(content: Content, summary: str, verb: str, path: str, data: QueryDict) -> Turn:
    before = name_at(content, path)
    moved: Moved = moves.change(content, verb, path, to=data.get("to", ""), where=data.get("where", ""))
    if moved.content == content:
        return Turn(moved.path, content, summary)
    is_new = verb in ("add", "child", "copy")
    name = name_at(moved.content, moved.path) if is_new else before
    place = find(moved.content, moved.path) if is_new else None
    focus = FIRST_FIELDS.get(place.kind, "") if place else ""
    words = step_summary(verb, name)
    return Turn(moved.path, moved.content, _("; ").join(filter(None, [summary, words])), focus=focus)
