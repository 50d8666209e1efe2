"""Files of visits and proofs are cared for like evidence: the tick, the malware check, taking down, verification."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from assessments.inspections.models import VisitFile
from assessments.inspections.services import signing
from assessments.inspections.services.files import add_visit_file
from assessments.sheets.services import evidence_care as care
from assessments.sheets.storing import stored_path
from assessments.sheets.verifying import verify_evidence
from branchportal import scanning
from branchportal.errors import PortalError
from branchportal.models import AuditEntry
from branchportal.scanning import Finding
from branchportal.uploads import FileRefused
from tests.assessments.sheets.files import jpeg_bytes

from .conftest import begun, fresh


@pytest.fixture
def visit(site, inspector):
    return begun(site.visit, inspector)


def add(visit, actor, *, is_declared=True) -> VisitFile:
    photo = SimpleUploadedFile("现场.jpg", jpeg_bytes(), "image/jpeg")
    return add_visit_file(visit=visit, upload=photo, actor=actor, at=timezone.now(), is_declared=is_declared)


def test_without_the_tick_nothing_is_stored(visit, inspector, sign_in) -> None:
    photo = SimpleUploadedFile("现场.jpg", jpeg_bytes(), "image/jpeg")
    page = sign_in(inspector).post(reverse("visits:file_add", args=[visit.pk]), {"file": photo}, follow=True)
    assert "请先勾选" in page.content.decode()
    with pytest.raises(PortalError):
        add(visit, inspector, is_declared=False)
    assert not VisitFile.objects.exists()


def test_malware_is_refused_and_on_record(visit, inspector, settings, monkeypatch) -> None:
    settings.CLAMD_SOCKET = "/nowhere"
    monkeypatch.setattr(scanning, "scan", lambda content: Finding(True, "Win.Test"))
    with pytest.raises(FileRefused, match=r"Win\.Test"):
        add(visit, inspector)
    assert AuditEntry.objects.get(action="evidence.refused_malware").object_id == visit.pk
    assert not VisitFile.objects.exists()


def test_a_waiting_file_is_closed_until_checked_even_after_signing(
    visit, inspector, leader, settings, monkeypatch, sign_in
) -> None:
    settings.CLAMD_SOCKET = "/nowhere"
    monkeypatch.setattr(scanning, "scan", lambda content: scanning.SILENT)
    file = add(visit, inspector)
    client, address = sign_in(inspector), reverse("visits:file", args=[file.pk])
    assert (file.scan, client.get(address).status_code) == ("waiting", 403)
    assert "待查毒" in client.get(reverse("visits:visit", args=[visit.pk])).content.decode()
    signing.sign_visit(visit=fresh(visit), actor=leader, version=fresh(visit).version, signature="吴组长")
    monkeypatch.setattr(scanning, "scan", lambda content: Finding(True))
    assert care.scan_waiting() == 1
    answer = client.get(address)
    assert answer.status_code == 200
    answer.getvalue()


@pytest.mark.parametrize("said", ["/visits/files/{pk}/", "visits/{pk}", "{sha256}"])
def test_the_security_administrator_takes_it_down(
    visit, inspector, secadmin, sign_in, said, django_capture_on_commit_callbacks
) -> None:
    file = add(visit, inspector)
    form = {"file": said.format(pk=file.pk, sha256=file.sha256), "reason": "误拍涉密文件"}
    client = sign_in(secadmin)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("sheets:take_down"), form).status_code == 302
    assert not stored_path(file).exists()
    page = client.get(reverse("sheets:take_down")).content.decode()
    assert f"visits/{file.pk}" in page
    assert sign_in(inspector).get(reverse("visits:file", args=[file.pk])).status_code == 403
    assert verify_evidence().problems == []
    with pytest.raises(FileRefused, match="下架"):
        add(visit, inspector)


def test_the_nightly_verification_reads_them(visit, inspector) -> None:
    file = add(visit, inspector)
    assert (verify_evidence().count, verify_evidence().problems) == (1, [])
    stored_path(file).write_bytes(b"changed")
    assert [f"visits/{file.pk}" in text for text in verify_evidence().problems] == [True]
    stored_path(file).unlink()
    assert "现场.jpg" in verify_evidence().problems[0]
