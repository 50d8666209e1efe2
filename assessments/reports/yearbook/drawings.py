"""Charts of the statistics as ECharts options, in the colours of the other reports."""

from collections.abc import Mapping, Sequence

from branchportal.figures import points_text

from ...results.overview import COLOURS
from ..charts import GOLD, GREY, INK, LINE, RED

SHADES = (RED, "#8a94a3", GOLD, "#1d5fa8", "#5b6674")


def columns(names: Sequence[str], series: Mapping[str, Sequence[float | None]], *, stacked: bool = False,
            colours: Sequence[str] = SHADES, unit: str = "") -> dict:  # fmt: skip
    """Upright bars beside (or on) each other; `unit` names the axis."""
    shown = {"show": not stacked and len(series) == 1, "position": "top", "color": INK}
    return {
        "aria": {"enabled": False},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"show": len(series) > 1, "top": 0, "type": "scroll", "textStyle": {"color": INK}},
        "grid": {"left": 48, "right": 12, "top": 40, "bottom": 30},
        "xAxis": {"type": "category", "data": list(names), "axisLabel": {"color": INK, "hideOverlap": True}},
        "yAxis": {"type": "value", "name": unit, "splitLine": {"lineStyle": {"color": LINE}}},
        "series": [
            {
                "type": "bar",
                "name": str(name),
                "data": ["-" if value is None else value for value in values],
                "barMaxWidth": 34,
                "itemStyle": {"color": colours[at % len(colours)]},
                "label": shown,
            }
            | ({"stack": "all"} if stacked else {})
            for at, (name, values) in enumerate(series.items())
        ],
    }


def bars(names: Sequence[str], series: Mapping[str, Sequence[float | None]], *, unit: str = "") -> dict:
    """Lying bars, the first line at the top: for names that are long."""
    return {
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"show": len(series) > 1, "top": 0, "textStyle": {"color": INK}},
        "grid": {"left": 112, "right": 36, "top": 32, "bottom": 24},
        "xAxis": {"type": "value", "name": unit, "splitLine": {"lineStyle": {"color": LINE}}},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [_short(name) for name in names],
            "axisLabel": {"color": INK, "width": 104, "overflow": "truncate", "interval": 0},
        },
        "series": [
            {
                "type": "bar",
                "name": str(name),
                "data": ["-" if value is None else value for value in values],
                "barMaxWidth": 14,
                "itemStyle": {"color": SHADES[at]},
                "label": {"show": len(series) == 1, "position": "right", "color": INK},
            }
            for at, (name, values) in enumerate(series.items())
        ],
    }


def star_colours(stars: Sequence[int]) -> list[str]:
    """The colours of stars as in every chart."""
    return [COLOURS.get(one, GREY) for one in stars]


def figure(points_up: int | None, places: int = 2) -> float | None:
    """A figure for a chart, as printed elsewhere."""
    return None if points_up is None else float(points_text(points_up, places))


def _short(name: str) -> str:
    return name if len(name) <= 14 else f"{name[:13]}…"
