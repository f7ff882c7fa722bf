"""Charts beside bare matplotlib figures with as many artists, made and drawn in memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from report import Row, ratio
from verdicts import portfolio

from leadlex_pandas import benchmark, rank
from leadlex_pandas.plotting import forest, funnel, ranks, strip
from leadlex_pandas.plotting.data import forest_data, funnel_data, ranks_data, strip_data
from leadlex_pandas.plotting.figures import size_for


def run(short: bool) -> list[Row]:
    """Draw charts of given tables, and the same points, lines and texts without any thought."""
    many = 20_000 if short else 100_000
    return [_forest(200), _ranks(40), _strip(200), _funnel(many)]


def _table(campaigns: int) -> pd.DataFrame:
    return benchmark(portfolio(campaigns, 0.1), against=0.04)


def _axes(width: float = 9.0, height: float = 6.0) -> Axes:
    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def _draw(ax: Axes) -> None:
    FigureCanvasAgg(ax.figure).draw()


def _forest(campaigns: int) -> Row:
    table = _table(campaigns)
    data = forest_data(table, max_rows=None)
    size = size_for(data, 0.235 * len(data))

    def ours() -> None:
        _draw(forest(table, max_rows=None, ax=_axes(*size)))

    return _row(f"forest, {campaigns} campaigns", ours, lambda: _draw(_bare_rows(data, size)), 5)


def _bare_rows(data: pd.DataFrame, size: tuple[float, float]) -> Axes:
    """Draw as many texts, lines and marks as a forest has."""
    ax, y = _axes(*size), np.arange(len(data))
    ax.set_yticks(y, data["name"])
    for place, count in zip(y, data["count"], strict=True):
        ax.text(1.02, place, count, transform=ax.get_yaxis_transform())
    for low, high in (("low", "high"), ("inner_low", "inner_high"), ("zone_low", "zone_high")):
        ax.hlines(y, 100 * data[low], 100 * data[high])
    ax.vlines(100 * data["benchmark"], y - 0.5, y + 0.5)
    ax.plot(100 * data["rate"], y, "o")
    ax.set(title="title", xlabel="rate")
    ax.text(0, -0.1, "caption", transform=ax.transAxes)
    return ax


def _ranks(campaigns: int) -> Row:
    table = rank(portfolio(campaigns, 0.1))
    data = ranks_data(table)

    def bare() -> None:
        ax = _axes(9, 10)
        ax.set_yticks(data["y"], data["name"])
        for y, place, count in zip(data["y"], data["rank_text"], data["count"], strict=True):
            ax.text(1.02, y, place, transform=ax.get_yaxis_transform())
            ax.text(1.2, y, count, transform=ax.get_yaxis_transform())
            ax.annotate("", xy=(0.01, y), xytext=(0.03, y), arrowprops={"arrowstyle": "-|>"})
        ax.hlines(data["y"], data["shrunk_low"], data["shrunk_high"])
        ax.plot(data["rate"], data["y"], "o")
        ax.plot(data["shrunk"], data["y"], "o")
        _draw(ax)

    return _row(f"ranks, {campaigns} campaigns", lambda: _draw(ranks(table, ax=_axes(9, 10))), bare, 5)


def _strip(campaigns: int) -> Row:
    table = _table(campaigns)
    data = strip_data(table)
    texts = len([text for text in strip(table, ax=_axes()).findobj(Text) if text.get_text()])

    def bare() -> None:
        ax = _axes()
        ax.plot(data["rate"], data["y"], "o")
        for place in range(texts):
            ax.text(0.03, place / texts, "text", transform=ax.get_yaxis_transform())
        _draw(ax)

    return _row(f"strip, {campaigns} campaigns", lambda: _draw(strip(table, ax=_axes())), bare, 7)


def _funnel(campaigns: int) -> Row:
    table = _table(campaigns)
    data = funnel_data(table)
    x, y = data["trials"].to_numpy(float), data["rate"].to_numpy(float)

    def bare() -> None:
        ax = _axes()
        ax.plot(x, y, "o")
        _draw(ax)

    return _row(f"funnel, {campaigns:,} campaigns", lambda: _draw(funnel(table, ax=_axes())), bare, 5)


def _row(name: str, ours: Callable[[], object], bare: Callable[[], object], runs: int) -> Row:
    ours()  # fonts are looked up once
    found, took = ratio(ours, bare, runs)
    return Row(f"{name}, from a table / a bare figure", f"{found:.2f} ({1000 * took:.0f} ms)", "3 at most")
