"""What of an old scheme is found again in a new one, by code, and where an assumption is needed. Plain data only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ...scoring import Indicator, Scheme
from ...scoring.scheme import COUNT_RULES, Adjustment

FULL, ZERO, SHARE, MISSING, KEEP = "full", "zero", "share", "missing", "keep"
SAME, RECOMPUTED, PARTLY, CHANGED, NEW = "same", "recomputed", "partly", "changed", "new"
WORDS_ONLY = ("name", "standard", "evidence", "reviewer_unit", "source", "pass_up")  # change no points


@dataclass(frozen=True)
class Part:
    """A scored indicator, or a component, of the new scheme.

    `key` names it among the assumptions ("indicator:1.1", "component:poll"). `kind`: SAME, taken as it is; RECOMPUTED,
    from the counts sealed; PARTLY, where a mark still fits the rule; CHANGED and NEW, by assumption throughout.
    `is_wider`: branches or periods are asked it that were not before. `choices` is empty where nothing is assumed.
    """

    key: str
    code: str
    name: str
    kind: str
    is_wider: bool = False
    choices: tuple[str, ...] = ()
    default: str = ""
    notes: tuple[tuple[str, str], ...] = ()  # (renamed | criterion_gone | criterion_new, what)

    @property
    def needs_assumption(self) -> bool:
        return bool(self.choices)

    @property
    def is_only_wider(self) -> bool:
        """Whether every mark there was fits, and only those newly asked have none."""
        return self.is_wider and self.kind in (SAME, RECOMPUTED)


@dataclass(frozen=True)
class Mapped:
    """The new scheme's parts in its order, and what of the old one has no place any more."""

    parts: Sequence[Part]
    dropped: Sequence[tuple[str, str]]  # indicators: code and name
    dropped_items: Sequence[tuple[str, str]]  # bonus, penalty, veto
    new_items: Sequence[tuple[str, str]]
    new_flags: Sequence[tuple[str, str]]
    dropped_components: Sequence[str]
    is_rescaled: bool  # full marks differ: components given as a whole are brought to the new scale

    @property
    def open_parts(self) -> list[Part]:
        """Those that need an assumption."""
        return [part for part in self.parts if part.needs_assumption]

    def assumptions(self, chosen: Mapping[str, str]) -> dict[str, str]:
        """What is assumed of every part that needs it: as chosen where that is possible, else the default."""
        return {
            part.key: chosen[part.key] if chosen.get(part.key) in part.choices else part.default
            for part in self.open_parts
        }


def map_schemes(old: Scheme, new: Scheme, *, periods: Sequence[str], sectors: Iterable[str]) -> Mapped:
    """Compare two versions by the codes of indicators, criteria and items.

    `periods`, `sectors`: those whose marks are to be carried over; they decide what is newly asked.
    """
    known = {leaf.code: leaf for leaf in old.leaves}
    wider = _newly_asked(old, new, periods, tuple(sectors))
    parts = [_part(known.get(leaf.code), leaf, is_wider=leaf.code in wider) for leaf in new.leaves]
    weighted = {component.source for component in old.components if component.weight_up}
    fresh = [component.source for component in new.components if component.weight_up]
    parts += [_component(source) for source in fresh if source not in weighted]
    kept = {leaf.code for leaf in new.leaves}
    old_items, new_items = items_of(old), items_of(new)
    flags = {flag.code for flag in old.flags}
    return Mapped(
        parts=parts,
        dropped=[(leaf.code, leaf.name) for leaf in old.leaves if leaf.code not in kept],
        dropped_items=[(code, text) for (kind, code), text in old_items.items() if (kind, code) not in new_items],
        new_items=[(code, text) for (kind, code), text in new_items.items() if (kind, code) not in old_items],
        new_flags=[(flag.code, flag.text) for flag in new.flags if flag.code not in flags],
        dropped_components=[source for source in weighted if source not in fresh],
        is_rescaled=old.full_marks_up != new.full_marks_up,
    )


