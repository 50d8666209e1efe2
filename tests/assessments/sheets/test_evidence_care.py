"""Files after their upload: malware check, the same file elsewhere, secrecy, taking down, orphans, verification."""

import hashlib
import os
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from assessments.sheets.models import Evidence, EvidenceLink, Sheet
from assessments.sheets.services import evidence as services
from assessments.sheets.services import evidence_care as care
from assessments.sheets.services import keeping
from assessments.sheets.sheet_page import sheet_page
from assessments.sheets.verifying import verify_evidence
from branchportal import scanning, verifications
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry
from branchportal.scanning import Finding
from branchportal.uploads import FileRefused
from tests.factories.assessments import make_cycle, make_sheet
from tests.portal.scanner import EICAR, hung, scanner

from .files import office_bytes, pdf_bytes


def load(sheet: Sheet) -> Sheet:
    return Sheet.objects.for_filling().get(pk=sheet.pk)


@pytest.fixture
def clamd(tmp_path, settings, monkeypatch):
    with scanner(tmp_path, settings, monkeypatch) as make:
        yield make


@pytest.fixture
def upload(city, secretary):
    def make(name="记录.pdf", content=None, code="1.1", actor=None, sheet=None, is_declared=True) -> EvidenceLink:
        file = SimpleUploadedFile(name, pdf_bytes() if content is None else content)
        return services.upload_evidence(
            sheet=load(sheet or city.sheet), upload=file, actor=actor or secretary, at=timezone.now(),
            is_declared=is_declared, code=code,
        )  # fmt: skip

    return make


def address(evidence: Evidence) -> str:
    return f"/sheets/evidence/{evidence.pk}/"


def status_of(client, evidence: Evidence) -> int:
    answer = client.get(address(evidence))
    answer.getvalue()
    return answer.status_code


def seen_by_others(sheet: Sheet) -> None:
    Sheet.objects.filter(pk=sheet.pk).update(status="review", submitted_at=timezone.now())


# Malware


def test_t_u3_malware_is_refused_and_on_record(city, upload, clamd) -> None:
    clamd()
    content = office_bytes("docx", {"word/media/a.txt": b"x"}) + EICAR
    with pytest.raises(FileRefused, match="EICAR_HDB-1"):
        upload("总结.docx", content)
    assert not Evidence.objects.exists()
    entry = AuditEntry.objects.get(action="evidence.refused_malware")
    assert (entry.object_id, entry.after["sha256"]) == (city.sheet.pk, hashlib.sha256(content).hexdigest())


def test_t_u3_what_was_checked_is_open_and_marked(city, upload, clamd, sign_in, secretary) -> None:
    clamd()
    evidence = upload().evidence
    assert (evidence.scan, status_of(sign_in(secretary), evidence)) == ("passed", 200)


@pytest.mark.parametrize("is_there", [False, True], ids=["stopped", "hung"])
def test_t_u3_nothing_is_handed_out_unchecked(
    city,
    upload,
    clamd,
    sign_in,
    secretary,
    office,
    is_there,
) -> None:
    if is_there:
        clamd(hung)
    evidence = upload().evidence
    seen_by_others(city.sheet)
    assert evidence.scan == "waiting"
    for person in (secretary, office):
        client = sign_in(person)
        assert status_of(client, evidence) == 403
        page = client.get(f"/sheets/{city.sheet.pk}/view/").content.decode()
        assert "记录.pdf" in page
    assert "待查毒" in sign_in(secretary).get(address(evidence)).content.decode()
    assert care.scan_waiting() == 0
    scanning.listen_again()
    clamd()
    assert care.scan_waiting() == 1
    assert status_of(sign_in(office), evidence) == 200


def test_t_u3_files_from_before_the_scanner_are_closed_until_checked(
    city, upload, settings, sign_in, secretary, monkeypatch
) -> None:
    evidence = upload().evidence
    assert (evidence.scan, status_of(sign_in(secretary), evidence)) == ("", 200)
    settings.CLAMD_SOCKET = "/nowhere"
    assert status_of(sign_in(secretary), evidence) == 403
    monkeypatch.setattr(scanning, "scan", lambda content: Finding(True, "Win.Test"))
    assert care.scan_waiting() == 1
    evidence.refresh_from_db()
    assert (evidence.scan, evidence.scan_note) == ("quarantined", "Win.Test")
    assert status_of(sign_in(secretary), evidence) == 403
    assert AuditEntry.objects.filter(action="evidence.quarantined").count() == 1
    page = sign_in(secretary).get(f"/sheets/{city.sheet.pk}/submit/").content.decode()
    assert "“记录.pdf”已不能打开（隔离）" in page


