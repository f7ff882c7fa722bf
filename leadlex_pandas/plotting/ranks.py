"""The chart of ranks: raw rates, where doubt draws them, and the ranks that chance leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..metrics import Metric
from . import style
from .data import ranks_data
from .figures import (
    Size,
    above_tall,
    beside,
    line_through_rows,
    name_rows,
    on_axes,
    rate_axis,
    row_scale,
    scale_on_top,
    size_for,
    text_inches,
    write_words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ranks"]


def ranks(
    df: pd.DataFrame,
    metric: str | Metric = "reply_rate",
    *,
    level: float = 0.90,
    seed: int = 0,
    design_effect: float | str | None = None,
    max_rows: int | None = 40,
    figsize: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw campaigns in the order of their shrunk rates: an arrow from each raw rate, and the ranks it may have.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `rank` takes it; or a table that `rank` gave, which is not computed again (`metric` and
        the options are then those of the table).
    metric, level, seed, design_effect
        As in `leadlex_pandas.rank`.
    max_rows : int, optional
        How many campaigns to show at most, the best first. None shows all.
    figsize : tuple of float, optional
        Width and height of the new figure in inches, instead of 9 and as high as its rows need.
    ax : matplotlib.axes.Axes, optional
        Where to draw, without any call of pyplot; by default a new pyplot figure.

    Returns
    -------
    matplotlib.axes.Axes
        With the finding as title and the method as caption. Rates are drawn in percent.

    Raises
    ------
    InputError
        If no campaign has a proportion, or as `rank` does.
    ColumnsError
        As `rank` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [20, 1000, 1000, 1000], "replied_count": [2, 80, 20, 21]}, index=list("abcd"))
    >>> ax = leadlex_pandas.plotting.ranks(df, "reply_rate")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['b', 'a', 'd', 'c']
    """
    data = ranks_data(df, metric, level=level, seed=seed, design_effect=design_effect, max_rows=max_rows)
    return on_axes(draw, data, size(data), figsize=figsize, ax=ax, where="ranks")


def size(data: pd.DataFrame) -> Size:
    """Give width and height in inches for the rows of `ranks_data`."""
    rows = style.ROW * _rows(data)
    return size_for(data, rows + above_tall(rows))


def draw(ax: Axes, data: pd.DataFrame) -> None:
    """Draw what `ranks_data` says."""
    scale = row_scale(ax, data, _rows(data))
    _draw_rates(ax, data, scale)
    left = _write_rows(ax, data, scale)
    ax.set_ylim(len(data) + 0.7, -0.7)
    rate_axis(ax, data[["rate", "shrunk_low"]].min().min())
    if data.attrs["mean_label"]:
        line_through_rows(ax, 100 * data.attrs["mean"], len(data), data.attrs["mean_label"])
    if above_tall(style.ROW * _rows(data)):
        scale_on_top(ax)
    write_words(ax, data, left=left)


def _rows(data: pd.DataFrame) -> float:
    return len(data) + 1.4


def _draw_rates(ax: Axes, data: pd.DataFrame, scale: float) -> None:
    colours = [style.BETTER if best else style.INK for best in data["could_be_best"] & (data.attrs["evidence"] is None)]
    ax.hlines(data["y"], 100 * data["shrunk_low"], 100 * data["shrunk_high"], color=colours, linewidth=1.2, zorder=2)
    for y, raw, shrunk in zip(data["y"], 100 * data["rate"], 100 * data["shrunk"].fillna(data["rate"]), strict=True):
        ax.annotate(
            "",
            xy=(shrunk, y),
            xytext=(raw, y),
            arrowprops={
                "arrowstyle": "-|>,head_width=0.16,head_length=0.32", "color": style.QUIET, "linewidth": 1,
                "shrinkA": 0, "shrinkB": 3,
            },
            zorder=2,
        )  # fmt: skip
    ax.plot(
        100 * data["rate"], data["y"], linestyle="none", marker="o", markersize=5 * scale, color=style.QUIET,
        markerfacecolor="white", zorder=3, clip_on=False, label="raw",
    )  # fmt: skip
    for best, rows in data.groupby("could_be_best"):
        star = bool(best) and data.attrs["evidence"] is None
        ax.plot(
            100 * rows["shrunk"], rows["y"], linestyle="none", marker="*" if star else "o",
            markersize=scale * (10 if star else 5.5), color=style.BETTER if star else style.INK, zorder=4,
            label="could be best" if star else "shrunk",
        )  # fmt: skip


def _write_rows(ax: Axes, data: pd.DataFrame, scale: float) -> float:
    """Write names on the left, ranks and counts on the right; give the inches used on the left."""
    points = scale * style.TEXT
    left = name_rows(ax, data["y"], data["name"], scale)
    texts = [data.attrs["rank_heading"], *data["rank_text"]]
    width = max(text_inches(text, points) for text in texts) + 2 * style.LABEL_GAP / 72
    for y, place, count in zip(data["y"], data["rank_text"], data["count"], strict=True):
        beside(ax, y, place, fontsize=points)
        beside(ax, y, count, further=width, fontsize=points)
    for heading, further in ((data.attrs["rank_heading"], 0.0), (data.attrs["count_heading"], width)):
        beside(ax, 0.0, heading, color=style.QUIET, va="center", further=further, fontsize=points)
    return left
