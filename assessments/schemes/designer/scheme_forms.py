"""The forms of the scheme itself: basic facts, components, the year."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ...scoring import NumberError, parse_up, plain
from ...scoring.scheme import PERIODS
from ..comparison_words import period_name
from . import choices
from .codes import next_of
from .fields import (
    NumberField,
    choice_field,
    choices_field,
    code_field,
    flag_field,
    shown,
    text_field,
    texts,
    with_present,
)
from .forms import Block, PlaceForm, put
from .places import Content, at, listed
from .rows import RowForm


class FlagRow(RowForm):
    """A fact that a reviewer confirms."""

    ignored = ("code",)

    def build(self) -> None:
        self.fields["code"] = code_field(_("code"))
        self.fields["text"] = text_field(_("text"), 500)


class TieRow(RowForm):
    """One step of the order among equals."""

    def build(self) -> None:
        offered = [("", _("choose …")), *self.around.dimensions, ("bonus", _("Bonus")), ("poll", _("Poll"))]
        self.fields["code"] = choice_field(_("decided by"), with_present(offered, self.entry))

    def initial_of(self, entry: Any) -> dict[str, Any]:
        return {"code": shown(entry)}

    def plain(self) -> str:
        return str(self.cleaned_data["code"])


class BasicsForm(PlaceForm):
    """Name, points, rounding, ranking, facts. Code and version are fixed when a draft is begun."""

    owned = (
        "name", "notes", "sectors", "full_marks", "places", "round_before_banding", "rescale", "rescale_due",
        "max_total", "rank_on", "tie_break", "star_mode", "flags",
    )  # fmt: skip

    def initial_of(self, node: Content) -> dict[str, Any]:
        found = {key: shown(node.get(key)) for key in self.owned}
        known = {"sectors": texts(node.get("sectors")), "rank_on": found["rank_on"] or "total"}
        return found | known | {
            "round_before_banding": str(found["round_before_banding"]),
            "star_mode": found["star_mode"] or "score",
        }  # fmt: skip

    def build(self) -> None:
        fields, node = self.fields, self.node
        fields["name"] = text_field(pgettext("scheme", "name"))
        fields["notes"] = text_field(_("notes"), 5000, rows=3)
        fields["full_marks"] = NumberField(label=_("full marks"))
        fields["rescale"] = flag_field(_("rescale all points together to full marks"))
        fields["rescale_due"] = flag_field(_("rescale the indicators due in a period to full marks"))
        fields["max_total"] = NumberField(label=_("total at most"), help_text=_("Empty: no limit."))
        fields["places"] = NumberField(whole=True, label=_("decimals printed"), help_text=_("Empty: 2."))
        fields["round_before_banding"] = choice_field(
            _("score that grades read"), with_present(choices.rounding(), self.initial["round_before_banding"])
        )
        fields["sectors"] = choices_field(
            _("sectors"),
            with_present(self.around.all_sectors, *texts(node.get("sectors"))),
            help_text=_("None ticked: for all kinds of branches."),
        )
        fields["other_sectors"] = text_field(
            _("other sector codes"), help_text=_("Separated by commas, for sectors the portal does not know yet.")
        )
        fields["star_mode"] = choice_field(_("stars"), with_present(choices.star_mode(), self.initial["star_mode"]))
        fields["rank_on"] = choice_field(_("ranked by"), with_present(choices.rank_on(), self.initial["rank_on"]))
        self.add_rows("tie_break", TieRow, listed(node, "tie_break"))
        self.add_rows("flags", FlagRow, listed(node, "flags"))

    def blocks(self) -> list[Block]:
        return [
            Block("", ("name", "notes", "sectors", "other_sectors")),
            Block(_("Points and rounding"), (
                "full_marks", "places", "round_before_banding", "max_total", "rescale", "rescale_due",
            )),
            Block(_("Stars and ranking"), ("star_mode", "rank_on")),
            Block(
                _("Order among equal scores"),
                rows="tie_break",
                hint=_("Without an entry equal scores share a rank."),
                adds=_("Add a step"),
            ),
            Block(
                _("Facts that a reviewer confirms"),
                rows="flags",
                hint=_("Grades can ask for them, such as an innovation project."),
                adds=_("Add a fact"),
            ),
        ]  # fmt: skip

    def fresh_row(self, name: str, extra: str) -> dict[str, Any]:
        if name != "flags":
            return {}
        return {"code": next_of("F", {form["code"].value() for form in self.row_sets[name].forms})}

    def plain(self) -> Content:
        values, data = self.cleaned_data, {}
        others = [part.strip() for part in values["other_sectors"].replace("，", ",").replace("、", ",").split(",")]
        put(data, "name", values["name"])
        put(data, "notes", values["notes"])
        put(data, "sectors", list(dict.fromkeys([*values["sectors"], *filter(None, others)])))
        for key in ("full_marks", "rescale", "rescale_due", "max_total"):
            put(data, key, values[key])
        put(data, "places", values["places"], 2)
        rounding = values["round_before_banding"]
        put(data, "round_before_banding", int(rounding) if rounding in ("0", "1", "2") else rounding)
        put(data, "rank_on", values["rank_on"], "total")
        put(data, "star_mode", values["star_mode"], "score")
        put(data, "tie_break", self.row_sets["tie_break"].plain())
        put(data, "flags", self.row_sets["flags"].plain())
        return data


def together(weights: list[Any]) -> str:
    """What the stored weights add up to; nothing where one of them is no number."""
    try:
        return _("Together now: %(sum)s.") % {"sum": plain(sum(parse_up(weight) for weight in weights))}
    except NumberError:
        return ""


class ComponentRow(RowForm):
    """A part of the base score and its share."""

    def build(self) -> None:
        offered = with_present([("", _("choose …")), *choices.sources()], self.initial.get("source"))
        self.fields["source"] = choice_field(_("Component"), offered)
        self.fields["weight"] = NumberField(label=_("weight"), share=True)


class ComponentsForm(PlaceForm):
    """What the base score is made of; the review alone where nothing is said."""

    owned = ("components",)

    def build(self) -> None:
        stored = self.node.get("components")
        self.add_rows(
            "components", ComponentRow, stored if isinstance(stored, list) else [{"source": "review", "weight": 1}]
        )

    def blocks(self) -> list[Block]:
        hint = _("The weights add up to 1. A self-assessment without a weight is shown and decides nothing.")
        weights = [at(entry, "weight") for entry in self.row_sets["components"].entries]
        return [Block("", rows="components", hint=f"{hint} {together(weights)}", adds=_("Add a component"))]

    def plain(self) -> Content:
        return {"components": self.row_sets["components"].plain()}


class YearForm(PlaceForm):
    """How the periods become the year."""

    owned = ("periods", "method", "missing", "weights", "adjustments", "bonus_cap")

    def initial_of(self, node: Content) -> dict[str, Any]:
        found = {key: shown(node.get(key)) for key in self.owned} | {"periods": texts(node.get("periods"))}
        weights = node.get("weights") if isinstance(node.get("weights"), dict) else {}
        found |= {f"weight_{period}": shown(weight) for period, weight in weights.items()}
        return found | {"adjustments": found["adjustments"] or "in_quarters"}

    def build(self) -> None:
        fields, node = self.fields, self.node
        stored = texts(node.get("periods"))
        fields["periods"] = choices_field(_("periods"), with_present(choices.periods(), *stored))
        fields["method"] = choice_field(
            _("method"), with_present(choices.methods(), node.get("method")), attrs={"data-refresh": ""}
        )
        fields["missing"] = choice_field(_("missing period"), with_present(choices.missing(), node.get("missing")))
        weights = node.get("weights") if isinstance(node.get("weights"), dict) else {}
        typed = [period for period in PERIODS if period in (self._typed() if self.is_bound else stored)]
        self.weighted = [str(name) for name in dict.fromkeys([*typed, *weights])]
        if self.chosen("method") == "weighted" or weights:
            for period in self.weighted:
                name = period_name(period)
                fields[f"weight_{period}"] = NumberField(label=_("weight: %(period)s") % {"period": name}, share=True)
        fields["adjustments"] = choice_field(
            _("bonus and penalty"),
            with_present(choices.adjustments(), node.get("adjustments")),
            attrs={"data-refresh": ""},
        )
        fields["bonus_cap"] = NumberField(
            label=_("bonus of the year at most"),
            help_text=_("Only where they are added up over the year. Empty: no limit."),
        )

    def _typed(self) -> list[str]:
        return list(self.data.getlist("periods")) if hasattr(self.data, "getlist") else texts(self.data.get("periods"))

    def blocks(self) -> list[Block]:
        weights = tuple(f"weight_{period}" for period in self.weighted)
        rule = _("The weights add up to 1.")
        found = self.node.get("weights")
        stored = [found.get(period) for period in self.weighted] if isinstance(found, dict) else []
        return [
            Block("", ("periods", "method", "missing")),
            Block(_("Weights of the periods"), weights, hint=f"{rule} {together(stored)}"),
            Block(_("Bonus and penalty in the year"), ("adjustments", "bonus_cap")),
        ]

    def plain(self) -> Content:
        values, data = self.cleaned_data, {}
        put(data, "periods", self._in_order(values["periods"]))
        put(data, "method", values["method"])
        put(data, "missing", values["missing"])
        weights: Content = {}
        for period in self.weighted:
            put(weights, period, values.get(f"weight_{period}"))
        put(data, "weights", weights)
        put(data, "adjustments", values["adjustments"], "in_quarters")
        put(data, "bonus_cap", values["bonus_cap"])
        return data

    def _in_order(self, chosen: list[str]) -> list[str]:
        """As stored where only the boxes of before are ticked; else in the order of the calendar."""
        stored = texts(self.node.get("periods"))
        return stored if set(stored) == set(chosen) else chosen
