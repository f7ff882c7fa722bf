"""The chart as a PNG on a figure of its own, with where its marks lie, so that the page can answer the mouse.

Nothing here touches pyplot or settings that figures share: it runs beside the user's own drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import ColumnsError, InputError
from ..plotting import style
from ..plotting.data import forest_data, funnel_data, ranks_data, trend_data
from ..plotting.data.verdicts import BLOCKS, finding_title, tally, with_data, without_facts
from ..plotting.forest import draw as draw_forest
from ..plotting.forest import size as forest_size
from ..plotting.funnel import draw as draw_funnel
from ..plotting.funnel import placed as name_funnel
from ..plotting.funnel import size as funnel_size
from ..plotting.names import drawable
from ..plotting.ranks import draw as draw_ranks
from ..plotting.ranks import size as ranks_size
from ..plotting.trend import draw as draw_trend
from ..plotting.trend import size as trend_size
from ..verbs import rank
from ..verbs.snapshots import as_snapshots
from . import canvas, spots
from .derive import JUDGED_BY, PAGE, Places, View, rows_of
from .spots import Name, Spot
from .state import WHERE
from .texts import SHAPES, html, meaning_class

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..plotting.labels import Label

_WIDTH = 8.0  # inches
_NO_FUNNEL = (
    "Compared within groups, each with a rate of its own: a funnel has only one. Choose Intervals or Ranks as the "
    "chart."
)


@dataclass(frozen=True)
class Picture:
    """A chart: its image, its words, and its spots; without an image the words say why."""

    png: bytes = b""
    width: int = 0  # pixels as shown
    height: int = 0
    title: str = ""
    caption: str = ""
    alt: str = ""
    legend: tuple[tuple[str, str, str], ...] = ()  # verdicts, what they mean, and their words
    spots: tuple[Spot, ...] = ()
    names: tuple[Name, ...] = ()


@dataclass(frozen=True)
class _Chart:
    """What a chart needs: its data from a view, how it is drawn, and where its marks lie in the axes' coordinates."""

    data: Callable[[View, Any], pd.DataFrame]
    draw: Callable[[Axes, pd.DataFrame], None]
    size: Callable[[pd.DataFrame], tuple[float, float]]
    places: Callable[[View], np.ndarray]  # of the rows of its data; it may show fewer
    x: str = ""  # the column of marks; without one each row is a band
    y: str = "y"
    named: Callable[[Axes, pd.DataFrame], list[tuple[int, Label]]] | None = None  # beside marks, if not beside rows


def picture(view: View, history: Any = None, *, alone: bool = False) -> Picture:
    """Draw the chart of a view; one that stands alone, as a file does, has its words and what is selected in it."""
    if view.state["chart"] == "trend":
        return _trend(view, history, alone)
    if not len(view.places):
        return Picture()
    chart = _CHARTS[view.state["chart"]]
    if view.state["chart"] == "funnel" and view.state["by"] is not None:
        return Picture(alt=_NO_FUNNEL)
    try:
        data = chart.data(view, history)
    except InputError as error:  # the table can be shown, this chart of it cannot
        return Picture(alt=str(error).partition(": ")[2])
    figure, ax = _drawn(chart.draw, data, chart.size, alone)
    rows = without_facts(data).assign(place=_places_of(data, view, chart))
    if alone and len(view.selected):
        _ring(ax, rows[rows["place"].isin(view.selected)], chart)
    canvas.fit(figure)
    drawn = _finished(figure, data, alone)
    if not alone:
        drawn = replace(
            drawn, legend=_legend(data), spots=_spots(ax, rows, chart, view), names=_names(ax, data, rows, chart)
        )
    canvas.give_back(figure)
    return drawn


