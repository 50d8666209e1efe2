"""All reports as one ZIP: in portions, cancellable, whole or not at all."""

import io
import zipfile

import pytest
from django.core.exceptions import PermissionDenied

from assessments.reports import archive, services
from assessments.reports.tasks import all_reports
from assessments.results.models import Result
from branchportal import jobs
from branchportal.errors import PortalError
from branchportal.models import Job


@pytest.fixture
def small_portions(monkeypatch):
    monkeypatch.setattr(archive, "PORTION", 2)


def test_job_hands_itself_on_until_all_is_printed(published, office, small_portions, settings):
    """T-F: each delivery prints a portion and goes back into the queue behind its cursor."""
    job = services.request_archive(actor=office, tally=published)
    pks = list(Result.objects.filter(tally=published).order_by("pk").values_list("pk", flat=True))
    seen = []
    while job.status == Job.Status.QUEUED:
        all_reports(job.pk)
        job.refresh_from_db()
        seen.append((job.status, job.cursor, job.done, bool(job.file_path)))
    assert seen == [
        ("queued", pks[1], 2, False),
        ("queued", pks[3], 4, False),
        ("done", pks[3], 4, True),
    ]
    with zipfile.ZipFile(settings.MEDIA_ROOT / job.file_path) as made:
        names = made.namelist()
        assert made.testzip() is None
    assert len(names) == 5
    assert names[0] == "2026年第4季度党支部考评排名.xlsx"
    assert "市发展局/" in names[1]
    assert {name[-4:] for name in names[1:]} == {".pdf"}
    assert job.file_name == "2026年第4季度党支部考评结果报告（全部）.zip"
    assert list((settings.MEDIA_ROOT / "jobs").glob("*.parts")) == []


def test_portion_is_repeated_after_a_dead_worker(published, office, small_portions, work, content):
    job = services.request_archive(actor=office, tally=published)
    all_reports(job.pk)
    Job.objects.filter(pk=job.pk).update(done=3)  # it died in the second portion, after one paper
    with zipfile.ZipFile(io.BytesIO(content(work(job)))) as made:
        assert len(made.namelist()) == 5
    assert job.done == job.total == 4


def test_cancelled_archive_leaves_nothing(published, office, small_portions, settings):
    job = services.request_archive(actor=office, tally=published)
    all_reports(job.pk)
    assert (settings.MEDIA_ROOT / "jobs" / f"{job.pk}.parts").is_dir()
    jobs.cancel(job=job, actor=office)
    all_reports(job.pk)
    job.refresh_from_db()
    assert (job.status, job.file_path) == ("cancelled", "")
    archive.clear_leftovers()
    assert list((settings.MEDIA_ROOT / "jobs").iterdir()) == []


def test_cancelling_while_it_prints_stops_within_the_portion(published, office, settings):
    job = services.request_archive(actor=office, tally=published)
    Job.objects.filter(pk=job.pk).update(is_cancel_requested=True)
    all_reports(job.pk)
    job.refresh_from_db()
    assert (job.status, job.file_path) == ("cancelled", "")
    assert list((settings.MEDIA_ROOT / "jobs").glob("*.parts")) == []


def test_department_gets_its_subtree(published, reviewer, work, content):
    with zipfile.ZipFile(io.BytesIO(content(work(services.request_archive(actor=reviewer, tally=published))))) as made:
        folders = {name.split("/")[0] for name in made.namelist()[1:]}
        assert len(made.namelist()) == 3
    assert folders == {"市发展局"}


def test_one_unit(published, office, city, work, content):
    job = work(services.request_archive(actor=office, tally=published, unit=city.far_branch.unit))
    with zipfile.ZipFile(io.BytesIO(content(job))) as made:
        assert len(made.namelist()) == 3
    assert job.file_name == "2026年第4季度党支部考评结果报告（市教育局）.zip"


def test_secretary_takes_no_archive(published, secretary, outsider):
    for user in (secretary, outsider):
        with pytest.raises(PermissionDenied):
            services.request_archive(actor=user, tally=published)


def test_empty_choice_is_said_before_a_job_is_made(published, office):
    from tests.factories.branches import make_unit

    with pytest.raises(PortalError):
        services.request_archive(actor=office, tally=published, unit=make_unit())


@pytest.mark.parametrize(
    ("name", "kept"),
    [("甲/乙", "甲_乙"), ("../../etc", "_.._etc"), ("a\x00b\n", "a_b_"), ("..", "_"), ("CON:1", "CON_1")],
)
def test_names_are_never_paths(name, kept):
    """T-U5."""
    assert archive.safe(name) == kept
