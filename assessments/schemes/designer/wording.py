"""Names of places and keys for people: in the list of problems, in the history, in headings."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from .places import Content, Place, find

LONGEST = 40

TAB_NAMES = {
    "indicators": pgettext_lazy("scheme", "Indicators"),
    "basics": gettext_lazy("Basic facts"),
    "components": gettext_lazy("Components"),
    "bonus": gettext_lazy("Bonus"),
    "penalty": gettext_lazy("Penalty"),
    "veto": gettext_lazy("Veto"),
    "bands": gettext_lazy("Grades"),
    "year": gettext_lazy("Year"),
}
KEY_NAMES = {
    "code": gettext_lazy("code"),
    "version": gettext_lazy("version"),
    "name": pgettext_lazy("scheme", "name"),
    "text": gettext_lazy("text"),
    "points": gettext_lazy("Points possible"),
    "standard": gettext_lazy("Standard"),
    "sectors": gettext_lazy("sectors"),
    "scaled": gettext_lazy("rescaling"),
    "pass": gettext_lazy("pass mark"),
    "children": gettext_lazy("levels below"),
    "rule": gettext_lazy("rule"),
    "criteria": gettext_lazy("criteria"),
    "evidence": gettext_lazy("evidence"),
    "not_applicable": gettext_lazy("not applicable"),
    "due": gettext_lazy("assessed"),
    "reviewer_unit": gettext_lazy("scored by (office)"),
    "floor": gettext_lazy("not below"),
    "ceiling": gettext_lazy("not above"),
    "step": gettext_lazy("step"),
    "start": gettext_lazy("begins with"),
    "highest_only": gettext_lazy("only the highest one counts"),
    "bands": gettext_lazy("bands"),
    "slope": gettext_lazy("slope"),
    "factor": gettext_lazy("factor"),
    "target": gettext_lazy("target"),
    "per": gettext_lazy("for every"),
    "direction": gettext_lazy("direction"),
    "source": gettext_lazy("source"),
    "range": gettext_lazy("range"),
    "unit": gettext_lazy("unit"),
    "max": gettext_lazy("at most"),
    "applies_if": gettext_lazy("asked"),
    "full_marks": gettext_lazy("full marks"),
    "places": gettext_lazy("decimals printed"),
    "round_before_banding": gettext_lazy("score that grades read"),
    "rescale": gettext_lazy("rescaling"),
    "rescale_due": gettext_lazy("rescaling"),
    "max_total": gettext_lazy("total at most"),
    "rank_on": gettext_lazy("ranked by"),
    "tie_break": gettext_lazy("order among equal scores"),
    "star_mode": gettext_lazy("stars"),
    "notes": gettext_lazy("notes"),
    "flags": gettext_lazy("facts"),
    "components": gettext_lazy("Components"),
    "weight": gettext_lazy("weight"),
    "weights": gettext_lazy("weights"),
    "counts": gettext_lazy("counts in the score that is graded"),
    "from": pgettext_lazy("scheme", "from"),
    "cap": gettext_lazy("at most"),
    "groups": gettext_lazy("groups"),
    "group": gettext_lazy("group"),
    "levels": gettext_lazy("levels"),
    "per_matter": gettext_lazy("counted"),
    "effect": gettext_lazy("effect"),
    "stars": gettext_lazy("stars"),
    "grade": gettext_lazy("Grade"),
    "quota": gettext_lazy("quota"),
    "max_share": gettext_lazy("at most (share)"),
    "max_number": gettext_lazy("at most (number)"),
    "min_share": gettext_lazy("at least (share), a hint only"),
    "about": gettext_lazy("about (share), a hint only"),
    "within": gettext_lazy("within"),
    "requires": gettext_lazy("Conditions"),
    "dimension_share": gettext_lazy("share of a first-level indicator"),
    "min": gettext_lazy("at least (share)"),
    "poll_min": gettext_lazy("poll score at least"),
    "poll_top_share": gettext_lazy("share of top votes at least"),
    "previous_stars_min": gettext_lazy("stars of the year before at least"),
    "good_periods": gettext_lazy("periods in a grade (year only)"),
    "count": gettext_lazy("periods"),
    "flag": gettext_lazy("a confirmed fact"),
    "max_stars": gettext_lazy("stars at most"),
    "periods": gettext_lazy("periods"),
    "method": gettext_lazy("method"),
    "missing": gettext_lazy("missing period"),
    "adjustments": gettext_lazy("bonus and penalty"),
    "bonus_cap": gettext_lazy("bonus of the year at most"),
}
STEP_NAMES = {
    "add": gettext_lazy("added: %(name)s"),
    "child": gettext_lazy("added: %(name)s"),
    "copy": gettext_lazy("copied: %(name)s"),
    "take": gettext_lazy("grades taken over: %(name)s"),
    "remove": gettext_lazy("removed: %(name)s"),
    "up": gettext_lazy("moved up: %(name)s"),
    "down": gettext_lazy("moved down: %(name)s"),
    "in": gettext_lazy("moved in: %(name)s"),
    "out": gettext_lazy("moved out: %(name)s"),
    "drop": gettext_lazy("moved: %(name)s"),
}
EDIT_NAMES = {
    "import": gettext_lazy("brought in from a file"),
    "start": gettext_lazy("begun"),
    "undo": gettext_lazy("undone"),
}


def place_name(place: Place) -> str:
    """`1.1 理论学习`, `B1 获得表彰`, `五星`, or the name of a tab."""
    if not place.is_entry:
        return str(TAB_NAMES[place.path])
    node = place.node
    if place.kind == "band":
        return _short(node.get("grade")) or _("grade without a name")
    code, text = _short(node.get("code")), _short(node.get("text" if place.kind in ("item", "veto") else "name"))
    return f"{code} {text or _('without a name')}".strip()


def name_at(content: Content, path: str) -> str:
    """The name of the place of a path; empty where there is none."""
    place = find(content, path)
    return place_name(place) if place else ""


def key_name(key: str) -> str:
    """What a key of a scheme is called; the key itself where it has no name."""
    return str(KEY_NAMES.get(key, key))


def edit_name(summary: str) -> str:
    """What a change was, in words."""
    return str(EDIT_NAMES.get(summary, summary))


def saved_summary(place: Place, before: Content, after: Content, owned: tuple[str, ...]) -> str:
    """Which fields of a form were changed: `1.1 理论学习：分值、评分细则`; empty where none was."""
    changed = [key_name(key) for key in owned if before.get(key) != after.get(key)]
    if not changed:
        return ""
    keys = pgettext("between the names of a list", ", ").join(dict.fromkeys(changed))
    return _("%(place)s: %(keys)s") % {"place": place_name(place), "keys": keys}


def step_summary(verb: str, name: str) -> str:
    return str(STEP_NAMES[verb]) % {"name": name}


def _short(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
