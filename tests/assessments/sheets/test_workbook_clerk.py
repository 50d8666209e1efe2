"""Entry workbooks of an organization: one worksheet a branch, by its clerk."""

import zipfile

import pytest
from django.conf import settings
from django.utils import timezone

from assessments.sheets.gather import read_marks
from assessments.sheets.models import Mark, Sheet
from assessments.sheets.services import workbook_files as files
from branchportal.errors import ImportRejected
from branchportal.models import Job
from branchportal.worker import run_due_here
from members.roles import Role
from tests.factories.members import appoint, make_user

from .workbooks import ENTRIES, fill_in, opened, pages_of, problems_of, take_all, uploaded


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def clerk(city):
    return appoint(make_user("clerk", name="陈干事"), Role.DEPUTY, organization=city.committee)


def test_a_clerk_fills_in_all_branches_of_the_organization(city, clerk, now):
    made = files.cycle_workbook(cycle=city.cycle, actor=clerk, at=now)
    assert made.name == f"2026年第4季度自评填报表-{city.committee.name}（2个党支部）.xlsx"
    book = opened(made.content)
    assert book.sheetnames == ["目录", city.branch.name, city.sibling.name]
    for page in book.worksheets[1:]:
        fill_in(page, ENTRIES)
    row = uploaded(book, clerk, now)
    report = take_all(row, clerk)
    assert {pk: len(each["taken"]) for pk, each in report.items()} == {city.sheet.pk: 6, city.sibling_sheet.pk: 6}
    assert read_marks(city.sheet) == read_marks(city.sibling_sheet) != {}


def test_a_clerk_of_one_committee_is_refused_for_another(city, clerk, office, now):
    other = appoint(make_user("other", name="沈干事"), Role.DEPUTY, organization=city.other_committee)
    made = files.cycle_workbook(cycle=city.cycle, actor=other, at=now)
    with pytest.raises(ImportRejected) as refused:
        uploaded(made.content, clerk, now)
    assert [cell for cell, _message in problems_of(refused)] == ["B2", "B2"]


def test_one_branch_twice_in_a_workbook_is_refused(city, clerk, now):
    book = opened(files.cycle_workbook(cycle=city.cycle, actor=clerk, at=now).content)
    book.worksheets[2]["B2"].value = city.branch.code
    with pytest.raises(ImportRejected) as refused:
        uploaded(book, clerk, now)
    assert [cell for cell, _message in problems_of(refused)] == ["B2"]


def test_worksheet_names_are_unique_and_short(city, clerk, now):
    long = "市发展局机关第一党支部（含离退休干部党小组、派驻单位联合党小组、挂职干部）"
    type(city.branch).objects.filter(pk=city.branch.pk).update(name=f"{long}甲")
    type(city.branch).objects.filter(pk=city.sibling.pk).update(name=f"{long}/乙")
    titles = opened(files.cycle_workbook(cycle=city.cycle, actor=clerk, at=now).content).sheetnames
    assert titles == ["目录", long[:31], long[:28] + "(2)"]


def test_a_submitted_branch_is_left_out_and_does_not_stop_the_others(city, clerk, now):
    book = opened(files.cycle_workbook(cycle=city.cycle, actor=clerk, at=now).content)
    for page in book.worksheets[1:]:
        fill_in(page, {("2.2", "得分"): 8})
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted", submitted_at=now)
    row = uploaded(book, clerk, now)
    assert [(bool(page.access), len(page.differences)) for page in pages_of(row, clerk)] == [(False, 0), (True, 1)]
    take_all(row, clerk)
    assert [mark.sheet_id for mark in Mark.objects.all()] == [city.sibling_sheet.pk]


def test_very_many_branches_are_made_by_a_job(city, clerk, now, monkeypatch):
    monkeypatch.setattr(files, "MOST_SHEETS", 1)
    job = files.cycle_workbook(cycle=city.cycle, actor=clerk, at=now)
    assert run_due_here() == 1
    job = Job.objects.get(pk=job.pk)
    assert (job.status, job.done, job.total) == ("done", 2, 2)
    with zipfile.ZipFile(settings.MEDIA_ROOT / job.file_path) as archive:
        assert len(archive.namelist()) == 2
        book = opened(archive.read(archive.namelist()[1]))
    assert book.worksheets[1]["B2"].value == city.sibling.code
