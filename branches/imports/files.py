"""Files that leave: template, export, list of problems."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext as _

from branchportal.tables import Column, Table, csv_bytes, xlsx_bytes

from ..models import ImportUpload
from .reading import EXAMPLE
from .resource import PortalResource

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"


def template_bytes(resource: PortalResource) -> bytes:
    """A workbook to fill in: headings with an example row, and a second sheet that explains every column."""
    columns = [Column(c.column_name, c.width, "code") for c in resource.columns]
    example = Table(resource.title, columns, [[c.example or None for c in resource.columns]])
    heads = [Column("列名", 20), Column("必填", 8), Column("填写说明", 70)]
    rows = [[c.column_name, "是" if c.is_required else "", c.note] for c in resource.columns]
    notes = [f"以“{EXAMPLE}”开头的行不导入，可以保留。", "一次最多导入10000行；先试运行，确认后一次性全部写入。"]
    return xlsx_bytes([example, Table("填写说明", heads, rows, notes=notes)])


def export_bytes(resource: PortalResource, user: models.Model, kind: str) -> bytes:
    """What the user may export, as a file that can be imported again."""
    table = resource.table(resource.export_rows(user))
    return csv_bytes(table) if kind == "csv" else xlsx_bytes([table])


def problems_bytes(upload: ImportUpload) -> bytes:
    """The problems of a trial run as a workbook, to work through beside the file."""
    columns = [Column(_("Row"), 8, "whole"), *(Column(h, w) for h, w in _problem_heads())]
    problems = upload.report.get("problems", [])
    rows = [[p["row"], p["column"], p["value"], p["message"], p["cure"]] for p in problems]
    return xlsx_bytes([Table(_("Problems"), columns, rows)])


def _problem_heads() -> list[tuple[str, int]]:
    return [(_("Column"), 18), (_("Content"), 24), (_("Problem"), 50), (_("How to cure it"), 50)]


def file_name(resource: PortalResource, suffix: str, now: datetime) -> str:
    """党支部-20261121.xlsx"""
    return f"{resource.title}-{now:%Y%m%d}.{suffix}"
