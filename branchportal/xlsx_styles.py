"""Texts and styles of a workbook as XML (ECMA-376): see `xlsx`."""

import re
from collections.abc import Sequence
from typing import NamedTuple

NUMBERED = {"General": 0, "0": 1, "0.00": 2, "@": 49}  # ECMA-376, 18.8.30
MAX_TEXT = 32_767  # UTF-16 units in a cell
CUT = "…（原文过长，已截断）"
SPECIAL = re.compile("[&<>\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


class Style(NamedTuple):
    """How a cell looks. Colours are "RRGGBB"; `is_quoted` marks a text that only looks like a formula."""

    number_format: str = "General"
    fill: str = ""
    is_bold: bool = False
    size: int = 11
    colour: str = ""
    border: str = ""  # "", "top", "all"
    is_wrapped: bool = False
    is_quoted: bool = False


def text_xml(text: str) -> str:
    """A text as XML content: what XML cannot hold (or would alter, as a return) becomes _xHHHH_; too long is cut."""
    if len(text) * 2 > MAX_TEXT and len(text.encode("utf-16-le", "surrogatepass")) > MAX_TEXT * 2:
        cut = text.encode("utf-16-le", "surrogatepass")[: (MAX_TEXT - len(CUT)) * 2]
        text = cut.decode("utf-16-le", "ignore") + CUT
    return SPECIAL.sub(_escaped, text) if SPECIAL.search(text) else text


def _escaped(found: re.Match) -> str:
    character = found.group()
    return ENTITIES.get(character) or f"_x{ord(character):04X}_"


def attribute_xml(text: str) -> str:
    """A text between double quotes."""
    return text_xml(text).replace('"', "&quot;")


def styles_xml(styles: Sequence[Style]) -> str:
    """The styles of all cells, in the order of their numbers."""
    formats, fonts, borders = [""], [(11, False, "")], [""]  # formats: those that the standard does not number
    fills = ["", "gray125"]  # the first two are fixed by the format
    cells = []
    for style in styles:
        font = (style.size, style.is_bold, style.colour)
        shown = "" if style.number_format in NUMBERED else style.number_format
        places = [_place(kept, one) for kept, one in
                  ((formats, shown), (fonts, font), (fills, style.fill), (borders, style.border))]  # fmt: skip
        number = 163 + places[0] if places[0] else NUMBERED[style.number_format]
        wrap = ' wrapText="1"' if style.is_wrapped else ""
        quoted = ' quotePrefix="1"' if style.is_quoted else ""
        cells.append(
            f'<xf numFmtId="{number}" fontId="{places[1]}" fillId="{places[2]}" borderId="{places[3]}" xfId="0"{quoted}'
            f' applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
            f'<alignment vertical="center"{wrap}/></xf>'
        )
    numbers = [f'<numFmt numFmtId="{163 + at}" formatCode="{attribute_xml(code)}"/>'
               for at, code in enumerate(formats) if at]  # fmt: skip
    plain = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"'
    return (
        f'<styleSheet xmlns="{MAIN}">{_counted("numFmts", numbers) if numbers else ""}'
        f"{_counted('fonts', [_font(*font) for font in fonts])}{_counted('fills', [_fill(fill) for fill in fills])}"
        f"{_counted('borders', [_border(border) for border in borders])}"
        f'<cellStyleXfs count="1">{plain}/></cellStyleXfs>{_counted("cellXfs", cells)}'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _place(kept: list, one: object) -> int:
    if one not in kept:
        kept.append(one)
    return kept.index(one)


def _counted(name: str, parts: Sequence[str]) -> str:
    return f'<{name} count="{len(parts)}">{"".join(parts)}</{name}>'


def _font(size: int, is_bold: bool, colour: str) -> str:
    shade = f'<color rgb="FF{colour}"/>' if colour else '<color rgb="FF000000"/>'
    return f'<font>{"<b/>" if is_bold else ""}<sz val="{size}"/>{shade}<name val="Calibri"/><family val="2"/></font>'


def _fill(fill: str) -> str:
    if fill in ("", "gray125"):
        return f'<fill><patternFill patternType="{fill or "none"}"/></fill>'
    return (
        f'<fill><patternFill patternType="solid"><fgColor rgb="FF{fill}"/><bgColor indexed="64"/></patternFill></fill>'
    )


def _border(border: str) -> str:
    sides = [
        f'<{side} style="thin"><color auto="1"/></{side}>' if border == "all" or border == side else f"<{side}/>"
        for side in ("left", "right", "top", "bottom")
    ]
    return f"<border>{''.join(sides)}<diagonal/></border>"
