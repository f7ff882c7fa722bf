"""The chart of growth: how the counts of campaigns ripen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..verbs.snapshots import Snapshots
from . import style
from .data import growth_data
from .figures import Size, on_axes, size_for, write_words
from .names import all_shortened, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["growth"]

_HEIGHT = 4.0  # inches of the axes
_LEFT = 0.62  # inches for the axis of shares
_GROWING = (0, (1, 1.5))
_SHAPES = ("o", "s", "^", "D")


def growth(
    history: pd.DataFrame | Snapshots,
    count: str = "replied_count",
    *,
    ids: str | Iterable[str] | None = None,
    max_labels: int = 4,
    figsize: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how the counts of campaigns ripen: one line each, as a share of its last count.

    Parameters
    ----------
    history : History or pandas.DataFrame
        Recorded snapshots, as `growth` takes them; or a table that `growth` gave, which is not computed again.
    count : str, default "replied_count"
        Which of the six counts.
    ids : str or iterable of str, optional
        Which campaigns; by default all.
    max_labels : int, default 4
        How many campaigns are named at most, those that counted most; 0 for none.
    figsize : tuple of float, optional
        Width and height of the new figure in inches.
    ax : matplotlib.axes.Axes, optional
        Where to draw, without any call of pyplot; by default a new pyplot figure.

    Returns
    -------
    matplotlib.axes.Axes
        With the finding as title and the method as caption. Shares are drawn in percent, against days.

    Raises
    ------
    InputError
        If no campaign has a line, `count` is none of the six counts, or as `growth` does.
    ColumnsError
        If the count is missing, or as `growth` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> when = pd.to_datetime(["2026-09-07 09:00", "2026-09-08 21:00", "2026-09-16 09:00"], utc=True)
    >>> history = pd.DataFrame({
    ...     "campaign_id": "alert", "fetched_at": when, "sent_count": [400, 600, 600], "replied_count": [9, 36, 36],
    ... }).set_index(["campaign_id", "fetched_at"])
    >>> leadlex_pandas.plotting.growth(history).get_title(loc="left")
    'Replies: half are in after 0.5 days, 90 % after 1.3 days, in 1 campaign'
    """
    data = growth_data(history, count, ids=ids, max_labels=max_labels)
    return on_axes(draw, data, size(data), figsize=figsize, ax=ax, where="growth")


def size(data: pd.DataFrame) -> Size:
    """Give width and height in inches."""
    return size_for(data, _HEIGHT)


def draw(ax: Axes, data: pd.DataFrame) -> None:
    """Draw what `growth_data` says."""
    ax.set_xlim(0, max(1.05 * data.attrs["end"], 1e-3))
    ax.set_ylim(0, max(104.0, 104 * float(data["share"].max())))
    _draw_grey(ax, data[~data["labelled"]])
    if data.attrs["median"]:
        median = data.attrs["median"]
        ax.plot(median["day"], 100 * np.array(median["share"]), color=style.INK, linewidth=3, zorder=3, label="median")
    _draw_named(ax, data[data["labelled"]])
    _name_lines(ax)
    ax.yaxis.set_major_formatter("{x:g} %")
    style.clear_spines(ax, kept=("bottom", "left"))
    write_words(ax, data, left=_LEFT, axis="days")
    ax.set_ylabel(drawable(data.attrs["axis"]), fontsize=style.TEXT, color=style.INK, parse_math=False)


def _draw_grey(ax: Axes, data: pd.DataFrame) -> None:
    from matplotlib.collections import LineCollection

    for growing, rows in data.groupby("growing"):
        lines = [_line(own) for _, own in rows.groupby("campaign_id", sort=False)]
        ax.add_collection(
            LineCollection(
                lines,
                colors=style.LINE,
                linewidths=0.7 if len(lines) <= 60 else 0.4,
                zorder=1,
                linestyles=[_GROWING] if growing else "solid",
                label="_others",
            )
        )


def _draw_named(ax: Axes, data: pd.DataFrame) -> None:
    """Draw the named campaigns in colours of their own, with a mark of their own where they are half way."""
    each = [rows for _, rows in data.groupby("campaign_id", sort=False)]
    names = all_shortened([drawable(rows["name"].iloc[-1]) for rows in each], 34)
    for place, (rows, name) in enumerate(zip(each, names, strict=True)):
        line, colour = _line(rows), style.LINES[place % len(style.LINES)]
        ax.plot(
            line[:, 0], line[:, 1], color=colour, linewidth=1.6, zorder=4, label=name,
            linestyle=_GROWING if rows["growing"].iloc[0] else "-", marker=_SHAPES[place % len(_SHAPES)],
            markersize=6, markevery=[int(np.argmin(np.abs(line[:, 1] - 50)))],
        )  # fmt: skip


def _name_lines(ax: Axes) -> None:
    """Name the lines on the right, in the order in which they come half way."""
    lines = [line for line in ax.get_lines() if not str(line.get_label()).startswith("_")]
    if not lines:
        return
    half = [float(np.interp(50, *np.array(line.get_data())[::-1])) for line in lines]
    lines = [lines[place] for place in np.argsort(half, kind="stable")]
    legend = ax.legend(
        lines, [str(line.get_label()) for line in lines], loc="upper left", bbox_to_anchor=(1, 1), frameon=False,
        fontsize=style.TEXT, borderaxespad=0, handlelength=1.8, labelspacing=0.7,
    )  # fmt: skip
    for text, line in zip(legend.get_texts(), lines, strict=True):
        text.set_color(line.get_color())
        text.set_parse_math(False)


def _line(rows: pd.DataFrame) -> np.ndarray:
    return np.column_stack([rows["day"].to_numpy(np.float64), 100 * rows["share"].to_numpy(np.float64)])
