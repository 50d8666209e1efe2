"""The codes of a trial as sentences: why a branch moves, and what the trial assumes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from branchportal.figures import plain_text, points_text

from ...schemes.comparison_words import source_names
from ...schemes.description import condition_line
from ...scoring import Scheme
from ...scoring.scheme import Condition
from . import mapping

Cause = Sequence[Any]


def choice_names() -> dict[str, str]:
    """The assumptions as a person chooses them."""
    return {
        mapping.FULL: _("full points"),
        mapping.ZERO: _("zero points"),
        mapping.SHARE: _("by the share of points earned before"),
        mapping.MISSING: pgettext("assumption", "missing"),
        mapping.KEEP: _("points as typed, where they still fit"),
    }


def kind_names() -> dict[str, str]:
    """What became of an indicator."""
    return {
        mapping.SAME: _("taken over"),
        mapping.RECOMPUTED: _("scored anew from the same marks"),
        mapping.PARTLY: _("scored anew where the mark still fits"),
        mapping.CHANGED: _("scored by another rule or scale"),
        mapping.NEW: pgettext("indicator", "new"),
    }


def component_name(source: str) -> str:
    """The component in the field's own words."""
    return source_names().get(source, source)


def signed(points_up: int) -> str:
    """With its sign, as printed: "+2.10", "−0.50"."""
    return ("+" if points_up > 0 else "−") + points_text(abs(points_up))


class Sentences:
    """Causes of one trial in words; knows both schemes."""

    def __init__(self, old: Scheme, new: Scheme) -> None:
        self.old, self.new = old, new
        self.before = {one.code: one for one in old.indicators}
        self.after = {one.code: one for one in new.indicators}
        self.weights = [{each.source: each.weight_up for each in scheme.components} for scheme in (old, new)]
        self.grades = {band.stars: band.grade for scheme in (old, new) for band in (*scheme.bands, *scheme.year.bands)}
        self.vetoes = {veto.code: veto.text for scheme in (old, new) for veto in scheme.veto}

    def of(self, causes: Sequence[Cause], *, is_moved: bool) -> list[str]:
        """All causes of one branch, a sentence each."""
        found = [text for cause in causes if (text := self._one(cause))]
        if not found and is_moved:
            return [_("Its own points stay; others pass it or fall behind it.")]
        return found

    def _one(self, cause: Cause) -> str:
        kind, *rest = cause
        if kind in ("line", "reached", "short"):
            return self._line(str(kind), *rest)
        if kind in ("now", "before"):
            return self._held(str(kind), *rest)
        teller = {"dimension": self._dimension, "weight": self._weight, "component": self._component}.get(str(kind))
        code, change_up = rest
        told = teller(str(code)) if teller else self._plain(str(kind))
        return _("%(what)s: %(change)s") % {"what": told, "change": signed(change_up)}

    def _dimension(self, code: str) -> str:
        then, now = self.before.get(code), self.after.get(code)
        if then is None or now is None:
            words = _("new first-level indicator “%(name)s”") if then is None else _("“%(name)s” falls away")
            return words % {"name": (now or then).name}
        if then.points_up == now.points_up:
            return _("“%(name)s”") % {"name": now.name}
        return _("“%(name)s” changed from %(before)s to %(after)s points") % {
            "name": now.name, "before": plain_text(then.points_up), "after": plain_text(now.points_up)
        }  # fmt: skip

    def _weight(self, source: str) -> str:
        shares = [f"{plain_text(weights.get(source, 0) * 100)}%" for weights in self.weights]
        return _("weight of %(name)s from %(before)s to %(after)s") % {
            "name": component_name(source), "before": shares[0], "after": shares[1]
        }  # fmt: skip

    def _component(self, source: str) -> str:
        return component_name(source)

    def _plain(self, kind: str) -> str:
        return {
            "bonus": _("bonus"),
            "penalty": _("penalty"),
            "limits": _("limits of the total"),
            "year": _("how the year is put together"),
        }[kind]

    def _grade(self, stars: object) -> str:
        number = int(str(stars))
        return self.grades.get(number) or ngettext("%(count)d star", "%(count)d stars", number) % {"count": number}

    def _line(self, kind: str, stars: object, *figures: int) -> str:
        values = {"grade": self._grade(stars), "before": plain_text(figures[0]), "after": plain_text(figures[-1])}
        if kind == "line":
            return _("the line of %(grade)s moved from %(before)s to %(after)s") % values
        if kind == "reached":
            return _("reaches the line of %(grade)s (%(after)s)") % values
        return _("falls short of the line of %(grade)s (%(after)s)") % values

    def _held(self, kind: str, code: str, of: str) -> str:
        is_now = kind == "now"
        if code == "condition":
            return self._condition(of, is_now=is_now)
        if code == "veto":
            words = _("veto “%(text)s” applies") if is_now else _("veto “%(text)s” no longer applies")
            return words % {"text": self.vetoes.get(of, of)}
        pair = self._places().get(code)
        if pair is None:
            return self._unrated(code) if is_now else ""
        return pair[0 if is_now else 1] % {"grade": self._grade(of)}

    def _places(self) -> dict[str, tuple[str, str]]:
        """What a quota does to a branch now, and what it did before."""
        return {
            "cut": (_("no place left in %(grade)s"), _("a place in %(grade)s is free now")),
            "tied": (_("tied across the last place of %(grade)s"), _("no longer tied for %(grade)s")),
            "waiting": (_("waits for a tie above %(grade)s"), _("no longer waits for a tie above %(grade)s")),
            "decided": (
                _("a decision on a tie for %(grade)s applies"),
                _("the decision on a tie for %(grade)s no longer applies"),
            ),
        }

    def _condition(self, of: str, *, is_now: bool) -> str:
        stars, kind, *code, limit = of.split(" ")
        condition = Condition(kind, " ".join(code), int(limit))
        words = _("condition of %(grade)s no longer in the way: %(condition)s")
        if is_now:
            words = _("condition of %(grade)s missed: %(condition)s")
        line = condition_line(condition, self.new if is_now else self.old)
        return words % {"grade": self._grade(stars), "condition": line}

    def _unrated(self, code: str) -> str:
        return {
            "incomplete": _("marks missing under the scheme tried, so there is no total"),
            "missing_periods": _("a period is without a total under the scheme tried"),
        }.get(code, "")


