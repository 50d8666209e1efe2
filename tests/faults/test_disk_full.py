"""T-F6: the disk of the uploads is full. Nothing half is left, the sentence names the cure, and a small file goes in
as soon as there is room again."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from assessments.sheets.models import Evidence, EvidenceLink
from branchportal.models import AuditEntry
from tests.assessments.sheets.files import pdf_bytes

from .processes import Portal
from .visitor import Answer, Visitor
from .world import make_town

MEGABYTE = 1024 * 1024
DISK = 12 * MEGABYTE


@pytest.fixture
def small_disk(portal: Portal) -> Iterator[Path]:
    """A disk of 12 MB for uploads, which only root makes, and not in every container."""
    portal.media.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(portal.media)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no disk of its own can be mounted here; the refusal itself is tried with the other uploads")
    portal.web.stop()
    try:
        yield portal.media
    finally:
        portal.web.stop()
        subprocess.run(["umount", str(portal.media)], check=True)


def pdf_of(size: int) -> bytes:
    """A readable PDF of about that size: what stands behind its end is taken along and not read."""
    content = pdf_bytes()
    return content.replace(b"%%EOF", b"%" + os.urandom(size // 2).hex().encode() + b"\n%%EOF", 1)


def upload(portal: Portal, session: str, sheet: int, content: bytes, name: str) -> Answer:
    """As the page's script does it."""
    mark = "----branchportal"
    fields = {"code": "1.1", "no_secrets": "on"}
    body = b"".join(
        f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    )
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    body += (head + "Content-Type: application/pdf\r\n\r\n").encode() + content + f"\r\n--{mark}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={mark}", "X-Requested-With": "fetch"}
    return Visitor(portal.port, session=session)._ask("POST", f"/sheets/{sheet}/evidence/upload/", body, headers)


def kept(folder: Path) -> tuple[list[str], int, int, int]:
    """What uploads leave: files, rows, links, words in the audit trail (its own rounds write there, too)."""
    files = sorted(each.name for each in folder.rglob("*") if each.is_file() and each.name != "filler")
    said = AuditEntry.objects.filter(action__startswith="evidence.").count()
    return files, Evidence.objects.count(), EvidenceLink.objects.count(), said


@pytest.mark.parametrize("least_free", ["0", "0.05"], ids=["until the disk is full", "closed below five percent"])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_f6_a_full_disk_leaves_nothing_half(portal: Portal, small_disk: Path, least_free: str) -> None:
    portal.web.start(LEAST_FREE_SHARE=least_free)
    town = make_town(saves=1, submits=0, approvals=0)
    sheet = town.to_save[0]
    first = upload(portal, town.secretary, sheet, pdf_of(MEGABYTE), "第一份.pdf")
    assert first.status == 200, first.text
    filler = small_disk / "filler"
    filler.write_bytes(bytes(DISK - 2 * MEGABYTE - (MEGABYTE if least_free == "0" else MEGABYTE // 3)))
    before = kept(small_disk)
    for number in range(3):
        refused = upload(portal, town.secretary, sheet, pdf_of(2 * MEGABYTE), f"第{number}份大文件.pdf")
        assert (refused.status, "空间" in refused.json()["message"]) == (507, True), refused.text
    assert kept(small_disk) == before
    filler.unlink()
    assert upload(portal, town.secretary, sheet, pdf_of(MEGABYTE), "腾出空间后.pdf").status == 200
    files, rows, *_ = kept(small_disk)
    assert (len(files), rows) == (2, 2)
