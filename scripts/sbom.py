"""What the portal is made of, as CycloneDX JSON: every package of the lock that runs, and what npm brings to the pages.

Usage: sbom.py [FILE]      (default: var/sbom.json)

Names, versions and hashes come from requirements/serve.txt and package-lock.json, licences from what is installed.
"""

import base64
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
LONGEST_LICENCE = 80


def python_packages(lock: str) -> Iterator[Component]:
    """A component for each `name==version`, with the hashes that stand beneath it."""
    found: tuple[str, str] | None = None
    hashes: list[str] = []
    for line in [*lock.splitlines(), "end==0"]:
        if match := PACKAGE.match(line):
            if found:
                yield _component("pypi", *found, [HashType(alg=HashAlgorithm.SHA_256, content=each) for each in hashes])
            found, hashes = (match[1].lower(), match[2]), []
        hashes += re.findall(r"--hash=sha256:([0-9a-f]{64})", line)


def npm_packages(lock: dict) -> Iterator[Component]:
    """A component for each package under node_modules."""
    for path, entry in lock["packages"].items():
        name = path.rpartition("node_modules/")[2]
        if name:
            kind, _dash, digest = entry.get("integrity", "").partition("-")
            hashes = (
                [HashType(alg=HashAlgorithm.SHA_512, content=base64.b64decode(digest).hex())]
                if kind == "sha512"
                else []
            )
            yield _component("npm", name, entry["version"], hashes, entry.get("license", ""))


def _component(kind: str, name: str, version: str, hashes: list[HashType], licence: str = "") -> Component:
    scope, _slash, plain = name.rpartition("/")
    component = Component(
        type=ComponentType.LIBRARY,
        group=scope or None,
        name=plain,
        version=version,
        purl=PackageURL(type=kind, namespace=scope or None, name=plain, version=version),
        bom_ref=f"{kind}:{name}@{version}",
        hashes=hashes,
    )
    if text := licence or (_licence(name) if kind == "pypi" else ""):
        component.licenses.add(DisjunctiveLicense(name=text))
    return component


def _licence(name: str) -> str:
    try:
        known = metadata(name)
    except PackageNotFoundError:  # of another platform
        return ""
    said = known.get("License-Expression") or known.get("License") or ""
    classified = [line.rpartition(" :: ")[2] for line in known.get_all("Classifier", []) if line.startswith("License")]
    first = said.strip().splitlines()[0] if said.strip() else ""
    return first if 0 < len(first) <= LONGEST_LICENCE else ", ".join(classified)[:LONGEST_LICENCE]


def bill() -> Bom:
    """All components, in one document."""
    bom = Bom()
    bom.metadata.component = Component(type=ComponentType.APPLICATION, name="branchportal", bom_ref="branchportal")
    for component in python_packages((ROOT / "requirements" / "serve.txt").read_text()):
        bom.components.add(component)
    for component in npm_packages(json.loads((ROOT / "package-lock.json").read_text())):
        bom.components.add(component)
    bom.register_dependency(bom.metadata.component, bom.components)
    return bom


def main(arguments: list[str]) -> int:
    target = Path(arguments[0]) if arguments else ROOT / "var" / "sbom.json"
    bom = bill()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(JsonV1Dot6(bom).output_as_string(indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(bom.components)} components in {target.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