def assumption_lines(told: Mapping[str, Any]) -> list[str]:
    """What a trial assumes, a sentence a kind of assumption, with the indicators it was made for."""
    names, groups = choice_names(), defaultdict(list)
    for part in told["parts"]:
        if part["choice"] and part["met"]:
            groups[part["choice"]].append(part_name(part))
    lines = [
        ngettext("%(count)d item %(how)s: %(names)s.", "%(count)d items %(how)s: %(names)s.", len(found))
        % {"count": len(found), "how": names[choice], "names": "、".join(found)}
        for choice, found in groups.items()
    ]
    if told["is_rescaled"]:
        lines.append(_("Components given as a whole are brought to the new full marks."))
    return lines


def carried_lines(told: Mapping[str, Any]) -> list[str]:
    """What was scored anew, what fell away, clause by clause."""
    anew = [part_name(part) for part in told["parts"] if part["kind"] in (mapping.RECOMPUTED, mapping.PARTLY)]
    lines = []
    if anew:
        lines.append(_("Scored anew from the same marks: %(names)s.") % {"names": "、".join(anew)})
    for key, words in (
        ("dropped", _("No longer in the scheme, left out: %(names)s.")),
        ("dropped_items", _("Bonus, penalty or veto no longer in the scheme: %(names)s.")),
        ("new_flags", _("New facts to confirm, taken as not confirmed: %(names)s.")),
    ):
        if told[key]:
            lines.append(words % {"names": "、".join(f"{code} {name}" for code, name in told[key])})
    if told["dropped_components"]:
        names = "、".join(component_name(source) for source in told["dropped_components"])
        lines.append(_("Components without weight now: %(names)s.") % {"names": names})
    if told["dropped_claims"]:
        words = ngettext(
            "%(count)d accepted claim has no place in the scheme tried and counts nothing.",
            "%(count)d accepted claims have no place in the scheme tried and count nothing.",
            told["dropped_claims"],
        )
        lines.append(words % {"count": told["dropped_claims"]})
    if told.get("outside"):
        words = ngettext(
            "The scheme tried is not for the sector of %(count)d branch, which has no total therefore.",
            "The scheme tried is not for the sectors of %(count)d branches, which have no total therefore.",
            told["outside"],
        )
        lines.append(words % {"count": told["outside"]})
    return lines + [line for part in told["parts"] for line in note_lines(part)]


def note_lines(part: Mapping[str, Any]) -> list[str]:
    """Names and clauses of one indicator that differ."""
    words = {
        "renamed": _("%(code)s was called “%(what)s” before; it is taken for the same indicator."),
        "criterion_gone": _("%(code)s: the clause “%(what)s” is gone; its counts fall away."),
        "criterion_new": _("%(code)s: the clause “%(what)s” is new; it counts 0 times."),
    }
    return [words[kind] % {"code": part["code"], "what": what} for kind, what in part["notes"]]


def part_name(part: Mapping[str, Any]) -> str:
    """An indicator by code and name; a component by its own name."""
    if part["key"].startswith("component:"):
        return component_name(part["code"])
    return f"{part['code']} {part['name']}"
