"""Which fonts the PDFs are set in: files of the fonts folder, and a complete Chinese pair that is always there.

The folder holds Fandol (宋 仿宋 楷 黑) and whatever the customer has a licence for (方正小标宋, 仿宋_GB2312): every
file is declared under its own family name, and the style sheets name the licensed families first. A character that
none of them has is taken, glyph by glyph, from Noto Serif SC: nothing depends on the fonts of the machine.
"""

import html
import logging
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pylopdf_fonts_zh_cn
from django.conf import settings
from fontTools.ttLib import TTFont, TTLibError

log = logging.getLogger(__name__)
SUFFIXES = {".otf", ".ttf"}
PLACEHOLDER = "〓"  # what typesetters put where a character is missing
UNPRINTED = {"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"}  # nothing to be drawn by themselves


@dataclass(frozen=True)
class FontFile:
    """One font on disk: `name` is its address in the `font:` scheme."""

    name: str
    path: Path
    family: str
    weight: int
    characters: frozenset[int]


@cache
def font_files() -> dict[str, FontFile]:
    """All fonts by name, read once per process (half a second)."""
    folders = (Path(settings.FONTS_DIR), Path(pylopdf_fonts_zh_cn.__file__).parent)
    files = [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())]
    fonts = [_read(path) for path in files if path.suffix.lower() in SUFFIXES]
    return {font.name: font for font in fonts if font is not None}


def _read(path: Path) -> FontFile | None:
    try:
        with TTFont(path, lazy=True) as font:
            names = font["name"]
            weight = 700 if "bold" in f"{names.getBestSubFamilyName()} {path.stem}".lower() else 400
            family = names.getBestFamilyName() or path.stem
            return FontFile(path.name, path, family, weight, frozenset(font.getBestCmap()))
    except (TTLibError, KeyError, OSError) as problem:
        log.warning("font %s cannot be read and is left out: %s", path.name, problem)
        return None


@cache
def covered() -> frozenset[int]:
    """Every character that can be printed."""
    return frozenset().union(*(font.characters for font in font_files().values()))


def font_faces() -> str:
    """The @font-face rules of all fonts, with addresses of the `font:` scheme."""
    return "\n".join(
        f'@font-face {{ font-family: "{font.family}"; font-weight: {font.weight}; src: url("font:{font.name}") }}'
        for font in font_files().values()
    )


def unprintable(markup: str) -> list[str]:
    """The characters of a document that no font has, in code point order."""
    characters = set(html.unescape(markup))
    return sorted(
        char for char in characters if ord(char) not in covered() and unicodedata.category(char) not in UNPRINTED
    )


def with_placeholders(markup: str, characters: list[str]) -> str:
    """The document with 〓 in the place of these characters, whether written plainly or as references."""
    swaps = {ord(char): PLACEHOLDER for char in characters}
    for char in characters:
        for reference in (f"&#{ord(char)};", f"&#x{ord(char):x};", f"&#x{ord(char):X};"):
            markup = markup.replace(reference, PLACEHOLDER)
    return markup.translate(swaps)
