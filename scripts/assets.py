"""Fetch the style sheets, scripts and the fallback font into var/vendor.

`npm ci` installs exactly what package-lock.json pins, the few files the pages need are copied,
and node_modules is thrown away: nothing of Node is needed while the portal runs.
Usage: assets.py <npm>
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "var" / "vendor"
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler/tabler.min.js",
    "echarts/dist/echarts.min.js": "echarts/echarts.min.js",
    "tom-select/dist/js/tom-select.complete.min.js": "tom-select/tom-select.complete.min.js",
    "tom-select/dist/css/tom-select.bootstrap5.min.css": "tom-select/tom-select.bootstrap5.min.css",
    "@fontsource-variable/noto-sans-sc/index.css": "noto-sans-sc/index.css",
}
FONT_SLICES = "@fontsource-variable/noto-sans-sc/files"

# A comment naming a source map that is not shipped breaks hashed static file names.
SOURCE_MAP = re.compile(rb"(/\*[#@]\s*sourceMappingURL=.*?\*/|//[#@]\s*sourceMappingURL=[^\n]*)")


def install(npm: str) -> None:
    """Run `npm ci`; its own words are shown only when it fails."""
    path = f"{Path(npm).parent}:/usr/local/bin:/usr/bin:/bin"
    env = {**os.environ, "PATH": path}
    if SYSTEM_CERTIFICATES.exists():  # Node knows only its own list: a company's certificate lies in the system's
        env.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_CERTIFICATES))
    done = subprocess.run(
        [npm, "ci", "--loglevel=error"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=600
    )
    if done.returncode:
        sys.exit(f"npm ci failed: is the npm registry reachable (npm config get registry)?\n{done.stderr[-2000:]}")


def copy() -> None:
    """Copy the listed files into a new folder and put it in the place of the old one."""
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in FILES.items():
        place = fresh / target
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(SOURCE_MAP.sub(b"", (MODULES / source).read_bytes()))
    shutil.copytree(MODULES / FONT_SLICES, fresh / "noto-sans-sc" / "files")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)
    shutil.rmtree(MODULES)


if __name__ == "__main__":
    install(sys.argv[1])
    copy()
