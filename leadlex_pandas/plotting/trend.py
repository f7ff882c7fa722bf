"""The chart of a trend: what was new in each period, between the limits within which it should lie."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..metrics import Metric, percent
from ..verbs.snapshots import Snapshots
from . import style
from .data import trend_data
from .data.trend import ORDER, break_names, step_edges
from .figures import Size, on_axes, size_for, text_inches, write_words
from .labels import axes_inches, halo, spread
from .legends import legend_above
from .names import all_shortened, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["trend"]

MARKERS = {"above": "^", "below": "v", "within limits": "o", "no limits": "o", "not a proportion": "x"}

_HEIGHT = 3.6  # inches of the axes
_LEFT = 0.62  # inches for the axis of rates
_BREAKS = 0.24  # inches above the axes for the names of breaks


def trend(
    history: pd.DataFrame | Snapshots,
    metric: str | Metric = "reply_rate",
    *,
    freq: str = "W",
    level: float | None = None,
    breaks: Mapping[str | date, str] | None = None,
    figsize: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the rate of what was new in each period, with its limits, and what is outside them by shape.

    Parameters
    ----------
    history : History or pandas.DataFrame
        Recorded snapshots, as `trend` takes them; or a table that `trend` gave, which is not computed again (`metric`
        and the options are then those of the table).
    metric, freq, level, breaks
        As in `leadlex_pandas.trend`. A break is a dashed line with its label.
    figsize : tuple of float, optional
        Width and height of the new figure in inches.
    ax : matplotlib.axes.Axes, optional
        Where to draw, without any call of pyplot; by default a new pyplot figure.

    Returns
    -------
    matplotlib.axes.Axes
        With the finding as title and the method as caption. Rates are drawn in percent, periods one unit apart from 0.

    Raises
    ------
    InputError
        If no period has a rate, or as `trend` does.
    ColumnsError
        As `trend` does.

    References
    ----------
    Laney (2002), Quality Engineering 14:531 (p' chart).

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> mondays = pd.date_range("2026-01-05 09:00", periods=16, freq="7D", tz="UTC")
    >>> replies = [0, 4, 6, 5, 3, 5, 4, 6, 5, 4, 5, 6, 4, 0, 0, 0]
    >>> history = pd.DataFrame({
    ...     "campaign_id": "alert", "fetched_at": mondays, "sent_count": range(0, 1600, 100),
    ...     "replied_count": pd.Series(replies).cumsum(),
    ... }).set_index(["campaign_id", "fetched_at"])
    >>> ax = leadlex_pandas.plotting.trend(history, level=0.95)
    >>> print(ax.get_title(loc="left"))
    Reply rate: 3 of 15 weeks below the limits around 3.8 %; the last is that of 20 Apr 2026 (0.0 %)
    """
    data = trend_data(history, metric, freq=freq, level=level, breaks=breaks)
    return on_axes(draw, data, size(data), figsize=figsize, ax=ax, where="trend")


def size(data: pd.DataFrame) -> Size:
    """Give width and height in inches."""
    return size_for(data, _HEIGHT + _above(data))


def draw(ax: Axes, data: pd.DataFrame) -> None:
    """Draw what `trend_data` says."""
    known = data.loc[data["block"] != "", "x"]
    ax.set_xlim(known.min() - 0.7, known.max() + 0.7)  # periods before and after in which nothing was sent say nothing
    ax.set_ylim(0, 100 * data.attrs["end"])
    _draw_limits(ax, data)
    shown = data[(data["block"] != "") & ~data["beyond"]]
    # of a period without new emails it is known that there were none; one that nobody read interrupts the line
    line = data[(data["block"] != "") | data["trials"].isna()]
    ax.plot(line["x"], 100 * line["rate"], color=style.LINE, linewidth=0.9, zorder=2, label="_line")
    for block, rows in shown.groupby("block", sort=False):
        colour = style.colour("typical", rows["meaning"].iloc[0])
        ax.plot(
            rows["x"], 100 * rows["rate"], linestyle="none", marker=MARKERS[str(block)],
            markersize=_mark_size(len(data), str(block)), color=colour,
            markerfacecolor="white" if block == "no limits" else colour, zorder=3, clip_on=False, label=str(block),
        )  # fmt: skip
    _draw_beyond(ax, data)
    _draw_breaks(ax, data)
    _finish_axes(ax, data)
    counts, up = shown["block"].value_counts(), _BREAKS if data.attrs["marks"] else 0.0
    legend_above(ax, {block: f"{block} ({counts[block]:,})" for block in ORDER if block in counts}, up=up)
    write_words(ax, data, left=_LEFT, above=_above(data), axis=_periods(data))
    ax.set_ylabel(drawable(data.attrs["axis"]), fontsize=style.TEXT, color=style.INK, parse_math=False)


