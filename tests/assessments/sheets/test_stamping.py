"""Scans of stamped forms: who attaches them, from when on, and that the sheet they lie beside never changes."""

import hashlib

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from assessments.sheets.models import Sheet
from assessments.sheets.stamping import services
from assessments.sheets.stamping.models import StampedForm
from assessments.sheets.storing import stored_path
from assessments.sheets.verifying import verify_evidence
from assessments.sheets.views.filling_submit import timeline
from branchportal import guards
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry
from branchportal.uploads import FileRefused
from tests.assessments.sheets.files import jpeg_bytes, office_bytes, pdf_bytes
from tests.factories.assessments import make_sheet
from tests.factories.results import make_approved

PDF = pdf_bytes()


@pytest.fixture
def sheet(city, secretary) -> Sheet:
    """An approved sheet of the cast's branch."""
    Sheet.objects.filter(pk=city.sheet.pk).update(submitted_at=timezone.now(), submitted_by=secretary)
    make_approved(city.sheet, secretary)
    return Sheet.objects.select_related("organization", "branch", "cycle").get(pk=city.sheet.pk)


def scan(name: str = "评分表盖章.pdf", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF if content is None else content)


def attach(sheet: Sheet, actor: object, upload: SimpleUploadedFile | None = None, **more: object) -> StampedForm:
    said = {"at": timezone.now(), "is_declared": True} | more
    return services.attach_stamped(sheet=sheet, upload=upload or scan(), actor=actor, **said)


def test_a_scan_beside_an_approved_sheet_changes_nothing_of_it(sheet, secretary, reviewer, office) -> None:
    before = Sheet.objects.values("digest", "version", "status", "frozen", "review_total_up").get(pk=sheet.pk)
    file = attach(sheet, secretary)
    assert attach(sheet, office) == file  # the same content twice
    photo = attach(sheet, reviewer, scan("盖章第2页.jpg", jpeg_bytes()))
    assert list(StampedForm.objects.for_table()) == [photo, file]
    assert Sheet.objects.values("digest", "version", "status", "frozen", "review_total_up").get(pk=sheet.pk) == before
    assert hashlib.sha256(stored_path(photo).read_bytes()).hexdigest() == photo.sha256
    row = AuditEntry.objects.filter(action="sheet.stamped_attached").earliest("pk")
    assert (row.actor_id, row.object_id, row.after["sha256"]) == (secretary.pk, sheet.pk, file.sha256)
    last = timeline(sheet)[-1]
    assert (str(last["label"]), last["note"], last["actor"]) == ("上传盖章扫描件", "盖章第2页.jpg", reviewer)
    assert (verify_evidence().count, verify_evidence().problems) == (2, [])


OTHERS = ("neighbour", "inspector", "leader", "authority", "auditor", "sysadmin", "secadmin")


def test_others_attach_none(sheet, request) -> None:
    for who in OTHERS:
        with pytest.raises(PermissionDenied):
            attach(sheet, request.getfixturevalue(who))
    assert not StampedForm.objects.exists()


def test_a_draft_and_a_replaced_revision_take_none(secretary, sheet) -> None:
    sheet.status = "superseded"
    with pytest.raises(PermissionDenied, match="更正后的版本"):
        attach(sheet, secretary)
    for status, said in (("draft", "请先提交"), ("returned", "请先提交"), ("exempt", "不参评")):
        sheet.status = status
        with pytest.raises(PermissionDenied, match=said):
            attach(sheet, secretary)


BAD = (
    ("评分表.docx", office_bytes("docx"), "不是扫描件"),
    ("评分表.pdf", b"%PDF-1.4 broken", "“评分表.pdf”"),
    ("评分表.jpg", PDF, "“评分表.jpg”"),
)


def test_bad_files_are_named_with_their_cure_and_change_nothing(sheet, secretary, sign_in) -> None:
    address = reverse("sheets:stamped_attach", args=[sheet.pk])
    client = sign_in(secretary)
    for name, content, said in BAD:
        page = client.post(address, {"file": scan(name, content), "no_secrets": "1"}, follow=True)
        assert said in page.content.decode()
    assert "请先选择文件" in client.post(address, {"no_secrets": "1"}, follow=True).content.decode()
    with pytest.raises(FileRefused, match="空"):
        attach(sheet, secretary, scan(content=b""))
    assert not StampedForm.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="sheet.stamped").exists()


