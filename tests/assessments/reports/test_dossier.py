"""The file of a branch and a year: everything in one archive, with contents and digests that fit."""

import hashlib
import io
import zipfile

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook

from assessments.reports.services import request_dossier
from assessments.reports.tasks import dossier
from assessments.results.services.publishing import prepare_publication, publish
from assessments.sheets.models import EvidenceLink, Sheet
from assessments.sheets.services.evidence import upload_evidence
from assessments.sheets.stamping.services import attach_stamped, withdraw_stamped
from branchportal.jobs import files_folder
from tests.assessments.sheets.files import jpeg_bytes, pdf_bytes
from tests.factories.results import BEST, make_approved, make_tally


@pytest.fixture
def published(city, secretary, inspector, office, authority):
    upload_evidence(
        sheet=Sheet.objects.for_filling().get(pk=city.sheet.pk),
        upload=SimpleUploadedFile("会议记录.pdf", pdf_bytes()),
        actor=secretary,
        at=timezone.now(),
        is_declared=True,
        code="1.1",
    )
    sheets = (city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet)
    for points, sheet in zip((10, 9, 8, 7), sheets, strict=True):
        make_approved(sheet, inspector, marks=BEST, points=points)
    tally = make_tally(city.cycle, office)
    publish(
        publication=prepare_publication(tally=tally, actor=office, digest=tally.digest, title="结果"), actor=authority
    )
    return city


def made(user, city):
    job = request_dossier(actor=user, branch=city.branch, plan=city.cycle.plan)
    dossier(job.pk)
    job.refresh_from_db()
    assert job.status == "done", job.message
    return job, zipfile.ZipFile(io.BytesIO((files_folder().parent / job.file_path).read_bytes()))


def test_everything_is_in_and_every_digest_fits(published, secretary):
    job, archive = made(secretary, published)
    branch, year = published.branch, published.cycle.plan.year
    assert job.file_name == f"{year}年度评星工作档案（{branch.code}{branch.name}）.zip"
    names = archive.namelist()
    assert [name.split("/")[0] for name in names[:3]] == ["01 评分表", "02 考评结果", "03 佐证材料"]
    assert names[-2:] == ["00 目录.xlsx", "SHA256SUMS"]
    sums = [line.split("  ", 1) for line in archive.read("SHA256SUMS").decode().splitlines()]
    assert {path for _digest, path in sums} == set(names) - {"SHA256SUMS"}
    assert all(hashlib.sha256(archive.read(path)).hexdigest() == digest for digest, path in sums)
    link = EvidenceLink.objects.select_related("evidence").get()
    evidence = next(name for name in names if name.startswith("03"))
    assert hashlib.sha256(archive.read(evidence)).hexdigest() == link.evidence.sha256
    book = load_workbook(io.BytesIO(archive.read("00 目录.xlsx")))
    assert book.sheetnames == ["目录", "办理过程", "异议", "实地考察", "问题整改"]
    told = [row[2] for row in book["办理过程"].iter_rows(values_only=True)]
    assert "结果发布" in told


def test_stamped_forms_that_stand_are_in_with_their_digest(published, secretary):
    sheet = Sheet.objects.select_related("organization").get(pk=published.sheet.pk)
    kept, wrong = (
        attach_stamped(
            sheet=sheet, upload=SimpleUploadedFile(name, jpeg_bytes((64, 40 + len(name)))), actor=secretary,
            at=timezone.now(), is_declared=True,
        )
        for name in ("盖章评分表.jpg", "错页.jpg")
    )  # fmt: skip
    withdraw_stamped(file=wrong, actor=secretary, at=timezone.now(), reason="不是本支部的评分表")
    _job, archive = made(secretary, published)
    found = [name for name in archive.namelist() if name.startswith("04")]
    assert [name.rpartition("/")[2] for name in found] == ["001 盖章评分表.jpg"]
    assert hashlib.sha256(archive.read(found[0])).hexdigest() == kept.sha256
    book = load_workbook(io.BytesIO(archive.read("00 目录.xlsx")))
    assert (found[0], kept.sha256) in [(row[0], row[3]) for row in book["目录"].iter_rows(values_only=True)]
    told = [row[2] for row in book["办理过程"].iter_rows(values_only=True)]
    assert ("上传盖章扫描件" in told, "撤回盖章扫描件" in told) == (True, True)


def test_the_archive_holds_what_its_owner_may_see(published, reviewer, auditor, neighbour, sign_in):
    _job, archive = made(reviewer, published)
    assert any(name.startswith("03") for name in archive.namelist())
    for user in (auditor, neighbour):
        with pytest.raises(PermissionDenied):
            request_dossier(actor=user, branch=published.branch, plan=published.cycle.plan)
    address = f"/reports/branches/{published.branch.pk}/file/{published.cycle.plan_id}/"
    assert sign_in(neighbour).post(address).status_code == 404
    answer = sign_in(reviewer).post(address)
    assert answer["Location"].startswith("/tasks/")


def test_the_page_of_the_years_offers_it(published, secretary, inspector, sign_in):
    page = sign_in(secretary).get(f"/reports/branches/{published.branch.pk}/years/").content.decode()
    assert f"/reports/branches/{published.branch.pk}/file/{published.cycle.plan_id}/" in page
    assert f"{published.cycle.plan.year}年度档案（ZIP）" in page
