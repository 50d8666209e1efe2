"""A scheme version as a secretary would meet it: a sheet of nobody, filled in by nobody, computed by the same engine.

Nothing is read from or written to the database; the sheet, its branch and its cycle exist in memory only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from branches.models import Branch, Organization, Sector, Unit
from branchportal.errors import InvalidMark

from ..cycles.models import Cycle, YearPlan
from ..schemes.loading import engine_scheme
from ..schemes.models import SchemeVersion
from ..scoring import Mark as EngineMark
from ..scoring.scheme import Indicator, Scheme
from .choices import ClaimKind, ClaimStatus
from .gather import full_marks_of, is_filled_by_branch, sheet_rows
from .models import Claim, Sheet
from .preview import SELF, DimensionLine, Preview, preview
from .sheet_page import Row, criterion_fields, leaves_of
from .values import read_said

BONUS = "bonus"
MOST = 100  # how many of one bonus item can be tried


@dataclass(frozen=True)
class Trial:
    """Whose sheet is shown: a sector (code and name), a period, and which organs the branch has."""

    sector: str
    sector_name: str
    period: str
    has_committee: bool
    has_groups: bool


@dataclass(frozen=True)
class BonusField:
    """One bonus item, or one of its levels."""

    item: str
    level: str
    text: str
    points_up: int


@dataclass(frozen=True)
class Answer:
    """What one row came to: its points, or why the value is not possible; `at` is the row's place on the page."""

    at: int
    points_up: int | None
    error: str = ""


@dataclass(frozen=True)
class TrialRows:
    """A first-level indicator with its rows; `first` is the place of the first of them."""

    line: DimensionLine
    rows: tuple[Row, ...]
    first: int

    @property
    def placed(self) -> list[tuple[int, Row]]:
        return list(enumerate(self.rows, start=self.first))


@dataclass(frozen=True)
class TrialPage:
    """What the preview shows; the parts of the sheet's own page read the same names."""

    sheet: Sheet
    scheme: Scheme
    preview: Preview
    dimensions: tuple[TrialRows, ...]
    bonus: tuple[BonusField, ...]
    answers: tuple[Answer, ...]

    @property
    def full_up(self) -> int:
        return full_marks_of(self.scheme, self.sheet.sector.code, self.sheet.cycle.period)


def trial_page(version: SchemeVersion, trial: Trial, typed: Mapping[str, str]) -> TrialPage:
    """The sheet of `trial` with what was typed.

    `typed` holds `<place>:<field>`: rows are counted from 1 in the order of the page, fields named as `read_said` takes
    them; `bonus:<n>` is how many of the n-th bonus field.
    Raises: SchemeError where the version has errors.
    """
    scheme, sheet = engine_scheme(version), _sheet(version, trial)
    said = _by_place(typed)
    marks: dict[str, EngineMark] = {}
    answers = []
    for at, leaf in enumerate(_rows_in_order(scheme, sheet), start=1):
        if str(at) not in said or not is_filled_by_branch(leaf):
            continue
        try:
            found = read_said(scheme, leaf, sheet, said[str(at)])
        except InvalidMark as refusal:
            answers.append(Answer(at, None, refusal.message))
            continue
        answers.append(Answer(at, found.points_up))
        if found.mark is not None:
            marks[leaf.code] = found.mark
    bonus = tuple(_bonus_fields(scheme))
    seen = preview(sheet, marks={SELF: marks}, claims=_claims(sheet, bonus, said.get(BONUS, {})))
    return TrialPage(sheet, scheme, seen, tuple(_dimensions(scheme, sheet, seen)), bonus, tuple(answers))


def _rows_in_order(scheme: Scheme, sheet: Sheet) -> list[Indicator]:
    """The rows of the sheet as the page shows them."""
    on_sheet = {leaf.code for leaf in sheet_rows(sheet)}
    return [leaf for top in scheme.indicators for leaf, _group in leaves_of(top) if leaf.code in on_sheet]


def _sheet(version: SchemeVersion, trial: Trial) -> Sheet:
    """The sheet of a branch that does not exist."""
    organization, unit = Organization(code="preview", name=""), Unit(name="")
    sector = Sector(code=trial.sector, name=trial.sector_name)
    branch = Branch(
        code="preview", name=_("Example branch"), organization=organization, unit=unit, sector=sector,
        has_committee=trial.has_committee, has_groups=trial.has_groups,
    )  # fmt: skip
    cycle = Cycle(plan=YearPlan(year=2000, scheme_version=version), period=trial.period, name=trial.period)
    return Sheet(
        cycle=cycle, branch=branch, scheme_version=version, organization=organization, sector=sector, unit=unit
    )


def _by_place(typed: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Input by the place of its row."""
    found: dict[str, dict[str, str]] = {}
    for name in typed:
        place, colon, field = name.partition(":")
        if colon:
            found.setdefault(place, {})[field] = typed[name]
    return found


def _dimensions(scheme: Scheme, sheet: Sheet, seen: Preview) -> Iterator[TrialRows]:
    lines = {line.code: line for line in seen.dimensions}
    on_sheet, first = {leaf.code for leaf in sheet_rows(sheet)}, 1
    for dimension in scheme.indicators:
        rows = tuple(_row(leaf, group, sheet, seen) for leaf, group in leaves_of(dimension) if leaf.code in on_sheet)
        if rows and dimension.code in lines:
            yield TrialRows(lines[dimension.code], rows, first)
        first += len(rows)


def _row(leaf: Indicator, group: str, sheet: Sheet, seen: Preview) -> Row:
    return Row(
        leaf=leaf, indicator_id=0, group=group, stored=None, points_up=seen.points_up.get(leaf.code), review=None,
        is_open=True, is_missing=leaf.code in seen.missing, criteria=criterion_fields(leaf, sheet, None), links=(),
        remarks=(), last=None,
    )  # fmt: skip


def _bonus_fields(scheme: Scheme) -> Iterator[BonusField]:
    for item in scheme.bonus.items:
        for level, points_up in (item.levels_up or {"": item.points_up}).items():
            yield BonusField(item.code, level, f"{item.text}·{level}" if level else item.text, points_up)


def _claims(sheet: Sheet, fields: tuple[BonusField, ...], typed: Mapping[str, str]) -> list[Claim]:
    """Bonus as if claimed, each a matter of its own; what is no whole number from 1 to MOST is left out."""
    found = []
    for at, field in enumerate(fields, start=1):
        text = typed.get(str(at), "").strip()
        if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= MOST):
            continue
        found.append(
            Claim(
                sheet=sheet, kind=ClaimKind.BONUS, item_code=field.item, level=field.level, count=int(text),
                matter=f"{at}", status=ClaimStatus.CLAIMED,
            )
        )  # fmt: skip
    return found
