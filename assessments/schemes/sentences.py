"""Problem codes of the engine and of files as sentences: what is wrong, with the value, and what to do."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from assessments.scoring import Problem
from assessments.scoring.reading import UNSEEN

from .number_words import SENTENCES as NUMBER_SENTENCES
from .number_words import told
from .tables import RowProblem
from .workbook.problems import SENTENCES as WORKBOOK_SENTENCES
from .yaml_words import reason_of

LONGEST_VALUE = 60
LONGEST_LIST = 2000

SENTENCES: dict[str, str] = {
    # reading a scheme
    "required": gettext_noop("It is missing. Fill it in."),
    "empty": gettext_noop("It is empty. Fill it in."),
    "unknown_key": gettext_noop("The key “%(key)s” is unknown. Known here: %(allowed)s."),
    "not_mapping": gettext_noop("“%(value)s” is not a group of keys. Write “key: value” pairs."),
    "not_list": gettext_noop("“%(value)s” is not a list. Write one entry per line after “- ”, or [a, b]."),
    "not_text": gettext_noop("“%(value)s” is not text. Put it in quotation marks."),
    "unseen_signs": gettext_noop(
        "“%(value)s” holds control characters that nobody can see (%(signs)s; shown as �). Type the text anew."
    ),
    "bad_code": gettext_noop(
        "The code “%(value)s” has a space at an end, a line break or begins with @. Use another code."
    ),
    "not_number": gettext_noop("“%(value)s” is not a number. Write digits with at most one decimal point."),
    "float": gettext_noop("The number %(value)s came as a binary fraction. Give it as decimal text."),
    "too_many_places": gettext_noop("%(value)s has more than 6 decimal places. Round it."),
    "too_large": gettext_noop("%(value)s is beyond 1,000,000. Use a smaller number."),
    "too_small": gettext_noop("%(value)s is below %(least)s. Use %(least)s or more."),
    "not_above": gettext_noop("%(value)s is not above %(above)s. Use a larger number."),
    "share_above_one": gettext_noop("The share %(value)s is above 1. Write 30%% as 0.3."),
    "not_whole": gettext_noop("%(value)s is not a whole number. Write it without decimals."),
    "outside": gettext_noop("%(value)s is outside %(low)s to %(high)s. Write a number within it."),
    "not_flag": gettext_noop("“%(value)s” is neither yes nor no. Write one of them."),
    "flag_word": gettext_noop("“%(value)s” is written %(plain)s here. Write %(plain)s."),
    "not_one_of": gettext_noop("“%(value)s” is unknown. Use one of: %(allowed)s."),
    "duplicate": gettext_noop("“%(value)s” stands in the list twice. Remove one."),
    "not_single": gettext_noop("“%(value)s” does not say which. Exactly one of these is needed: %(allowed)s."),
    "needs_content": gettext_noop(
        "“%(value)s” stands by itself. Write “%(value)s: true”, or its value after the colon."
    ),
    "must_be_yes": gettext_noop("“%(value)s” has no meaning here. Write true, or remove the entry."),
    "needs_keys": gettext_noop("“%(value)s” is not complete, or says too much. It needs exactly the keys %(keys)s."),
    "one_of": gettext_noop("One of these is needed: %(keys)s."),
    "only_one_of": gettext_noop("Only one of these may be given: %(keys)s."),
    "range_order": gettext_noop("The range %(value)s must be two numbers, the lower one first."),
    "range_zero": gettext_noop("The range %(value)s leaves nothing to choose. Give a higher end above 0."),
    # what parts of a scheme must agree on
    "duplicate_code": gettext_noop("“%(value)s” is used already at %(first)s. Give every entry a code of its own."),
    "first_level_only": gettext_noop("The pass mark %(value)s belongs to a first-level indicator. Remove it here."),
    "not_with_children": gettext_noop(
        "An indicator with children carries no marks. Move this to the children, or remove it."
    ),
    "only_with_children": gettext_noop("Only an indicator with children can be scaled. Remove it."),
    "too_deep": gettext_noop("Indicators have three levels at most. Move these children up."),
    "sum_points": gettext_noop(
        "The children add up to %(value)s points%(for_sector)s; they must add up to %(expected)s."
    ),
    "sum_full_marks": gettext_noop(
        "All points%(for_sector)s add up to %(value)s; "
        "they must add up to full marks, %(expected)s, or set rescale: true."
    ),
    "no_points": gettext_noop("There are no points to reach%(for_sector)s. Give the indicators points."),
    "scaled_nothing": gettext_noop(
        "There is nothing to scale to %(value)s points: the children have none. Give them points."
    ),
    "floor_above_ceiling": gettext_noop("The floor %(value)s is above the ceiling %(ceiling)s. Lower it."),
    "choice_without_options": gettext_noop("A choice needs at least one option. Add criteria."),
    "criteria_missing": gettext_noop("The rule “%(rule)s” counts by criteria, and there are none. Add criteria."),
    "criteria_unused": gettext_noop(
        "The rule “%(rule)s” does not count by criteria; they are shown only. Remove them, or use another rule."
    ),
    "duplicate_from": gettext_noop("Two bands begin at %(value)s (the other: %(first)s). Remove one."),
    "unknown_period": gettext_noop("The period “%(value)s” is unknown. Use one of: %(allowed)s."),
    "award_larger": gettext_noop("%(value)s points are more than the row can give, %(most)s; the rest is cut off."),
    "unknown_sector": gettext_noop("The sector “%(value)s” is not one of the scheme's. Use one of: %(allowed)s."),
    "weights_sum": gettext_noop("The weights add up to %(value)s; they must add up to %(expected)s."),
    "unknown_component": gettext_noop("“%(value)s” is no component of this scheme. Use one of: %(allowed)s."),
    "unknown_group": gettext_noop("The group “%(value)s” is not defined. Define it, or use one of: %(allowed)s."),
    "no_effect": gettext_noop("This has no effect under “%(rule)s”. Remove it."),
    "bands_order": gettext_noop(
        "The band begins at %(value)s, above the one before it (%(above)s). List the highest band first."
    ),
    "band_unreachable": gettext_noop(
        "The band begins at %(value)s like the one before it, so nobody can reach it. Lower it."
    ),
    "band_too_high": gettext_noop(
        "The band begins at %(value)s, but no more than %(highest)s points can be reached. Lower it."
    ),
    "too_many_stars": gettext_noop(
        "A band of %(value)s stars cannot be reached: %(most)s first-level indicators have a pass mark. "
        "Lower the stars, or give more indicators one."
    ),
    "penalty_from_nothing": gettext_noop(
        "The component “%(value)s” has the weight 0, so the penalty takes nothing from the total. "
        "Name a component with a weight, or total."
    ),
    "poll_score_tiny": gettext_noop(
        "The poll score is counted from 0 to 100, so nearly every branch reaches %(value)s. For 60%% write 60."
    ),
    "veto_closes_nothing": gettext_noop(
        "The veto leaves %(value)s stars, and no band has more than %(most)s, so it closes nothing. Lower the number."
    ),
    "stars_order": gettext_noop("%(value)s stars stand below a band of %(above)s stars. List the highest band first."),
    "unknown_dimension": gettext_noop("“%(value)s” is no first-level indicator. Use one of: %(allowed)s."),
    "unknown_flag": gettext_noop("The flag “%(value)s” is not defined. Define it, or use one of: %(allowed)s."),
    "unknown_grade": gettext_noop("The grade “%(value)s” is not defined. Use one of: %(allowed)s."),
    "year_only": gettext_noop(
        "Good periods are asked for the year only; for a single period this condition is left out."
    ),
    "year_bands_missing": gettext_noop(
        "The sum of the periods has a scale of its own. Give the year bands of its own."
    ),
    "thematic_without_pass": gettext_noop("Thematic stars need a pass mark on at least one first-level indicator."),
    # files
    "not_yaml": gettext_noop("The file cannot be read as YAML: %(reason)s."),
    "file_empty": gettext_noop("The file is empty. Choose the file that holds the scheme."),
    "file_too_large": gettext_noop("The file is too large."),
    "not_text_file": gettext_noop("The file is neither UTF-8 nor GBK text. Save it as UTF-8."),
    "duplicate_key": gettext_noop("The key “%(value)s” stands here twice. Remove one."),
    "key_not_text": gettext_noop("A key must be text. Write a plain word before the colon."),
    "merge_key": gettext_noop("The merge key “<<” is not supported. Write the keys out."),
    "table_empty": gettext_noop("The file is empty. Its first line names the columns: %(allowed)s."),
    "is_workbook": gettext_noop("This is an Excel workbook. Open it and save it as CSV (UTF-8, with commas)."),
    "column_missing": gettext_noop("The column “%(value)s” is missing. Add it to the first line."),
    "column_unknown": gettext_noop("The column “%(value)s” is unknown. Known: %(allowed)s."),
    "column_twice": gettext_noop("The column “%(value)s” stands in the first line twice. Remove one."),
    "delimiter": gettext_noop("The columns are separated by “%(value)s”. Save the file as CSV with commas."),
    "too_many_cells": gettext_noop(
        "The line has %(value)s cells, the heading %(most)s. Check quotation marks and commas."
    ),
    "bad_cell": gettext_noop("The cell is too long or holds signs that are no text. Type it anew."),
    "not_csv": gettext_noop("The line is not valid CSV. Check quotation marks."),
    "branch_twice": gettext_noop("The branch “%(value)s” is listed already in line %(first)s. Remove one."),
    "more_stars": gettext_noop(
        "%(value)s stars are more than the scheme has. Write a number from 0 to %(most)s; leave it empty where unknown."
    ),
    "sector_word": gettext_noop("“%(value)s” is the name of a sector. Write its code, %(named)s."),
    "sector_needed": gettext_noop(
        "The scheme differs by sector. Give every branch its sector in the file of branches."
    ),
    # marks
    "unknown_branch": gettext_noop(
        "The branch “%(value)s” is unknown. Check its code, or add it to the file of branches."
    ),
    "unknown_indicator": gettext_noop(
        "“%(value)s” is no indicator, bonus, penalty, veto or flag of this scheme. Check the code."
    ),
    "unknown_criterion": gettext_noop("The criterion “%(value)s” is unknown. Use one of: %(allowed)s."),
    "level_needed": gettext_noop("The level is missing. Write one of: %(allowed)s."),
    "unknown_level": gettext_noop("The level “%(value)s” is unknown. Use one of: %(allowed)s."),
    "not_scored_itself": gettext_noop("The indicator “%(value)s” adds up its children. Mark the children."),
    "not_on_sheet": gettext_noop(
        "The indicator “%(value)s” is not on the sheets of the sector “%(sector)s”. Remove the line."
    ),
    "not_due": gettext_noop(
        "The indicator “%(value)s” is not assessed in %(period)s. Remove the line, or correct the period."
    ),
    "not_in_year": gettext_noop("“%(value)s” belongs to a single period, not to the year. Name the period."),
    "wrong_stage": gettext_noop("The value comes with the stage “%(stage)s”, not “%(value)s”. Correct the stage."),
    "not_a_marking_stage": gettext_noop(
        "The stage “%(value)s” holds no marks of this indicator. Name the stage in which it was marked."
    ),
    "other_year": gettext_noop("“%(value)s” has another year than line %(first)s. Use one file per year."),
    "mark_twice": gettext_noop("The same mark of “%(value)s” stands already in line %(first)s. Remove one."),
    "contradiction": gettext_noop(
        "“%(value)s” is marked as a whole and by criteria (see line %(first)s). Keep one of them."
    ),
    "no_criterion": gettext_noop("“%(value)s” is not expected here. Leave the criterion empty."),
    "criterion_needed": gettext_noop(
        "“%(value)s” has no criterion. Name it (%(allowed)s); without one only 0 is allowed, for nothing found."
    ),
    "option_needed": gettext_noop(
        "“%(value)s” names no option. Name exactly one as the criterion (%(allowed)s), with the value 1."
    ),
    "criterion_not_asked": gettext_noop("The branch is not asked the criterion “%(value)s”. Remove the line."),
    "criteria_not_marked": gettext_noop(
        "The rule “%(rule)s” takes one value and no criterion. Leave the criterion empty."
    ),
    "value_without_criterion": gettext_noop("The rule “%(rule)s” takes counts by criterion and no value of its own."),
    "negative": gettext_noop("%(value)s is negative. A count is 0 or more."),
    "size_zero": gettext_noop("A size within a range is not 0. Leave the row out where nothing was found."),
    "choice_value": gettext_noop("%(value)s is not allowed. The option that applies is marked with 1."),
    "choice_not_one": gettext_noop("Exactly one option is chosen; here are %(value)s. Keep one."),
    "denominator_zero": gettext_noop("The denominator of %(value)s is not above 0. Correct it."),
    "no_denominator": gettext_noop("%(value)s: a ratio is not expected here. Give one number."),
    "off_step": gettext_noop("%(value)s is not a multiple of %(step)s. Use a multiple."),
    "not_zero_or_one": gettext_noop("“%(value)s” is neither 1 (it applies) nor 0. Write one of them."),
    "not_applicable_forbidden": gettext_noop(
        "NA (“not applicable”) is not allowed for “%(value)s”. Give it a mark by its rule."
    ),
    "not_applicable_with_value": gettext_noop(
        "“%(value)s” is not applicable and has a value as well. Keep one of them."
    ),
    "not_applicable_criterion": gettext_noop("NA is said of the whole indicator. Leave the criterion empty."),
    "waiver_without_count": gettext_noop("Only a count can be waived. Leave the column empty."),
    "waiver_without_reason": gettext_noop("A waiver needs a reason. Fill in the reason."),
    "figure_too_large": gettext_noop("The points of “%(value)s” are beyond 1,000,000. Check the numbers."),
}


def sentence(problem: Problem) -> str:
    """The sentence of one problem, without its place."""
    problem = told(problem)
    values: dict[str, Any] = {name: _shown(value) for name, value in problem.params.items()}
    values["value"] = _shown(problem.value)
    values["key"] = problem.path.rpartition(".")[2]
    sector = problem.params.get("sector", "")
    values["for_sector"] = _(" for the sector “%(sector)s”") % {"sector": sector} if sector else ""
    if problem.params.get("others"):
        values["for_sector"] = _(" for all other sectors")
    if problem.code == "not_yaml":
        values["reason"] = reason_of(problem.params["reason"])
    return _((SENTENCES | WORKBOOK_SENTENCES | NUMBER_SENTENCES)[problem.code]) % values


def scheme_sentence(problem: Problem) -> str:
    """Path and sentence of a problem of a scheme."""
    if not problem.path:
        return sentence(problem)
    if problem.path.startswith("line "):
        place = _("Line %(line)s") % {"line": problem.path.removeprefix("line ")}
        if column := problem.params.get("column"):
            place = _("Line %(line)s, column %(column)s") % {
                "line": problem.path.removeprefix("line "),
                "column": column,
            }
        return _PLACED % {"place": place, "sentence": sentence(problem)}
    return _PLACED % {"place": UNSEEN.sub("�", problem.path), "sentence": sentence(problem)}


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
    """A value as the file writes it: lists and groups of keys in one line, yes and no as true and false."""
    if isinstance(value, tuple | list):
        text = pgettext("between the names of a list", ", ").join(_shown(each) for each in value)
        return "—" if not text else text if len(text) <= LONGEST_LIST else text[:LONGEST_LIST] + "…"
    if isinstance(value, Mapping):
        return _shown("{" + ", ".join(f"{key}: {_shown(inner)}" for key, inner in value.items()) + "}")
    if isinstance(value, Decimal):
        return format(value, "f")
    text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    text = UNSEEN.sub("�", text)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"
