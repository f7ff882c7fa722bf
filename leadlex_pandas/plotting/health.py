"""The chart of health: bounces and unsubscribes against the limits that mailbox providers put up with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from ..metrics import Metric
from ..verbs.health import ALL_CAMPAIGNS
from . import style
from .columns import room_between, write_columns
from .data import health_data
from .data.health import ORDER
from .figures import Size, beside, name_rows, on_axes, row_scale, size_for, text_inches, write_words
from .labels import spread
from .legends import legend_above

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["health"]

MARKERS = {"breach": "X", "watch": "^", "not enough data": "o", "clear": "o", "not a proportion": "x"}

_BEFORE_END = 0.96  # where on the axis a mark stands that would lie beyond it


def health(
    df: pd.DataFrame,
    *,
    limits: Mapping[str | Metric, tuple[float, float]] | None = None,
    level: float = 0.95,
    max_rows: int | None = 40,
    figsize: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the rates that put the sender's reputation at risk, with their limits, against what is put up with.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `health` takes it; or a table that `health` gave, which is not computed again (the
        options are then those of the table). One of a single metric is drawn in percent, several in multiples of each
        watch limit.
    limits, level
        As in `leadlex_pandas.health`.
    max_rows : int, optional
        How many rows of campaigns to show at most, over all metrics: first what exceeds a limit, then the largest. None
        shows all.
    figsize : tuple of float, optional
        Width and height of the new figure in inches, instead of 9 and as high as its rows need.
    ax : matplotlib.axes.Axes, optional
        Where to draw, without any call of pyplot; by default a new pyplot figure.

    Returns
    -------
    matplotlib.axes.Axes
        With the finding as title and the method and the sources of the limits as caption.

    Raises
    ------
    InputError
        If no campaign has data, or as `health` does.
    ColumnsError
        As `health` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [2400, 150], "bounced_count": [170, 0]}, index=["old list", "new list"])
    >>> ax = leadlex_pandas.plotting.health(df)
    >>> ax.get_title(loc="left")
    'All campaigns together: bounce rate 6.7 %, breach. 1 of 2 campaigns in breach'
    """
    data = health_data(df, limits=limits, level=level, max_rows=max_rows)
    return on_axes(draw, data, size(data), figsize=figsize, ax=ax, where="health")


def size(data: pd.DataFrame) -> Size:
    """Give width and height in inches for the rows of `health_data`."""
    return size_for(data, style.ROW * _rows(data) + style.LEGEND)


def _rows(data: pd.DataFrame) -> float:
    return float(data["y"].max() + 2.2)


def draw(ax: Axes, data: pd.DataFrame) -> None:
    """Draw what `health_data` says."""
    end, scale = 100 * data.attrs["end"], row_scale(ax, data, _rows(data) + 1)
    _draw_rates(ax, data, scale)
    left, right = _write_rows(ax, data, scale)
    wide = room_between(ax, left, right)
    _draw_limits(ax, data, wide, scale)
    ax.set_ylim(data["y"].max() + 0.7, -1.4)
    ax.set_xlim(0, end)
    ax.locator_params(axis="x", nbins=max(2, int(wide / 0.6)))
    ax.xaxis.set_major_formatter("{x:g} %")
    legend_above(ax, _legend(data), left=left)
    write_words(ax, data, left=left, above=style.LEGEND)


def _draw_rates(ax: Axes, data: pd.DataFrame, scale: float) -> None:
    """Draw rates with their limits; an arrow at the end of the axis says that they lie, or go on, beyond it."""
    end = 100 * data.attrs["end"]
    colours = [_colour(status) for status in data["block"]]
    ax.hlines(
        data["y"], 100 * data["x_low"], (100 * data["x_high"]).clip(upper=end), color=colours, linewidth=1.2, zorder=2
    )
    farther = data[data["beyond"] | (100 * data["x_high"] > end)]
    for y, status in zip(farther["y"], farther["block"], strict=True):
        ax.plot(
            end, y, marker=">", markersize=4 * scale, color=_colour(status), linestyle="none", zorder=3, clip_on=False,
            label="_beyond",
        )  # fmt: skip
    for status, rows in data.groupby("block", sort=False):
        hollow = status == "not enough data"
        ax.plot(
            (100 * rows["x"]).mask(rows["beyond"], _BEFORE_END * end), rows["y"], linestyle="none",
            marker=MARKERS[str(status)], markersize=6.5 * scale, color=_colour(str(status)),
            markerfacecolor="white" if hollow else _colour(str(status)), zorder=3, clip_on=False, label=str(status),
        )  # fmt: skip


def _draw_limits(ax: Axes, data: pd.DataFrame, wide: float, scale: float) -> None:
    """Draw the limits of each metric over its rows, and say above them what they are."""
    end = 100 * data.attrs["end"]
    inch = end / wide
    for _, rows in data.groupby("metric", sort=False):
        top, bottom, first = rows["y"].min() - 0.5, rows["y"].max() + 0.5, rows.iloc[0]
        lines = {f"{name} {100 * first[name]:g} %": 100 * first[f"x_{name}"] for name in ("watch", "breach")}
        widths = [1.1 * inch * text_inches(text, scale * style.SMALL) for text in lines]
        places = spread(list(lines.values()), widths, 0.1 * inch, within=(0, end))
        for (text, x), place, dashes in zip(lines.items(), places, ((0, (4, 2)), "-"), strict=True):
            ax.vlines(x, top, bottom, color=style.INK, linewidth=1, linestyle=dashes, zorder=1)
            ax.text(
                place, rows["y"].min() - 0.85, text, ha="center", va="center", fontsize=scale * style.SMALL,
                color=style.QUIET, parse_math=False,
            )  # fmt: skip
        for y in rows.loc[rows["name"] == ALL_CAMPAIGNS, "y"]:
            ax.axhspan(y - 0.45, y + 0.45, color=style.ZONE, linewidth=0, zorder=0)


def _write_rows(ax: Axes, data: pd.DataFrame, scale: float) -> tuple[float, float]:
    """Write names on the left, rates and counts on the right, a heading above each metric; give the inches used."""
    points = scale * style.TEXT
    left = name_rows(ax, data["y"], data["name"], scale)
    right = write_columns(ax, data["y"], data[["text", "count"]], data.attrs["column_headings"], 0.0, scale)
    for name, rows in data.groupby("metric", sort=False):
        heading = data.attrs["headings"][name]
        beside(ax, rows["y"].min() - 1, heading, left=True, weight="bold", va="center", fontsize=points)
        left = max(left, text_inches(heading, points, bold=True) + style.LABEL_GAP / 72)
    return left, right


def _legend(data: pd.DataFrame) -> dict[str, str]:
    """Name the statuses, with how many rates have each: "(24)", or "(24 of 231)" where not all are drawn."""
    drawn, all_ = data["block"].value_counts(), data.attrs["statuses"]
    shown = [status for status in ORDER if status in drawn]
    return {
        status: f"{status} ({drawn[status]:,}{'' if drawn[status] == all_[status] else f' of {all_[status]:,}'})"
        for status in shown
    }


def _colour(status: str) -> str:
    if status in ("breach", "watch"):
        return style.WORSE
    return style.INK if status == "clear" else style.QUIET
