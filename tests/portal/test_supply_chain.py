"""S11, row 61: every package is pinned with its hash, listed in the bill of materials, and asked about by pip-audit."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from django.conf import settings

from scripts import audit, sbom

ROOT = Path(settings.BASE_DIR)
LOCKS = ("serve.txt", "demo.txt", "test.txt", "tools.txt")


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_is_pinned_and_hashed(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    packages = re.findall(r"^[A-Za-z0-9]\S*.*$", text, re.M)
    assert packages
    assert [line for line in packages if "==" not in line] == []
    for block in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]:
        assert "--hash=sha256:" in block, block[:80]


def test_every_package_of_npm_is_hashed() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []


def test_the_bill_of_materials_lists_every_locked_package(tmp_path: Path) -> None:
    target = tmp_path / "sbom.json"
    assert sbom.main([str(target)]) == 0
    said = json.loads(target.read_text())
    assert (said["bomFormat"], said["metadata"]["component"]["name"]) == ("CycloneDX", "branchportal")
    lock = (ROOT / "requirements" / "serve.txt").read_text()
    pinned = {match[1].lower() for match in re.finditer(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", lock, re.M)}
    listed = {entry["name"] for entry in said["components"] if entry["purl"].startswith("pkg:pypi/")}
    assert pinned == listed
    assert {"django", "weasyprint", "celery"} <= listed
    assert {"echarts", "core", "tom-select"} <= {
        entry["name"] for entry in said["components"] if entry["purl"].startswith("pkg:npm/")
    }
    assert all(entry["version"] and entry["hashes"] for entry in said["components"])


def test_the_bill_of_materials_follows_its_standard(tmp_path: Path) -> None:
    target = tmp_path / "sbom.json"
    sbom.main([str(target)])
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(target.read_text()) is None


def test_without_an_advisory_source_it_says_not_run(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(audit, "reachable_source", lambda: "")
    assert audit.main([str(tmp_path / "audit.json")]) == 0
    assert json.loads((tmp_path / "audit.json").read_text())["state"] == "not run"
    assert "NOT RUN" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("vulns", "state", "code"), [([], "clean", 0), ([{"id": "X-1", "fix_versions": ["2"]}], "vulnerable", 1)]
)
def test_findings_fail_and_are_named(tmp_path: Path, monkeypatch, capsys, vulns, state: str, code: int) -> None:
    answer = json.dumps({"dependencies": [{"name": "a", "version": "1", "vulns": vulns}]})
    done = subprocess.CompletedProcess([], 0, stdout=answer, stderr="")
    monkeypatch.setattr(audit, "reachable_source", lambda: "pypi")
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: done)
    assert audit.main([str(tmp_path / "audit.json")]) == code
    assert json.loads((tmp_path / "audit.json").read_text())["state"] == state
    assert ("a 1: X-1, fixed in 2" in capsys.readouterr().out) == bool(vulns)


def test_pip_audit_that_breaks_off_is_not_run_either(monkeypatch) -> None:
    done = subprocess.CompletedProcess([], 1, stdout="", stderr="no network")
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: done)
    assert audit.audit("pypi")["state"] == "not run"
