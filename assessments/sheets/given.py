"""Figures of a sheet that come from outside as a whole: of polls and of report-and-appraisal meetings."""

from ..scoring import Layout
from ..scoring.numbers import IntArray
from ..scoring.scheme import Scheme
from .models import Sheet

WHOLES = {"poll": "whole_poll_up", "meeting": "whole_meeting_up"}  # component source: column of the sheet


def put_given(layout: Layout, given: IntArray, sheet: Sheet) -> None:
    """Write a sheet's given figures into its given row, as the engine reads them; without any nothing changes."""
    for source, column in WHOLES.items():
        value_up = getattr(sheet, column)
        if value_up is not None:
            layout.put_whole(given, source, value_up)
    if sheet.poll_score_up is not None:
        layout.put_poll_score(given, sheet.poll_score_up)
    if sheet.top_votes is not None and sheet.counted_votes:
        layout.put_top_share(given, sheet.top_votes, sheet.counted_votes)


def missing_wholes(scheme: Scheme, sheet: Sheet) -> list[str]:
    """Components that count, are given as a whole, and have no figure yet ("poll", "meeting")."""
    weighted = [component.source for component in scheme.components if component.weight_up > 0]
    return [source for source in weighted if source in WHOLES and getattr(sheet, WHOLES[source]) is None]
