"""Known vulnerabilities of the packages that run (requirements/serve.txt), by pip-audit.

Usage: audit.py [FILE]      (default: var/audit.json)

Prints one line. Without an advisory source within 20 seconds it says “not run”, which is not “passed”: the file then
holds {"state": "not run"}, and the exit code is 0. With findings the exit code is 1 and each is named.
"""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "serve.txt"
SOURCES = {"pypi": "https://pypi.org/pypi/pip/24.0/json", "osv": "https://api.osv.dev/v1/vulns/PYSEC-2023-228"}
PATIENCE_SECONDS = 9  # for each source
AUDIT_SECONDS = 300


def reachable_source() -> str:
    """The first advisory source that answers as one; empty without any."""
    for name, address in SOURCES.items():
        try:
            with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 (our two addresses)
                if isinstance(json.load(answer), dict):
                    return name
        except (OSError, ValueError):
            continue
    return ""


def audit(source: str) -> dict:
    """{"state": "clean" | "vulnerable" | "not run", "source", "packages", "found": [...], "why"}."""
    if not source:
        return {"state": "not run", "why": "no advisory source answered within 20 seconds"}
    command = [sys.executable, "-m", "pip_audit", "--service", source, "--requirement", str(LOCK), "--disable-pip"]
    command += ["--no-deps", "--require-hashes", "--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=AUDIT_SECONDS, check=False)
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError) as fault:
        return {"state": "not run", "source": source, "why": f"pip-audit gave no result ({type(fault).__name__})"}
    found = [
        f"{package['name']} {package['version']}: {entry['id']}, fixed in {', '.join(entry['fix_versions']) or 'none'}"
        for package in packages
        for entry in package.get("vulns", ())
    ]
    return {"state": "vulnerable" if found else "clean", "source": source, "packages": len(packages), "found": found}


def sentence(result: dict) -> str:
    """The result in plain words."""
    if result["state"] == "not run":
        return f"known vulnerabilities: NOT RUN ({result['why']}); this is not a pass"
    if result["state"] == "clean":
        return f"known vulnerabilities: none in {result['packages']} packages (source {result['source']})"
    return f"known vulnerabilities: {len(result['found'])} found\n" + "\n".join(result["found"])


def main(arguments: list[str]) -> int:
    target = Path(arguments[0]) if arguments else ROOT / "var" / "audit.json"
    result = audit(reachable_source())
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(sentence(result) + "\n")
    return 1 if result["state"] == "vulnerable" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