def items_of(scheme: Scheme) -> dict[tuple[str, str], str]:
    """Bonus items, penalty items and vetoes by kind and code, with their text."""
    parts: tuple[tuple[str, Adjustment], ...] = (("bonus", scheme.bonus), ("penalty", scheme.penalty))
    found = {(kind, item.code): item.text for kind, part in parts for item in part.items}
    return found | {("veto", veto.code): veto.text for veto in scheme.veto}


def _newly_asked(old: Scheme, new: Scheme, periods: Sequence[str], sectors: Sequence[str]) -> set[str]:
    """Codes of leaves of both schemes that some sector is asked in some period only under the new one."""
    asked = {(leaf.code, sector) for sector in sectors for leaf in old.sheet_leaves(sector)}
    fresh = {leaf.code for sector in sectors for leaf in new.sheet_leaves(sector) if (leaf.code, sector) not in asked}
    due = {(leaf.code, period) for period in periods for leaf in old.leaves if old.is_due(leaf, period)}
    return fresh | {
        leaf.code
        for period in periods
        for leaf in new.leaves
        if new.is_due(leaf, period) and leaf.due != "on_event" and (leaf.code, period) not in due
    }


def _component(source: str) -> Part:
    return Part(f"component:{source}", source, "", NEW, choices=(SHARE, FULL, ZERO, MISSING), default=SHARE)


def _part(old: Indicator | None, new: Indicator, *, is_wider: bool) -> Part:
    found = Part(f"indicator:{new.code}", new.code, new.name, NEW)
    if old is None:
        default = MISSING if new.due == "on_event" else FULL
        return replace(found, choices=(FULL, SHARE, ZERO, MISSING), default=default)
    found = replace(found, kind=_kind(old, new), is_wider=is_wider, notes=_notes(old, new))
    if found.kind == CHANGED:
        keep = (KEEP,) if old.rule == new.rule == "entry" else ()
        return replace(found, choices=(SHARE, *keep, FULL, ZERO, MISSING), default=SHARE)
    if found.kind == PARTLY:
        return replace(found, choices=(SHARE, FULL, ZERO, MISSING), default=SHARE)
    if is_wider:
        return replace(found, choices=(FULL, SHARE, ZERO, MISSING), default=FULL)
    return found


def _kind(old: Indicator, new: Indicator) -> str:
    if old.rule != new.rule:
        return CHANGED
    if _scoring(old) == _scoring(new):
        return SAME
    if new.rule == "entry" and (old.points_up, old.ceiling_up) != (new.points_up, new.ceiling_up):
        return CHANGED
    return PARTLY if _may_not_fit(old, new) else RECOMPUTED


def _scoring(leaf: Indicator) -> Indicator:
    """The leaf without what is words only, or says who is asked when."""
    plain = {name: "" for name in WORDS_ONLY if name != "pass_up"}
    criteria = tuple(replace(criterion, text="", unit="") for criterion in leaf.criteria)
    return replace(leaf, **plain, pass_up=None, criteria=criteria, sectors=(), due="every")


def _may_not_fit(old: Indicator, new: Indicator) -> bool:
    """Whether a mark that the old rule allowed may be wrong under the new one of the same kind."""
    if old.not_applicable != "forbidden" and new.not_applicable == "forbidden":
        return True
    if new.rule == "entry":
        return True
    after = {criterion.code: criterion for criterion in new.criteria}
    if new.rule == "choice" and any(criterion.code not in after for criterion in old.criteria):
        return True
    if new.rule not in (*COUNT_RULES, "choice"):
        return False
    return any(
        criterion.code in after and criterion.range_up != after[criterion.code].range_up for criterion in old.criteria
    )


def _notes(old: Indicator, new: Indicator) -> tuple[tuple[str, str], ...]:
    """What a reader should know: another name, clauses that are gone (their counts fall away) or new (counted 0)."""
    found = [("renamed", old.name)] if old.name != new.name else []
    if old.rule != new.rule or new.rule not in COUNT_RULES:
        return tuple(found)
    before, after = ({criterion.code: criterion.text for criterion in leaf.criteria} for leaf in (old, new))
    found += [("criterion_gone", text) for code, text in before.items() if code not in after]
    found += [("criterion_new", text) for code, text in after.items() if code not in before]
    return tuple(found)
