"""Workbooks written part by part, as hostile as a test needs them; cells typed as a person would by `book_of`."""

import io
import zipfile
from collections.abc import Mapping, Sequence

import xlsxwriter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8"?>'
ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>甲</t></is></c></row>'
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def book_of(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """Sheets by title, each a list of rows; texts stay texts, numbers numbers."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(out, options) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return out.getvalue()


def relations(*links: tuple[str, str]) -> str:
    """A part of relationships: (type, target) with ids rId1, rId2, …"""
    content = "".join(
        f'<Relationship Id="rId{at}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(links, start=1)
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{content}</Relationships>'


def sheet_xml(body: str = ROW, *, head: str = "", tail: str = "", before: str = "") -> str:
    """A worksheet around rows: `head` stands before the rows (dimension, cols), `tail` behind them."""
    return f'{XML}{before}<worksheet xmlns="{MAIN}">{head}<sheetData>{body}</sheetData>{tail}</worksheet>'


def parts_of(sheet: str, state: str = "") -> dict[str, str]:
    """The parts of a workbook with one sheet 甲表."""
    hidden = f' state="{state}"' if state else ""
    return {
        "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        f'<sheet name="甲表" sheetId="1"{hidden} r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": sheet,
    }


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Parts as a zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def raw_book(body: str = ROW, extra: Mapping[str, str | bytes] | None = None, state: str = "", **around: str) -> bytes:
    """A workbook of one hand-written sheet, with further parts beside it (or instead of its own)."""
    return zipped(parts_of(sheet_xml(body, **around), state) | dict(extra or {}))
