"""The strip chart: campaigns of one's own over what is known of a benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..metrics import Metric, percent
from . import style
from .data import strip_data
from .figures import Size, beside, draw_marks, on_axes, rate_axis, size_for, text_inches, write_words
from .labels import axes_inches, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..reference import Benchmark

__all__ = ["strip"]

_LANE = 0.4  # inches for each unit of the lanes' height


def strip(
    df: pd.DataFrame,
    metric: str | Metric = "reply_rate",
    *,
    against: str | float | Benchmark | pd.DataFrame = "cold-b2b-it-2026",
    level: float = 0.95,
    fdr: float = 0.05,
    typical_ratio: float = 1.5,
    design_effect: float | str | None = None,
    figsize: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw all campaigns as marks, one lane per verdict, over a benchmark's quartiles, range or rate.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `benchmark` takes it; or a table that `benchmark` gave against a benchmark, which is
        not computed again (`metric` and the options are then those of the table).
    metric : str or Metric, default "reply_rate"
        The rate to judge.
    against : str, float, Benchmark or pandas.DataFrame, default "cold-b2b-it-2026"
        What comes from outside the frame: the name of a packaged benchmark, a rate, a `Benchmark`, or another frame.
    level, fdr, typical_ratio, design_effect
        As in `leadlex_pandas.benchmark`.
    figsize : tuple of float, optional
        Width and height of the new figure in inches.
    ax : matplotlib.axes.Axes, optional
        Where to draw, without any call of pyplot; by default a new pyplot figure.

    Returns
    -------
    matplotlib.axes.Axes
        With the finding as title; the caption has the method and the benchmark's base, years and source. Rates are
        drawn in percent.

    Raises
    ------
    InputError
        If no campaign has a proportion, `against` is the portfolio itself, or as `benchmark` does.
    BaseMismatchError
        If the benchmark is of something else, or over another base, than the metric.
    ColumnsError
        As `benchmark` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 980], "replied_count": [89, 21]}, index=["a", "b"])
    >>> ax = leadlex_pandas.plotting.strip(df, "reply_rate", against="cold-b2b-it-2026")
    >>> print(ax.get_title(loc="left"))
    Reply rate: 1 of 2 campaigns above the benchmark cold-b2b-it-2026; our median is 4.6 %, its median 1.7 %
    """
    data = strip_data(
        df, metric, against=against, level=level, fdr=fdr, typical_ratio=typical_ratio, design_effect=design_effect
    )
    return on_axes(draw, data, size(data), figsize=figsize, ax=ax, where="strip")


def size(data: pd.DataFrame) -> Size:
    """Give width and height in inches for the lanes of `strip_data`."""
    return size_for(data, _LANE * sum(height for _, height, _ in data.attrs["lanes"].values()) + 0.6)


def draw(ax: Axes, data: pd.DataFrame) -> None:
    """Draw what `strip_data` says."""
    bottom = sum(height for _, height, _ in data.attrs["lanes"].values())
    ax.set_ylim(bottom + 0.3, -1.0)
    if data.attrs["limits_drawn"]:
        colours = [style.colour(*each) for each in zip(data["block"], data["meaning"], strict=True)]
        ax.hlines(data["y"], 100 * data["low"], 100 * data["high"], color=colours, linewidth=0.7, zorder=2)
    draw_marks(ax, data, 100 * data["rate"], data["y"], size=6.5 if len(data) <= 1000 else 3)
    rate_axis(ax, min(data["rate"].min(), *data.attrs["band"].values()))
    style.clear_spines(ax)
    ax.set_yticks([])
    left = 0.0
    for block, (middle, _, heading) in data.attrs["lanes"].items():
        colour = style.colour(block, data.loc[data["block"] == block, "meaning"].iloc[0])
        beside(ax, middle, heading, left=True, color=colour, weight="bold", va="center")
        left = max(left, text_inches(heading, style.TEXT, bold=True) + style.LABEL_GAP / 72)
    _draw_band(ax, data, bottom)
    write_words(ax, data, left=left)


def _draw_band(ax: Axes, data: pd.DataFrame, bottom: float) -> None:
    """Shade from the lowest to the highest rate known, mark each, and the median of one's own campaigns."""
    band = {name: 100 * rate for name, rate in data.attrs["band"].items()}
    if len(band) > 1:
        ax.fill_betweenx([0, bottom], min(band.values()), max(band.values()), color=style.ZONE, linewidth=0, zorder=0)
    for name, rate in band.items():
        main = name in ("median", "rate")
        ax.vlines(rate, 0, bottom, color=style.LINE, linewidth=1.4 if main else 0.6, zorder=1)
    marks = {f"{name} {percent(rate / 100)}": rate for name, rate in band.items()}
    own = 100 * data.attrs["own_median"]
    ax.vlines(own, -0.05, bottom, color=style.INK, linewidth=1, linestyle=(0, (2, 2)), zorder=1)
    marks[f"our median {percent(own / 100)}"] = own
    _name_lines(ax, marks)


def _name_lines(ax: Axes, marks: dict[str, float]) -> None:
    """Write what each line is above it, apart from its neighbours."""
    low, high = ax.get_xlim()
    inch = (high - low) / axes_inches(ax)[0]
    widths = [1.05 * text_inches(text, style.SMALL) * inch for text in marks]
    places = spread(list(marks.values()), widths, 0.12 * inch, within=(low, high))
    for (text, rate), place in zip(marks.items(), places, strict=True):
        colour = style.INK if text.startswith("our") else style.QUIET
        ax.annotate(
            text, xy=(rate, 0), xytext=(place, -0.6), ha="center", va="center", fontsize=style.SMALL, color=colour,
            arrowprops={"arrowstyle": "-", "color": style.LINE, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
