"""Workbooks for tests: good ones from rows, hostile ones from raw parts."""

import io
import zipfile

import xlsxwriter

TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
    'sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    'Target="{target}"/></Relationships>'
)
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
BOOK = (
    f'<?xml version="1.0"?><workbook {MAIN} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>'
)


def workbook(headings: list[str], rows: list[list[object]]) -> bytes:
    """A workbook as Excel would save it: texts, numbers and real dates."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("数据")
        for number, row in enumerate([headings, *rows]):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def raw_workbook(sheet_xml: str, extra: dict[str, bytes] | None = None) -> bytes:
    """A workbook out of a hand-written sheet, with further parts beside it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELS.format(kind="officeDocument", target="xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", RELS.format(kind="worksheet", target="worksheets/sheet1.xml"))
        archive.writestr("xl/worksheets/sheet1.xml", sheet_xml)
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def sheet_of(body: str, before: str = "", dimension: str = "A1:B2") -> str:
    """A sheet's XML around `body` rows."""
    return (
        f'<?xml version="1.0"?>{before}<worksheet {MAIN}><dimension ref="{dimension}"/><sheetData>{body}</sheetData>'
        "</worksheet>"
    )
