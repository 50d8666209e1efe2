"""Charts as ECharts options, drawn by the browser on pages and by the same ECharts on the server for paper.

An option is plain data. `svg` runs ECharts in QuickJS: no browser, no Node, about 15 ms a chart.
"""

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import quickjs
from django.contrib.staticfiles import finders
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from branchportal.errors import PortalError

RED, GOLD, GREY, LINE = "#a31621", "#c58a00", "#5b6674", "#d5d9df"
INK = "#1f2733"
PAPER_FONTS = "FandolSong, Noto Serif SC"
_context = threading.local()  # a QuickJS context belongs to the thread that made it

# ECharts asks for timers, which never fire here. The answer goes through JSON: other strings break the binding.
_BEFORE = "globalThis.setTimeout = function () { return 0; }; globalThis.clearTimeout = function () {};"
_DRAW = """
globalThis.draw = function (option, width, height) {
  var chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: width, height: height });
  try { chart.setOption(JSON.parse(option)); return JSON.stringify(chart.renderToSVGString({ useViewBox: true })); }
  finally { chart.dispose(); }
};
"""


def radar(names: Sequence[str], own: Sequence[float | None], median: Sequence[float | None] | None = None) -> dict:
    """Shares of the first-level indicators in per cent, beside the median of the sector."""
    lines = [_shape(_("This branch"), own, RED, 0.18)]
    if median:
        lines.append(_shape(_("Median of the sector"), median, GREY, 0, dashed=True))
    return _base() | {
        "radar": {
            "indicator": [{"name": name, "max": 100, "min": 0} for name in names],
            "center": ["50%", "47%"],
            "radius": "56%",
            "splitNumber": 4,
            "axisName": {"color": INK, "fontSize": 12},
            "splitArea": {"show": False},
            **_grid_lines(),
            "axisLine": {"lineStyle": {"color": LINE}},
        },
        "series": [{"type": "radar", "silent": True, "symbolSize": 5, "data": lines}],
    }


def trend(periods: Sequence[str], totals: Sequence[float | None], median: Sequence[float | None] | None = None) -> dict:
    """The totals of the periods, oldest first; a missing one leaves a gap."""
    label = {"show": True, "position": "top", "color": INK, "backgroundColor": "#fff"}
    series = [_line(_("This branch"), totals, RED) | {"label": label}]
    if median:
        series.append(_line(_("Median of the sector"), median, GREY, dashed=True))
    known = [value for value in [*totals, *(median or [])] if value is not None]
    low, high = min(known, default=0), max(known, default=100)
    step = next((step for step in (5, 10, 20) if high - low <= step * 6), 50)
    floor, top = max(0, int((low - 1) // step) * step), int(high // step + 1) * step
    return _base() | {
        "grid": {"left": 44, "right": 24, "top": 36, "bottom": 64},
        "xAxis": {
            "type": "category",
            "data": [_two_lines(name) for name in periods],
            "axisLabel": {"color": INK, "interval": 0},
        },
        "yAxis": {"type": "value", "min": floor, "max": top, "interval": step, **_grid_lines()},
        "series": series,
    }


def distribution(labels: Sequence[str], counts: Sequence[int]) -> dict:
    """How many branches lie in each range of points."""
    bars = {"type": "bar", "silent": True, "data": list(counts), "itemStyle": {"color": RED}, "barMaxWidth": 36}
    return _base() | {
        "grid": {"left": 44, "right": 16, "top": 24, "bottom": 32},
        "legend": {"show": False},
        "xAxis": {"type": "category", "data": list(labels), "axisLabel": {"color": INK}},
        "yAxis": {"type": "value", "minInterval": 1, **_grid_lines()},
        "series": [bars | {"label": {"show": True, "position": "top", "color": INK}}],
    }


def svg(option: dict, width: int = 360, height: int = 255, *, fonts: str = PAPER_FONTS) -> SafeString:
    """The option drawn as SVG markup; the labels are escaped by ECharts."""
    still = option | {"animation": False, "textStyle": {"fontFamily": fonts}, "tooltip": {"show": False}}
    drawn = json.loads(_drawer()(json.dumps(still), width, height))
    return mark_safe(drawn)  # noqa: S308 - made by ECharts out of plain data, which it escapes


def _drawer() -> object:
    """This thread's drawing function; ECharts is loaded once per thread (0.15 s)."""
    if not hasattr(_context, "draw"):
        path = finders.find("echarts/echarts.min.js")
        if path is None:
            raise PortalError(_("The chart library is missing. Run the set-up (./portal demo) once more."))
        script = quickjs.Context()
        script.eval(_BEFORE + Path(path).read_text(encoding="utf-8") + _DRAW)
        _context.script, _context.draw = script, script.get("draw")
    return _context.draw


def _base() -> dict:
    return {"legend": {"bottom": 0, "itemWidth": 18, "textStyle": {"color": INK}}}


def _two_lines(period: str) -> str:
    """“2026年第三季度考评” is too wide for an axis of four."""
    return period.removesuffix("考评").replace("年", "年\n", 1)


def _grid_lines() -> dict:
    return {"splitLine": {"lineStyle": {"color": LINE}}}


def _shape(name: str, values: Sequence[float | None], colour: str, fill: float, *, dashed: bool = False) -> dict:
    return {
        "name": str(name),
        "value": ["-" if value is None else value for value in values],
        "itemStyle": {"color": colour},
        "lineStyle": {"color": colour, "width": 2, "type": "dashed" if dashed else "solid"},
        "areaStyle": {"color": colour, "opacity": fill},
    }


def _line(name: str, values: Sequence[float | None], colour: str, *, dashed: bool = False) -> dict:
    return {
        "type": "line",
        "silent": True,
        "name": str(name),
        "data": list(values),
        "symbolSize": 7,
        "itemStyle": {"color": colour},
        "lineStyle": {"color": colour, "width": 2, "type": "dashed" if dashed else "solid"},
    }
