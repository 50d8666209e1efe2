"""Department summary, year statistics and indicators: figures worked by hand, and who may read which of them.

The tally of the small city: 99.00 and 96.00 in the near committee, 95.00 in the far one, one branch without a sheet.
Of 10 points each, every branch has 8 at 2.1 and 9 at 2.4; at 2.2 they have 10, 9 and 8. All else is full.
"""

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import override

from assessments.inspections.models import Finding, Rectification
from assessments.reports.yearbook import services
from assessments.reports.yearbook.department import department_summary
from assessments.reports.yearbook.department_page import department_document
from assessments.reports.yearbook.document import shown
from assessments.reports.yearbook.indicators import indicator_report
from assessments.reports.yearbook.indicators_page import indicator_document
from assessments.reports.yearbook.periods import Period
from assessments.reports.yearbook.spread import median_up
from assessments.reports.yearbook.year import year_statistics
from assessments.reports.yearbook.year_events import poll_line
from assessments.reports.yearbook.year_page import year_document
from assessments.results.models import Tally
from assessments.sheets.extending.models import Extension
from assessments.sheets.models import Claim, Remark, Sheet
from branches.models import Organization
from branchportal.errors import PortalError
from tests.factories.assessments import make_marks
from tests.factories.results import BEST, make_approved

MICRO = 1_000_000


@pytest.fixture
def period(tally) -> Period:
    return Period(tally.plan, tally.cycle)


@pytest.fixture
def timed(city) -> None:
    """The three sheets came in: in time, within an extension, late. Asked for before they are sealed."""
    ends_at = city.cycle.steps.get(kind="self").ends_at
    hour = timedelta(hours=1)
    said = ((city.sheet, -hour, None), (city.sibling_sheet, hour, ends_at + 2 * hour), (city.far_sheet, hour, None))
    for sheet, after, until in said:
        Sheet.objects.filter(pk=sheet.pk).update(
            submitted_at=ends_at + after, extended_until=until, self_total_up=80 * MICRO, review_total_up=90 * MICRO
        )


def make_findings(city, inspector) -> None:
    """Two findings of the near branch: one overdue, one struck off."""
    today, now = timezone.localdate(), timezone.now()
    for status, days in (("open", -1), ("closed", -5)):
        finding = Finding.objects.create(
            branch=city.branch, organization=city.committee, cycle=city.cycle, source="review", problem="=记录不全",
            due_on=today + timedelta(days=days), found_by=inspector, found_at=now,
        )  # fmt: skip
        done = {"measures": "补齐", "answered_by": inspector, "answered_at": now} if status == "closed" else {}
        Rectification.objects.create(finding=finding, status=status, due_on=finding.due_on, opened_at=now, **done)


