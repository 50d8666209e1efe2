"""A workbook as a stream: sheets are written row by row into the zip, so memory stays flat whatever their length.

Only what our tables need of ECMA-376: inline texts, numbers, a style per cell, a frozen and repeated heading, a filter.
Why our own: a library that keeps every option open takes thirty times as long as CSV, this takes two and a half times
as long (`benchmarks/xlsx.py`). No formula can be written: there is no code for one.
"""

import re
import zipfile
from collections.abc import Sequence
from types import TracebackType
from typing import IO, Self

from .xlsx_styles import MAIN, XML, Style, attribute_xml, styles_xml, text_xml

MAX_ROWS = 1_048_576
ROWS_AT_ONCE = 500
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PART = "application/vnd.openxmlformats-officedocument.spreadsheetml."


def column_letters(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def text_cell(xml: str, style: int) -> str:
    """One cell with a text, given as XML."""
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{xml}</t></is></c>'


class Sheet:
    """One worksheet while it is written; rows are given as XML, top to bottom, every cell from the first column on.

    Cells stand in order and name no address of their own (optional in ECMA-376, 18.3.1.4; a quarter of the bytes).
    """

    def __init__(self, stream: IO[bytes], widths: Sequence[float], head: int, *, is_first: bool) -> None:
        """`head`: the number of the heading row (from 1), frozen with all above it."""
        self._stream = stream
        self._waiting: list[bytes] = []
        pane = f'<pane ySplit="{head}" topLeftCell="A{head + 1}" activePane="bottomLeft" state="frozen"/>'
        columns = "".join(
            f'<col min="{at}" max="{at}" width="{width + 0.7109375}" customWidth="1"/>'
            for at, width in enumerate(widths, start=1)
        )
        self._put(
            f'{XML}<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>'
            f'<sheetView{" tabSelected=" + chr(34) + "1" + chr(34) if is_first else ""} workbookViewId="0">{pane}'
            f'</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
        )

    def add_row(self, xml: bytes) -> None:
        self._waiting.append(xml)
        if len(self._waiting) >= ROWS_AT_ONCE:
            self._flush()

    def close(self, filtered: str = "") -> None:
        """End the sheet: filter ("A1:C9"), A4 across and one page wide, page x of y."""
        self._flush()
        self._put(
            f"</sheetData>{f'<autoFilter ref={chr(34)}{filtered}{chr(34)}/>' if filtered else ''}"
            '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
            '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
            "<headerFooter><oddFooter>&amp;C第 &amp;P 页 共 &amp;N 页</oddFooter></headerFooter></worksheet>"
        )
        self._stream.close()

    def _flush(self) -> None:
        if self._waiting:
            self._stream.write(b"".join(self._waiting))
            self._waiting.clear()

    def _put(self, xml: str) -> None:
        self._stream.write(xml.encode())


class Book:
    """A workbook on a binary stream: `with Book(out) as book: sheet = book.add_sheet(...)`, one sheet at a time."""

    def __init__(self, out: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._styles: dict[Style, int] = {Style(): 0}
        self._titles: list[str] = []
        self._names: list[str] = []
        self._stream: IO[bytes] | None = None  # of the sheet being written

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._finish()
        elif self._stream is not None:
            self._stream.close()  # a zip with an open part cannot be closed, and would hide the error
        self._zip.close()

    def style(self, style: Style) -> int:
        """The number by which cells name a style."""
        return self._styles.setdefault(style, len(self._styles))

    def add_sheet(self, title: str, widths: Sequence[float], head: int = 1) -> Sheet:
        """Begin the next sheet; close the one before first. The heading row is repeated on every page."""
        self._titles.append(title)
        name = _quoted(title)
        at = len(self._titles) - 1
        self._names.append(_defined("_xlnm.Print_Titles", at, f"{name}!${head}:${head}"))
        self._stream = self._zip.open(f"xl/worksheets/sheet{at + 1}.xml", "w", force_zip64=True)
        return Sheet(self._stream, widths, head, is_first=at == 0)

    def name_filter(self, filtered: str) -> None:
        """Excel wants the filter of the sheet just closed as a hidden name, too."""
        at = len(self._titles) - 1
        cells = re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", filtered)
        value = f"{_quoted(self._titles[at])}!{cells}"
        self._names.append(_defined("_xlnm._FilterDatabase", at, value, is_hidden=True))

    def _finish(self) -> None:
        count = len(self._titles)
        sheets = "".join(
            f'<sheet name="{attribute_xml(title)}" sheetId="{at}" r:id="rId{at}"/>'
            for at, title in enumerate(self._titles, start=1)
        )
        names = f"<definedNames>{''.join(sorted(self._names))}</definedNames>" if self._names else ""
        relations = [(f"worksheets/sheet{at}.xml", "worksheet") for at in range(1, count + 1)]
        relations.append(("styles.xml", "styles"))
        overrides = [(f"/xl/worksheets/sheet{at}.xml", "worksheet+xml") for at in range(1, count + 1)]
        overrides += [("/xl/workbook.xml", "sheet.main+xml"), ("/xl/styles.xml", "styles+xml")]
        types = "".join(f'<Override PartName="{part}" ContentType="{PART}{kind}"/>' for part, kind in overrides)
        parts = {
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><bookViews><workbookView/></bookViews>'
            f"<sheets>{sheets}</sheets>{names}</workbook>",
            "xl/_rels/workbook.xml.rels": _relationships(relations),
            "xl/styles.xml": styles_xml(list(self._styles)),
            "_rels/.rels": _relationships([("xl/workbook.xml", "officeDocument")]),
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
            f'ContentType="application/xml"/>{types}</Types>',
        }
        for name, xml in parts.items():
            with self._zip.open(name, "w") as stream:
                stream.write((XML + xml).encode())


def _quoted(title: str) -> str:
    return "'" + title.replace("'", "''") + "'"


def _defined(name: str, sheet: int, value: str, *, is_hidden: bool = False) -> str:
    hidden = ' hidden="1"' if is_hidden else ""
    return f'<definedName name="{name}" localSheetId="{sheet}"{hidden}>{text_xml(value)}</definedName>'


def _relationships(targets: Sequence[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{at}" Type="{DOCUMENT}/{kind}" Target="{target}"/>'
        for at, (target, kind) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'
