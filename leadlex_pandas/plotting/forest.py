"""The forest chart: one row per campaign, with its limits, beside what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..metrics import Metric
from . import style
from .data import forest_data
from .figures import (
    Size,
    above_tall,
    beside,
    draw_marks,
    name_rows,
    on_axes,
    rate_axis,
    row_scale,
    scale_on_top,
    size_for,
    text_inches,
    write_words,
)
from .names import drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..reference import Benchmark

__all__ = ["forest"]


def forest(
    df: pd.DataFrame,
    metric: str | Metric = "reply_rate",
    *,
    against: str | float | Benchmark | pd.DataFrame = "rest",
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
    fdr: float = 0.05,
    typical_ratio: float = 1.5,
    design_effect: float | str | None = None,
    max_rows: int | None = 40,
    figsize: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one row per campaign: its rate and limits, the benchmark and the typical zone, the verdict by shape.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `benchmark` takes it; or a table that `benchmark` gave, which is not computed again
        (`metric` and the options are then those of the table).
    metric, against, by, level, fdr, typical_ratio, design_effect
        As in `leadlex_pandas.benchmark`.
    max_rows : int, optional
        How many campaigns to show at most: all calls first, then the largest. None shows all.
    figsize : tuple of float, optional
        Width and height of the new figure in inches, instead of 9 and as high as its rows need.
    ax : matplotlib.axes.Axes, optional
        Where to draw, without any call of pyplot (a figure made with ``layout="constrained"`` makes room for names and
        caption); by default a new pyplot figure.

    Returns
    -------
    matplotlib.axes.Axes
        With the finding as title and the method as caption. Rates are drawn in percent.

    Raises
    ------
    InputError
        If no campaign has data, or as `benchmark` does.
    ColumnsError
        As `benchmark` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 980], "replied_count": [89, 41]}, index=["a", "b"])
    >>> ax = leadlex_pandas.plotting.forest(df, "reply_rate", against=0.04)
    >>> ax.get_title(loc="left")
    'Reply rate: 1 of 2 campaigns above the benchmark of 4 %'
    """
    data = forest_data(
        df, metric, against=against, by=by, level=level, fdr=fdr, typical_ratio=typical_ratio,
        design_effect=design_effect, max_rows=max_rows,
    )  # fmt: skip
    return on_axes(draw, data, size(data), figsize=figsize, ax=ax, where="forest")


def size(data: pd.DataFrame) -> Size:
    """Give width and height in inches for the rows of `forest_data`."""
    rows = style.ROW * _rows(data)
    return size_for(data, rows + above_tall(rows))


def draw(ax: Axes, data: pd.DataFrame) -> None:
    """Draw what `forest_data` says."""
    scale = row_scale(ax, data, _rows(data))
    _draw_benchmark(ax, data)
    _draw_intervals(ax, data)
    draw_marks(ax, data, 100 * data["rate"], data["y"], size=6.5 * scale)
    left = _write_rows(ax, data, scale)
    ax.set_ylim(data["y"].max() + 0.7, -0.7)
    rate_axis(ax, data["low"].min())
    if above_tall(style.ROW * _rows(data)):
        scale_on_top(ax)
    write_words(ax, data, left=left)


def _rows(data: pd.DataFrame) -> float:
    return float(data["y"].max() + 1.4)


def _draw_benchmark(ax: Axes, data: pd.DataFrame) -> None:
    """Shade the typical zone and mark the benchmark, row by row: each campaign has a rest of its own."""
    from matplotlib.collections import PolyCollection

    zoned = data[data["zone_low"].notna() & data["benchmark"].notna()]
    top, bottom = zoned["y"] - 0.5, zoned["y"] + 0.5
    low, high = 100 * zoned["zone_low"], 100 * zoned["zone_high"]
    if len(zoned):
        corners = [np.column_stack(corner) for corner in ((low, top), (high, top), (high, bottom), (low, bottom))]
        zones: list[Any] = list(np.stack(corners, axis=1))
        ax.add_collection(PolyCollection(zones, facecolor=style.ZONE, linewidth=0, zorder=0))
        for edge in (low, high):
            ax.vlines(edge, top, bottom, color=style.LINE, linewidth=0.5, zorder=1)
    ax.vlines(100 * data["benchmark"], data["y"] - 0.5, data["y"] + 0.5, color=style.LINE, linewidth=1.2, zorder=1)
    if data.attrs["benchmark_label"]:
        middle = data["benchmark"].median()
        ax.text(
            100 * middle,
            0,
            drawable(data.attrs["benchmark_label"]),
            va="center",
            ha="left" if middle < 0.5 * data["high"].max() else "right",
            fontsize=style.TEXT - 1,
            color=style.QUIET,
            parse_math=False,
        )


def _draw_intervals(ax: Axes, data: pd.DataFrame) -> None:
    colours = _colours(data)
    ax.hlines(data["y"], 100 * data["low"], 100 * data["high"], color=colours, linewidth=1, zorder=2)
    ax.hlines(data["y"], 100 * data["inner_low"], 100 * data["inner_high"], color=colours, linewidth=2.6, zorder=2)


def _write_rows(ax: Axes, data: pd.DataFrame, scale: float) -> float:
    """Write names on the left, counts on the right, a heading above each block; give the inches used on the left."""
    points = scale * style.TEXT
    left = name_rows(ax, data["y"], data["name"], scale)
    for y, count in zip(data["y"], data["count"], strict=True):
        beside(ax, y, count, fontsize=points)
    for block, rows in data.groupby("block", sort=False):
        heading, colour = data.attrs["headings"][block], style.colour(str(block), rows["meaning"].iloc[0])
        y = rows["y"].min() - 1
        beside(ax, y, heading, left=True, va="center", color=colour, weight="bold", fontsize=points)
        left = max(left, text_inches(heading, points, bold=True) + style.LABEL_GAP / 72)
    beside(ax, 0.0, data.attrs["count_heading"], color=style.QUIET, va="center", fontsize=points)
    return left


def _colours(data: pd.DataFrame) -> list[str]:
    return [style.colour(block, meaning) for block, meaning in zip(data["block"], data["meaning"], strict=True)]
