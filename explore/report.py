"""The page: `python -m lake report`. One file of HTML that needs no network and no script."""

import os
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import jinja2

from explore import figures, pictures, zone_map
from explore.figures import Figure, Published
from explore.tables import VIEW_OF, opened
from explore.waiting import look_at_raw
from lake.errors import LakeError
from lake.operate.status import Lake
from lake.publication.drift import drifts
from lake.publication.publisher import why_stale
from lake.publication.receipts import Receipt
from lake.terminal import printable
from schemas.datasets import QUARANTINED_LINES
from schemas.flags import FLAGS
from schemas.layouts import CSV_LAYOUT_NAMED
from schemas.reasons import REASON_DOCS, Reason
from schemas.zones import zone_name, zones

EXAMPLES = 3  # raw lines of each reason
BUSIEST = 15
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MAX_LINE, _MAX_MESSAGE = 240, 600  # characters


def write_report(lake: Lake, out: Path) -> int:
    """Makes the page; returns its size.

    Raises:
        LakeError: What is published cannot be read, or the page cannot be written.
    """
    body = page(lake).encode("utf-8")
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(body)
        os.replace(part, out)
    except OSError as error:
        raise LakeError(f"cannot write {out}: {error.strerror}") from None
    return len(body)


def page(lake: Lake) -> str:
    """The page as HTML."""
    published = read(lake)
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(shown=shown, label=label, printable=printable, size=size_text)
    return environment.get_template("report.html.j2").render(_content(lake, published))


def _template(name: str) -> str:
    return resources.files("explore").joinpath("templates", name).read_text(encoding="utf-8")


def read(lake: Lake) -> Published:
    """What is published, read once: all figures are of one moment."""
    receipts = {month: entry.receipt for month, entry in lake.trips.all().items()}
    found = list(receipts.values())
    sources: dict[str, tuple[str, list[Receipt]]] = {}
    made = {}
    for aggregate, book in lake.aggregates:
        made[aggregate] = book.all()
        sources[VIEW_OF[aggregate]] = book.root, [entry.receipt for entry in made[aggregate].values()]
    if root := lake.root(QUARANTINED_LINES):
        sources["quarantine"] = root, found
    return Published(lake, receipts, made, opened(sources, found))


def _content(lake: Lake, published: Published) -> dict[str, Any]:
    """All that the template asks for."""
    inventory, waiting, refused = look_at_raw(lake, published.receipts)
    rides, flags, lines = figures.rides(published), figures.flags(published), figures.lines(published)
    zones_figure, hours = figures.zones(published), figures.hours(published)
    months = figures.months(published)
    return {
        "made_at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "trips_root": lake.trips.root,
        "lake": lake,
        "months": months,
        "calendar": _calendar(published, {one.month for one in waiting}),
        "gaps": figures.gaps(list(published.receipts)),
        "stale": _stale(published),
        "unlike": drifts(published.receipts, published.receipts),
        "has_raw": inventory is not None,
        "waiting": waiting,
        "refused": refused,
        "gone": figures.ranges(set(published.receipts) - set(inventory.files)) if inventory else [],
        "rides": rides,
        "rides_picture": pictures.wide_and_narrow_rides(rides) if rides.rows else None,
        "lines": lines,
        "lines_picture": pictures.wide_and_narrow_lines(lines) if lines.totals["quarantined"] else None,
        "flags": flags,
        "flags_picture": pictures.wide_and_narrow_flags(flags) if flags.rows else None,
        "flag_docs": [(flag.name, flag.doc) for flag in FLAGS],
        "shades": _shades(),
        "shade": pictures.shade,
        "striking": _striking(flags),
        "reasons": figures.reasons(published),
        "reason_docs": {reason.value: doc for reason, doc in REASON_DOCS.items()},
        "examples": _examples(published),
        "zones": zones_figure,
        "named": figures.named_zones(zones_figure) if zones_figure else [],
        "busiest": _busiest(zones_figure) if zones_figure else [],
        "map": zone_map.outlines(_drawn(zones_figure)) if zones_figure and zones_figure.rows else [],
        "map_size": (zone_map.WIDTH, zone_map.height()),
        "hours": hours,
        "week": _week(hours) if hours else [],
        "way": figures.way(published),
        "aggregates": [(aggregate.table.name, len(entries)) for aggregate, entries in published.made.items()],
    }


def _calendar(published: Published, waiting: set[str]) -> list[tuple[str, list[dict[str, str]]]]:
    """A row per year, a cell per month: what is there of it."""
    every = {*published.receipts, *waiting}
    if not every:
        return []
    first, last = min(every), max(every)
    rows = []
    for year in range(int(first[:4]), int(last[:4]) + 1):
        cells = []
        for number, name in enumerate(_MONTHS, 1):
            month = f"{year}-{number:02d}"
            receipt = published.receipts.get(month)
            if receipt:
                kind = "parquet" if receipt.source.layout.startswith("P") else "csv"
                words = f"{receipt.counts.published:,} rides, generation {receipt.generation}"
                cells.append({"kind": kind, "text": receipt.source.layout, "words": words, "name": name})
            elif month in waiting:
                cells.append({"kind": "waiting", "text": "…", "words": "pending", "name": name})
            elif first < month < last:
                cells.append({"kind": "gap", "text": "–", "words": "missing", "name": name})  # noqa: RUF001
            else:
                cells.append({"kind": "none", "text": "", "words": "", "name": name})
        rows.append((str(year), cells))
    return rows


