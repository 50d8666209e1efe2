"""Row 37: the bundle of an incident: whole, with hashes, without numbers of people and secrets, on record."""

import hashlib
import json
import stat
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.conf import settings as portal
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from branchportal import audit, incident
from branchportal.models import AuditEntry

pytestmark = pytest.mark.django_db


def test_the_bundle_holds_what_an_investigation_needs(city, office, tmp_path: Path, capsys, settings) -> None:
    settings.AUDIT_ANCHORS = str(tmp_path / "anchors")
    audit.record(office, "branch.changed", city.branch, after={"phone": "13812345678"}, note="电话13912345678")
    AccessAttempt.objects.create(
        username="office", ip_address="10.0.0.9", failures_since_start=4, get_data="", post_data=""
    )
    log = tmp_path / "portal.log"
    log.write_text('{"message": "token=abc123 member 110101199001011234"}\n')
    target = tmp_path / "bundle.zip"
    call_command("incident_bundle", str(target), "--log", str(log))
    said = capsys.readouterr().out
    assert hashlib.sha256(target.read_bytes()).hexdigest() in said
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with zipfile.ZipFile(target) as bundle:
        manifest = json.loads(bundle.read("manifest.json"))
        assert set(bundle.namelist()) - {"manifest.json"} == set(manifest["sha256"])
        for name, digest in manifest["sha256"].items():
            assert hashlib.sha256(bundle.read(name)).hexdigest() == digest
        everything = b"".join(bundle.read(name) for name in bundle.namelist()).decode()
        rows = [json.loads(line) for line in bundle.read("audit.jsonl").splitlines()]
        versions = json.loads(bundle.read("versions.json"))
        chain = json.loads(bundle.read("chain.json"))
    for secret in ("13812345678", "13912345678", "110101199001011234", "abc123", portal.SECRET_KEY):
        assert secret not in everything
    assert rows[-1]["action"] == "branch.changed"
    assert versions["packages"]["Django"]
    assert versions["settings"]["SECOND_FACTOR"]
    if connection.vendor != "postgresql":  # which links rows as the transaction ends: not before this test is over
        assert (chain["problems"], chain["rows"]) == ([], AuditEntry.objects.count() - 1)
    assert "10.0.0.9" in everything
    assert AuditEntry.objects.get(action="audit.bundled").after["rows"] == len(rows)


def test_only_the_days_asked_for_are_in_it(city, office, tmp_path: Path) -> None:
    audit.record(office, "branch.changed", city.branch)
    later = timezone.now() + timedelta(days=8)
    assert incident.write_bundle(tmp_path / "a.zip", days=7, now=later).audit_rows == 0


def test_what_is_missing_or_in_the_way_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("incident_bundle", str(tmp_path / "a.zip"), "--log", "/nowhere.log")
    (tmp_path / "b.zip").write_text("x")
    with pytest.raises(CommandError):
        call_command("incident_bundle", str(tmp_path / "b.zip"))
    assert (tmp_path / "b.zip").read_text() == "x"
