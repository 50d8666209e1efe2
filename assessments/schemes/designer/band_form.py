"""The form of a grade: where it begins, its quota, and what else it asks for."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from . import choices
from .fields import NumberField, choice_field, shown, text_field, with_present
from .forms import Block, PlaceForm, put
from .places import Content, listed
from .rows import RowForm

QUOTA = ("max_share", "max_number", "min_share", "about")
YES_KINDS = ("no_zero_dimension", "no_veto")


class ConditionRow(RowForm):
    """One condition; its kind is chosen when the row is added and decides the fields."""

    stays_blank = True

    def build(self) -> None:
        kinds = dict(choices.conditions())
        self.kind = str((self.data.get(self.add_prefix("kind")) if self.is_bound else self.initial.get("kind")) or "")
        self.name = kinds.get(self.kind, self.kind)
        self.fields["kind"] = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
        present = self.initial.get("code")
        if self.kind == "dimension_share":
            self.fields["code"] = choice_field(_("Indicator"), _offered(self.around.dimensions, present))
            self.fields["min"] = NumberField(label=_("at least (share)"), share=True)
        elif self.kind == "good_periods":
            self.fields["code"] = choice_field(_("Grade"), _offered(self.around.grades, present))
            self.fields["count"] = NumberField(whole=True, label=_("periods"))
        elif self.kind == "flag":
            self.fields["code"] = choice_field(_("fact"), _offered(self.around.flags, present))
        elif self.kind == "previous_stars_min":
            self.fields["value"] = NumberField(whole=True, label=_("stars"))
        elif self.kind in ("poll_min", "poll_top_share"):
            label = _("poll score (0–100)") if self.kind == "poll_min" else _("share of top votes")
            self.fields["value"] = NumberField(label=label, share=self.kind == "poll_top_share")

    def initial_of(self, entry: Any) -> dict[str, Any]:
        node = entry if isinstance(entry, dict) else {}
        kind = next(iter(node), "")
        inner = node.get(kind)
        if kind in ("dimension_share", "good_periods"):
            values = inner if isinstance(inner, dict) else {}
            code = values.get("code") if kind == "dimension_share" else values.get("grade")
            return {
                "kind": kind,
                "code": shown(code),
                "min": shown(values.get("min")),
                "count": shown(values.get("count")),
            }
        return {"kind": kind, "code": shown(inner)} if kind == "flag" else {"kind": kind, "value": shown(inner)}

    def plain(self) -> Content:
        values = self.cleaned_data
        kind = values["kind"]
        if kind not in dict(choices.conditions()):
            return {}
        if kind in YES_KINDS:
            return {kind: True}
        if kind == "dimension_share":
            return {kind: {"code": values["code"], "min": values["min"]}}
        if kind == "good_periods":
            return {kind: {"grade": values["code"], "count": values["count"]}}
        return {kind: values["code"] if kind == "flag" else values["value"]}


def _offered(offered: list, present: Any) -> list:
    return with_present([("", _("choose …")), *offered], present)


class BandForm(PlaceForm):
    """One grade of a period, or of the year."""

    owned = ("stars", "grade", "from", "quota", "requires")

    def initial_of(self, node: Content) -> dict[str, Any]:
        quota = node.get("quota") if isinstance(node.get("quota"), dict) else {}
        found = {key: shown(node.get(key)) for key in ("stars", "grade", "from")}
        found |= {f"quota_{key}": shown(quota.get(key)) for key in QUOTA}
        return found | {"quota_within": shown(quota.get("within")) or "all"}

    def build(self) -> None:
        fields = self.fields
        fields["grade"] = text_field(_("Grade"), 40)
        fields["stars"] = NumberField(whole=True, label=_("stars"))
        fields["from"] = NumberField(label=_("from (points)"))
        fields["quota_max_share"] = NumberField(label=_("at most (share)"), share=True)
        fields["quota_max_number"] = NumberField(whole=True, label=_("at most (number)"))
        fields["quota_within"] = choice_field(_("within"), with_present(choices.within(), self.initial["quota_within"]))
        fields["quota_min_share"] = NumberField(label=_("at least (share), a hint only"), share=True)
        fields["quota_about"] = NumberField(label=_("about (share), a hint only"), share=True)
        self.add_rows("requires", ConditionRow, listed(self.node, "requires"))

    def blocks(self) -> list[Block]:
        quota = tuple(f"quota_{key}" for key in ("max_share", "max_number", "within", "min_share", "about"))
        return [
            Block("", ("grade", "stars", "from")),
            Block(_("Quota"), quota,
                  hint=_("Either a share or a number; places are rounded down. Empty: no quota.")),
            Block(_("Conditions"), rows="requires", adds=_("Add a condition"),
                  hint=_("Whoever reaches the score and misses a condition falls to the next grade.")),
        ]  # fmt: skip

    def fresh_row(self, name: str, extra: str) -> dict[str, Any]:
        kind = extra if extra in dict(choices.conditions()) else "no_veto"
        inner: Any = {"dimension_share": {}, "good_periods": {}}.get(kind, kind in YES_KINDS or "")
        return {kind: inner}

    def plain(self) -> Content:
        values, data = self.cleaned_data, {}
        for key in ("stars", "grade", "from"):
            put(data, key, values[key])
        quota: Content = {}
        for key in QUOTA:
            put(quota, key, values[f"quota_{key}"])
        if quota:
            put(quota, "within", values["quota_within"], "all")
        put(data, "quota", quota)
        put(data, "requires", [entry for entry in self.row_sets["requires"].plain() if entry])
        return data
