"""MARKS.csv into the engine's batches. Every line that is wrong is named; nothing is guessed."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from assessments.scoring import (
    SCALE,
    YEAR,
    BranchFacts,
    Claim,
    Mark,
    NumberError,
    Problem,
    Scheme,
    check_mark,
    parse_up,
    read_count,
    read_number,
)
from assessments.scoring.marks import LARGEST_COUNT, NOT_APPLICABLE_TEXT, check_count
from assessments.scoring.scheme import COUNT_RULES, PERIODS, SOURCES, Indicator, Item

from .branchesfile import NO, YES, needs_sector, only_sector, read_branches
from .number_words import means_not_applicable
from .tables import Row, RowProblem, Table, TableError

REQUIRED = ("branch", "period", "stage", "indicator", "value")
OPTIONAL = ("criterion", "matter", "waived", "reason")
FACTS = ("@score", "@top_share")
COUNTING_STAGE = "review"  # only claims, vetoes and flags accepted in review count
_PERIOD = re.compile(r"(\d{4})?(.+)")


@dataclass
class PeriodMarks:
    """Everything that a file says of one period, checked."""

    marks: dict[tuple[str, str, str], Mark] = field(default_factory=dict)  # (branch, stage, indicator)
    wholes: dict[tuple[str, str], int] = field(default_factory=dict)  # (branch, source)
    scores: dict[str, int] = field(default_factory=dict)
    top_shares: dict[str, tuple[int, int]] = field(default_factory=dict)
    flags: set[tuple[str, str]] = field(default_factory=set)
    vetoes: set[tuple[str, str]] = field(default_factory=set)
    claims: list[tuple[str, int, Claim]] = field(default_factory=list)  # (branch, line, claim)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)  # (branch, indicator): where it is marked last


@dataclass
class Inputs:
    """The two files, checked. `prefix` is the year in front of the periods, where the file writes one."""

    branches: dict[str, BranchFacts]
    periods: dict[str, PeriodMarks]
    prefix: str = ""


def read_inputs(
    scheme: Scheme,
    marks: bytes,
    branches: bytes | None,
    *,
    marks_name: str = "MARKS.csv",
    branches_name: str = "BRANCHES.csv",
) -> Inputs:
    """Read and check both files. Raises: TableError with every line that is wrong."""
    table = Table(marks_name, marks, REQUIRED, OPTIONAL)
    problems: list[RowProblem] = []
    if branches is not None:
        known, branch_table = read_branches(scheme, branches, branches_name)
        problems += branch_table.problems
        if not branch_table.is_readable:  # every branch of the marks would be unknown
            raise TableError([*problems, *table.problems])
    else:
        known = {row["branch"]: BranchFacts(row["branch"], only_sector(scheme)) for row in table.rows if row["branch"]}
        if needs_sector(scheme) and not only_sector(scheme):
            table.problem(1, "branch", "sector_needed")
    reader = _Reader(scheme, table, known)
    reader.read()
    problems += table.problems
    if problems:
        raise TableError(problems)
    return Inputs(known, reader.periods, reader.prefix)


class _Reader:
    """Goes through the lines once, then puts the rows of each indicator together to its mark."""

    def __init__(self, scheme: Scheme, table: Table, branches: dict[str, BranchFacts]) -> None:
        self.scheme, self.table, self.branches = scheme, table, branches
        self.periods: dict[str, PeriodMarks] = {}
        self.prefix = ""
        self.seen: dict[tuple[str, ...], int] = {}
        self.rows: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
        self.items: dict[str, Item] = {item.code: item for item in (*scheme.bonus.items, *scheme.penalty.items)}
        self.vetoes = {veto.code for veto in scheme.veto}
        self.flags = {flag.code for flag in scheme.flags}
        self.on_sheet = {
            sector: dict(zip((leaf.code for leaf in scheme.leaves), scheme.on_sheet(sector), strict=True))
            for sector in {facts.sector for facts in branches.values()}
        }

    def problem(self, row: Row, column: str, code: str, value: object = None, **params: object) -> None:
        self.table.problem(row, column, code, value, **params)

    def read(self) -> None:
        years: dict[str, int] = {}
        for row in self.table.rows:
            period = self._period(row, years)
            if row["branch"] not in self.branches:
                self.problem(row, "branch", "unknown_branch" if row["branch"] else "required", row["branch"])
            elif row["stage"] not in SOURCES:
                self.problem(row, "stage", "not_one_of", row["stage"], allowed=SOURCES)
            elif not row["value"]:
                self.problem(row, "value", "required")
            elif period and self._is_new(row, period):
                self._take(row, period, self.periods.setdefault(period, PeriodMarks()))
        for (branch, period, stage, code), rows in self.rows.items():
            self._assemble(self.branches[branch], period, stage, self.scheme.by_code[code], rows)
        self.prefix = next(iter(years), "")

    def _period(self, row: Row, years: dict[str, int]) -> str:
        text = row["period"]
        if not text:
            self.problem(row, "period", "required")
            return ""
        matched = _PERIOD.fullmatch(text)
        year, name = (matched[1] or "", matched[2]) if matched else ("", text)
        known = tuple(period for period in self.scheme.year.periods if period in PERIODS)
        if name not in (*known, YEAR):
            self.problem(row, "period", "unknown_period", text, allowed=(*known, YEAR))
            return ""
        if name == YEAR and not year:
            return name
        if year not in years and years:
            self.problem(row, "period", "other_year", text, first=next(iter(years.values())))
            return ""
        years.setdefault(year, row.line)
        return name

    def _is_new(self, row: Row, period: str) -> bool:
        """The same mark twice is an error; claims without a matter are matters of their own."""
        code = row["indicator"]
        key = (row["branch"], period, row["stage"], code, row["criterion"])
        if code in self.items or code in self.vetoes:
            if code in self.items and not row["matter"]:
                return True
            key = (*key, row["matter"])
        if key in self.seen:
            self.problem(row, "indicator", "mark_twice", code, first=self.seen[key])
            return False
        self.seen[key] = row.line
        return True

    def _take(self, row: Row, period: str, found: PeriodMarks) -> None:
        code = row["indicator"]
        leaf = self.scheme.by_code.get(code)
        if leaf is not None:
            self._take_mark(row, period, leaf)
            return
        if code in self.items:
            self._take_claim(row, period, self.items[code], found)
            return
        self._unwaived(row)
        if code in self.vetoes or code in self.flags:
            self._take_yes(row, code, found)
        elif row["criterion"] and (not code or code in FACTS):
            self.problem(row, "criterion", "no_criterion", row["criterion"])
        elif not code:
            self._take_whole(row, period, found)
        elif code in FACTS:
            self._take_fact(row, code, found)
        else:
            self.problem(row, "indicator", "unknown_indicator", code)

    def _number(self, row: Row, low: int, high: int) -> tuple[int, int] | None:
        """The value as a fraction within two bounds (whole numbers), or None with a problem."""
        try:
            value, denominator = read_number(row["value"])
        except NumberError as error:
            self.problem(row, "value", error.code, row["value"])
            return None
        if denominator is not None and denominator <= 0:
            self.problem(row, "value", "denominator_zero", row["value"])
            return None
        of = SCALE if denominator is None else denominator
        if not low * of <= value <= high * of:
            self.problem(row, "value", "outside", row["value"], low=low, high=high)
            return None
        return value, of

    def _take_whole(self, row: Row, period: str, found: PeriodMarks) -> None:
        if period == YEAR and row["stage"] != "poll":
            self.problem(row, "period", "not_in_year", row["stage"])
            return
        try:
            value_up = parse_up(row["value"])
        except NumberError as error:
            self.problem(row, "value", error.code, row["value"])
            return
        if not 0 <= value_up <= self.scheme.full_marks_up:
            full = self.scheme.full_marks_up // SCALE
            self.problem(row, "value", "outside", row["value"], low=0, high=full)
            return
        found.wholes[row["branch"], row["stage"]] = value_up

    def _take_fact(self, row: Row, code: str, found: PeriodMarks) -> None:
        if row["stage"] != "poll":
            self.problem(row, "stage", "wrong_stage", row["stage"], stage="poll")
        elif code == "@top_share":
            if number := self._number(row, 0, 1):
                found.top_shares[row["branch"]] = number
        elif "/" in row["value"]:
            self.problem(row, "value", "no_denominator", row["value"])
        elif number := self._number(row, 0, 100):
            found.scores[row["branch"]] = number[0]

    def _take_yes(self, row: Row, code: str, found: PeriodMarks) -> None:
        if row["criterion"]:
            self.problem(row, "criterion", "no_criterion", row["criterion"])
        elif (value := whole_value(row["value"])) not in (0, 1):
            self.problem(row, "value", "not_zero_or_one", row["value"])
        elif value == 1 and row["stage"] == COUNTING_STAGE:
            (found.vetoes if code in self.vetoes else found.flags).add((row["branch"], code))

    def _take_claim(self, row: Row, period: str, item: Item, found: PeriodMarks) -> None:
        if period == YEAR:
            self.problem(row, "period", "not_in_year", item.code)
        elif item.levels_up and row["criterion"] not in item.levels_up:
            allowed = tuple(item.levels_up)
            self.problem(
                row,
                "criterion",
                "unknown_level" if row["criterion"] else "level_needed",
                row["criterion"],
                allowed=allowed,
            )
        elif not item.levels_up and row["criterion"]:
            self.problem(row, "criterion", "no_criterion", row["criterion"])
        elif (count := self._count(row)) is not None:
            waived = self._claim_waived(row, item)
            if row["stage"] == COUNTING_STAGE and not waived:
                claim = Claim(0, item.code, count, row["criterion"], row["matter"])
                found.claims.append((row["branch"], row.line, claim))

    def _claim_waived(self, row: Row, item: Item) -> bool:
        """A penalty may be waived, which needs a reason; a bonus that is not accepted is simply no row."""
        if item in self.scheme.penalty.items:
            return self._waiver(row)
        self._unwaived(row)
        return False

    def _count(self, row: Row) -> int | None:
        try:
            count = read_count(row["value"])
        except NumberError as error:
            self.problem(row, "value", error.code, row["value"])
            return None
        if count > LARGEST_COUNT:
            self.problem(row, "value", "outside", row["value"], low=0, high=LARGEST_COUNT)
            return None
        return count

    def _take_mark(self, row: Row, period: str, leaf: Indicator) -> None:
        """Note a row of an indicator on the sheet of its branch; `_assemble` reads its value."""
        facts = self.branches[row["branch"]]
        given = {"poll": "poll", "external": "external"}.get(leaf.rule, "")
        if leaf.children:
            self.problem(row, "indicator", "not_scored_itself", leaf.code)
        elif period == YEAR:
            self.problem(row, "period", "not_in_year", leaf.code)
        elif given and row["stage"] != given:
            self.problem(row, "stage", "wrong_stage", row["stage"], stage=given)
        elif not given and row["stage"] in ("poll", "external"):
            self.problem(row, "stage", "not_a_marking_stage", row["stage"])
        elif not self.on_sheet[facts.sector][leaf.code]:
            self.problem(row, "indicator", "not_on_sheet", leaf.code, sector=facts.sector)
        elif not self.scheme.is_due(leaf, period):
            self.problem(row, "indicator", "not_due", leaf.code, period=period)
        else:
            self.rows[row["branch"], period, row["stage"], leaf.code].append(row)

    def _assemble(self, facts: BranchFacts, period: str, stage: str, leaf: Indicator, rows: list[Row]) -> None:
        """The rows of one indicator as one mark; a contradiction between rows is named at the later one."""
        count_before = len(self.table.problems)
        bare = [row for row in rows if not row["criterion"]]
        if bare and len(rows) > 1:
            self.problem(rows[-1], "criterion", "contradiction", leaf.code, first=rows[0].line)
            rows = [row for row in rows if row["criterion"]]
        if rows[0]["value"] == NOT_APPLICABLE_TEXT and bare == rows:
            self._unwaived(rows[0])
            mark = Mark(not_applicable=True)
        elif bare == rows and means_not_applicable(rows[0]["value"]):
            self.problem(rows[0], "value", "number_not_applicable", rows[0]["value"])
            return
        elif leaf.rule in (*COUNT_RULES, "choice"):
            mark = self._counts(facts, leaf, rows)
        else:
            mark = self._value(leaf, rows[0])
        if len(self.table.problems) > count_before:
            return
        for problem in check_mark(self.scheme, leaf.code, mark):
            self.table.add(rows[-1], "value", _with_value(problem, rows[-1]))
        self.periods[period].marks[facts.code, stage, leaf.code] = mark
        self.periods[period].lines[facts.code, leaf.code] = rows[-1].line

    def _value(self, leaf: Indicator, row: Row) -> Mark:
        self._unwaived(row)
        if row["criterion"]:
            self.problem(row, "criterion", "criteria_not_marked", row["criterion"], rule=leaf.rule)
            return Mark()
        try:
            value, denominator = read_number(row["value"])
        except NumberError as error:
            self.problem(row, "value", error.code, row["value"])
            return Mark()
        if denominator is not None and denominator <= 0:
            self.problem(row, "value", "denominator_zero", row["value"])
        return Mark(value, denominator)

    def _unwaived(self, row: Row) -> None:
        if row["waived"].lower() not in NO:
            self.problem(row, "waived", "waiver_without_count", row["waived"])

    def _counts(self, facts: BranchFacts, leaf: Indicator, rows: list[Row]) -> Mark:
        counts: dict[str, int] = {}
        waived: set[str] = set()
        for row in rows:
            if not row["criterion"]:
                self._nothing_found(leaf, row)
                continue
            for problem in self._criterion(facts, leaf, row, counts):
                self.table.add(row, problem.path or "value", problem)
            if leaf.rule == "choice":
                self._unwaived(row)
            elif self._waiver(row):
                waived.add(row["criterion"])
            if leaf.rule == "choice" and len(counts) > 1:
                self.problem(row, "criterion", "choice_not_one", len(counts), allowed=tuple(counts))
        return Mark(counts=counts, waived=frozenset(waived))

    def _nothing_found(self, leaf: Indicator, row: Row) -> None:
        self._unwaived(row)
        allowed = tuple(criterion.code for criterion in leaf.criteria)
        if leaf.rule == "choice":
            self.problem(row, "criterion", "option_needed", row["value"], allowed=allowed)
        elif whole_value(row["value"]) != 0:
            self.problem(row, "criterion", "criterion_needed", row["value"], allowed=allowed)

    def _criterion(self, facts: BranchFacts, leaf: Indicator, row: Row, counts: dict[str, int]) -> Iterator[Problem]:
        criterion = next((each for each in leaf.criteria if each.code == row["criterion"]), None)
        if criterion is None:
            allowed = tuple(each.code for each in leaf.criteria)
            yield Problem("criterion", "unknown_criterion", row["criterion"], {"allowed": allowed})
            return
        if criterion.applies_if and not getattr(facts, criterion.applies_if):
            yield Problem("criterion", "criterion_not_asked", criterion.code)
            return
        try:
            value = parse_up(row["value"]) if criterion.range_up else read_count(row["value"])
        except NumberError as error:
            code = "not_applicable_criterion" if row["value"] == NOT_APPLICABLE_TEXT else error.code
            yield Problem("", code, row["value"])
            return
        if criterion.range_up and value == 0:
            yield Problem("", "size_zero", row["value"])
        elif leaf.rule == "choice" and not criterion.range_up and value != 1:
            yield Problem("", "choice_value", row["value"])
        else:
            yield from (Problem("", each.code, each.value, each.params) for each in check_count(leaf, criterion, value))
        counts[criterion.code] = value

    def _waiver(self, row: Row) -> bool:
        text = row["waived"].lower()
        if text in NO:
            return False
        if text not in YES:
            self.problem(row, "waived", "not_flag", row["waived"])
        elif not row["reason"]:
            self.problem(row, "reason", "waiver_without_reason")
        return True


def whole_value(text: str) -> int | None:
    """A whole number however it is written (`1`, `1.0`), or None."""
    try:
        return read_count(text)
    except NumberError:
        return None


def _with_value(problem: Problem, row: Row) -> Problem:
    """The problem with the cell as the file has it, where the engine knows only a part of it."""
    return replace(problem, value=row["value"]) if problem.code == "no_denominator" else problem
