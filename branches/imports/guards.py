"""What is asked of an uploaded file before anything parses it: size, kind, and that it is no bomb.

A workbook is a zip of XML. A few hundred bytes can claim a million rows, unpack to gigabytes or carry macros, so the
claims are read with plain byte searches first; only then a reader may touch it.
"""

import io
import re
import zipfile

from django.utils.translation import gettext as _

from branchportal.errors import ImportRejected

MAX_BYTES = 5 * 1024 * 1024
MAX_PARTS = 200
MAX_UNPACKED = 50 * 1024 * 1024
MAX_RATIO = 100
MAX_ROWS = 10_000
MAX_COLUMNS = 60
XLSX, CSV = "xlsx", "csv"

OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # .xls, and .xlsx under a password
CELL = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]{0,8})([0-9]{1,20})\s*["']""")
DIMENSION = re.compile(rb"""<(?:\w+:)?dimension[^>]*?ref\s*=\s*["']([^"']*)["']""")
LAST_CELL = re.compile(rb"([A-Za-z]{1,8})([0-9]{1,20})$")


def check_file(name: str, data: bytes) -> str:
    """`xlsx` or `csv`; raises ImportRejected with the reason and the cure."""
    extension = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if not data:
        raise ImportRejected(_("The file is empty. Fill in the template and upload it again."))
    if len(data) > MAX_BYTES:
        raise ImportRejected(_("The file is larger than 5 MB. Split it into several files."))
    if extension not in (XLSX, CSV):
        raise ImportRejected(
            _("“%(name)s” is not a table that can be read. Save it as .xlsx or .csv.") % {"name": name[:80]}
        )
    if extension == XLSX:
        _check_workbook(data)
    elif data[:4] in (b"PK\x03\x04", OLD_EXCEL) or b"\0" in data:
        raise ImportRejected(_("The name ends in .csv, but the content is not text. Save the table again as .csv."))
    return extension


def _check_workbook(data: bytes) -> None:
    if data[:4] == OLD_EXCEL:
        raise ImportRejected(
            _("The workbook is in the old .xls format or under a password. Save it as .xlsx without a password.")
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename.lower() for part in parts}
            if "[content_types].xml" not in names or not any(name.startswith("xl/") for name in names):
                raise ImportRejected(
                    _("The name ends in .xlsx, but the content is no workbook. Save the table again as .xlsx.")
                )
            if len(parts) > MAX_PARTS:
                raise _too_big()
            _check_names(names)
            left = MAX_UNPACKED
            for part in parts:
                left -= _check_part(archive, part, left)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as fault:
        raise ImportRejected(_("The workbook is damaged. Open it in Excel or WPS and save it again.")) from fault
    except zipfile.zlib.error as fault:
        raise ImportRejected(_("The workbook is damaged. Open it in Excel or WPS and save it again.")) from fault


def _check_names(names: set[str]) -> None:
    if any("vbaproject" in name or (name.endswith(".bin") and "macro" in name) for name in names):
        raise ImportRejected(_("The workbook contains macros. Save it as .xlsx without macros."))
    if any("externallink" in name for name in names):
        raise ImportRejected(_("The workbook has links to other files. Paste the values into the template instead."))


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int) -> int:
    """Read one part, counting; returns its unpacked size."""
    with archive.open(part) as stream:
        content = stream.read(left + 1)
    if len(content) > left:
        raise _too_big()
    if len(content) > 1_000_000 and len(content) > MAX_RATIO * max(part.compress_size, 1):
        raise _too_big()
    name = part.filename.lower()
    if name.endswith((".xml", ".rels")):
        _check_xml(name, content)
    return len(content)


def _check_xml(name: str, content: bytes) -> None:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ImportRejected(_("The workbook is damaged. Open it in Excel or WPS and save it again."))
    if b"macroEnabled" in content:
        raise ImportRejected(_("The workbook contains macros. Save it as .xlsx without macros."))
    if not name.startswith("xl/worksheets/"):
        return
    for found in DIMENSION.finditer(content):
        if last := LAST_CELL.search(found.group(1).strip()):
            _check_cell(last.group(1), last.group(2))
    if content.count(b"<row") + content.count(b":row ") > MAX_ROWS + 50:
        raise _too_many_rows()
    for column, row in set(CELL.findall(content)):
        _check_cell(column, row)


def _check_cell(column: bytes, row: bytes) -> None:
    """Where a cell says it stands decides how much a reader would reserve."""
    if int(row) > MAX_ROWS + 50:
        raise _too_many_rows()
    number = 0
    for letter in column.upper():
        number = number * 26 + letter - 64
    if number > MAX_COLUMNS:
        raise ImportRejected(
            _("The table has more than %(limit)d columns. Use the template and delete what lies to the right of it.")
            % {"limit": MAX_COLUMNS}
        )


def _too_big() -> ImportRejected:
    return ImportRejected(
        _("The workbook is too large when unpacked. Copy the values into the template and upload that.")
    )


def _too_many_rows() -> ImportRejected:
    return ImportRejected(
        _(
            "The table has more than %(limit)d rows. Split it into several files, and delete empty rows that only "
            "have a format."
        )
        % {"limit": MAX_ROWS}
    )
