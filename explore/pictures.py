"""The pictures of the report: Vega-Lite's specifications, as SVG. Colours are variables of the page's style sheet.

Each is drawn twice, for wide and for narrow windows. A browser shows one of them.
"""

from itertools import groupby
from typing import Any

import vl_convert

from explore.figures import FLAG_NAMES, Figure

VERSION = "5.21"
WIDE, NARROW = 870, 285  # the plot, without the axis
CLASSES = (0.001, 0.01, 0.05, 0.2, 0.5)
"""Where the shades of the heat map end: shares. What is zero has none."""

_OWN_COLOURS = {"scale": {"color": "independent"}}
_CONFIG: dict[str, Any] = {
    "aria": False,  # the picture is one image to a screen reader, with the table behind it
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelLimit": 0,  # no label is cut
        "labelColor": "var(--soft)",
        "titleColor": "var(--soft)",
        "titleFontWeight": "normal",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "gridColor": "var(--rule)",
        "domainColor": "var(--rule)",
        "tickColor": "var(--rule)",
    },
    "title": {"color": "var(--text)", "fontSize": 12, "anchor": "start", "fontWeight": 600, "offset": 6},
}


def svg(spec: dict[str, Any]) -> str:
    """A specification as SVG that fits into whatever holds it."""
    drawn = vl_convert.vegalite_to_svg({"config": _CONFIG, **spec}, vl_version=VERSION, allowed_base_urls=[])
    return str(drawn).replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def rides_picture(figure: Figure, width: int) -> str:
    """Rides by month, those without keys on top; and fares below, where they are known."""
    values = [
        {
            "month": row[0],
            "rides": row[1] - row[2],
            "without": row[2],
            "fare": float(row[3] or 0) if len(row) > 3 else 0,
        }
        for row in figure.rows
    ]
    x = {"field": "month", "type": "temporal", "timeUnit": "yearmonth", "title": None, "axis": _time_axis(width)}
    y = {"type": "quantitative", "title": None, "axis": {"format": "~s", "tickCount": 4, "minExtent": 38}}
    bars = {
        "width": width,
        "height": 170,
        "title": "Rides by month",
        "transform": [{"fold": ["rides", "without"], "as": ["kind", "number"]}],
        "mark": {"type": "bar"},
        "encoding": {"x": x, "y": {**y, "field": "number"}, "color": _two("kind", ["rides", "without"])},
    }
    parts = [bars]
    if "fare" in figure.columns:
        fares = {
            "width": width,
            "height": 90,
            "title": "Fares by month, US dollars",
            "mark": {"type": "bar", "color": "var(--accent)"},
        }
        parts.append(
            {
                **fares,
                "encoding": {
                    "x": x,
                    "y": {**y, "field": "fare", "axis": {"format": "$~s", "tickCount": 3, "minExtent": 38}},
                },
            }
        )
    return svg({"data": {"values": values}, "vconcat": parts, "spacing": 18, "resolve": {"scale": {"x": "shared"}}})


def lines_picture(figure: Figure, width: int) -> str:
    """How many of ten thousand lines were set aside, by month."""
    values = [{"month": row[0], "share": 10_000 * row[5] / row[1] if row[1] else 0} for row in figure.rows]
    x = {"field": "month", "type": "temporal", "timeUnit": "yearmonth", "title": None, "axis": _time_axis(width)}
    y = {
        "field": "share",
        "type": "quantitative",
        "title": None,
        "axis": {"format": "~s", "tickCount": 4, "minExtent": 38},
    }
    return svg(
        {
            "data": {"values": values},
            "width": width,
            "height": 110,
            "title": "Lines set aside, of 10,000",
            "mark": {"type": "bar", "color": "var(--warn)"},
            "encoding": {"x": x, "y": y},
        }
    )