# The tick and the words


def test_row_38_without_the_tick_nothing_is_stored(city, upload, sign_in, secretary) -> None:
    with pytest.raises(PortalError, match="请先勾选"):
        upload(is_declared=False)
    file = SimpleUploadedFile("记录.pdf", pdf_bytes())
    answer = sign_in(secretary).post(
        f"/sheets/{city.sheet.pk}/evidence/upload/", {"code": "1.1", "file": file}, HTTP_X_REQUESTED_WITH="fetch"
    )
    assert (answer.status_code, answer.json()["field"]) == (400, "no_secrets")
    assert not Evidence.objects.exists()


def test_row_38_every_form_with_files_carries_rule_and_tick() -> None:
    elsewhere = {"_check.html"}  # a camera button within visit.html, which carries both
    lacking = []
    for path in Path(django_settings.BASE_DIR, "templates").rglob("*.html"):
        text = path.read_text()
        has_files = 'type="file"' in text or "multipart/form-data" in text
        if has_files and "_no_secrets.html" not in text and path.name not in elsewhere:
            lacking.append(path.name)
    assert lacking == []


def test_row_38_words_of_secrecy_are_pointed_out(city, upload, sign_in, secretary, inspector) -> None:
    upload("机密文件 第3号.pdf")
    page = sign_in(secretary).get(f"/sheets/{city.sheet.pk}/submit/").content.decode()
    assert "“机密文件 第3号.pdf”含涉密字样" in page
    seen_by_others(city.sheet)
    assert "文件名含涉密字样" in sign_in(inspector).get(f"/sheets/{city.sheet.pk}/review/").content.decode()


# The same file elsewhere


@pytest.fixture
def copied(city, upload, neighbour, secretary):
    """One content: in this quarter and last year's of the branch, at the neighbour, and in the other committee."""
    from members.roles import Role
    from tests.factories.members import appoint, make_user

    far = appoint(make_user("far", name="远书记"), Role.SECRETARY, branch=city.far_branch)
    content = pdf_bytes()
    link = upload(content=content)
    earlier = make_sheet(make_cycle(city.scheme, year=2025, period="Q4"), city.branch)
    Evidence.objects.filter(pk=link.evidence_id).update(name="同一份.pdf")
    EvidenceLink.objects.create(
        sheet=earlier, evidence=link.evidence, indicator=link.indicator, linked_by=secretary, linked_at=timezone.now()
    )
    upload(content=content, actor=neighbour, sheet=city.sibling_sheet)
    upload(content=content, actor=far, sheet=city.far_sheet)
    return link, earlier


def test_the_branch_is_told_of_its_other_quarters_only(city, copied, sign_in, secretary) -> None:
    _link, earlier = copied
    page = sign_in(secretary).get(f"/sheets/{city.sheet.pk}/").content.decode()
    assert f"同一文件还用于：{earlier.cycle}" in page
    assert city.sibling.name not in page
    assert "其他支部" not in page
    assert [link.evidence.used_elsewhere for link in sheet_page(load(city.sheet)).links] == [
        f"同一文件还用于：{earlier.cycle}"
    ]


def test_department_and_inspector_see_where_else_as_far_as_they_may(city, copied, sign_in, reviewer, inspector) -> None:
    for sheet in (city.sheet, city.sibling_sheet, city.far_sheet):
        seen_by_others(sheet)
    seen = sign_in(inspector).get(f"/sheets/{city.sheet.pk}/review/").content.decode()
    assert f"{city.sibling.name}（{city.cycle}）" in seen
    assert f"{city.far_branch.name}（{city.cycle}）" in seen
    assert "本支部其他周期" in seen
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted")
    seen = sign_in(reviewer).get(f"/sheets/{city.sheet.pk}/preliminary/").content.decode()
    assert f"{city.sibling.name}（{city.cycle}）" in seen
    assert city.far_branch.name not in seen
    assert "其他支部" in seen


# Taking down