def _above(data: pd.DataFrame) -> float:
    return style.LEGEND + (_BREAKS if data.attrs["marks"] else 0)


def _mark_size(periods: int, block: str) -> float:
    return (6.5 if periods <= 60 else 4.0) + (1.5 if block in ("above", "below") else 0.0)


def _draw_limits(ax: Axes, data: pd.DataFrame) -> None:
    """Draw band and pooled rate level over each period; a period without limits interrupts the band."""
    edges = step_edges(data["x"].to_numpy(np.float64)) + np.tile([-0.5, 0.5], len(data))
    low, center, high = (step_edges(100 * data[name].to_numpy(np.float64)) for name in ("low", "center", "high"))
    top = 100 * data.attrs["end"]
    ax.fill_between(edges, low, np.minimum(high, top), color=style.ZONE, linewidth=0, zorder=0)
    for line in (low, high):
        ax.plot(edges, line, color=style.LINE, linewidth=0.6, zorder=1, label="_limit")
    ax.plot(edges, center, color=style.INK, linewidth=1, zorder=1, label="_center")


def _draw_beyond(ax: Axes, data: pd.DataFrame) -> None:
    """Mark a rate beyond the axis with an arrow at its end, and say what it is."""
    middle, top = sum(ax.get_xlim()) / 2, ax.get_ylim()[1]
    arrow = {"arrowstyle": "-|>", "color": style.QUIET, "linewidth": 1, "shrinkA": 0, "shrinkB": 0}
    for x, rate in data.loc[data["beyond"], ["x", "rate"]].itertuples(index=False):
        ax.annotate("", xy=(x, top), xytext=(0, -18), textcoords="offset points", arrowprops=arrow)
        ax.annotate(
            percent(rate), xy=(x, top), xytext=(5 if x < middle else -5, -3), textcoords="offset points", va="top",
            ha="left" if x < middle else "right", fontsize=style.SMALL, color=style.INK, parse_math=False,
            path_effects=[halo()], zorder=5,
        )  # fmt: skip


def _draw_breaks(ax: Axes, data: pd.DataFrame) -> None:
    """Draw each break as a dashed line and name it above, apart from its neighbours."""
    marks = data.attrs["marks"]
    if not marks:
        return
    low, high = ax.get_xlim()
    wide = axes_inches(ax)[0]
    names = all_shortened(map(drawable, break_names(marks)), max(8, int(60 / len(marks))))
    inch = (high - low) / wide
    widths = [1.05 * text_inches(name, style.SMALL) * inch for name in names]
    places = spread([x for _, x in marks], widths, 0.12 * inch, within=(low, high))
    for name, (_, x), place in zip(names, marks, places, strict=True):
        ax.axvline(x, color=style.INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        ax.annotate(
            name, xy=(x, 1), xycoords=ax.get_xaxis_transform(), xytext=((place - x) / inch * 72, 5),
            textcoords="offset points", ha="center", va="bottom", fontsize=style.SMALL, color=style.INK,
            parse_math=False, annotation_clip=False,
        )  # fmt: skip


def _finish_axes(ax: Axes, data: pd.DataFrame) -> None:
    """Name as many periods as have room, from the newest back."""
    shown = [place for place in range(len(data)) if ax.get_xlim()[0] < place < ax.get_xlim()[1]]
    room = max(2, int(axes_inches(ax)[0] / 0.95))
    places = shown[:: -int(np.ceil(len(shown) / room))][::-1]
    ax.set_xticks(places, [data["name"].iloc[place] for place in places], parse_math=False)
    ax.yaxis.set_major_formatter("{x:g} %")
    style.clear_spines(ax, kept=("bottom", "left"))


def _periods(data: pd.DataFrame) -> str:
    unit = data.attrs["unit"]
    return unit if unit == "day" else f"first day of the {unit}"
