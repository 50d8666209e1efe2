"""The form of an indicator: what all have, and the fields of its rule."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ...scoring.reading import KEYS
from ...scoring.scheme import COUNT_RULES
from ..comparison_words import period_name
from . import choices
from .codes import next_letter
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
from .places import Content, listed
from .rows import RowForm

SLOPE = ("target", "per", "points", "max", "direction")


class CriterionRow(RowForm):
    """A clause of the rule: points or a range, unit, limit, and which branches are asked."""

    ignored = ("code", "unit", "applies_if")

    def build(self) -> None:
        self.fields["code"] = code_field(_("code"))
        self.fields["text"] = text_field(_("text"), 500, rows=1)
        self.fields["points"] = NumberField(label=_("Points possible"))
        self.fields["low"] = NumberField(label=_("range from"))
        self.fields["high"] = NumberField(label=_("range to"))
        self.fields["unit"] = text_field(_("unit"), 20)
        self.fields["max"] = NumberField(label=_("at most"))
        present = self.initial.get("applies_if")
        self.fields["applies_if"] = choice_field(_("asked"), with_present(choices.applies_if(), present))

    def initial_of(self, entry: Any) -> dict[str, Any]:
        node = entry if isinstance(entry, dict) else {}
        ends = listed(node, "range")
        found = {key: shown(node.get(key)) for key in ("code", "text", "points", "max", "applies_if")}
        found |= {"low": shown(ends[0]) if ends else "", "high": shown(ends[1]) if len(ends) > 1 else ""}
        return found | {"unit": shown(node.get("unit")) or "次"}

    def plain(self) -> Content:
        values, data = self.cleaned_data, {}
        put(data, "code", values["code"])
        put(data, "text", values["text"])
        put(data, "points", values["points"])
        put(data, "range", [end for end in (values["low"], values["high"]) if end is not None])
        put(data, "unit", values["unit"], "次")
        put(data, "max", values["max"])
        put(data, "applies_if", values["applies_if"])
        return data


class StepRow(RowForm):
    """A band of a measure: from which value on, how many points."""

    def build(self) -> None:
        self.fields["from"] = NumberField(label=_("from"), share=True)
        self.fields["points"] = NumberField(label=_("Points possible"))


class IndicatorForm(PlaceForm):
    """One indicator of any level. Its rule decides which fields there are; another rule keeps what fits."""

    owned = tuple(key for key in KEYS["indicator"] if key != "children")

    def initial_of(self, node: Content) -> dict[str, Any]:
        found = {key: shown(node.get(key)) for key in KEYS["indicator"]}
        found |= {"sectors": texts(node.get("sectors")), "no_ceiling": node.get("ceiling") == "none"}
        due = node.get("due")
        found |= {"due": "periods" if isinstance(due, list) else shown(due) or "every", "due_periods": texts(due)}
        if found["no_ceiling"]:
            found["ceiling"] = ""
        slope = node.get("slope") if isinstance(node.get("slope"), dict) else {}
        found |= {f"slope_{key}": shown(slope.get(key)) for key in SLOPE}
        return found | {"slope_direction": found["slope_direction"] or "up"}

    def build(self) -> None:
        self.is_group = bool(listed(self.node, "children"))
        self.rule = "" if self.is_group else str(self.chosen("rule") or "")
        self._add_common()
        if not self.is_group:
            self._add_leaf()
            self._add_rule()

    def _add_common(self) -> None:
        fields = self.fields
        fields["code"] = code_field(_("code"))
        fields["name"] = text_field(pgettext("scheme", "name"))
        fields["points"] = NumberField(label=_("Points possible"))
        fields["standard"] = text_field(_("Standard"), 5000, rows=3)
        offered = with_present(self.around.sectors, *texts(self.node.get("sectors")))
        fields["sectors"] = choices_field(
            _("sectors"), offered, help_text=_("None ticked: for all sectors of the scheme.")
        )
        if self.is_group:
            fields["scaled"] = flag_field(_("rescale the sum of the children to these points"))
        if self.place.depth == 1:
            fields["pass"] = NumberField(
                label=_("pass mark"), share=True, help_text=_("Thematic stars only: share of the points, such as 0.8.")
            )

    def _add_leaf(self) -> None:
        fields, node = self.fields, self.node
        fields["rule"] = choice_field(
            _("rule"), with_present(choices.rules(), node.get("rule")), attrs={"data-refresh": ""}
        )
        fields["evidence"] = choice_field(_("evidence"), with_present(choices.evidence(), node.get("evidence")))
        policies = with_present(choices.not_applicable(), node.get("not_applicable"))
        fields["not_applicable"] = choice_field(_("not applicable"), policies)
        fields["reviewer_unit"] = text_field(_("scored by (office)"))
        fields["source"] = text_field(_("ledger it may be filled from"))
        fields["due"] = choice_field(_("assessed"), with_present(choices.due(), shown(node.get("due"))))
        named = [(code, period_name(code)) for code in self.around.periods if code in dict(choices.periods())]
        fields["due_periods"] = choices_field(_("periods ticked"), with_present(named, *texts(node.get("due"))))
        if not self.initial.get("evidence"):
            self.initial["evidence"] = "optional"
        if not self.initial.get("not_applicable"):
            self.initial["not_applicable"] = "forbidden"
        fields["floor"] = NumberField(label=_("not below"), help_text=_("Empty: 0."))
        fields["ceiling"] = NumberField(label=_("not above"), help_text=_("Empty: the points of the indicator."))
        fields["no_ceiling"] = flag_field(_("no upper limit"))

    def _add_rule(self) -> None:
        fields, rule = self.fields, self.rule
        if rule == "entry":
            fields["step"] = NumberField(label=_("step"), help_text=_("Empty: 0.5."))
        if rule in ("mixed", "external"):
            fields["start"] = NumberField(label=_("begins with"), help_text=_("Empty: 0."))
        if rule == "external":
            fields["factor"] = NumberField(label=_("factor"), help_text=_("Empty: 1."))
        if rule == "add":
            fields["highest_only"] = flag_field(_("only the highest one counts"))
        entries = listed(self.node, "criteria")
        if rule in (*COUNT_RULES, "choice") or entries or "criteria-order" in self.data:
            self.add_rows("criteria", CriterionRow, entries)
        if rule == "measure":
            self._add_measure()

    def _add_measure(self) -> None:
        self.add_rows("bands", StepRow, listed(self.node, "bands"))
        labels = (_("target"), _("for every"), _("points off"), _("at most"))
        for key, label in zip(SLOPE, labels, strict=False):
            self.fields[f"slope_{key}"] = NumberField(label=label, share=key in ("target", "per"))
        present = self.initial.get("slope_direction")
        self.fields["slope_direction"] = choice_field(_("direction"), with_present(choices.direction(), present))

    def blocks(self) -> list[Block]:
        common = Block("", ("code", "name", "points", "scaled", "pass", "standard", "sectors"))
        if self.is_group:
            return [common]
        scoring = Block(
            _("Scoring rule"),
            ("rule", "start", "factor", "step", "highest_only"),
            rows="criteria",
            adds=_("Add an option") if self.rule == "choice" else _("Add a criterion"),
        )
        found = [common, scoring]
        if self.rule == "measure":
            either = _("Fill in either the bands or the slope.")
            found.append(Block(_("By bands"), rows="bands", hint=either, adds=_("Add a band")))
            found.append(Block(_("By slope"), tuple(f"slope_{key}" for key in SLOPE)))
        found[-1] = replace(found[-1], before_words=True)
        return [
            *found,
            Block(_("Limits"), ("floor", "ceiling", "no_ceiling")),
            Block(
                _("Who, when and what"), ("evidence", "not_applicable", "reviewer_unit", "source", "due", "due_periods")
            ),
        ]

    def fresh_row(self, name: str, extra: str) -> dict[str, Any]:
        if name != "criteria":
            return {}
        rows = self.row_sets[name]
        return {"code": next_letter({str(form["code"].value() or "") for form in rows.forms})}

    def plain(self) -> Content:
        values, data = self.cleaned_data, {}
        for key in ("code", "name", "points", "standard", "sectors", "scaled", "pass"):
            put(data, key, values.get(key))
        return data if self.is_group else data | self._leaf(values)

    def _leaf(self, values: dict[str, Any]) -> Content:
        data: Content = {}
        put(data, "rule", values["rule"])
        put(data, "evidence", values["evidence"], "optional")
        put(data, "not_applicable", values["not_applicable"], "forbidden")
        put(data, "reviewer_unit", values["reviewer_unit"])
        put(data, "source", values["source"])
        if values["due"] == "periods":
            data["due"] = values["due_periods"]
        else:
            put(data, "due", values["due"], "every")
        put(data, "floor", values["floor"], 0)
        put(data, "ceiling", "none" if values["no_ceiling"] else values["ceiling"], values["points"])
        for key, default in (("step", "0.5"), ("start", 0), ("factor", 1), ("highest_only", None)):
            put(data, key, values.get(key), default)
        for key, rows in self.row_sets.items():
            put(data, key, rows.plain())
        put(data, "slope", self._slope(values))
        return data

    def _slope(self, values: dict[str, Any]) -> Content:
        """Nothing, unless one of its numbers is there."""
        slope: Content = {}
        for key in SLOPE[:-1]:
            put(slope, key, values.get(f"slope_{key}"))
        if slope:
            put(slope, "direction", values["slope_direction"], "up")
        return slope