def chart_html(shown: Picture, view: View) -> str:
    """Write the chart with its words, its selected marks, and the spots that answer the mouse."""
    if not shown.png:
        return f'<div class="lx-chart lx-none">{html(shown.alt)}</div>' if shown.alt else ""
    from .exports import data_uri

    return (
        f'<figure class="lx-chart" data-chart="{view.state["chart"]}">'
        f'<div class="lx-chart-title">{html(shown.title)}</div>{_legend_html(shown)}'
        f'<div class="lx-picture" style="max-width:{shown.width}px"><img class="lx-image" width="{shown.width}" '
        f'height="{shown.height}" alt="{html(shown.alt)}" src="{data_uri(shown.png, "image/png")}">'
        f'<div class="lx-spots" aria-hidden="true">{spots.written(shown.spots, shown.names, view)}</div></div>'
        f"<figcaption>{html(shown.caption)}</figcaption></figure>"
    )


def _legend_html(shown: Picture) -> str:
    entries = "".join(
        f'<span><span class="lx-{meaning}" aria-hidden="true">{SHAPES[block]}</span> {html(text)}</span>'
        for block, meaning, text in shown.legend
    )
    return f'<div class="lx-legend">{entries}</div>' if entries else ""


def _funnel(view: View, history: Any) -> pd.DataFrame:  # noqa: ARG001 -- charts are asked alike
    return funnel_data(view.shown)


def _forest(view: View, history: Any) -> pd.DataFrame:  # noqa: ARG001
    """Show the rows of the page and what is selected elsewhere; the finding is that of all pages."""
    places = _in_sight(view)
    data = forest_data(rows_of(view.table, places), max_rows=None)
    if view.pages > 1:
        judged = with_data(view.shown, WHERE)
        facts = tally(rows_of(view.table, view.places), judged, len(judged))
        shown = f"{len(data):,} shown, page {view.page:,} of {view.pages:,}"
        _retitle(data, f"{finding_title(facts)} ({shown})")
    return data


def _retitle(data: pd.DataFrame, title: str) -> None:
    alt = data.attrs["alt_text"].replace(data.attrs["title"], title, 1)
    data.attrs |= {"title": title, "alt_text": alt}


def _in_sight(view: View) -> Places:
    return np.concatenate([view.pinned, view.on_page]).astype(np.intp)


def _ranks(view: View, history: Any) -> pd.DataFrame:  # noqa: ARG001
    """Rank all campaigns, whatever is hidden: a rank among a few is none."""
    data = view.data.reset_index(drop=True)
    return ranks_data(rank(data, view.state["metric"], level=view.state["level"]), max_rows=PAGE)


_CHARTS = {  # whose marks are rows of the table
    "funnel": _Chart(_funnel, draw_funnel, funnel_size, lambda view: view.places, "trials", "rate", name_funnel),
    "forest": _Chart(_forest, draw_forest, forest_size, _in_sight),
    "ranks": _Chart(_ranks, draw_ranks, ranks_size, lambda view: np.arange(len(view.data))),
}


def available(history: Any) -> tuple[str, ...]:
    """Name the charts there are; that of the trend needs a history."""
    return tuple(_CHARTS) if history is None else (*_CHARTS, "trend")


def drawn_by(view: View) -> tuple[Any, ...]:
    """Give all that a picture of a view depends on: the same again means the same picture."""
    chart = view.state["chart"]
    names = ("metric", "selected_ids") if chart == "trend" else (*JUDGED_BY, "min_sends", "search")
    places = _in_sight(view) if chart == "forest" else view.places[:0]
    return (chart, *(view.state[name] for name in names), places.tobytes())


def _trend(view: View, history: Any, alone: bool) -> Picture:
    """Draw what was new in each week, of the campaigns that are selected, or of all in the history."""
    if history is None:
        return Picture(alt="Change over time needs a history: explore(..., history=...).")
    selected = view.data.index[view.selected]
    if isinstance(selected, pd.MultiIndex):  # of account and campaign: a history knows campaigns
        selected = selected[:0]
    try:
        snapshots = as_snapshots(history, WHERE)
        ids = list(selected[selected.isin(snapshots.campaigns().index)])
        if len(selected) and not ids:
            return Picture(alt="What is selected is not in the history.")
        data = trend_data(snapshots.read(ids) if ids else history, view.state["metric"])
    except (ColumnsError, InputError) as error:
        return Picture(alt=str(error).partition(": ")[2])
    if ids:
        _retitle(data, f"{data.attrs['title']} ({len(ids):,} selected)")
    figure, _ = _drawn(draw_trend, data, trend_size, alone)
    canvas.fit(figure)
    shown = _finished(figure, data, alone)
    canvas.give_back(figure)
    return shown


