"""A workbook to the plain data that a YAML file gives, and the cell of every path in it."""

from collections.abc import Sequence
from typing import Any

from branchportal.workbooks import SheetCells, read_workbook

from ...scoring import Problem, SchemeError
from .grids import Grid, Line, read_grids
from .indicators import indicators
from .layout import PAGES
from .words import CONDITIONS, EFFECTS, PERIODS

MOST_SHEETS, MOST_ROWS, MOST_COLUMNS = 12, 10_000, 40
QUOTA = ("max_share", "max_number", "within", "min_share", "about")
CONDITION_KEYS = {"dimension_share": ("code", "min"), "good_periods": ("grade", "count")}
UNREADABLE = ("sheet_missing", "block_missing", "headings_missing")
LEADING = ("编码", "指标编码")  # columns without which no row finds its indicator
Data = dict[str, Any]


def read_scheme_xlsx(content: bytes) -> tuple[Data, list[Problem], dict[str, str]]:
    """Plain data, the problems of cells, and path -> cell.

    Raises: ImportRejected when the file cannot be read; SchemeError when sheets, blocks or heading rows are not there.
    """
    return read_sheets(read_workbook(content, most_sheets=MOST_SHEETS, most_rows=MOST_ROWS, most_columns=MOST_COLUMNS))


def read_sheets(sheets: Sequence[SheetCells]) -> tuple[Data, list[Problem], dict[str, str]]:
    """The same of sheets that have been read."""
    problems: list[Problem] = []
    grids = read_grids(sheets, problems)
    gone = {problem.path: problem.value for problem in problems if problem.code == "heading_missing"}
    if any(problem.code in UNREADABLE for problem in problems) or set(gone.values()) & set(LEADING):
        raise SchemeError(problems)
    found: list[Problem] = []
    builder = Builder(grids, found)
    data = builder.scheme()
    return data, [*problems, *(problem for problem in found if problem.path not in gone)], builder.cells


