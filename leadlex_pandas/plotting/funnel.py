"""The funnel chart: rates against sends, between the lines that chance draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._checks import Floats
from ..metrics import Metric, noun
from . import style
from .data import funnel_data
from .data.funnel import WIDE
from .data.verdicts import without_facts
from .data.words import Facts
from .figures import Size, beside, draw_marks, legend_of_verdicts, on_axes, size_for, write_words
from .labels import Label, axes_inches, name_marks, placed_names, spread
from .names import drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..reference import Benchmark

__all__ = ["funnel"]

_HEIGHT = 4.3  # inches of the axes
_FEW = 1000  # campaigns that full-size marks have room for
_RATES = 6  # steps on the axis of rates at most
_LEFT = 0.62  # inches for the axis of rates
_WIDTHS = {"95": 0.9, "99.8": 1.4}  # points


def funnel(
    df: pd.DataFrame,
    metric: str | Metric = "reply_rate",
    *,
    against: str | float | Benchmark | pd.DataFrame = "rest",
    level: float = 0.95,
    fdr: float = 0.05,
    typical_ratio: float = 1.5,
    design_effect: float | str | None = None,
    max_labels: int = 12,
    figsize: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw each campaign's rate against its sends, with the limits within which chance alone would keep it.

    Small campaigns scatter widely and large ones hardly, so marks between the lines are no news, however high. Dashed
    lines, where there are any, allow for what campaigns really differ by: what lies beyond them is unusual even so.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `benchmark` takes it; or a table that `benchmark` gave, which is not computed again
        (`metric` and the options are then those of the table).
    metric, against, level, fdr, typical_ratio, design_effect
        As in `leadlex_pandas.benchmark`.
    max_labels : int, default 12
        How many of the campaigns that stand out are named at most, 0 for none; names without room are left out.
    figsize : tuple of float, optional
        Width and height of the new figure in inches.
    ax : matplotlib.axes.Axes, optional
        Where to draw, without any call of pyplot; by default a new pyplot figure.

    Returns
    -------
    matplotlib.axes.Axes
        With the finding as title and the method as caption. Rates are drawn in percent, sends on a logarithmic axis if
        they differ much.

    Raises
    ------
    InputError
        If no campaign has data, a table compares within groups that each have a rate of their own, or as `benchmark`
        does.
    ColumnsError
        As `benchmark` does.

    References
    ----------
    Spiegelhalter (2005), Stat. Med. 24:1185.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 980], "replied_count": [89, 41]}, index=["a", "b"])
    >>> ax = leadlex_pandas.plotting.funnel(df, "reply_rate", against=0.04)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('emails sent', 'replies per email sent')
    """
    data = funnel_data(
        df, metric, against=against, level=level, fdr=fdr, typical_ratio=typical_ratio, design_effect=design_effect,
        max_labels=max_labels,
    )  # fmt: skip
    return on_axes(draw, data, size(data), figsize=figsize, ax=ax, where="funnel")


def size(data: pd.DataFrame) -> Size:
    """Give width and height in inches."""
    return size_for(data, _HEIGHT + style.LEGEND)


def draw(ax: Axes, data: pd.DataFrame) -> None:
    """Draw what `funnel_data` says."""
    facts, marks = data.attrs, without_facts(data)
    _set_axes(ax, marks, facts)
    _draw_lines(ax, facts, full=len(marks) > _FEW)
    draw_marks(ax, marks, marks["trials"].astype(float), 100 * marks["rate"], size=6.5 if len(marks) <= _FEW else 3)
    _name_outliers(ax, marks, facts)
    legend_of_verdicts(ax, marks, facts["block_names"])
    write_words(ax, data, left=_LEFT, above=style.LEGEND, axis=noun(facts["metric"]["trials"]))
    ax.set_ylabel(drawable(facts["axis"]), fontsize=style.TEXT, color=style.INK, parse_math=False)


def _name_outliers(ax: Axes, data: pd.DataFrame, facts: Facts) -> None:
    if not data["labelled"].any():
        return
    rows, points, obstacles = _to_name(ax, data, facts)
    colours = [style.colour(*each) for each in zip(rows["block"], rows["meaning"], strict=True)]
    name_marks(ax, points, rows["name"].tolist(), colours, **obstacles)


def placed(ax: Axes, data: pd.DataFrame) -> list[tuple[int, Label]]:
    """Find room for the names of what stands out, to be written elsewhere, each with the place of its row in `data`."""
    rows, points, obstacles = _to_name(ax, without_facts(data).reset_index(drop=True), data.attrs)
    labels = placed_names(ax, points, rows["name"].tolist(), **obstacles)
    return [(int(rows.index[label.place]), label) for label in labels]


