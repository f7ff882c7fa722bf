"""What all charts share: a figure of the right size, texts that fit it, and names and counts beside rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._checks import is_number
from ..errors import InputError
from . import style
from .names import LONGEST, all_shortened, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Size = tuple[float, float]  # width and height in inches
Draw = Callable[["Axes", pd.DataFrame], None]

WIDTH = 9.0  # inches
_MARGIN = 0.1  # inches that the layout keeps free at both sides together
_AXIS = 0.62  # inches for tick labels and the name of the axis
_LINE = 1.22 / 72  # inches for each point of a line of text
_HINTED = 1.04  # on screens letters are widened to whole pixels, on average so much,
_AT_MOST = 1.05  # and by so much more at the least lucky size
_DENSEST = 1.3 * style.TEXT / 72  # inches that a row of usual size needs at least
_LEAST = 1.0  # percentage points that an axis spans at least, if it does not begin at 0
_TALL = 15.0  # inches of rows, from where their scale stands above them too
_SCALE = 0.3  # inches that it takes
_NAMES = 1 / 3  # of the width that names beside rows may take
_SHORTEST = 12  # characters of a name that are shown even so


def on_axes(draw: Draw, data: pd.DataFrame, size: Size, *, figsize: object, ax: Axes | None, where: str) -> Axes:
    """Draw on the axes given, or on those of a new pyplot figure, which a notebook then shows once."""
    wanted = _check_size(figsize, ax, where)
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.figure(figsize=wanted or size, layout="constrained").add_subplot()
    draw(ax, data)
    return ax


def own_figure(draw: Draw, data: pd.DataFrame, size: Size) -> Figure:
    """Draw on a figure that pyplot knows nothing of, to be saved to a file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    draw(figure.add_subplot(), data)
    return figure


def _check_size(figsize: object, ax: object, where: str) -> Size | None:
    from matplotlib.axes import Axes

    if ax is not None and not isinstance(ax, Axes):
        raise InputError(f"{where}: ax must be matplotlib Axes, such as Figure().add_subplot(), not {ax!r}.")
    if figsize is None:
        return None
    if not (isinstance(figsize, (tuple, list)) and len(figsize) == 2 and all(is_number(s) and s > 0 for s in figsize)):
        raise InputError(f"{where}: figsize must be width and height in inches, such as (9, 5), not {figsize!r}.")
    if ax is not None:
        raise InputError(f"{where}: give figsize or ax, not both: the figure of ax has its size already.")
    return float(figsize[0]), float(figsize[1])


def size_for(data: pd.DataFrame, inches: float, *, width: float = WIDTH) -> Size:
    """Give the size of a figure whose axes are some inches high, with its title and caption."""
    room = width - _MARGIN
    title, caption = (
        wrapped(data.attrs[text], room, points).count("\n") + 1
        for text, points in (("title", style.TITLE), ("caption", style.SMALL))
    )
    return width, inches + _AXIS + 0.25 + _LINE * (title * style.TITLE + caption * style.SMALL)


def write_words(ax: Axes, data: pd.DataFrame, *, left: float = 0.0, above: float = 0.0, axis: str = "") -> None:
    """Write title, caption and the name of the horizontal axis, by default that of rates.

    Title and caption begin `left` inches left of the axes; between title and axes `above` inches are kept free.
    """
    from matplotlib.transforms import ScaledTranslation

    room = figure_room(ax)
    title = wrapped(data.attrs["title"], room, style.TITLE)
    text = ax.set_title(title, loc="left", fontsize=style.TITLE, color=style.INK, parse_math=False)
    text.set_transform(ax.transAxes + ScaledTranslation(-left, above + 10 / 72, ax.figure.dpi_scale_trans))
    ax.set_xlabel(drawable(axis or data.attrs["axis"]), fontsize=style.TEXT, color=style.INK, parse_math=False)
    caption = wrapped(data.attrs["caption"], room, style.SMALL)
    ax.annotate(
        caption or (title and " "),  # layouts make room on the left for it, and not for titles
        xy=(0, 0),
        xycoords="axes fraction",
        xytext=(-72 * left, -40),
        textcoords="offset points",
        va="top",
        fontsize=style.SMALL,
        color=style.QUIET,
        annotation_clip=False,
        parse_math=False,
        linespacing=1.15,
    )


def figure_room(ax: Axes) -> float:
    """Give the inches that texts may take: the figure's width, or the share of it that the axes have among others."""
    inside, figure = ax.figure.subplotpars, ax.figure  # a figure or a part of one
    return float(figure.bbox.width / figure.dpi * ax.get_position().width / (inside.right - inside.left) - _MARGIN)


def row_scale(ax: Axes, data: pd.DataFrame, rows: float) -> float:
    """Give how much smaller than usual texts and marks must be, so that some rows find room in the height there is."""
    figure, inside = ax.figure, ax.figure.subplotpars
    whole = figure.bbox.height / figure.dpi * ax.get_position().height / (inside.top - inside.bottom)
    inches = whole - size_for(data, 0.0, width=figure_room(ax) + _MARGIN)[1]
    return min(1.0, max(0.3, inches / rows / _DENSEST))


def name_rows(ax: Axes, places: Iterable[float], names: Iterable[str], scale: float = 1.0) -> float:
    """Write names on the left of rows; give the inches that they take."""
    texts = fitted_names(ax, names, scale * style.TEXT)
    style.clear_spines(ax)
    ax.set_yticks(list(places), texts, color=style.INK, parse_math=False, fontsize=scale * style.TEXT)
    return max(text_inches(text, scale * style.TEXT) for text in texts) + style.LABEL_GAP / 72


