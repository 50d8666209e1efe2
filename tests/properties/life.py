"""The life of a sheet once more, written from its specification and not from the program: what each person may do.

Also a second, slow reckoning of totals: exact fractions, one row at a time.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from assessments.schemes.loading import indicator_index
from assessments.sheets.models import Mark, Sheet

BRANCH, SECRETARY, DEPARTMENT, TEAM, AUTHORITY = "branch", "secretary", "department", "team", "authority"
# Who stands how to the sheet; all others are strangers to each of its steps.
RELATIONS = {
    "secretary": {BRANCH, SECRETARY},
    "deputy": {BRANCH},
    "reviewer": {DEPARTMENT},
    "inspector": {TEAM},
    "leader": {TEAM},
    "authority": {AUTHORITY},
    "neighbour": set(),
    "office": set(),
    "auditor": set(),
}
# (from, action): (who, to)
STEPS = {
    ("draft", "save"): (BRANCH, "draft"),
    ("returned", "save"): (BRANCH, "returned"),
    ("draft", "submit"): (SECRETARY, "submitted"),
    ("returned", "submit"): (SECRETARY, "submitted"),
    ("submitted", "withdraw"): (SECRETARY, "draft"),
    ("submitted", "pass"): (DEPARTMENT, "passed"),
    ("submitted", "return_preliminary"): (DEPARTMENT, "returned"),
    ("passed", "begin"): (TEAM, "review"),
    ("review", "mark"): (TEAM, "review"),
    ("review", "accept_rest"): (TEAM, "review"),
    ("review", "return_review"): (TEAM, "returned"),
    ("review", "approve"): (TEAM, "approved"),
    **{(state, "exempt"): (AUTHORITY, "exempt") for state in ("draft", "returned", "submitted", "passed", "review")},
}
ACTIONS = sorted({action for _state, action in STEPS})
UNVERSIONED = {"accept_rest"}  # writes only where nothing stands yet
ROWS = ("1.1", "1.2", "1.3", "2.1", "2.2", "2.3")


@dataclass
class Model:
    """What must be so, kept in step with what was accepted."""

    state: str = "draft"
    was_returned: bool = False
    entered: set[str] = field(default_factory=set)
    reviewed: set[str] = field(default_factory=set)
    accepted: int = 0

    def allows(self, who: str, action: str, is_stale: bool) -> bool:
        relation, _to = STEPS.get((self.state, action), ("nobody", ""))
        if relation not in RELATIONS[who] or (is_stale and action not in UNVERSIONED):
            return False
        if action == "withdraw":
            return not self.was_returned
        if action == "approve":
            return who not in self.entered and self.reviewed == set(ROWS)
        return True

    def take(self, who: str, action: str) -> None:
        self.accepted += 1
        self.state = STEPS[self.state, action][1]
        if action in ("mark", "accept_rest"):
            fresh = {"2.2"} if action == "mark" else set(ROWS) - self.reviewed
            self.reviewed |= fresh
            if fresh:
                self.entered.add(who)
        if action.startswith("return"):
            self.was_returned = True
            self.reviewed.discard("2.2")


def total_of(sheet: Sheet, stage: str) -> Fraction:
    """Points of the small scheme's rows in one stage, with the poll; rows without a mark count 0."""
    index = indicator_index(sheet.scheme_version)
    content = {leaf["code"]: leaf for top in sheet.scheme_version.content["indicators"] for leaf in top["children"]}
    found = Fraction(0)
    for mark in Mark.objects.filter(sheet=sheet, stage__in=(stage, "poll")).prefetch_related("counts"):
        leaf = content[index.indicator_codes[mark.indicator_id]]
        counts = {index.criterion_codes[row.criterion_id]: Fraction(row.value_up, 10**6) for row in mark.counts.all()}
        found += _points(leaf, mark, counts)
    return found


def _points(leaf: dict, mark: Mark, counts: dict[str, Fraction]) -> Fraction:
    most = Fraction(str(leaf["points"]))
    if mark.state == "na":
        return most
    value = Fraction(mark.value_up or 0, 10**6)
    if leaf["rule"] == "entry":
        return value
    if leaf["rule"] == "poll":
        return value / 100 * most
    if leaf["rule"] == "measure":
        short = max(Fraction(0), 1 - value / Fraction(mark.denominator_up, 10**6))
        steps = -(-short // Fraction(1, 100))
        return max(Fraction(0), most - steps)
    sizes = Fraction(0)
    for criterion in leaf["criteria"]:
        size = counts.get(criterion["code"], Fraction(0)) * Fraction(str(criterion["points"]))
        limit = criterion.get("max")
        sizes += size if limit is None else min(size, Fraction(str(limit)))
    return max(Fraction(0), most - sizes) if leaf["rule"] == "deduct" else min(most, sizes)
