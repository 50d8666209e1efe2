"""The forms of bonus, penalty and veto."""

from typing import Any

from django.utils.translation import gettext as _

from ...scoring import NumberError, parse_up
from . import choices
from .codes import next_of
from .fields import NumberField, choice_field, code_field, flag_field, shown, text_field, with_present
from .forms import Block, PlaceForm, put
from .places import Content, listed
from .rows import RowForm


class GroupRow(RowForm):
    """Items that share a ceiling."""

    ignored = ("code",)
    stays_blank = True  # a group without a ceiling is one

    def build(self) -> None:
        self.fields["code"] = code_field(_("code"))
        self.fields["cap"] = NumberField(label=_("at most"))


class PartForm(PlaceForm):
    """Bonus or penalty as a whole."""

    def build(self) -> None:
        self.is_bonus = self.place.path == "bonus"
        self.owned = ("counts" if self.is_bonus else "from", "cap", "groups")
        if self.is_bonus:
            self.fields["counts"] = flag_field(_("counts in the score that is graded"))
        else:
            offered = with_present(choices.penalty_from(self.around), self.node.get("from"))
            self.fields["from"] = choice_field(_("taken from"), offered)
        self.fields["cap"] = NumberField(label=_("all together at most"), help_text=_("Empty: no limit."))
        self.add_rows("groups", GroupRow, listed(self.node, "groups"))

    def initial_of(self, node: Content) -> dict[str, Any]:
        return {
            "counts": node.get("counts") is not False,
            "from": shown(node.get("from")) or "total",
            "cap": shown(node.get("cap")),
        }

    def blocks(self) -> list[Block]:
        hint = _("Items of one group share its ceiling.")
        return [
            Block("", ("counts", "from", "cap")),
            Block(_("Groups"), rows="groups", hint=hint, adds=_("Add a group")),
        ]

    def fresh_row(self, name: str, extra: str) -> dict[str, Any]:
        return {"code": next_of("G", {form["code"].value() for form in self.row_sets[name].forms})}

    def plain(self) -> Content:
        values, data = self.cleaned_data, {}
        if self.is_bonus:
            put(data, "counts", values["counts"], True)
        else:
            put(data, "from", values["from"], "total")
        put(data, "cap", values["cap"])
        put(data, "groups", [group for group in self.row_sets["groups"].plain() if group])
        return data


class LevelRow(RowForm):
    """A level of an award or of a sanction; the scheme lists them by their points."""

    has_order = False

    def build(self) -> None:
        self.fields["name"] = text_field(_("level"), 40)
        self.fields["points"] = NumberField(label=_("Points possible"))

    def initial_of(self, entry: Any) -> dict[str, Any]:
        return {"name": entry[0], "points": shown(entry[1])} if isinstance(entry, tuple) else {}

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("points") is not None and not values.get("name"):
            self.add_error("name", _("Give the level a name."))
        return values

    def plain(self) -> tuple[str, Any]:
        return self.cleaned_data["name"], self.cleaned_data["points"]


class ItemForm(PlaceForm):
    """One bonus or penalty: points by number, or by level."""

    owned = ("code", "text", "points", "levels", "group", "unit", "max", "per_matter")

    def initial_of(self, node: Content) -> dict[str, Any]:
        found = {key: shown(node.get(key)) for key in self.owned}
        return found | {"unit": found["unit"] or "次", "per_matter": found["per_matter"] or "highest"}

    def build(self) -> None:
        fields, node = self.fields, self.node
        fields["code"] = code_field(_("code"))
        fields["text"] = text_field(_("text"), 500)
        fields["points"] = NumberField(
            label=_("points each"), help_text=_("Empty where the levels below give the points.")
        )
        fields["unit"] = text_field(_("unit"), 20)
        fields["max"] = NumberField(label=_("at most"), help_text=_("Empty: no limit."))
        fields["per_matter"] = choice_field(
            _("counted"), with_present(choices.per_matter(), self.initial["per_matter"])
        )
        offered = with_present([("", _("no group")), *self.around.groups], node.get("group"))
        fields["group"] = choice_field(_("group"), offered)
        levels = node.get("levels")
        entries = sorted(levels.items(), key=_by_points) if isinstance(levels, dict) else []
        self.add_rows("levels", LevelRow, entries)

    def blocks(self) -> list[Block]:
        return [
            Block("", ("code", "text", "points", "unit", "max", "per_matter", "group")),
            Block(_("Levels"), rows="levels", hint=_("Either points each, or levels."), adds=_("Add a level")),
        ]

    def is_valid(self) -> bool:
        valid, seen = super().is_valid(), set()
        for row in self.row_sets["levels"].forms:
            name = row.cleaned_data.get("name") if row.is_bound and row.is_valid() else ""
            if name and name in seen:
                row.add_error("name", _("This level stands here twice. Remove one."))
                valid = False
            seen.add(name)
        return valid

    def plain(self) -> Content:
        values, data = self.cleaned_data, {}
        for key in ("code", "text", "points", "group"):
            put(data, key, values[key])
        put(data, "levels", dict(self.row_sets["levels"].plain()))
        put(data, "unit", values["unit"], "次")
        put(data, "max", values["max"])
        put(data, "per_matter", values["per_matter"], "highest")
        return data


def _by_points(level: tuple[str, Any]) -> tuple[int, str]:
    """The highest first, as the engine lists them."""
    try:
        return -parse_up(level[1]), level[0]
    except NumberError:
        return 0, level[0]


class VetoForm(PlaceForm):
    """A fact that limits stars whatever the score."""

    owned = ("code", "text", "effect")

    def initial_of(self, node: Content) -> dict[str, Any]:
        effect = node.get("effect") if isinstance(node.get("effect"), dict) else {}
        kind = next(iter(effect), "")
        return {
            "code": shown(node.get("code")),
            "text": shown(node.get("text")),
            "effect": kind,
            "max_stars": shown(effect.get("max_stars")),
        }

    def build(self) -> None:
        self.fields["code"] = code_field(_("code"))
        self.fields["text"] = text_field(_("text"), 500)
        self.fields["effect"] = choice_field(
            _("effect"), with_present(choices.effects(), self.initial["effect"]), attrs={"data-refresh": ""}
        )
        self.fields["max_stars"] = NumberField(
            whole=True, label=_("stars at most"), help_text=_("Only where the effect limits the stars.")
        )

    def plain(self) -> Content:
        values, data = self.cleaned_data, {}
        put(data, "code", values["code"])
        put(data, "text", values["text"])
        effect = values["effect"]
        if effect:
            data["effect"] = {effect: {"max_stars": values["max_stars"], "grade": "lowest"}.get(effect, True)}
        return data