def _places_of(data: pd.DataFrame, view: View, chart: _Chart) -> np.ndarray:
    """Find the rows of the view that a chart shows: by id where ids are unique, else in their order."""
    places = chart.places(view)
    if view.state["chart"] == "ranks":
        return data.index.to_numpy()  # it was made of places
    index = view.data.index[places]
    if not index.is_unique:
        # by how they are written, as a missing id is not equal to itself
        found = pd.Series(places).groupby([*map(repr, index)], sort=False).agg(list).to_dict()
        return np.array([found[repr(each)].pop(0) for each in data.index], dtype=np.intp)
    return places[index.get_indexer(data.index)]


def _drawn(draw: Any, data: pd.DataFrame, size: Any, alone: bool) -> tuple[Figure, Axes]:
    """Draw without words, unless alone: the page writes them, crisp, in any script, and broken where its width is."""
    in_page = not alone and "labelled" in data  # whose names stand beside marks, not beside rows
    names = "" if in_page else [drawable(name) for name in data["name"].tolist()]
    bare = without_facts(data).assign(name=names, **({"labelled": False} if in_page else {}))
    words: dict[Hashable, Any] = {name: drawable(data.attrs[name]) if alone else "" for name in ("title", "caption")}
    label = drawable(data.attrs.get("benchmark_label", ""))
    bare.attrs = {**data.attrs, **words, "benchmark_label": label, **({"block_names": {}} if in_page else {})}
    wide, high = size(bare)
    figure = canvas.empty_figure((wide if alone else _WIDTH, high))
    figure.subplots_adjust(left=0.1, right=0.86, bottom=0.12, top=0.93)
    ax = figure.add_subplot()
    draw(ax, bare)
    return figure, ax


def _finished(figure: Figure, data: pd.DataFrame, alone: bool) -> Picture:
    figure.patch.set_facecolor("white" if alone else "none")
    for ax in figure.axes:
        ax.patch.set_alpha(0.0)
    wide, high = figure.get_size_inches()
    facts = data.attrs
    return Picture(
        canvas.png_bytes(figure), round(canvas.SHOWN * wide), round(canvas.SHOWN * high), facts["title"],
        facts["caption"], facts["alt_text"],
    )  # fmt: skip


def _legend(data: pd.DataFrame) -> tuple[tuple[str, str, str], ...]:
    """Say what the shapes mean and how many there are, where rows have no headings that do."""
    names = data.attrs.get("block_names", {})
    if not names:
        return ()
    plain = without_facts(data)
    counts, meanings = plain["block"].value_counts(), plain.drop_duplicates("block").set_index("block")["meaning"]
    return tuple(
        (block, meaning_class(meanings[block]), f"{names[block]} ({counts[block]:,})")
        for block in BLOCKS if block in names
    )  # fmt: skip


def _spots(ax: Axes, rows: pd.DataFrame, chart: _Chart, view: View) -> tuple[Spot, ...]:
    if chart.x:
        return spots.around_marks(ax, rows, (chart.x, chart.y), view)
    return spots.along_rows(ax, rows, chart.y, view)


def _names(ax: Axes, data: pd.DataFrame, rows: pd.DataFrame, chart: _Chart) -> tuple[Name, ...]:
    if chart.named is None:
        return ()
    return spots.beside_marks(ax, rows, (chart.x, chart.y), chart.named(ax, data))


def _ring(ax: Axes, rows: pd.DataFrame, chart: _Chart) -> None:
    if chart.x:
        ax.plot(
            rows[chart.x].astype(float), 100 * rows[chart.y], linestyle="none", marker="o", markersize=13,
            markerfacecolor="none", markeredgecolor=style.INK, markeredgewidth=1.6, zorder=6, clip_on=False,
        )  # fmt: skip
    for y in rows[chart.y] if not chart.x else ():
        ax.axhspan(y - 0.5, y + 0.5, color="#FFE9A8", zorder=-1)