def test_without_the_tick_nothing_is_stored(sheet, secretary) -> None:
    with pytest.raises(PortalError, match="请先勾选"):
        attach(sheet, secretary, is_declared=False)
    assert not StampedForm.objects.exists()


def test_withdrawing_needs_a_reason_and_keeps_row_and_bytes(sheet, secretary, deputy, office) -> None:
    file = attach(sheet, secretary)
    now = timezone.now()
    with pytest.raises(PortalError, match="理由"):
        services.withdraw_stamped(file=file, actor=secretary, at=now, reason=" ")
    with pytest.raises(PermissionDenied, match=str(secretary)):
        services.withdraw_stamped(file=file, actor=deputy, at=now, reason="不是我上传的")
    services.withdraw_stamped(file=file, actor=office, at=now, reason="缺第二页，重新扫描")
    with pytest.raises(StaleState):
        services.withdraw_stamped(file=file, actor=secretary, at=now, reason="缺第二页，重新扫描")
    assert stored_path(file).is_file()
    assert timeline(sheet)[-1]["note"] == "评分表盖章.pdf：缺第二页，重新扫描"
    again = attach(sheet, secretary)  # the same content may come back
    assert again.pk != file.pk
    assert list(StampedForm.objects.standing()) == [again]


def test_the_database_keeps_the_row(sheet, secretary) -> None:
    guards.create()
    file = attach(sheet, secretary)
    rows = StampedForm.objects.filter(pk=file.pk)
    for change in ({"sha256": "1" * 64}, {"sheet": make_copy(sheet)}, {"name": "别的.pdf"}):
        with pytest.raises(DatabaseError, match="stamped form"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError, match="stamped form"), transaction.atomic():
        rows.delete()
    services.withdraw_stamped(file=file, actor=secretary, at=timezone.now(), reason="扫描不清晰")
    with pytest.raises(DatabaseError, match="stamped form"), transaction.atomic():
        rows.update(withdrawn_by=None, withdrawn_at=None, withdrawn_reason="")


def make_copy(sheet: Sheet) -> Sheet:
    """Another sheet, for a row that would move to it."""
    return Sheet.objects.filter(branch=sheet.branch).exclude(pk=sheet.pk).first() or make_sheet(
        sheet.cycle, sheet.branch, revision=2, status="superseded"
    )


def test_the_page_shows_and_hands_out_to_whoever_sees_the_sheet(
    sheet, secretary, auditor, neighbour, secadmin, sign_in
) -> None:
    client, address = sign_in(secretary), reverse("sheets:stamped_attach", args=[sheet.pk])
    said = {"file": [scan(), scan("二.jpg", jpeg_bytes()), scan("三.docx", office_bytes("docx"))], "no_secrets": "1"}
    page = client.post(address, said, follow=True).content.decode()
    assert page.count("sheets/stamped/") >= 4
    assert "“三.docx”不是扫描件" in page
    file = StampedForm.objects.last()
    assert file.sha256 in page
    answer = sign_in(auditor).get(reverse("sheets:stamped_file", args=[file.pk]))
    assert b"".join(answer.streaming_content) == PDF
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert sign_in(neighbour).get(reverse("sheets:stamped_file", args=[file.pk])).status_code == 404
    page = sign_in(auditor).get(reverse("sheets:detail", args=[sheet.pk])).content.decode()
    assert ("二.jpg" in page, "stamped-attach" in page) == (True, False)
    said = {"file": f"/sheets/stamped/{file.pk}/", "reason": "含有身份证件"}
    assert (
        f"stamped/{file.pk}" in sign_in(secadmin).post(reverse("sheets:take_down"), said, follow=True).content.decode()
    )
    assert client.get(reverse("sheets:stamped_file", args=[file.pk])).status_code == 403
    assert "已下架" in client.get(reverse("sheets:detail", args=[sheet.pk])).content.decode()