def _stale(published: Published) -> list[tuple[str, list[str]]]:
    """The months that are not in an aggregate as they are published now, by aggregate."""
    found = []
    for aggregate, entries in published.made.items():
        old = {
            month for month, receipt in published.receipts.items() if why_stale(entries.get(month), receipt, aggregate)
        }
        found += [(aggregate.table.name, figures.ranges(old))] if old else []
    return found


def _striking(flags: Figure) -> list[tuple[str, str, float]]:
    """The flags whose share in some month is far above that of the median month: the five with the largest distance."""
    found = []
    for name in figures.FLAG_NAMES[:-1]:
        shares = [
            number / of if of else 0.0 for number, of in zip(flags.column(name), flags.column("rides"), strict=True)
        ]
        if shares:
            median, most = sorted(shares)[len(shares) // 2], max(shares)
            month = flags.rows[shares.index(most)][0][:7]
            found.append((most - median, name, month, most))
    return [(name, month, most) for distance, name, month, most in sorted(found, reverse=True)[:5] if distance > 0.01]


def _shades() -> list[tuple[int, str]]:
    """The legend of the heat map."""
    bounds = [f"{100 * bound:g} %" for bound in pictures.CLASSES]
    between = [f"{low} to {high}" for low, high in pairwise(bounds)]
    return list(enumerate(["none", f"up to {bounds[0]}", *between, f"over {bounds[-1]}"]))


def _examples(published: Published) -> dict[str, list[dict[str, Any]]]:
    """The first raw lines of each reason, each with what is wrong with it."""
    if published.lake.root(QUARANTINED_LINES) is None or not any(
        one.quarantine_files for one in published.receipts.values()
    ):
        return {}
    from explore.aside import explanation  # imports PySpark: for lines that are there

    layouts = {receipt.source.name: receipt.source.layout for receipt in published.receipts.values()}
    found = defaultdict[str, list[dict[str, Any]]](list)
    for reason in Reason:
        rows = published.rows(
            f"SELECT source_file, line_number, raw_line, reasons FROM quarantine WHERE array_contains(reasons, '{reason}') "
            f"ORDER BY source_file, line_number NULLS LAST, raw_line LIMIT {EXAMPLES}"
        )
        for file, number, line, reasons in rows:
            told = explanation(line, reasons, reason, CSV_LAYOUT_NAMED.get(layouts.get(file, "")))
            found[reason].append(
                {
                    "where": file if number is None else f"{file}, line {number:,}",
                    "line": printable(line, _MAX_LINE),
                    "fault": printable(f"{told.where} {told.found}".strip(), _MAX_LINE) if told else "",
                    "expected": told.expected if told else "",
                }
            )
    return found


def _busiest(figure: Figure) -> list[dict[str, Any]]:
    """The busiest zones, with bars."""
    named = [row for row in figure.rows if row[0] is not None][:BUSIEST]
    most = max((row[1] for row in named), default=1)
    return [
        {"name": zone_name(zone), "rides": count, "fare": fare, "width": 100 * count / most}
        for zone, count, fare in named
    ]


def _drawn(figure: Figure) -> Mapping[int, int]:
    """Rides by the id under which a zone is drawn."""
    drawn_as, found = {zone.zone_id: zone.drawn_as for zone in zones()}, defaultdict[int, int](int)
    for zone, count, _ in figure.rows:
        if shape := drawn_as.get(zone):
            found[shape] += int(count)
    return found


def _week(figure: Figure) -> list[dict[str, Any]]:
    """A row per weekday, a cell per hour, with shades."""
    rides = {(day, hour): int(number) for day, hour, number in figure.rows}
    most = max(rides.values(), default=1)
    return [
        {
            "day": name,
            "cells": [
                {"hour": hour, "rides": (number := rides.get((day, hour), 0)), "shade": -(-6 * number // most)}
                for hour in range(24)
            ],
        }
        for day, name in enumerate(_WEEKDAYS, 1)
    ]


def shown(value: Any) -> str:
    """A value for people: numbers with commas, money to the cent, a month without its day."""
    if value is None:
        return "none"
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if value.as_tuple().exponent else f"{value:,}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def label(name: str) -> str:
    """The name of a column for people."""
    return name.replace("source_", "").replace("_", " ")


def size_text(number: int) -> str:
    """Bytes for people."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            return f"{number:,.0f} {unit}" if unit == "bytes" or number >= 100 else f"{number:,.1f} {unit}"
        number /= 1000  # type: ignore[assignment]
    raise AssertionError("GB is the last")
