"""Sections of the year statistics that count what happened: reviews, requests, visits, polls, consultation, records."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from branchportal.tables import Column

from ...results.notices.models import Objection
from ...sheets.choices import ClaimKind
from . import drawings
from .document import Section, share_up
from .year import YearStatistics, rounded
from .year_events import Asked, Events, Visits

MOST_BARS = 10


def changes_section(year: YearStatistics) -> Section:
    """Self-assessment → department → review, by indicator in the order of the scheme."""
    columns = [
        Column(_("Code"), 7, "code"),
        Column(_("Indicator"), 26),
        Column(pgettext("statistics", "Sheets"), 8, "whole"),
        Column(_("Mean self-assessed"), 10, "points"),
        Column(_("Marked by the department"), 10, "whole"),
        Column(_("Changed by the department"), 10, "whole"),
        Column(_("Department minus self"), 10, "signed"),
        Column(_("Mean reviewed"), 10, "points"),
        Column(_("Review minus self"), 10, "signed"),
        Column(_("Lowered by the review"), 9, "whole"),
        Column(_("Raised by the review"), 9, "whole"),
        Column(_("Share changed"), 9, "percent"),
    ]
    rows = [
        (
            one.code,
            one.name,
            one.sheets,
            rounded(one.self_up, one.sheets),
            one.by_department,
            one.department_changed if one.by_department else None,
            one.department_difference_up,
            rounded(one.review_up, one.sheets),
            one.difference_up,
            one.lowered,
            one.raised,
            share_up(one.lowered + one.raised, one.sheets),
        )
        for one in year.changes
    ]
    most = sorted(year.changes, key=lambda one: (one.difference_up, one.code))[:MOST_BARS]
    most = [one for one in most if one.difference_up < 0]
    series = {_("Lowered on average"): [drawings.figure(-one.difference_up) for one in most]}
    return Section(
        "changes",
        _("What the reviews changed"),
        columns,
        rows,
        note=_("From the approved and sealed sheets of all cycles; differences are means per sheet, in points."),
        empty=_("There is no approved or sealed sheet yet."),
        chart=drawings.bars([f"{one.code} {one.name}" for one in most], series) if most else None,
        chart_told=_("Where the review gave less than the branches; the table below holds the same figures"),
    )


def asked_section(year: YearStatistics) -> Section:
    """Sheets sent back, extensions, sealed sheets opened again."""
    headings = (
        _("Sheets sent back"),
        _("Reasons written"),
        _("Extensions granted"),
        _("Extensions refused"),
        _("Extensions waiting"),
        _("Sealed sheets reopened"),
    )
    columns = [Column(_("Cycle"), 24), *(Column(heading, 12, "whole") for heading in headings)]
    rows = []
    for one in year.progress:
        asked = year.events.asked.get(one.cycle.pk, Asked())
        rows.append(
            (
                one.cycle.name, asked.sheets_returned, asked.remarks, asked.extensions_granted,
                asked.extensions_refused, asked.extensions_open, asked.reopened,
            )
        )  # fmt: skip
    return Section("asked", _("Sent back, extended, reopened"), columns, rows)


def visits_section(year: YearStatistics) -> Section:
    """On-site visits by state."""
    headings = (
        pgettext("statistics", "Visits"),
        pgettext("statistics", "Planned"),
        pgettext("statistics", "In progress"),
        pgettext("statistics", "Signed"),
        pgettext("statistics", "Postponed"),
        pgettext("statistics", "Cancelled"),
    )
    columns = [Column(_("Cycle"), 24), *(Column(heading, 12, "whole") for heading in headings)]
    rows = []
    for one in year.progress:
        found = year.events.visits.get(one.cycle.pk, Visits())
        rows.append(
            (
                one.cycle.name, found.number, found.planned, found.in_progress, found.signed, found.postponed,
                found.cancelled,
            )
        )  # fmt: skip
    return Section("visits", _("On-site visits"), columns, rows)


def polls_section(events: Events) -> Section:
    """Polls; ballots, turnout and score of those with five ballots or more alone."""
    columns = [
        Column(_("Cycle"), 24),
        Column(pgettext("statistics", "Not closed"), 9, "whole"),
        Column(pgettext("statistics", "Counts"), 9, "whole"),
        Column(pgettext("statistics", "Does not count"), 9, "whole"),
        Column(pgettext("statistics", "Void"), 8, "whole"),
        Column(_("Fewer than 5 ballots (hidden)"), 13, "whole"),
        Column(_("Ballots"), 9, "whole"),
        Column(pgettext("statistics", "Turnout"), 9, "percent"),
        Column(_("Mean score"), 9, "points"),
    ]
    rows = [
        (
            one.cycle.name if one.cycle else _("About the year"),
            one.running,
            one.counted,
            one.not_counted,
            one.void,
            one.hidden,
            one.ballots,
            share_up(one.ballots, one.roster) if one.ballots is not None and one.roster else None,
            one.mean_up,
        )
        for one in events.polls
    ]
    note = _("Ballots, turnout and score come from closed polls with at least five ballots; fewer are hidden.")
    return Section("polls", _("Democratic polls"), columns, rows, note=note, empty=_("There was no poll."))


def consultations_section(events: Events) -> Section:
    """Lists sent to other organs and their replies."""
    columns = [
        Column(pgettext("statistics", "Organ"), 30),
        Column(_("Period"), 22),
        Column(_("Branches listed"), 11, "whole"),
        Column(pgettext("statistics", "No objection"), 11, "whole"),
        Column(_("Something against"), 11, "whole"),
        Column(_("No reply yet"), 11, "whole"),
    ]
    rows = [
        (
            one.organ,
            one.cycle.name if one.cycle else _("Year"),
            one.listed,
            one.clear_count,
            one.hit_count,
            one.open_count,
        )
        for one in events.consultations
    ]
    return Section("consultations", _("Consultation"), columns, rows, empty=_("Nobody was consulted yet."))


def objections_section(events: Events) -> Section:
    """Objections by how they came and what became of them."""
    columns = [
        Column(pgettext("statistics", "Received"), 24),
        Column(pgettext("statistics", "Objections"), 12, "whole"),
        *(
            Column(label, 12, "whole")
            for label in (
                pgettext("statistics", "Upheld"),
                pgettext("statistics", "Not upheld"),
                _("Waiting for an answer"),
            )
        ),
    ]
    states = (Objection.Status.UPHELD, Objection.Status.REJECTED, Objection.Status.OPEN)
    rows = []
    for channel in Objection.Channel:
        found = events.objections.get(channel, {})
        if found:
            rows.append((channel.label, sum(found.values()), *(found.get(state, 0) for state in states)))
    note = _("Corrections that followed: %(number)d") % {"number": events.corrected}
    empty = _("There was no objection.")
    return Section(
        "objections", _("Objections and their outcome"), columns, rows, note=note if rows else "", empty=empty
    )


def records_section(events: Events) -> Section:
    """Accepted vetoes and penalties by item."""
    columns = [
        Column(pgettext("statistics", "Kind"), 12),
        Column(_("Code"), 8, "code"),
        Column(_("Item"), 44),
        Column(_("Branches"), 10, "whole"),
        Column(pgettext("statistics", "Times"), 10, "whole"),
    ]
    rows = [(ClaimKind(one.kind).label, one.code, one.text, one.branches, one.times) for one in events.records]
    empty = _("No veto and no penalty was accepted.")
    note = _("Branches are counted per item and scheme; one branch may stand under several items.") if rows else ""
    return Section("records", _("Vetoes and penalties"), columns, rows, note=note, empty=empty)