def test_department_summary_by_hand(timed, tally, period, city, office, inspector):
    make_findings(city, inspector)
    found = department_summary(user=office, organization=city.committee, period=period)
    progress = found.progress[0]
    assert (progress.asked, progress.submitted, progress.passed, progress.approved, progress.sealed) == (2, 2, 2, 2, 0)
    assert (progress.on_time, progress.extended, progress.late) == (1, 1, 0)
    figures = [(one.mean_up, one.median_up, one.best_up, one.lowest_up) for one in (found.own, found.city)]
    assert figures == [
        (97_500_000, 97_500_000, 99_000_000, 96_000_000),
        (96_666_667, 96_000_000, 99_000_000, 95_000_000),
    ]
    assert (found.own.stars, found.city.stars) == ({5: 1, 4: 1}, {5: 1, 4: 2})
    assert (found.own.bins, found.city.missing) == ({95: 2}, 1)
    lost = [(one.code, one.marks, one.lost_up, one.mean_up, one.city_mean_up) for one in found.lost]
    assert lost == [
        ("2.1", 2, 4 * MICRO, 2 * MICRO, 2 * MICRO),
        ("2.4", 2, 2 * MICRO, MICRO, MICRO),
        ("2.2", 2, MICRO, MICRO // 2, MICRO),
    ]
    care = found.care
    assert (care.findings, care.open, care.closed, care.overdue, care.undone) == (2, 1, 1, 1, 1)
    assert [one.finding.problem for one in found.undone] == ["=记录不全"]
    assert [(line.rank, line.total_up) for line in found.lines] == [(1, 99_000_000), (2, 96_000_000)]


def test_year_is_compared_with_nothing_and_a_cycle_with_the_one_before(year, city, office):
    cycle = city.cycle
    found = department_summary(user=office, organization=city.committee, period=Period(year.plan, cycle))
    before = found.before
    assert (before.name, before.both, before.up, before.down) == ("2026年第3季度", 1, 1, 0)
    assert (before.own.mean_up, before.mean_change_up) == (97 * MICRO, 2 * MICRO)
    whole = department_summary(user=office, organization=city.work_committee, period=Period(year.plan, None))
    assert (whole.before, [one.cycle.period for one in whole.progress]) == (None, ["Q1", "Q2", "Q3", "Q4"])
    # 2.1: six sheets of 8 points; 2.2: 8, 9, 10 of three quarters, then 10, 9 and 8
    assert {one.code: one.lost_up for one in whole.lost} == {"2.1": 12 * MICRO, "2.4": 6 * MICRO, "2.2": 6 * MICRO}


def test_indicators_by_hand(tally, period, city, office):
    found = indicator_report(user=office, period=period)
    lines = {one.code: (one.marks, one.full, one.mean_up, one.spread_up, one.is_weak) for one in found.overall}
    assert lines == {
        "1.1": (3, 3, 1_000_000, 0, True),
        "1.2": (3, 3, 1_000_000, 0, True),
        "1.3": (3, 3, 1_000_000, 0, True),
        "2.1": (3, 0, 800_000, 0, False),
        "2.2": (3, 1, 900_000, 81_650, False),  # 10, 9, 8: the root of 2/3, of 10 points
        "2.4": (3, 0, 900_000, 0, False),
    }  # 2.3 applies to nobody
    assert [one.code for one in found.overall][:4] == ["1.1", "1.2", "1.3", "2.2"]
    assert {one.sector for one in found.lines} == {city.branch.sector.code}
    near = indicator_report(user=office, period=period, organization=city.committee)
    assert (near.sheets, {one.code: one.full for one in near.overall}["2.2"]) == (2, 1)


def test_year_statistics_by_hand(timed, tally, city, inspector, office, authority):
    now, later = timezone.now(), timezone.now() + timedelta(days=1)
    for text in ("缺记录", "缺照片"):
        Remark.objects.create(sheet=city.far_sheet, stage="review", text=text, author=inspector, written_at=now)
    Extension.objects.create(
        cycle=city.cycle, sheet=city.sibling_sheet, was_until=now, until=later, reason="停电", status="granted",
        asked_by=office, asked_at=now, decided_by=authority, decided_at=now,
    )  # fmt: skip
    for kind, code, count in (("penalty", "P1", 2), ("veto", "V1", 1)):
        Claim.objects.create(
            sheet=city.farther_sheet, kind=kind, item_code=code, count=count, status="accepted", entered_by=inspector,
            entered_at=now,
        )  # fmt: skip
    make_marks(city.farther_sheet, inspector)
    make_approved(city.farther_sheet, inspector, marks=BEST, points=9)
    found = year_statistics(user=office, plan=tally.plan)
    progress = found.progress[0]
    assert (progress.asked, progress.submitted) == (4, 4)
    assert (progress.on_time, progress.extended, progress.late) == (1, 1, 1)
    asked = found.events.asked[city.cycle.pk]
    assert (asked.sheets_returned, asked.remarks, asked.extensions_granted, asked.reopened) == (1, 2, 1, 0)
    changes = {one.code: (one.sheets, one.difference_up, one.lowered, one.raised) for one in found.changes}
    assert changes == {
        "1.1": (1, MICRO, 0, 1), "1.2": (1, 5 * MICRO, 0, 1), "1.3": (1, 2 * MICRO, 0, 1), "2.1": (1, 0, 0, 0),
        "2.2": (1, -MICRO // 2, 1, 0), "2.3": (1, 0, 0, 0),
    }  # fmt: skip
    assert {one.department_difference_up for one in found.changes} == {None}
    assert [(one.kind, one.code, one.text, one.branches, one.times) for one in found.events.records] == [
        ("penalty", "P1", "通报批评", 1, 2),
        ("veto", "V1", "支部书记受撤职以上处分", 1, 1),
    ]
    assert [(one.name, one.spread.ranked) for one in found.organizations] == [
        ("市发展局机关党委", 2), ("市教育局机关党委", 1),
    ]  # fmt: skip
    assert found.whole.median_up == 96_000_000


def test_polls_below_five_ballots_are_counted_and_not_told():
    rows = [
        ("closed", "counted", 4, 6, 20 * MICRO),
        ("closed", "counted", 10, 12, 90 * MICRO),
        ("closed", "no_quorum", 5, 40, None),
        ("open", "", 0, 9, None),
        ("void", "", 0, 0, None),
    ]
    found = poll_line(None, rows)
    assert (found.running, found.counted, found.not_counted, found.void, found.hidden) == (1, 2, 1, 1, 1)
    assert (found.ballots, found.roster, found.mean_up) == (15, 52, 90 * MICRO)
    hidden = poll_line(None, rows[:1])
    assert (hidden.ballots, hidden.roster, hidden.mean_up) == (None, None, None)


def test_screen_workbook_and_paper_say_the_same(
    tally, period, city, office, inspector, work, content, pdf_text, sign_in
):
    make_findings(city, inspector)
    with override("zh-hans"):
        reports = {
            "": department_document(department_summary(user=office, organization=city.committee, period=period)),
            "year/": year_document(year_statistics(user=office, plan=tally.plan)),
            "indicators/": indicator_document(indicator_report(user=office, period=period)),
        }
    asked = {
        "": lambda kind: services.request_department(
            actor=office, organization=city.committee, period=period, kind=kind
        ),
        "year/": lambda kind: services.request_year(actor=office, plan=tally.plan, kind=kind),
        "indicators/": lambda kind: services.request_indicators(
            actor=office, period=period, organization=None, sector=None, kind=kind
        ),
    }
    for address, document in reports.items():
        chosen = {"organization": city.committee.pk} if not address else {}
        page = sign_in(office).get(f"/reports/statistics/{address}", chosen).content.decode()
        screen = re.sub(r"<[^>]+>|\s", "", page.replace("&#x27;", "'"))
        jobs = {kind: work(asked[address](kind)) for kind in ("pdf", "xlsx")}
        assert jobs["pdf"].file_name == f"{document.file_name}.pdf"
        _pages, paper = pdf_text(content(jobs["pdf"]))
        book = openpyxl.load_workbook(io.BytesIO(content(jobs["xlsx"])))
        for section in document.sections:
            printed = [[cell.text for cell in row] for row in section.printed]
            lines = [[cell.value for cell in row] for row in book[section.title].iter_rows(min_row=2)]
            kinds = [column.kind for column in section.columns]
            assert [
                [told(*cell) for cell in zip(kinds, line, strict=True)] for line in lines[: len(printed)]
            ] == printed
            for text in {text.replace(" ", "") for row in printed for text in row}:
                assert text in paper
                assert text in screen
    types = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert types <= {"s", "n", "d"}


def told(kind: str, value: object) -> str:
    """A cell of the workbook as its number format shows it."""
    if value is None:
        return "—"
    forms = {"points": "{:.2f}", "signed": "{:+.2f}", "percent": "{:.1%}", "date": "{:%Y-%m-%d}"}
    text = forms.get(kind, "{}").format(value)
    return text.removeprefix("+") if text == "+0.00" else text


def test_names_that_look_like_formulas_stay_text(tally, period, city, office, work, content):
    job = services.request_department(actor=office, organization=city.committee, period=period, kind="xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(content(work(job))))["党支部"]
    cells = [sheet.cell(3, column) for column in (2, 3)]
    assert [(cell.value, cell.data_type) for cell in cells] == [("000012345678", "s"), ("=1+1党支部", "s")]


@pytest.mark.parametrize(
    ("status", "sees_own", "sees_city"),
    [("candidate", False, False), ("notice", True, False), ("published", True, True)],
)
def test_department_sees_its_own_once_shown_and_the_city_once_published(
    tally, period, city, reviewer, status, sees_own, sees_city
):
    Tally.objects.filter(pk=tally.pk).update(status=status)
    found = department_summary(user=reviewer, organization=city.committee, period=period)
    assert (found.own is not None, found.city is not None, found.shows_extremes) == (sees_own, sees_city, False)
    assert {one.city_mean_up is None for one in found.lost} == ({not sees_city} if sees_own else set())
    assert found.progress[0].asked == 2
    with override("zh-hans"):
        printed = str([section.printed for section in department_document(found).sections])
    assert "95.00" not in printed  # the total of a branch elsewhere
    assert indicator_report(user=reviewer, period=period).sheets == (2 if sees_own else 0)


def test_who_may_ask_for_which(tally, period, city, office, authority, auditor, reviewer, leader, secretary, deputy,
                               inspector, sysadmin, outsider):  # fmt: skip
    asked = {
        "department": lambda user: services.request_department(
            actor=user, organization=city.committee, period=period, kind="pdf"
        ),
        "year": lambda user: services.request_year(actor=user, plan=tally.plan, kind="pdf"),
        "indicators": lambda user: services.request_indicators(
            actor=user, period=period, organization=None, sector=None, kind="pdf"
        ),
    }
    allowed = {"department": {office, authority, auditor, reviewer}, "year": {office, authority, auditor},
               "indicators": {office, authority, auditor, reviewer, leader}}  # fmt: skip
    people = (office, authority, auditor, reviewer, leader, secretary, deputy, inspector, sysadmin, outsider)
    for name, ask in asked.items():
        for user in people:
            if user in allowed[name]:
                assert ask(user).status == "queued"
            else:
                with pytest.raises(PermissionDenied):
                    ask(user)
    assert indicator_report(user=leader, period=period).sheets == 3  # those assigned to the team
    with pytest.raises(PortalError):
        services.request_year(actor=office, plan=tally.plan, kind="doc")


def test_a_job_asks_for_the_right_again(tally, period, city, reviewer, work):
    job = services.request_department(actor=reviewer, organization=city.committee, period=period, kind="xlsx")
    reviewer.appointments.update(organization=Organization.objects.get(pk=city.other_committee.pk))
    assert work(job).status == "failed"


def test_signs_and_missing_figures():
    assert [shown("signed", value) for value in (500_000, -500_000, 0, 4_000, None)] == [
        "+0.50", "-0.50", "0.00", "0.00", "—",
    ]  # fmt: skip
    assert [median_up(totals) for totals in ([], [5], [1, 2], [1, 2, 9])] == [None, 5, 2, 2]
