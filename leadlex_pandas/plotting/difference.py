"""The chart of differences: two campaigns, or the two arms of a test, and by how much they differ."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING

import pandas as pd

from ..metrics import Metric
from . import style
from .columns import write_columns
from .data import difference_data
from .figures import Size, name_rows, on_axes, row_scale, size_for, write_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["difference"]

MARKERS = {"first higher": ">", "second higher": "<", "cannot tell": "o"}


def difference(
    df: pd.DataFrame,
    first: Hashable = None,
    second: Hashable = None,
    metrics: str | Metric | Iterable[str | Metric] | None = "reply_rate",
    *,
    level: float = 0.95,
    design_effect: float | str | None = None,
    figsize: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw by how much two campaigns differ, with limits, for one rate or several.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `compare` takes it; or a table that `compare` gave, which is not computed again (the
        other arguments are then those of the table).
    first, second : hashable, optional
        The ids of the two campaigns; needed unless `df` is a table.
    metrics, level, design_effect
        As in `leadlex_pandas.compare`.
    figsize : tuple of float, optional
        Width and height of the new figure in inches, instead of 9 and as high as its rows need.
    ax : matplotlib.axes.Axes, optional
        Where to draw, without any call of pyplot; by default a new pyplot figure.

    Returns
    -------
    matplotlib.axes.Axes
        With the finding as title and the method as caption. Differences are drawn in percentage points.

    Raises
    ------
    InputError
        If campaigns are not named, there is no metric to draw, or as `compare` does.
    ColumnsError
        As `compare` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [610, 598], "replied_count": [41, 22]}, index=["A", "B"])
    >>> ax = leadlex_pandas.plotting.difference(df, "A", "B")
    >>> ax.get_title(loc="left")
    'Reply rate: A is above B by 3.0 points [+0.5, +5.6]'
    """
    data = difference_data(df, first, second, metrics, level=level, design_effect=design_effect)
    return on_axes(draw, data, size(data), figsize=figsize, ax=ax, where="difference")


def size(data: pd.DataFrame) -> Size:
    """Give width and height in inches for the rows of `difference_data`."""
    return size_for(data, style.ROW * _rows(data))


def _rows(data: pd.DataFrame) -> float:
    return float(1.3 * data["y"].max() + 3.4)


def draw(ax: Axes, data: pd.DataFrame) -> None:
    """Draw what `difference_data` says."""
    bottom = data["y"].max() + 0.8
    ax.vlines(0, -0.8, bottom, color=style.LINE, linewidth=1.2, zorder=1)
    colours = [_colour(meaning) for meaning in data["meaning"]]
    ax.hlines(data["y"], 100 * data["low"], 100 * data["high"], color=colours, linewidth=1.6, zorder=2)
    for (block, colour), rows in data.groupby(["block", pd.Series(colours, index=data.index)], sort=False):
        ax.plot(
            100 * rows["difference"], rows["y"], linestyle="none", marker=MARKERS[str(block)], markersize=7.5,
            color=colour, markerfacecolor="white" if block == "cannot tell" else colour, zorder=3, label=block,
        )  # fmt: skip
    scale = row_scale(ax, data, _rows(data))
    left = name_rows(ax, data["y"], data["name"], scale)
    write_columns(ax, data["y"], data[["first", "second"]], data.attrs["column_headings"], -1.15, scale)
    _finish_axes(ax, data, bottom)
    write_words(ax, data, left=left)


def _finish_axes(ax: Axes, data: pd.DataFrame, bottom: float) -> None:
    """Keep 0 in sight, and say on which side of it which campaign is higher."""
    reach = 100 * max(-data["low"].min(), data["high"].max(), 1e-4)
    low, high = min(100 * data["low"].min(), -0.45 * reach), max(100 * data["high"].max(), 0.45 * reach)
    ax.set_xlim(low - 0.05 * reach, high + 0.05 * reach)
    ax.set_ylim(bottom, -1.7)
    for text, side in (("second higher  ", "right"), ("  first higher", "left")):
        ax.text(
            0, -1.15, text, ha=side, va="center", fontsize=style.TEXT, color=style.QUIET, parse_math=False
        )  # fmt: skip
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:+g}".replace("-", "−") if value else "0")


def _colour(meaning: object) -> str:
    return style.colour("cannot tell", meaning)
