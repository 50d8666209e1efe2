"""The comparison of two versions as a spreadsheet (headings are a file format, so Chinese constants)."""

from collections.abc import Iterator

from branchportal.tables import Column, Table, xlsx_bytes

from .comparison import ADDED, CHANGED, MOVED, REMOVED, Comparison
from .models import SchemeVersion

WORDS = {ADDED: "新增", REMOVED: "删除", CHANGED: "修改", MOVED: "移动"}
COLUMNS = (
    Column("部分", 14),
    Column("所在条目", 32),
    Column("变化", 8),
    Column("项目", 28),
    Column("原版本", 36),
    Column("新版本", 36),
    Column("说明", 60),
)
FIGURES = (
    Column("编号", 10, "code"),
    Column("一级指标", 24),
    Column("原分值", 10),
    Column("新分值", 10),
    Column("增减", 10),
)


def comparison_xlsx(comparison: Comparison, old: SchemeVersion, new: SchemeVersion) -> bytes:
    """Two sheets: every difference as a row, and the points of the first-level indicators."""
    heading = f"{new.name}：{new.version}与{old.version}比较"
    figures = [[each.code, each.name, each.old, each.new, each.moved] for each in comparison.dimensions]
    return xlsx_bytes(
        [
            Table("变化明细", COLUMNS, list(_rows(comparison)), heading=heading),
            Table("一级指标分值", FIGURES, figures, heading=heading),
        ]
    )


def _rows(comparison: Comparison) -> Iterator[list[object]]:
    for row in comparison.rows:
        for change in row.changes:
            said = f"{change.sentence} {row.hint}".strip()
            yield ["指标", change.row, WORDS[change.what], change.label, change.old, change.new, said]
    for part in comparison.parts:
        for change in part.changes:
            yield [part.title, change.row, WORDS[change.what], change.label, change.old, change.new, change.sentence]
