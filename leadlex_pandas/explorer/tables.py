"""The table as HTML: one page of rows, each with its limits drawn beside the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..metrics import noun, percent
from ..plotting import style
from ..plotting.data import words
from .derive import PAGE, Places, View, filters
from .texts import SHAPES, against_text, html, meaning_class, message, no_match_text

_WIDE, _HIGH = 120, 18  # pixels of a strip
_DESCENDING_FIRST = ("trials", "events", "rate", "difference", "sends_needed")
_MISSING = "–"
_SETTLED = ("above", "below", "typical")

Row = Mapping[Any, Any]  # of a table of verdicts


def table_html(view: View) -> str:
    """Write the page of the table; what is selected elsewhere stands above it."""
    if not len(view.data):
        return ""
    pinned, here = view.pinned, view.on_page
    axis = _axis(view.plain.iloc[np.concatenate([pinned, here])])
    body = "".join(_rows(view, here, axis)) or _nothing(view)
    above = f'<tbody class="lx-pinned">{"".join(_rows(view, pinned, axis))}</tbody>' if len(pinned) else ""
    return (
        f'<div class="lx-scroll"><table class="lx-table" data-metric="{html(view.metric.name)}">'
        f"<caption>{html(caption(view))}.{html(common(view))}</caption><thead><tr>{_heads(view, axis)}</tr></thead>"
        f"{above}<tbody>{body}</tbody></table></div>{_pager(view)}"
    )


def caption(view: View) -> str:
    """Say what the numbers are."""
    return (
        f"{view.metric.title}: {view.metric.ratio_text}, {words.exactly(view.state['level'])} limits, "
        f"compared with {against_text(view)}"
    )


def common(view: View) -> str:
    """Say the caveats of all rows, once."""
    return f" All rows: {'; '.join(view.in_all)}." if view.in_all else ""


def count_titles(view: View) -> tuple[str, str]:
    """Name the two counts that a rate is made of."""
    return noun(view.metric.trials).capitalize(), noun(view.metric.events).capitalize()


def cells(row: Row) -> list[str]:
    """Write the numbers of a row: trials, events, rate, limits, sends needed."""
    whole = [_MISSING if pd.isna(row[name]) else f"{row[name]:,}" for name in ("trials", "events")]
    needed: str = _needed(row)
    if not whole[0].strip("0–"):
        return [*whole, "no sends" if whole[0] == "0" else _MISSING, _MISSING, needed]
    rate = _MISSING if pd.isna(row["rate"]) else percent(row["rate"])
    known = not (pd.isna(row["low"]) or pd.isna(row["high"]))
    limits = f"{percent(row['low']).removesuffix(' %')} to {percent(row['high'])}" if known else _MISSING
    return [*whole, rate, limits, needed]


def _needed(row: Row) -> str:
    """Write the sends that would settle a row that is not settled yet, and how many of them are missing."""
    if pd.isna(row["sends_needed"]) or row["verdict"] in _SETTLED:
        return _MISSING
    more = f" ({row['sends_more']:,} more)" if row["sends_more"] else ""
    return f"{row['sends_needed']:,}{more}"


def _heads(view: View, axis: tuple[float, float]) -> str:
    trials, events = count_titles(view)
    by = view.state["by"]
    level = words.exactly(view.state["level"])
    ends = f"{percent(axis[0], 0).removesuffix(' %')} … {percent(axis[1])}"
    return "".join(
        [
            _sortable(view, "name", "Campaign", "lx-name"),
            *([] if by is None else [f'<th scope="col" class="lx-group">{html(by)}</th>']),
            _sortable(view, "trials", trials, "lx-number"),
            _sortable(view, "events", events, "lx-number"),
            _sortable(view, "rate", "Rate", "lx-number"),
            f'<th scope="col" class="lx-number">{level} limits</th>',
            f'<td class="lx-strip-head" aria-hidden="true">{html(ends)}</td>',
            _sortable(view, "verdict", "Verdict", ""),
            _sortable(view, "sends_needed", "Sends needed", "lx-number"),
        ]
    )


def remarks_of(view: View, places: Places) -> list[str]:
    """Write the caveats of some rows, without those of all rows."""
    told = view.notes_of(places)
    each = [[*row.split("; "), *told.shared.split("; ")] for row in told.rows]
    return ["; ".join(remark for remark in row if remark and remark not in view.in_all) for row in each]


def _sortable(view: View, name: str, title: str, kind: str) -> str:
    here = view.state["sort"] == name
    way = ("ascending" if view.state["ascending"] else "descending") if here else "none"
    mark = f'<span aria-hidden="true"> {"▴" if way == "ascending" else "▾"}</span>' if here else ""
    return (
        f'<th scope="col" class="{kind}" aria-sort="{way}"><button type="button" {message("sort", name)}>'
        f"{html(title)}{mark}</button></th>"
    )


def first_way(name: str) -> bool:
    """Tell whether a column is sorted from the lowest on when it is first asked for."""
    return name not in _DESCENDING_FIRST


def _rows(view: View, places: Places, axis: tuple[float, float]) -> Iterator[str]:
    rows, remarks = view.plain.iloc[places].to_dict("records"), remarks_of(view, places)
    chosen = set(view.selected.tolist())
    for place, name, row, remark in zip(places.tolist(), view.names_of(places), rows, remarks, strict=True):
        yield _row(view, place, name, row, remark, axis, place in chosen)


def _row(
    view: View,
    place: int,
    name: str,
    row: Row,
    remark: str,
    axis: tuple[float, float],
    chosen: bool,
) -> str:
    key, verdict, meaning = view.keys[place], str(row["verdict"]), meaning_class(row["meaning"])
    trials, events, rate, limits, needed = cells(row)
    total, _, more = needed.partition(" ")
    missing = f' <span class="lx-more">{more}</span>' if more else ""
    caveats = f'<div class="lx-caveats">{html(remark)}</div>' if remark else ""
    by = view.state["by"]
    group = "" if by is None else f'<td class="lx-group">{html(_group(view.groups[place], row["benchmark"]))}</td>'
    return (
        f'<tr class="{"lx-chosen" if chosen else ""}" data-id="{html(key)}" {message("select", key)}>'
        f'<th scope="row" class="lx-name">'
        f'<button type="button" aria-pressed="{str(chosen).lower()}" title="{html(name)}" '
        f"{message('select', key)}><bdi>{html(name)}</bdi></button></th>{group}"
        f'<td class="lx-number">{trials}</td><td class="lx-number">{events}</td>'
        f'<td class="lx-number lx-rate">{rate}</td><td class="lx-number">{limits}</td>'
        f'<td class="lx-strip" aria-hidden="true">{strip_svg(row, axis)}</td>'
        f'<td class="lx-verdict lx-{meaning}"><span aria-hidden="true">{SHAPES[verdict]}</span> '
        f'{verdict}{caveats}</td><td class="lx-number lx-needed">{total}{missing}</td></tr>'
    )


def _group(value: Any, benchmark: Any) -> str:
    """Write a group, and the rate that its campaigns are compared with."""
    name = _MISSING if pd.isna(value) else str(value)
    return name if pd.isna(benchmark) else f"{name} ({percent(benchmark)})"


def _nothing(view: View) -> str:
    button = f'<button type="button" class="lx-button" {message("clear-filters")}>Clear filters</button>'
    clear = button if filters(view.state) else ""
    columns = 8 if view.state["by"] is None else 9
    return f'<tr><td colspan="{columns}" class="lx-none">{html(no_match_text(view))} {clear}</td></tr>'


def _pager(view: View) -> str:
    if not len(view.places):
        return ""
    first = PAGE * (view.page - 1) + 1
    last = min(PAGE * view.page, len(view.places))
    buttons = "".join(
        f'<button type="button" class="lx-button" aria-disabled="{str(off).lower()}" {message("page", way)}>'
        f"{name}</button>"
        for name, way, off in (("Previous", "previous", view.page == 1), ("Next", "next", view.page == view.pages))
    )
    return (
        f'<nav class="lx-pager" aria-label="Pages of the table">{buttons}<span>Page {view.page:,} of {view.pages:,}, '
        f"rows {first:,} to {last:,} of {len(view.places):,}</span></nav>"
    )


def _axis(rows: pd.DataFrame) -> tuple[float, float]:
    """Give the ends that all strips share: from 0, or to 100 % where rates are high, as of delivery."""
    lows, highs = rows["low"].to_numpy(float), rows["high"].to_numpy(float)
    if not len(rows) or np.isnan(highs).all():
        return 0.0, 1.0
    low, high = float(np.nanmin(lows)), float(np.nanmax(highs))
    return (0.0, min(1.0, max(1.05 * high, 1e-9))) if low < 0.5 else (max(0.0, 1 - 1.05 * (1 - low)), 1.0)


def strip_svg(row: Row, axis: tuple[float, float]) -> str:
    """Draw one row's limits, rate and benchmark."""
    if pd.isna(row["low"]) or pd.isna(row["rate"]) or pd.isna(row["high"]):
        return ""
    low, high, rate = (_pixel(row[name], axis) for name in ("low", "high", "rate"))
    middle = _HIGH / 2
    line = "" if pd.isna(row["benchmark"]) else _line(_pixel(row["benchmark"], axis), 0, _HIGH, "lx-benchmark")
    return (
        f'<svg width="{_WIDE}" height="{_HIGH}" viewBox="0 0 {_WIDE} {_HIGH}" '
        f'class="lx-{meaning_class(row["meaning"])}">{line}'
        f'<line class="lx-limits" x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}"/>'
        f"{_mark(str(row['verdict']), rate, middle)}</svg>"
    )


def _line(x: float, y1: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{y1}" y2="{y2}"/>'


def _pixel(value: float, axis: tuple[float, float]) -> float:
    return 6 + (_WIDE - 12) * min(max((value - axis[0]) / (axis[1] - axis[0]), 0.0), 1.0)


def _mark(verdict: str, x: float, y: float) -> str:
    shape = "lx-hollow" if verdict in style.HOLLOW else "lx-full"
    corners = {
        "above": ((-5, 4), (5, 4), (0, -5)),
        "below": ((-5, -4), (5, -4), (0, 5)),
        "near the edge": ((-5, 0), (0, -5), (5, 0), (0, 5)),
        "no comparison": ((-4, -4), (4, -4), (4, 4), (-4, 4)),
    }.get(verdict)
    if corners is None:
        return f'<circle class="{shape}" cx="{x:.1f}" cy="{y}" r="4"/>'
    points = " ".join(f"{x + right:.1f},{y + down}" for right, down in corners)
    return f'<polygon class="{shape}" points="{points}"/>'
