"""The chart of stages: what is left of the emails sent, from delivery to the reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from . import style
from .columns import write_columns
from .data import stages_data
from .figures import (
    Size,
    beside,
    fitted_names,
    name_rows,
    on_axes,
    rate_axis,
    row_scale,
    size_for,
    text_inches,
    write_words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["stages"]


def stages(
    df: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
    design_effect: float | str | None = None,
    max_groups: int | None = 6,
    figsize: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what share of the emails sent was delivered, opened, clicked and replied to, for all or for each group.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `stages` takes it; or a table that `stages` gave, which is not computed again (the
        options are then those of the table).
    by, level, design_effect
        As in `leadlex_pandas.stages`.
    max_groups : int, optional
        How many groups to show at most, those with the most emails. None shows all.
    figsize : tuple of float, optional
        Width and height of the new figure in inches, instead of 9 and as high as its rows need.
    ax : matplotlib.axes.Axes, optional
        Where to draw, without any call of pyplot; by default a new pyplot figure.

    Returns
    -------
    matplotlib.axes.Axes
        With the finding as title and the method as caption. Shares are drawn in percent.

    Raises
    ------
    InputError
        If there is no email to draw, or as `stages` does.
    ColumnsError
        As `stages` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 980], "opened_count": [612, 401], "replied_count": [89, 41]})
    >>> ax = leadlex_pandas.plotting.stages(df)
    >>> ax.get_title(loc="left")
    'Per 100 emails sent: 45.5 opens, 5.8 replies (2,227 emails)'
    """
    data = stages_data(df, by=by, level=level, design_effect=design_effect, max_groups=max_groups)
    return on_axes(draw, data, size(data), figsize=figsize, ax=ax, where="stages")


def size(data: pd.DataFrame) -> Size:
    """Give width and height in inches for the bars of `stages_data`."""
    return size_for(data, style.ROW * _rows(data))


def draw(ax: Axes, data: pd.DataFrame) -> None:
    """Draw what `stages_data` says."""
    for exceeds, rows in data.groupby("exceeds"):
        ax.barh(
            rows["y"], 100 * rows["rate"], height=0.62, color=style.BAR, zorder=1, hatch="////" if exceeds else None,
            edgecolor=style.INK if exceeds else style.BAR, linewidth=0,
        )  # fmt: skip
    ax.hlines(data["y"], 100 * data["low"], 100 * data["high"], color=style.INK, linewidth=1.6, zorder=2)
    left = _write_rows(ax, data, row_scale(ax, data, _rows(data)))
    ax.set_ylim(data["y"].max() + 0.7, data["y"].min() - 1.7)
    ax.set_xlim(0, max(100, 105 * np.nanmax(data[["rate", "high"]].to_numpy())))
    rate_axis(ax, 0)
    write_words(ax, data, left=left)


def _rows(data: pd.DataFrame) -> float:
    return float(data["y"].max() - data["y"].min() + 2.4)


def _write_rows(ax: Axes, data: pd.DataFrame, scale: float) -> float:
    """Write stages on the left, shares and counts on the right, a heading above each group if there are several."""
    points = scale * style.TEXT
    left = name_rows(ax, data["y"], data["name"], scale)
    write_columns(
        ax, data["y"], data[["text", "before", "count"]], data.attrs["column_headings"], data["y"].min() - 1, scale
    )
    if data.attrs["groups"] > data.attrs["hidden"] + 1:
        groups = [rows for _, rows in data.groupby("group", sort=False)]
        headings = fitted_names(ax, (str(rows["group"].iloc[0]) for rows in groups), points, bold=True)
        for heading, rows in zip(headings, groups, strict=True):
            beside(ax, rows["y"].min() - 1, heading, left=True, weight="bold", va="center", fontsize=points)
            left = max(left, text_inches(heading, points, bold=True) + style.LABEL_GAP / 72)
    return left
