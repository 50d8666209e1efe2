"""Reads a workbook in a process of its own, with little memory and time: bytes in, JSON out.

Run as a program (`python workbook.py < file.xlsx`). It imports no Django, so that it starts at once.
"""

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta

MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS = 20


def as_text(value: object) -> str:
    """A cell as a person typed it: whole numbers without a decimal point, dates in ISO form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date | time | timedelta):
        return value.isoformat() if isinstance(value, date) else str(value)
    return str(value)


def main() -> int:
    """Print the first sheet's rows as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        sheet = book.get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, IndexError, ValueError, OSError) as fault:
        print(fault, file=sys.stderr)  # noqa: T201 (this is a program; its parent reads it)
        return 1
    json.dump([[as_text(value) for value in row] for row in rows], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
