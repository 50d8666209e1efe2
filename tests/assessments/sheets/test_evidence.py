"""Evidence: what is taken in, how it is kept, who sees it. Hostile files are refused with a sentence."""

import hashlib
import io

import pikepdf
import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from assessments.sheets.files import FileRefused, accept_file, display_name
from assessments.sheets.models import Evidence, EvidenceLink, Sheet
from assessments.sheets.services import evidence as services
from branchportal.errors import PortalError
from branchportal.models import AuditEntry

from .files import jpeg_bytes, office_bytes, pdf_bytes, png_bytes

LIMIT = 20 * 1024 * 1024


def locked_pdf() -> bytes:
    out = io.BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def gps_jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"
    return jpeg_bytes((64, 48), exif=exif)


HOSTILE = {
    "an empty file": ("空.pdf", b""),
    "an exe named pdf": ("材料.pdf", b"MZ\x90\x00\x03\x00\x00\x00"),
    "a pdf named jpg": ("材料.jpg", pdf_bytes()),
    "a picture named png that is a jpeg": ("照片.png", jpeg_bytes()),
    "a web page": ("页.html", b"<script>alert(1)</script>"),
    "a drawing with script": ("图.svg", b"<svg onload='alert(1)'/>"),
    "no extension": ("材料", pdf_bytes()),
    "two extensions": ("材料.pdf.exe", pdf_bytes()),
    "a broken pdf": ("坏.pdf", b"%PDF-1.7 nothing"),
    "a locked pdf": ("密.pdf", locked_pdf()),
    "a broken picture": ("坏.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 50),
    "half a picture": ("半.png", png_bytes()[:60]),
    "a zip named docx": ("包.docx", office_bytes("")),
    "a workbook named docx": ("表.docx", office_bytes("xlsx")),
    "macros": ("宏.docx", office_bytes("docx", {"word/vbaProject.bin": b"x"})),
    "too many members": ("多.docx", office_bytes("docx", {f"word/{number}.xml": b"<x/>" for number in range(2001)})),
    "too large": ("大.pdf", b"%PDF-" + b"\0" * LIMIT),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_file_is_refused_with_its_name(case):
    name, content = HOSTILE[case]
    with pytest.raises(FileRefused) as refusal:
        accept_file(name, content, LIMIT)
    assert name in refusal.value.message


def test_picture_of_too_many_pixels_is_refused():
    with pytest.raises(FileRefused):
        accept_file("巨.png", png_bytes((10_000, 5_001)), LIMIT)


def test_picture_is_turned_upright_and_loses_its_hidden_data():
    stored = accept_file("现场.jpg", gps_jpeg(), LIMIT)
    with Image.open(io.BytesIO(stored.content)) as picture:
        assert (picture.size, dict(picture.getexif())) == ((48, 64), {})
    assert b"Secret Camera" not in stored.content


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", pdf_bytes(), "application/pdf"),
        ("a.JPEG", jpeg_bytes(), "image/jpeg"),
        ("a.png", png_bytes(), "image/png"),
        ("a.docx", office_bytes("docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (
            "a.xlsx",
            office_bytes("xlsx"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_good_files_are_accepted(name, content, kind):
    assert accept_file(name, content, LIMIT).content_type == kind


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\材料\\会议 记录.pdf", "会议 记录.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("发票\u202efdp.exe", "发票fdp.exe"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_names_are_display_text_only(given, shown):
    assert display_name(given) == shown


# Stored


def load(sheet) -> Sheet:
    return Sheet.objects.for_filling().get(pk=sheet.pk)


@pytest.fixture
def upload(city, secretary):
    def make(name="记录.pdf", content=None, code="1.1", actor=None, sheet=None, at=None):
        file = SimpleUploadedFile(name, pdf_bytes() if content is None else content)
        return services.upload_evidence(
            sheet=load(sheet or city.sheet),
            upload=file,
            actor=actor or secretary,
            at=at or timezone.now(),
            is_declared=True,
            code=code,
        )

    return make


def test_upload_is_kept_under_a_random_key_with_its_hash(city, upload):
    link = upload("会议记录.pdf")
    evidence = link.evidence
    path = services.stored_path(evidence)
    assert evidence.name == "会议记录.pdf"
    assert "会议" not in evidence.key
    assert path.is_relative_to(settings.MEDIA_ROOT)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == evidence.sha256
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"evidence.uploaded", "evidence.attached"}


def test_the_same_file_is_kept_once_per_branch(city, upload, neighbour):
    content = pdf_bytes()
    first, again = upload(content=content), upload("别名.pdf", content, code="1.2")
    assert first.evidence == again.evidence
    assert upload(content=content) == first
    other = upload(content=content, actor=neighbour, sheet=city.sibling_sheet)
    assert (other.evidence.pk != first.evidence.pk, Evidence.objects.count()) == (True, 2)


def test_refused_file_leaves_nothing_behind(city, upload):
    with pytest.raises(FileRefused):
        upload("材料.pdf", b"MZ")
    assert not Evidence.objects.exists()
    assert not list(settings.MEDIA_ROOT.rglob("*.*")) if settings.MEDIA_ROOT.exists() else True


def test_at_most_ten_files_a_row_and_a_limit_per_sheet(city, upload, monkeypatch):
    for number in range(10):
        upload(content=png_bytes((10 + number, 10)), name=f"{number}.png")
    with pytest.raises(FileRefused):
        upload(content=png_bytes((40, 40)), name="11.png")
    monkeypatch.setattr(services, "MOST_SHEET_BYTES", 100)
    with pytest.raises(FileRefused):
        upload(content=png_bytes((50, 50)), name="12.png", code="1.2")


def test_strangers_and_closed_sheets_take_no_files(city, upload, neighbour, reviewer):
    for person in (neighbour, reviewer):
        with pytest.raises(PermissionDenied):
            upload(actor=person)
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted")
    with pytest.raises(PermissionDenied):
        upload()
    with pytest.raises(PortalError):
        upload(code="2.4", sheet=city.sibling_sheet, actor=neighbour)


def test_removing_the_last_link_deletes_the_bytes(city, upload, secretary, django_capture_on_commit_callbacks):
    content = pdf_bytes()
    first, second = upload(content=content), upload(content=content, code="1.2")
    path = services.stored_path(first.evidence)
    with django_capture_on_commit_callbacks(execute=True):
        services.detach_evidence(link=first, sheet=load(city.sheet), actor=secretary, at=timezone.now())
    assert path.is_file()
    with django_capture_on_commit_callbacks(execute=True):
        services.detach_evidence(link=second, sheet=load(city.sheet), actor=secretary, at=timezone.now())
    assert (path.exists(), Evidence.objects.count(), EvidenceLink.objects.count()) == (False, 0, 0)


def test_a_file_of_another_branch_cannot_be_attached(city, upload, secretary, neighbour):
    theirs = upload(actor=neighbour, sheet=city.sibling_sheet).evidence
    with pytest.raises(PortalError):
        services.attach_evidence(
            sheet=load(city.sheet), evidence=theirs, actor=secretary, at=timezone.now(), code="1.1"
        )


# Handed out


def test_pictures_and_pdf_are_shown_inline_under_strict_headers(city, upload, secretary, sign_in):
    client = sign_in(secretary)
    picture = client.get(f"/sheets/evidence/{upload('照片.png', png_bytes()).evidence_id}/")
    assert picture["Content-Disposition"].startswith("inline")
    assert "sandbox" in picture["Content-Security-Policy"]
    assert (picture["X-Content-Type-Options"], picture["Content-Type"]) == ("nosniff", "image/png")
    paper = client.get(f"/sheets/evidence/{upload(code='1.2').evidence_id}/")
    assert "frame-ancestors 'self'" in paper["Content-Security-Policy"]
    assert paper["X-Frame-Options"] == "SAMEORIGIN"
    document = client.get(f"/sheets/evidence/{upload('总结.docx', office_bytes(), code='1.3').evidence_id}/")
    assert document["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    download = client.get(f"/sheets/evidence/{upload('照片.png', png_bytes()).evidence_id}/?download")
    assert download["Content-Disposition"].startswith("attachment")
    assert picture.getvalue() == download.getvalue()
    for response in (paper, document):
        response.getvalue()


def test_a_file_gone_from_the_store_is_a_sentence(city, upload, secretary, sign_in):
    evidence = upload("记录.pdf").evidence
    services.stored_path(evidence).unlink()
    response = sign_in(secretary).get(f"/sheets/evidence/{evidence.pk}/")
    assert response.status_code == 404
    assert "记录.pdf" in response.content.decode()


@pytest.mark.parametrize(
    ("person", "before", "after"),
    [("neighbour", 404, 404), ("outsider", 404, 404), ("sysadmin", 404, 404), ("reviewer", 404, 200),
     ("inspector", 404, 200), ("office", 404, 200), ("auditor", 404, 404), ("deputy", 200, 200)],
)  # fmt: skip
def test_who_opens_a_file_before_and_after_submitting(city, upload, sign_in, request, person, before, after):
    evidence = upload().evidence
    client = sign_in(request.getfixturevalue(person))
    found = []
    for status, at in (("draft", None), ("submitted", timezone.now())):
        Sheet.objects.filter(pk=city.sheet.pk).update(status=status, submitted_at=at)
        response = client.get(f"/sheets/evidence/{evidence.pk}/")
        found.append(response.status_code)
        response.getvalue()
    assert found == [before, after]


def test_the_auditor_reads_the_names_of_files_without_a_link(city, upload, auditor, office, sign_in):
    evidence = upload("记录.pdf").evidence
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted", submitted_at=timezone.now())
    address = f"/sheets/evidence/{evidence.pk}/"
    pages = {user: sign_in(user).get(f"/sheets/{city.sheet.pk}/view/").content.decode() for user in (auditor, office)}
    assert all("记录.pdf" in page for page in pages.values())
    assert {user: address in page for user, page in pages.items()} == {auditor: False, office: True}
