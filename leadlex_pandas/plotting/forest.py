"""The forest chart: one row per campaign, with its limits, beside what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..metrics import Metric
from . import style
from .data import axis_label, benchmark_label, count_heading, forest_caption, forest_data, forest_title, heading

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..reference import Benchmark

__all__ = ["forest"]

_LONGEST = 46  # characters of a campaign's name that are shown


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
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new pyplot figure as high as its rows need.

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
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.figure(figsize=figure_size(data), layout="constrained").add_subplot()
    _draw(ax, data)
    return ax


def _draw(ax: Axes, data: pd.DataFrame) -> None:
    _draw_benchmark(ax, data)
    _draw_intervals(ax, data)
    _draw_rates(ax, data)
    _write_rows(ax, data)
    _finish_axes(ax, data)
    width = _text_width(data)
    style.write_title(ax, forest_title(data), width=width)
    style.write_caption(ax, forest_caption(data), width=round(1.6 * width))


def forest_figure(df: pd.DataFrame, metric: str | Metric = "reply_rate", **options: Any) -> Figure:
    """Draw a forest on a figure of its own that pyplot knows nothing of, to be saved to a file."""
    from matplotlib.figure import Figure

    data = forest_data(df, metric, **options)
    figure = Figure(figsize=figure_size(data), layout="constrained")
    _draw(figure.add_subplot(), data)
    return figure


def figure_size(data: pd.DataFrame) -> tuple[float, float]:
    """Give width and height in inches for the rows of `forest_data`."""
    return 9.0, 1.7 + style.ROW * (data["y"].max() + 1)


def _text_width(data: pd.DataFrame) -> int:
    """Give the characters that fit above the axes, which begin where the longest name ends."""
    headings = [1.12 * len(heading(str(block), data.attrs)) for block in data["block"].unique()]  # they are bold
    longest = max(data["name"].str.len().clip(upper=_LONGEST).max(), *headings)
    return min(90, round(127 - 1.3 * longest))


def _draw_benchmark(ax: Axes, data: pd.DataFrame) -> None:
    """Shade the typical zone and mark the benchmark, row by row: each campaign has a rest of its own."""
    shown = data[data["benchmark"].notna()]
    edges = np.column_stack([shown["y"] - 0.5, shown["y"] + 0.5])
    for (top, bottom), low, high in zip(edges, shown["zone_low"], shown["zone_high"], strict=True):
        if low < high:  # NaN where there is no zone
            ax.fill_betweenx([top, bottom], 100 * low, 100 * high, color=style.ZONE, linewidth=0, zorder=0)
    ax.vlines(100 * shown["benchmark"], edges[:, 0], edges[:, 1], color=style.LINE, linewidth=1, zorder=1)
    if len(shown):
        middle = shown["benchmark"].median()
        ax.text(
            100 * middle,
            0,
            benchmark_label(data),
            va="center",
            ha="left" if middle < 0.5 * data["high"].max() else "right",
            fontsize=style.TEXT - 1,
            color=style.QUIET,
        )


def _draw_intervals(ax: Axes, data: pd.DataFrame) -> None:
    colours = _colours(data)
    ax.hlines(data["y"], 100 * data["low"], 100 * data["high"], color=colours, linewidth=1, zorder=2)
    ax.hlines(data["y"], 100 * data["inner_low"], 100 * data["inner_high"], color=colours, linewidth=2.6, zorder=2)


def _draw_rates(ax: Axes, data: pd.DataFrame) -> None:
    for (block, colour), rows in data.groupby(["block", pd.Series(_colours(data), index=data.index)], sort=False):
        ax.plot(
            100 * rows["rate"],
            rows["y"],
            linestyle="none",
            marker=style.MARKERS[str(block)],
            markersize=6.5,
            color=colour,
            markerfacecolor="white" if block in style.HOLLOW else colour,
            zorder=3,
            clip_on=False,  # a rate of 0 lies on the edge
            label=block,
        )


def _write_rows(ax: Axes, data: pd.DataFrame) -> None:
    """Write the names on the left, the counts on the right, and a heading above each block."""
    ax.set_yticks(data["y"], [_shortened(name) for name in data["name"]], color=style.INK, parse_math=False)
    for y, count in zip(data["y"], data["count"], strict=True):
        _beside(ax, y, count, color=style.INK, va="center_baseline")
    for block, rows in data.groupby("block", sort=False):
        colour = style.colour(str(block), rows["meaning"].iloc[0])
        _beside(ax, rows["y"].min() - 1, heading(str(block), data.attrs), left=True, color=colour, weight="bold")
    _beside(ax, 0.0, count_heading(data.attrs), color=style.QUIET)


def _beside(ax: Axes, y: float, text: str, *, left: bool = False, va: str = "center", **look: Any) -> None:
    """Write a text beside a row, on the left of the axes or on their right."""
    ax.annotate(
        text,
        xy=(0 if left else 1, y),
        xycoords=ax.get_yaxis_transform(),  # x in axes fractions, y in rows
        xytext=(-style.LABEL_GAP if left else style.LABEL_GAP, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va=va,
        fontsize=style.TEXT,
        annotation_clip=False,
        **look,
    )


def _finish_axes(ax: Axes, data: pd.DataFrame) -> None:
    ax.set_ylim(data["y"].max() + 0.7, -0.7)
    if data["low"].min() < 0.5:
        ax.set_xlim(left=0)
    else:  # rates near 100 %, such as of delivery: the whole axis would hide what differs
        ax.set_xlim(right=100)
    ax.xaxis.set_major_formatter("{x:g} %")
    ax.set_xlabel(axis_label(data.attrs), fontsize=style.TEXT, color=style.INK)
    style.clear_spines(ax)


def _colours(data: pd.DataFrame) -> list[str]:
    return [style.colour(block, meaning) for block, meaning in zip(data["block"], data["meaning"], strict=True)]


def _shortened(name: str) -> str:
    """Shorten in the middle: names that begin alike often differ at the end."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 19].rstrip()}…{name[-18:].lstrip()}"
