"""The restore drill (T-F16): a backup into an empty database and folder, proved by every verification."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from assessments.cycles.models import Cycle
from assessments.results.services.publishing import prepare_publication, publish
from assessments.sheets.models import Evidence
from branchportal import audit_verify, backup, crypto
from branchportal.backup import check_backup
from branchportal.errors import PortalError
from branchportal.models import AuditEntry
from members.models import SecondFactor, User
from tests.conftest import City
from tests.factories.results import BEST, make_approved, make_tally

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def filled(city: City, inspector: User, office: User, authority: User, settings: object, tmp_path: Path) -> Path:
    """A published quarter and a stored file; the folder of the backup."""
    settings.AUDIT_ANCHORS = str(tmp_path / "anchors.log")
    settings.FIELD_KEYS_FILE = str(tmp_path / "field_keys")
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    sheets = (city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet)
    for points, sheet in zip((10, 9, 8, 7), sheets, strict=True):
        make_approved(sheet, inspector, marks=BEST, points=points)
    tally = make_tally(city.cycle, office)
    prepared = prepare_publication(tally=tally, actor=office, digest=tally.digest, title="结果", document_number="")
    publish(publication=prepared, actor=authority)
    stored = Path(settings.MEDIA_ROOT) / "evidence" / "a" / "会议记录.pdf"
    stored.parent.mkdir(parents=True)
    stored.write_bytes(os.urandom(50_000))
    return tmp_path / "backup"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The surroundings of an empty portal on the same engine; a database of this test process's own."""
    keep = {name: value for name, value in os.environ.items() if name not in ("PORTAL_DEMO", "REDIS_URL")}
    url = f"sqlite:///{tmp_path / 'new' / 'portal.sqlite3'}"
    new = f"{connection.settings_dict['NAME']}_restored"  # the tests run in several processes on one server
    if connection.vendor == "postgresql":
        access = connection.settings_dict
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{new}"')
            cursor.execute(f'CREATE DATABASE "{new}" TEMPLATE template0')
        password = f":{access['PASSWORD']}" if access["PASSWORD"] else ""
        host = access["HOST"] or "127.0.0.1"
        url = f"postgresql://{access['USER']}{password}@{host}:{access['PORT'] or 5432}/{new}"
    yield keep | {
        "DATABASE_URL": url,
        "MEDIA_ROOT": str(tmp_path / "new" / "media"),
        "PORTAL_VAR": str(tmp_path / "new" / "var"),
        "DJANGO_SETTINGS_MODULE": "branchportal.settings",
    }
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{new}" WITH (FORCE)')


def manage(surroundings: dict[str, str], *arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "manage.py", *map(str, arguments)]
    return subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False,
                          cwd=django_settings.BASE_DIR, timeout=120)  # fmt: skip


def test_a_backup_is_restored_on_an_empty_machine(filled: Path, elsewhere: dict, tmp_path: Path) -> None:
    audit_verify.keep_anchor()
    rows = AuditEntry.objects.count()
    call_command("backup", filled, keys=tmp_path / "keys.txt")
    assert "FIELD_KEYS=k1:" in (tmp_path / "keys.txt").read_text()
    assert not any("keys" in path.name for path in filled.rglob("*"))
    kept = dict(line.split("=", 1) for line in (tmp_path / "keys.txt").read_text().splitlines())
    done = manage(elsewhere | kept, "restore", filled)
    assert done.returncode == 0, done.stderr
    assert f"审计记录{rows}条" in done.stdout
    copy = next((tmp_path / "new" / "media").rglob("会议记录.pdf"))
    assert copy.read_bytes() == (Path(django_settings.MEDIA_ROOT) / "evidence" / "a" / "会议记录.pdf").read_bytes()
    answer = manage(elsewhere | kept | {"AUDIT_ANCHORS": str(tmp_path / "anchors.log")}, "audit_verify")
    assert (answer.returncode, "1个锚点相符" in answer.stdout) == (0, True), answer.stderr
    again = manage(elsewhere | kept, "restore", filled)
    assert (again.returncode, "正在使用" in again.stderr) == (1, True)