def test_row_38_the_security_administrator_takes_a_content_down_everywhere(
    city, copied, sign_in, secadmin, office, secretary, django_capture_on_commit_callbacks
) -> None:
    link, _earlier = copied
    paths = [services.stored_path(each) for each in Evidence.objects.all()]
    client = sign_in(secadmin)
    assert client.post("/sheets/evidence/take-down/", {"file": link.evidence_id, "reason": "密"}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/sheets/evidence/take-down/", {"file": link.evidence_id, "reason": "误传涉密文件"})
    assert answer.status_code == 302
    assert [path.exists() for path in paths] == [False] * 3
    assert set(Evidence.objects.values_list("sha256", "taken_down_reason")) == {(link.evidence.sha256, "误传涉密文件")}
    assert AuditEntry.objects.filter(action="evidence.taken_down", actor=secadmin, note="误传涉密文件").count() == 3
    page = client.get("/sheets/evidence/take-down/").content.decode()
    assert link.evidence.sha256[:16] in page
    assert "同一份.pdf" not in page
    assert status_of(sign_in(secretary), link.evidence) == 403
    assert verify_evidence().problems == []
    with pytest.raises(StaleState):
        care.take_down(actor=secadmin, reason="再次处置此件", at=timezone.now(), sha256=link.evidence.sha256)


def test_what_was_taken_down_does_not_come_back(city, upload, secadmin) -> None:
    content = pdf_bytes()
    care.take_down(actor=secadmin, reason="含身份证件", at=timezone.now(), number=upload(content=content).evidence_id)
    with pytest.raises(FileRefused, match="已由安全管理员下架"):
        upload("别名.pdf", content)


def test_nobody_else_takes_files_down(city, upload, office, sysadmin, auditor) -> None:
    evidence = upload().evidence
    for person in (office, sysadmin, auditor):
        with pytest.raises(PermissionDenied):
            care.take_down(actor=person, reason="误传涉密文件", at=timezone.now(), number=evidence.pk)
    assert services.stored_path(evidence).is_file()


# Orphans, disk, verification


def test_orphans_go_after_an_hour_and_files_in_use_stay(city, upload) -> None:
    evidence = upload().evidence
    folder = services.stored_path(evidence).parent
    old, young = folder / "old.pdf", folder / "young.part"
    for path in (old, young):
        path.write_bytes(b"x")
    for path in (old, services.stored_path(evidence)):
        os.utime(path, (time.time() - 7200,) * 2)
    assert care.remove_orphans() == 1
    assert (old.exists(), young.exists(), services.stored_path(evidence).exists()) == (False, True, True)


def test_a_full_disk_is_a_sentence_and_leaves_nothing(city, upload, monkeypatch, settings) -> None:
    def full(self, *arguments, **options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(keeping.NoRoom) as refusal:
            upload()
    assert refusal.value.status == 507
    assert not Evidence.objects.exists()
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []
    settings.LEAST_FREE_SHARE = 1.1
    with pytest.raises(keeping.NoRoom, match="磁盘"):
        upload()


def test_two_hundred_megabytes_are_counted_over_branch_and_cycle(city, upload, monkeypatch) -> None:
    first = upload()
    monkeypatch.setattr(services, "MOST_SHEET_BYTES", first.evidence.size + 10)
    with pytest.raises(FileRefused):
        upload("二.docx", office_bytes("docx"), code="1.2")
    other = make_sheet(make_cycle(city.scheme, year=2025, period="Q4"), city.branch)
    EvidenceLink.objects.filter(pk=first.pk).update(sheet=other)
    monkeypatch.setattr(services, "MOST_SHEET_BYTES", 10_000)
    assert upload("二.docx", office_bytes("docx"), code="1.2")


def test_t_u4_one_flipped_bit_is_found(city, upload, capsys) -> None:
    evidence = upload("会议记录.pdf").evidence
    call_command("evidence_verify")
    assert "已核验1个存储文件" in capsys.readouterr().out
    path = services.stored_path(evidence)
    content = bytearray(path.read_bytes())
    for at in (0, len(content) // 2, len(content) - 1):
        content[at] ^= 1
        path.write_bytes(content)
        with pytest.raises(CommandError, match="”被改动"):
            call_command("evidence_verify")
        content[at] ^= 1
    path.unlink()
    with pytest.raises(CommandError, match="已不在存储中"):
        call_command("evidence_verify")
    last = verifications.last("evidence.verified")
    assert (last.after["count"], last.after["wrong"]) == (1, 1)


def test_t_u4_digest_and_place_of_a_stored_file_never_change(city, upload) -> None:
    evidence = upload().evidence
    for change in ({"sha256": "0" * 64}, {"key": "evidence/other.pdf"}, {"size": 1}, {"branch": city.sibling}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Evidence.objects.filter(pk=evidence.pk).update(**change)
    Evidence.objects.filter(pk=evidence.pk).update(scan="passed")
