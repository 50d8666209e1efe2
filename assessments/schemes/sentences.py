"""Problem codes of the engine and of files as sentences: what is wrong, with the value, and what to do."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as n_

from assessments.scoring import Problem

from .tables import RowProblem

LONGEST_VALUE = 60

SENTENCES: dict[str, str] = {
    # reading a scheme
    "required": n_("It is missing. Fill it in."),
    "empty": n_("It is empty. Fill it in."),
    "unknown_key": n_("The key “%(key)s” is unknown. Known here: %(allowed)s."),
    "not_mapping": n_("“%(value)s” is not a group of keys. Write “key: value” pairs."),
    "not_list": n_("“%(value)s” is not a list. Write one entry per line after “- ”, or [a, b]."),
    "not_text": n_("“%(value)s” is not text. Put it in quotation marks."),
    "bad_code": n_("The code “%(value)s” has a space at an end, a line break or begins with @. Use another code."),
    "not_number": n_("“%(value)s” is not a number. Write digits with at most one decimal point."),
    "float": n_("The number %(value)s came as a binary fraction. Give it as decimal text."),
    "too_many_places": n_("%(value)s has more than 6 decimal places. Round it."),
    "too_large": n_("%(value)s is beyond 1,000,000. Use a smaller number."),
    "too_small": n_("%(value)s is below %(least)s. Use %(least)s or more."),
    "not_above": n_("%(value)s is not above %(above)s. Use a larger number."),
    "share_above_one": n_("The share %(value)s is above 1. Write 30%% as 0.3."),
    "not_whole": n_("%(value)s is not a whole number."),
    "outside": n_("%(value)s is outside %(low)s to %(high)s."),
    "not_flag": n_("“%(value)s” is neither yes nor no."),
    "not_one_of": n_("“%(value)s” is unknown. Use one of: %(allowed)s."),
    "duplicate": n_("“%(value)s” stands in the list twice. Remove one."),
    "not_single": n_("Exactly one of these is needed: %(allowed)s."),
    "must_be_yes": n_("“%(value)s” has no meaning here. Write true, or remove the entry."),
    "needs_keys": n_("It needs exactly the keys %(keys)s."),
    "one_of": n_("One of these is needed: %(keys)s."),
    "only_one_of": n_("Only one of these may be given: %(keys)s."),
    "range_order": n_("The range %(value)s must be two numbers, the lower one first."),
    "range_zero": n_("The range %(value)s leaves nothing to choose. Give a higher end above 0."),
    # what parts of a scheme must agree on
    "duplicate_code": n_("“%(value)s” is used already at %(first)s. Give every entry a code of its own."),
    "first_level_only": n_("A pass mark belongs to a first-level indicator. Remove it here."),
    "not_with_children": n_("An indicator with children carries no marks. Move this to the children, or remove it."),
    "only_with_children": n_("Only an indicator with children can be scaled. Remove it."),
    "too_deep": n_("Indicators have three levels at most. Move these children up."),
    "sum_points": n_("The children add up to %(value)s points%(for_sector)s; they must add up to %(expected)s."),
    "sum_full_marks": n_(
        "All points%(for_sector)s add up to %(value)s; "
        "they must add up to full marks, %(expected)s, or set rescale: true."
    ),
    "no_points": n_("There are no points to reach%(for_sector)s."),
    "scaled_nothing": n_("There is nothing to scale: the children have no points."),
    "floor_above_ceiling": n_("The floor %(value)s is above the ceiling %(ceiling)s."),
    "choice_without_options": n_("A choice needs at least one option. Add criteria."),
    "criteria_missing": n_("The rule “%(rule)s” counts by criteria, and there are none. Add criteria."),
    "criteria_unused": n_("The rule “%(rule)s” does not count by criteria; they are shown only."),
    "duplicate_from": n_("Two bands begin at %(value)s (the other: %(first)s). Remove one."),
    "unknown_period": n_("The period “%(value)s” is unknown. Use one of: %(allowed)s."),
    "award_larger": n_("%(value)s points are more than the row can give, %(most)s; the rest is cut off."),
    "unknown_sector": n_("The sector “%(value)s” is not one of the scheme's: %(allowed)s."),
    "weights_sum": n_("The weights add up to %(value)s; they must add up to %(expected)s."),
    "unknown_component": n_("“%(value)s” is no component of this scheme. Use one of: %(allowed)s."),
    "unknown_group": n_("The group “%(value)s” is not defined. Defined: %(allowed)s."),
    "no_effect": n_("This has no effect under “%(rule)s”. Remove it."),
    "bands_order": n_(
        "The band begins at %(value)s, above the one before it (%(above)s). List the highest band first."
    ),
    "band_unreachable": n_("The band begins at %(value)s like the one before it, so nobody can reach it. Lower it."),
    "band_too_high": n_("The band begins at %(value)s, but no more than %(highest)s points can be reached. Lower it."),
    "stars_order": n_("%(value)s stars stand below a band of %(above)s stars. List the highest band first."),
    "unknown_dimension": n_("“%(value)s” is no first-level indicator. Use one of: %(allowed)s."),
    "unknown_flag": n_("The flag “%(value)s” is not defined. Defined: %(allowed)s."),
    "unknown_grade": n_("The grade “%(value)s” is not defined. Defined: %(allowed)s."),
    "year_only": n_("Good periods are asked for the year only; for a single period this condition is left out."),
    "year_bands_missing": n_("The sum of the periods has a scale of its own. Give the year bands of its own."),
    "thematic_without_pass": n_("Thematic stars need a pass mark on at least one first-level indicator."),
    # files
    "not_yaml": n_("The file cannot be read as YAML: %(reason)s."),
    "file_empty": n_("The file is empty."),
    "file_too_large": n_("The file is too large."),
    "not_text_file": n_("The file is neither UTF-8 nor GBK text. Save it as UTF-8."),
    "duplicate_key": n_("The key “%(value)s” stands here twice. Remove one."),
    "key_not_text": n_("A key must be text."),
    "merge_key": n_("The merge key “<<” is not supported. Write the keys out."),
    "column_missing": n_("The column “%(value)s” is missing. Add it to the first line."),
    "column_unknown": n_("The column “%(value)s” is unknown. Known: %(allowed)s."),
    "column_twice": n_("The column “%(value)s” stands in the first line twice. Remove one."),
    "too_many_cells": n_("The line has %(value)s cells, the heading %(most)s. Check quotation marks and commas."),
    "bad_cell": n_("The cell is too long or holds signs that are no text."),
    "not_csv": n_("The line is not valid CSV. Check quotation marks."),
    "branch_twice": n_("The branch “%(value)s” is listed already in line %(first)s."),
    "sector_needed": n_("The scheme differs by sector. Give every branch its sector in the file of branches."),
    # marks
    "unknown_branch": n_("The branch “%(value)s” is unknown."),
    "unknown_indicator": n_("“%(value)s” is no indicator, bonus, penalty, veto or flag of this scheme."),
    "unknown_criterion": n_("The criterion “%(value)s” is unknown. Use one of: %(allowed)s."),
    "unknown_level": n_("The level “%(value)s” is unknown. Use one of: %(allowed)s."),
    "not_scored_itself": n_("The indicator “%(value)s” adds up its children. Mark the children."),
    "not_on_sheet": n_("The indicator “%(value)s” is not on the sheets of the sector “%(sector)s”."),
    "not_due": n_("The indicator “%(value)s” is not assessed in %(period)s."),
    "not_in_year": n_("“%(value)s” belongs to a single period, not to the year."),
    "wrong_stage": n_("The value comes with the stage “%(stage)s”, not “%(value)s”."),
    "not_a_marking_stage": n_("The stage “%(value)s” holds no marks of this indicator."),
    "other_year": n_("“%(value)s” has another year than line %(first)s. Use one file per year."),
    "mark_twice": n_("The same mark of “%(value)s” stands already in line %(first)s."),
    "contradiction": n_("“%(value)s” is marked as a whole and by criteria (see line %(first)s). Keep one of them."),
    "no_criterion": n_("“%(value)s” is not expected here. Leave the criterion empty."),
    "criterion_needed": n_("Name the criterion (%(allowed)s); without one only 0 is allowed, for nothing found."),
    "criterion_not_asked": n_("The branch is not asked the criterion “%(value)s”."),
    "criteria_not_marked": n_("The rule “%(rule)s” takes one value and no criterion."),
    "value_without_criterion": n_("The rule “%(rule)s” takes counts by criterion and no value of its own."),
    "negative": n_("%(value)s is negative. A count is 0 or more."),
    "size_zero": n_("A size within a range is not 0. Leave the row out where nothing was found."),
    "choice_value": n_("%(value)s is not allowed. The option that applies is marked with 1."),
    "choice_not_one": n_("Exactly one option is chosen; here are %(value)s."),
    "denominator_zero": n_("The denominator of %(value)s must be above 0."),
    "no_denominator": n_("%(value)s: a ratio is not expected here. Give one number."),
    "off_step": n_("%(value)s is not a multiple of %(step)s."),
    "not_zero_or_one": n_("“%(value)s” must be 1 (it applies) or 0."),
    "not_applicable_forbidden": n_("“Not applicable” is not allowed for “%(value)s”."),
    "not_applicable_with_value": n_("“%(value)s” is not applicable and has a value as well. Keep one of them."),
    "not_applicable_criterion": n_("NA is said of the whole indicator. Leave the criterion empty."),
    "waiver_without_count": n_("Only a count can be waived. Leave the column empty."),
    "waiver_without_reason": n_("A waiver needs a reason."),
    "figure_too_large": n_("The points of “%(value)s” are beyond 1,000,000."),
}


def sentence(problem: Problem) -> str:
    """The sentence of one problem, without its place."""
    values: dict[str, Any] = {name: _shown(value) for name, value in problem.params.items()}
    values["value"] = _shown(problem.value)
    values["key"] = problem.path.rpartition(".")[2]
    sector = problem.params.get("sector", "")
    values["for_sector"] = _(" for the sector “%(sector)s”") % {"sector": sector} if sector else ""
    return _(SENTENCES[problem.code]) % values


def scheme_sentence(problem: Problem) -> str:
    """Path and sentence of a problem of a scheme."""
    if not problem.path:
        return sentence(problem)
    if problem.path.startswith("line "):
        place = _("Line %(line)s") % {"line": problem.path.removeprefix("line ")}
        return _PLACED % {"place": place, "sentence": sentence(problem)}
    return _PLACED % {"place": problem.path, "sentence": sentence(problem)}


def row_sentence(problem: RowProblem) -> str:
    """File, line, column and sentence of a problem of a table."""
    places: Mapping[str, Any] = {"file": problem.file, "line": problem.line, "column": problem.column}
    if problem.column:
        place = _("%(file)s, line %(line)s, column %(column)s") % places
    else:
        place = _("%(file)s, line %(line)s") % places
    return _PLACED % {"place": place, "sentence": sentence(problem.problem)}


_PLACED = "%(place)s: %(sentence)s"


def _shown(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return _(", ").join(str(each) for each in value)
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"