class Builder:
    """Lines to plain data; every value's cell is noted under its path on the way."""

    def __init__(self, grids: dict[str, Grid], problems: list[Problem]) -> None:
        self.grids, self.problems = grids, problems
        self.cells: dict[str, str] = {"": f"{PAGES[0].title}!A1"}

    def note(self, path: str, cell: str) -> None:
        self.cells.setdefault(path, cell)

    def lines(self, key: str) -> list[Line]:
        return self.grids[key].lines

    def problem(self, cell: str, code: str, value: Any = None, **params: Any) -> None:
        self.problems.append(Problem(cell, code, value, params))

    def take(self, line: Line, path: str, keys: Sequence[str]) -> Data:
        """The values of these keys; cells that are empty are noted, too."""
        for key in keys:
            if key in line.cells:
                self.note(f"{path}.{key}" if path else key, line.cells[key])
        return {key: line.values[key] for key in keys if key in line.values}

    def table(self, key: str, path: str, keys: Sequence[str]) -> list[Data]:
        """A list of mappings, one a line."""
        self.note(path, self.grids[key].at)
        found = []
        for at, line in enumerate(self.lines(key)):
            self.note(f"{path}[{at}]", line.at)
            found.append(self.take(line, f"{path}[{at}]", keys))
        return found

    def scheme(self) -> Data:
        (form,) = self.lines("scheme")
        data = self.take(form, "", tuple(form.cells))
        self.note("indicators", self.grids["indicators"].at)
        data["indicators"] = indicators(self)
        components = self.table("components", "components", ("source", "weight"))
        if components:
            data["components"] = components
        for part in ("bonus", "penalty"):
            if found := self.part(part):
                data[part] = found
        for key, found in (("veto", self.vetoes()), ("flags", self.table("flags", "flags", ("code", "text")))):
            if found:
                data[key] = found
        data["bands"] = self.bands("bands", "bands")
        data["year"] = self.year()
        return data

    def year(self) -> Data:
        (form,) = self.lines("year")
        self.note("year", self.grids["year"].at)
        data = self.take(form, "year", tuple(form.cells))
        self.note("year.weights", self.grids["weights"].at)
        weights: Data = {}
        for line in self.lines("weights"):
            period = line.values.get("period")
            if not isinstance(period, str):
                self.problem(line.cells["period"], "required")
            elif period not in PERIODS:
                self.problem(line.cells["period"], "unknown_period", period, allowed=tuple(PERIODS.values()))
            elif period in weights:
                self.problem(line.cells["period"], "duplicate", period)
            else:
                weights[period] = line.values.get("weight")
                self.note(f"year.weights.{period}", line.cells["weight"])
        if weights:
            data["weights"] = weights
        if bands := self.bands("year_bands", "year.bands"):
            data["bands"] = bands
        return data

    def part(self, part: str) -> Data:
        (form,) = self.lines(part)
        self.note(part, self.grids[part].at)
        data = self.take(form, part, tuple(form.cells))
        groups = [line for line in self.lines("groups") if self.part_of(line) == part]
        for at, line in enumerate(groups):
            self.note(f"{part}.groups[{at}]", line.at)
        if groups:
            data["groups"] = [
                self.take(line, f"{part}.groups[{at}]", ("code", "cap")) for at, line in enumerate(groups)
            ]
        if items := self.items(part):
            data["items"] = items
        return data

    def part_of(self, line: Line) -> str:
        """bonus or penalty; anything else is a problem once, and counts as bonus so that the rest is checked."""
        part = line.values.get("part")
        if part in ("bonus", "penalty"):
            return part
        cell = line.cells["part"]
        if all(problem.path != cell for problem in self.problems):
            self.problem(cell, "not_one_of" if part else "required", part, allowed=("加分", "减分"))
        return "bonus"

    def items(self, part: str) -> list[Data]:
        """Items with their levels; a line without kind, code and text continues the one above."""
        found: list[Data] = []
        above = ""
        for line in self.lines("items"):
            if line.has("part", "code", "text"):
                above = self.part_of(line)
                if above == part:
                    found.append(self.item(line, f"{part}.items[{len(found)}]"))
            elif above == part:
                self.only_first(line, ("group", "unit", "max", "per_matter"))
                self.level(found[-1], line, f"{part}.items[{len(found) - 1}]")
            elif not above and part == "bonus":
                self.problem(line.at, "nothing_to_continue")
        return found

    def only_first(self, line: Line, keys: Sequence[str]) -> None:
        """What is said in the first line of an entry is not said again."""
        for key in keys:
            if line.has(key):
                self.problem(line.cells[key], "only_first_line", line.values[key])

    def item(self, line: Line, path: str) -> Data:
        self.note(path, line.at)
        data = self.take(line, path, ("code", "text", "group", "unit", "max", "per_matter"))
        if line.has("level"):
            self.level(data, line, path)
            return data
        return data | self.take(line, path, ("points",))

    def level(self, item: Data, line: Line, path: str) -> None:
        """One level of an item with its points."""
        self.note(f"{path}.levels", line.cells["level"])
        level, levels = line.values.get("level"), item.setdefault("levels", {})
        if level is None or level in levels:
            self.problem(line.cells["level"], "duplicate" if level else "required", level)
            return
        levels[level] = line.values.get("points")
        self.note(f"{path}.levels.{level}", line.cells["points"])

    def vetoes(self) -> list[Data]:
        self.note("veto", self.grids["veto"].at)
        found = []
        for at, line in enumerate(self.lines("veto")):
            path = f"veto[{at}]"
            self.note(path, line.at)
            data = self.take(line, path, ("code", "text"))
            self.note(f"{path}.effect.max_stars", line.cells["stars"])
            self.note(f"{path}.effect", line.cells["effect"])
            effect = line.values.get("effect")
            if effect == "max_stars":
                data["effect"] = {effect: line.values.get("stars")}
            elif effect is not None:
                data["effect"] = {effect: "lowest" if effect == "grade" else True}
                if effect in EFFECTS and line.has("stars"):
                    self.problem(line.cells["stars"], "stars_without_limit", line.values["stars"])
            found.append(data)
        return found

    def bands(self, key: str, path: str) -> list[Data]:
        """Bands with their conditions; a line without stars, grade and lower end continues the one above."""
        self.note(path, self.grids[key].at)
        found: list[Data] = []
        for line in self.lines(key):
            if line.has("stars", "grade", "from"):
                found.append(self.band(line, f"{path}[{len(found)}]"))
            elif not found:
                self.problem(line.at, "nothing_to_continue")
                continue
            else:
                self.only_first(line, QUOTA)
            self.condition(line, found[-1], f"{path}[{len(found) - 1}]")
        return found

    def band(self, line: Line, path: str) -> Data:
        self.note(path, line.at)
        data = self.take(line, path, ("stars", "grade", "from"))
        self.note(f"{path}.quota", line.cells["max_share"])
        if quota := self.take(line, f"{path}.quota", QUOTA):
            data["quota"] = quota
        return data

    def condition(self, line: Line, band: Data, path: str) -> None:
        """Add the condition of a line, if it has one."""
        if not line.has("condition", "object", "value"):
            return
        kind, cell = line.values.get("condition"), line.cells["condition"]
        if kind not in CONDITIONS:
            code = "not_one_of" if kind else "required"
            self.problem(cell, code, kind, allowed=tuple(CONDITIONS.values()))
            return
        requires = band.setdefault("requires", [])
        at = f"{path}.requires[{len(requires)}]"
        self.note(at, cell)
        requires.append({kind: self.condition_content(kind, line, f"{at}.{kind}")})

    def condition_content(self, kind: str, line: Line, path: str) -> Any:
        """What stands behind a condition's name in a scheme file."""
        about = kind in (*CONDITION_KEYS, "flag")
        figure = kind not in ("flag", "no_veto", "no_zero_dimension")
        for key, is_wanted in (("object", about), ("value", figure)):
            if is_wanted and not line.has(key):
                self.problem(line.cells[key], "required")
            elif not is_wanted and line.has(key):
                self.problem(line.cells[key], "not_with_condition", line.values[key], rule=CONDITIONS[kind])
        self.note(path, line.cells["value" if figure else "object"])
        named = line.values.get("object")
        if isinstance(named, str) and kind != "good_periods":
            named = named.strip()  # codes have no spaces around them, names of grades may
        if kind in CONDITION_KEYS:
            name, number = CONDITION_KEYS[kind]
            self.note(f"{path}.{name}", line.cells["object"])
            self.note(f"{path}.{number}", line.cells["value"])
            return {name: named, number: line.values.get("value")}
        return named if about else line.values.get("value") if figure else True