def fitted_names(ax: Axes, names: Iterable[str], points: float, *, bold: bool = False) -> list[str]:
    """Shorten names until they leave the rows their share of the width, and are still apart."""
    room, longest = _NAMES * figure_room(ax), LONGEST
    lines = [drawable(name) for name in names]
    while True:
        texts = all_shortened(lines, longest)
        widest = max((text_inches(text, points, bold) for text in texts), default=0.0)
        if widest <= room or longest <= _SHORTEST:
            return texts
        longest = max(_SHORTEST, min(longest - 1, int(longest * room / widest)))


def beside(
    ax: Axes, y: float, text: str, *, left: bool = False, further: float = 0, va: str = "center_baseline", **look: Any
) -> None:
    """Write a text beside a row, on the left of the axes or on their right, there `further` inches away if need be."""
    from matplotlib.transforms import ScaledTranslation

    gap = ScaledTranslation((-1 if left else 1) * style.LABEL_GAP / 72 + further, 0, ax.figure.dpi_scale_trans)
    ax.text(
        0 if left else 1,
        y,
        drawable(text),
        transform=ax.get_yaxis_transform() + gap,  # x in axes fractions, y in rows
        ha="right" if left else "left",
        va=va,
        **{"fontsize": style.TEXT, "color": style.INK, "parse_math": False, **look},
    )


def draw_marks(ax: Axes, data: pd.DataFrame, x: pd.Series[Any], y: pd.Series[Any], *, size: float = 6.5) -> None:
    """Draw one mark per row, with the shape of its verdict and the colour of what that means; calls lie on top."""
    codes, blocks = pd.factorize(data["block"])
    for code, block in enumerate(map(str, blocks)):
        rows = np.flatnonzero(codes == code)
        colour = style.colour(block, data["meaning"].iloc[rows[0]])  # what a verdict means is the same in all rows
        ax.plot(
            x.iloc[rows],
            y.iloc[rows],
            linestyle="none",
            marker=style.MARKERS[block],
            markersize=size,
            color=colour,
            markerfacecolor="white" if block in style.HOLLOW else colour,
            zorder=4 if block in ("above", "below") else 3,
            clip_on=False,  # a rate of 0 lies on the edge
            label=block,
        )


def legend_of_verdicts(ax: Axes, data: pd.DataFrame, names: Mapping[str, str]) -> None:
    """Say above the axes what the shapes mean and how many there are, in the order of the vocabulary.

    Without names there is none: a page may write it itself.
    """
    if not names:
        return
    counts = data["block"].value_counts()
    handles = {line.get_label(): line for line in ax.get_lines()}
    shown = [block for block in style.MARKERS if block in handles and block in counts]
    legend = ax.legend(
        [handles[block] for block in shown],
        [f"{names[block]} ({counts[block]:,})" for block in shown],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=len(shown),
        frameon=False,
        fontsize=style.TEXT,
        labelcolor=style.INK,
        borderaxespad=0.3,
        borderpad=0,
        handletextpad=0.2,
        columnspacing=1.4,
    )
    for handle in legend.legend_handles:
        handle.set_markersize(6.5)  # type: ignore[union-attr]


def rate_axis(ax: Axes, smallest: float) -> None:
    """Begin the axis of rates at 0; near 100 %, as for delivery, end it there: else it would hide what differs."""
    from .ticks import RateLocator

    if ax.dataLim.xmax <= 0:  # no event at all
        ax.set_xlim(0, 1)
    elif smallest < 0.5:
        ax.set_xlim(left=0)
    else:
        ax.set_xlim(min(ax.get_xlim()[0], 100 - _LEAST), 100)
    ax.xaxis.set_major_locator(RateLocator())
    ax.xaxis.set_major_formatter("{x:g} %")


def above_tall(inches: float) -> float:
    """Give the inches that the scale takes above rows: none if these are few enough for the one below."""
    return _SCALE if inches > _TALL else 0.0


def scale_on_top(ax: Axes) -> None:
    """Repeat the scale above the rows: who reads the first ones does not see the one below. Titles give way to it."""
    ax.tick_params(axis="x", top=True, labeltop=True)
    ax.spines["top"].set_visible(True)


def line_through_rows(ax: Axes, rate: float, rows: int, text: str) -> None:
    """Draw a line through all rows, and name it above them on the side where there is room."""
    ax.vlines(rate, 0.5, rows + 0.5, color=style.LINE, linewidth=1.2, zorder=1)
    side = "left" if rate < sum(ax.get_xlim()) / 2 else "right"
    ax.text(rate, 0, drawable(text), va="center", ha=side, fontsize=style.SMALL, color=style.QUIET, parse_math=False)


def wrapped(text: str, inches: float, points: float) -> str:
    """Break a text into lines that fit; a word longer than a line stands alone."""
    lines, space = [""], text_inches("a b", points) - text_inches("ab", points)
    length = 0.0
    for word in drawable(text).replace(" %", "\u00a0%").split(" "):  # a number and its unit stay together
        wide = text_inches(word, points)
        if lines[-1] and length + space + wide > inches / _AT_MOST:
            lines.append(word)
            length = wide
        else:
            lines[-1] += f" {word}" if lines[-1] else word
            length += wide + (space if length else 0)
    return "\n".join(lines).replace("\u00a0", " ")


@lru_cache(4096)
def text_inches(text: str, points: float, bold: bool = False) -> float:
    """Measure a text without drawing it."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(size=points, weight="bold" if bold else "normal")
    width, _, _ = TextToPath().get_text_width_height_descent(drawable(text), font, ismath=False)
    return _HINTED * float(width) / 72