def flags_picture(figure: Figure, *, wide: bool) -> str:
    """The share of each flag by month, in shades; the layouts beside them."""
    values = [
        {"month": row[0][:7], "flag": short(name), "shade": shade(number, row[2])}
        for row in figure.rows
        for name, number in zip(FLAG_NAMES, row[3:], strict=True)
    ]
    number, months = len(figure.rows), [row[0][:7] for row in figure.rows]
    step = max(5, min(26, (WIDE - 90) // max(number, 1))) if wide else max(5, min(16, 900 // max(number, 1)))
    every = max(1, number // (WIDE // 48 if wide else 40))
    month_axis: dict[str, Any] = {
        "values": months[::every],
        "labelAngle": -90 if wide and number > 1 else 0,
        "title": None,
        "ticks": False,
    }
    month: dict[str, Any] = {
        "field": "month",
        "type": "ordinal",
        "sort": months,
        "axis": {**month_axis, "domain": False},
    }
    flag_axis: dict[str, Any] = {"title": None, "ticks": False, "domain": False}
    flag: dict[str, Any] = {"field": "flag", "type": "ordinal", "sort": [short(name) for name in FLAG_NAMES]}
    flag["axis"] = flag_axis if wide else {**flag_axis, "orient": "top", "labelAngle": -90}
    shades = [f"var(--h{at})" for at in range(len(CLASSES) + 2)]
    color = {
        "field": "shade",
        "type": "ordinal",
        "legend": None,
        "scale": {"domain": list(range(len(shades))), "range": shades},
    }
    across, down = ("x", "y") if wide else ("y", "x")
    size = {"width" if wide else "height": {"step": step}}
    main = {
        "mark": {"type": "rect", "stroke": "var(--page)", "strokeWidth": 0.6},
        "encoding": {across: month, down: flag, "color": color},
        "height" if wide else "width": {"step": 17 if wide else 15},
        **size,
    }
    strip = {**_layouts(figure, across, down, months), "height" if wide else "width": {"step": 17}, **size}
    parts = {"vconcat": [strip, main]} if wide else {"hconcat": [main, strip]}
    padding = {"left": 24 if wide else 8, "top": 4 if wide else 28, "right": 4, "bottom": 4}
    return svg(
        {
            "data": {"values": values},
            "padding": padding,
            "bounds": "flush",
            "spacing": 3,
            "resolve": _OWN_COLOURS,
            **parts,
        }
    )


def _layouts(figure: Figure, across: str, down: str, months: list[str]) -> dict[str, Any]:
    """A strip with the layout of each month, named once where it goes on."""
    runs = [(layout, [row[0][:7] for row in rows]) for layout, rows in groupby(figure.rows, lambda row: row[1])]
    cells = [{"month": month, "kind": layout[:1], "row": "layout"} for layout, run in runs for month in run]
    names = [{"month": run[len(run) // 2], "layout": layout, "row": "layout"} for layout, run in runs]
    month = {"field": "month", "type": "ordinal", "sort": months, "axis": None}
    axis = {
        "title": None,
        "ticks": False,
        "domain": False,
        **({} if down == "y" else {"orient": "top", "labelAngle": -90}),
    }
    place = {across: month, down: {"field": "row", "type": "ordinal", "axis": axis}}
    kinds = {"domain": ["C", "P"], "range": ["var(--csv)", "var(--parquet)"]}
    return {
        "layer": [
            {
                "data": {"values": cells},
                "mark": {"type": "rect", "stroke": "var(--page)", "strokeWidth": 0.6},
                "encoding": {**place, "color": {"field": "kind", "type": "nominal", "scale": kinds, "legend": None}},
            },
            {
                "data": {"values": names},
                "mark": {"type": "text", "fontSize": 9.5, "color": "var(--text)"},
                "encoding": {**place, "text": {"field": "layout", "type": "nominal"}},
            },
        ]
    }


def short(flag: str) -> str:
    """A flag as it is called in a picture."""
    return flag.partition("_")[2].replace("_", " ")


def shade(number: int, of: int) -> int:
    """Which shade a share has: none for zero, one more above each bound of CLASSES."""
    if not number or not of:
        return 0
    return 1 + sum(number / of > bound for bound in CLASSES)


def wide_and_narrow_rides(figure: Figure) -> dict[str, str]:
    """Both drawings of rides and fares."""
    return {"wide": rides_picture(figure, WIDE), "narrow": rides_picture(figure, NARROW)}


def wide_and_narrow_lines(figure: Figure) -> dict[str, str]:
    """Both drawings of the lines set aside."""
    return {"wide": lines_picture(figure, WIDE), "narrow": lines_picture(figure, NARROW)}


def wide_and_narrow_flags(figure: Figure) -> dict[str, str]:
    """Both drawings of the flags."""
    return {"wide": flags_picture(figure, wide=True), "narrow": flags_picture(figure, wide=False)}


def _time_axis(width: int) -> dict[str, Any]:
    return {
        "format": "%Y",
        "tickCount": {"interval": "year", "step": 1 if width > NARROW else 3},
        "grid": False,
        "labelAngle": 0,
    }


def _two(column: str, domain: list[str]) -> dict[str, Any]:
    scale = {"domain": domain, "range": ["var(--accent)", "var(--warn)"]}
    return {"field": column, "type": "nominal", "scale": scale, "legend": None}