def _to_name(ax: Axes, data: pd.DataFrame, facts: Facts) -> tuple[pd.DataFrame, Floats, dict[str, Any]]:
    """Give the rows to name, the farthest first, so that they are the ones that find room; and what is in the way."""
    points = np.column_stack([data["trials"].astype(float), 100 * data["rate"]])
    named = data["labelled"].to_numpy()
    order = np.argsort(-np.abs(points[named, 1] - 100 * np.mean(facts["center"] or 0)), kind="stable")
    called = data["block"].isin(["above", "below"]).to_numpy() | (len(data) <= _FEW)
    # among very many marks no name would find room
    obstacles = {"others": points[~named & called], "crowd": points[~named & ~called], "lines": _lines(ax, facts)}
    return data[named].iloc[order], points[named][order], obstacles


def _lines(ax: Axes, facts: Facts) -> list[Floats]:
    """Give what is drawn through the marks, as far as it is seen."""
    lines = [np.column_stack([ax.get_xlim(), [100 * rate] * 2]) for rate in set(facts["center"] or ())]
    top = ax.get_ylim()[1]
    lines += [line[line[:, 1] <= top] for line in _curves(facts["limits"]).values()]
    return [line for line in lines if len(line)]


def _curves(limits: Facts) -> dict[str, Floats]:
    """Give the points of each line of limits, sends and percent, by its name."""
    return {
        name: np.column_stack([limits["trials"], 100 * np.array(rates)])
        for name, rates in limits.items() if name != "trials"
    }  # fmt: skip


def _set_axes(ax: Axes, data: pd.DataFrame, facts: Facts) -> None:
    """Show all marks, and as much of the lines as helps to read them."""
    from .ticks import RateLocator

    smallest, largest = data["trials"].min(), data["trials"].max()
    is_log = largest > WIDE * smallest
    if is_log:
        ax.set_xscale("log")
    ax.set_xlim(0.8 * smallest if is_log else 0, 1.1 * largest + 1)
    ax.set_ylim(*_rates_shown(data, facts["limits"]))
    ticks = _round_numbers(*ax.get_xlim(), log=is_log)
    ax.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
    ax.minorticks_off()
    ax.yaxis.set_major_locator(RateLocator(above=True, most=_RATES))
    ax.yaxis.set_major_formatter("{x:g} %")
    style.clear_spines(ax, kept=("bottom", "left"))


def _rates_shown(data: pd.DataFrame, limits: Facts) -> tuple[float, float]:
    """Give the ends of the axis of rates, in percent; rates near 100 %, such as of delivery, do not begin at 0."""
    rates = data["rate"]
    ends = [rates.min(), rates.max()]
    if limits:
        usual = np.array(limits["trials"]) >= data["trials"].quantile(0.1)
        ends += [np.array(limits["low_95"])[usual].min(), np.array(limits["high_95"])[usual].max()]
        ends += [limits[name][-1] for name in ("high_99.8", "wide_high_99.8") if name in limits]
    low, high = min(ends), max(ends)
    if rates.min() > 0.5:
        return 100 - max(1.0, 112 * (1 - low)), 100.0
    return 0.0, min(100.0, max(1.0, 112 * high))


def _round_numbers(low: float, high: float, *, log: bool) -> list[float]:
    from matplotlib.ticker import MaxNLocator

    if not log:
        return [tick for tick in MaxNLocator(6, integer=True).tick_values(low, high) if low <= tick <= high]
    tens = 10.0 ** np.arange(0, 12)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [float(ten * step) for ten in tens for step in steps if low <= ten * step <= high]
        if len(ticks) <= 9:
            break
    return ticks


def _draw_lines(ax: Axes, facts: Facts, *, full: bool) -> None:
    """Draw the limits, and name them on the right where they end; marks without number would hide the lines."""
    limits, center = facts["limits"], facts["center"]
    if not limits:
        return
    ends: dict[str, float] = {facts["benchmark_label"]: 100 * sum(center) / 2}
    look: dict[str, Any] = {"color": style.INK, "zorder": 5} if full else {"color": style.LINE, "zorder": 1}
    for rate in set(center):
        ax.axhline(100 * rate, linewidth=1.2, **look)
    for name, points in _curves(limits).items():
        kind, _, level = name.rpartition("_")
        dashed = kind.startswith("wide")
        ax.plot(
            *points.T, label=f"_{name}", **look,
            linewidth=_WIDTHS[level], linestyle=(0, (4, 3)) if dashed else "-",
        )  # fmt: skip
        if kind.endswith("high"):
            ends[f"{level} %{', if rates differ' if dashed else ''}"] = points[-1, 1]
    _name_ends(ax, ends)


def _name_ends(ax: Axes, ends: dict[str, float]) -> None:
    low, high = ax.get_ylim()
    line = 1.4 * style.SMALL / 72 * (high - low) / axes_inches(ax)[1]
    places = spread(list(ends.values()), [line] * len(ends), 0.0, within=(low, high + line))
    for text, place in zip(ends, places, strict=True):
        beside(ax, place, text, color=style.QUIET, fontsize=style.SMALL, va="center")
