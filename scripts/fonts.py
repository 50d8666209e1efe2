"""Take the Fandol fonts (仿宋, 楷体, 黑体, 宋体) out of Debian's package into var/fonts.

The package is downloaded and unpacked, not installed: installing it would bring 100 MB of TeX.
Needs no root. Without these fonts the PDFs fall back to Noto, which is complete but plainer.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FONTS = Path(__file__).resolve().parent.parent / "var" / "fonts"
PACKAGE = "texlive-lang-chinese"
WANTED = (
    "FandolFang-Regular.otf",
    "FandolKai-Regular.otf",
    "FandolHei-Regular.otf",
    "FandolHei-Bold.otf",
    "FandolSong-Regular.otf",
    "FandolSong-Bold.otf",
)


def run(*command: str, cwd: Path) -> None:
    """Run a command and say its own words when it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr.strip()[-500:]}")


def refresh_lists(folder: Path) -> None:
    """A freshly made system has no package lists yet; only root may fetch them."""
    known = subprocess.run(["apt-cache", "show", PACKAGE], capture_output=True, timeout=60)
    if known.returncode and os.geteuid() == 0:
        run("apt-get", "-q", "update", cwd=folder)


def unpack(folder: Path) -> Path:
    """Download the package into `folder` and return the folder it was unpacked to."""
    refresh_lists(folder)
    run("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", PACKAGE, cwd=folder)
    archive = next(folder.glob(f"{PACKAGE}_*.deb"))
    tree = folder / "tree"
    run("dpkg-deb", "-x", str(archive), str(tree), cwd=folder)
    return tree


def collect(tree: Path) -> None:
    """Copy the wanted fonts and the licence notice."""
    found = {path.name: path for path in tree.rglob("Fandol*.otf")}
    missing = [name for name in WANTED if name not in found]
    if missing:
        sys.exit(f"{PACKAGE} lacks {', '.join(missing)}.")
    FONTS.mkdir(parents=True, exist_ok=True)
    for name in WANTED:
        shutil.copy(found[name], FONTS / name)
    for notice in tree.glob(f"usr/share/doc/{PACKAGE}/copyright"):
        shutil.copy(notice, FONTS / "copyright")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        collect(unpack(Path(scratch)))
