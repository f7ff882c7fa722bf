"""How things look: one shape and one colour for each verdict, text sizes, and axes without frills."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito (2008), safe for the colour-blind; darkened where needed for a contrast of 4.5 : 1 on white
BETTER = "#0062A3"
WORSE = "#B54700"
INK = "#222222"
QUIET = "#5F5F5F"
ZONE = "#E9EEF2"
LINE = "#7A7A7A"
BAR = "#8C8C8C"
LINES = ("#0062A3", "#B54700", "#00735C", "#8A3E72")  # of campaigns that are named beside their line

MARKERS = {
    "above": "^",
    "below": "v",
    "typical": "o",
    "near the edge": "D",
    "too few sends": "o",
    "no comparison": "s",
    "not a proportion": "x",
}
HOLLOW = ("too few sends", "no comparison")  # nothing has been settled

TEXT = 9.0  # points
TITLE = 11.0
SMALL = 8.0
LABEL_GAP = 9.0  # points between a row's name and the axis, so that a mark at 0 does not touch it
LEGEND = 0.28  # inches above the axes for what the marks mean
ROW = 0.235  # inches for each row of a chart with one row per campaign


def colour(verdict: str, meaning: object) -> str:
    """Give the colour of a mark: good and bad news stand out, everything else stays back."""
    if meaning == "better":
        return BETTER
    if meaning == "worse":
        return WORSE
    return INK if verdict in ("typical", "near the edge") else QUIET


def clear_spines(ax: Axes, kept: tuple[str, ...] = ("bottom",)) -> None:
    """Leave only the axes that are read; without a left one, rows have names there."""
    for side, spine in ax.spines.items():
        spine.set_visible(side in kept)
        spine.set_color(LINE)
    ax.tick_params(axis="x", colors=INK, labelsize=TEXT)
    if "left" in kept:
        ax.tick_params(axis="y", colors=INK, labelsize=TEXT)
    else:
        ax.tick_params(axis="y", length=0, labelsize=TEXT, pad=LABEL_GAP)