def test_a_damaged_backup_is_refused(filled: Path, capsys: pytest.CaptureFixture) -> None:
    call_command("backup", filled)
    call_command("restore", filled, check=True)
    assert "全部完好" in capsys.readouterr().out
    stored, manifest = next((filled / "media").rglob("会议记录.pdf")), filled / "manifest.json"
    whole, listed = stored.read_bytes(), manifest.read_text()
    harms = {
        "bit": lambda: stored.write_bytes(whole[:777] + bytes([whole[777] ^ 1]) + whole[778:]),
        "missing": stored.unlink,
        "no list": manifest.unlink,
        "half a list": lambda: manifest.write_text(listed[:200]),
        "outside": lambda: manifest.write_text(listed.replace("media/", "../media/")),
        "no database": lambda: manifest.write_text(listed.replace('"database.', '"other.', 1)),
    }
    for harm in harms.values():
        harm()
        with pytest.raises(PortalError, match="损坏"):
            check_backup(filled)
        stored.write_bytes(whole)
        manifest.write_text(listed)


def test_a_damaged_backup_changes_nothing(filled: Path, elsewhere: dict, tmp_path: Path) -> None:
    call_command("backup", filled)
    next((filled / "media").rglob("会议记录.pdf")).unlink()
    done = manage(elsewhere, "restore", filled)
    assert (done.returncode, "Traceback" in done.stderr, "损坏" in done.stderr) == (1, False, True)
    assert not (tmp_path / "new" / "media").exists()


def test_a_restoration_tells_of_wrong_keys_and_of_files_that_are_not_there(
    filled: Path, city: City, office: User
) -> None:
    call_command("backup", filled)
    manifest = check_backup(filled)
    backup._prove(manifest)
    Evidence.objects.create(
        branch=city.branch, name="文件.pdf", key="evidence/gone.pdf", content_type="application/pdf", size=1,
        sha256="0" * 64, uploaded_by=office, uploaded_at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(PortalError, match="MEDIA_ROOT"):
        backup._prove(manifest)
    SecondFactor.objects.create(user=office, secret="ab" * 20)
    with pytest.raises(PortalError, match="FIELD_KEYS"), mock.patch.object(crypto, "_keys", return_value={}):
        backup._prove(manifest)


def test_a_backup_never_overwrites_another(filled: Path) -> None:
    call_command("backup", filled)
    with pytest.raises(CommandError, match="不是空的"):
        call_command("backup", filled)


def test_a_broken_off_backup_is_no_backup(filled: Path) -> None:
    filled.mkdir()
    shutil.copytree(django_settings.MEDIA_ROOT, filled / "media")
    with pytest.raises(PortalError, match="没有完整的备份"):
        check_backup(filled)


def test_an_untrustworthy_audit_trail_is_said_before_it_is_kept(filled: Path) -> None:
    AuditEntry.objects.filter(pk=AuditEntry.objects.first().pk).update(note="改动")  # the guards are down in this test
    with pytest.raises(CommandError, match="审计记录不完整"):
        call_command("backup", filled)


def test_tf11_a_populated_copy_is_migrated_with_every_digest_unchanged(
    filled: Path, elsewhere: dict, tmp_path: Path
) -> None:
    """R11: back to an earlier release and forward again, on a copy; no digest, link or trigger is lost on the way."""
    call_command("backup", filled, keys=tmp_path / "keys.txt")
    kept = dict(line.split("=", 1) for line in (tmp_path / "keys.txt").read_text().splitlines())
    there = elsewhere | kept | {"AUDIT_ANCHORS": str(tmp_path / "none.log")}
    assert manage(there, "restore", filled).returncode == 0
    command = [sys.executable, "benchmarks/migrating.py", "--here"]
    done = subprocess.run(command, env=there, capture_output=True, text=True, check=False,
                          cwd=django_settings.BASE_DIR, timeout=500)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "every digest as before" in done.stdout
