"""What is asked of an uploaded table before anything reads it: its name, its size, and that both fit its content."""

from django.utils.translation import gettext as _

from branchportal.errors import ImportRejected
from branchportal.workbooks import MAX_BYTES, OLD_EXCEL, ZIP

MAX_ROWS = 10_000
MAX_COLUMNS = 60
XLSX, CSV = "xlsx", "csv"


def check_file(name: str, data: bytes) -> str:
    """`xlsx` or `csv`; raises ImportRejected with the reason and the cure. Workbooks are looked at by their reader."""
    extension = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if not data:
        raise ImportRejected(_("The file is empty. Fill in the template and upload it again."))
    if len(data) > MAX_BYTES:
        raise ImportRejected(_("The file is larger than 5 MB. Split it into several files."))
    if extension not in (XLSX, CSV):
        raise ImportRejected(
            _("“%(name)s” is not a table that can be read. Save it as .xlsx or .csv.") % {"name": name[:80]}
        )
    if extension == CSV and (data[:4] in (ZIP, OLD_EXCEL) or b"\0" in data):
        raise ImportRejected(_("The name ends in .csv, but the content is not text. Save the table again as .csv."))
    return extension
