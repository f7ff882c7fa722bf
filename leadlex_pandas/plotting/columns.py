"""Columns of text on the right of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from . import style
from .figures import beside, figure_room, text_inches
from .labels import axes_inches

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def write_columns(
    ax: Axes, places: pd.Series[float], texts: pd.DataFrame, headings: Sequence[str], top: float, scale: float = 1.0
) -> float:
    """Write columns of text beside rows, as wide as they must be, with headings at `top`; give the inches of all."""
    further, points = 0.0, scale * style.TEXT
    for heading, (_, column) in zip(headings, texts.items(), strict=True):
        for y, text in zip(places, column, strict=True):
            if text:
                beside(ax, y, str(text), further=further, fontsize=points)
        beside(ax, top, heading, color=style.QUIET, va="center", further=further, fontsize=points)
        widest = max(text_inches(str(text), points) for text in [heading, *column])
        further += widest + 1.6 * style.LABEL_GAP / 72
    return further


def room_between(ax: Axes, left: float, right: float) -> float:
    """Give the inches that the layout will leave the axes between texts of so many inches, at least one."""
    return max(1.0, min(axes_inches(ax)[0], figure_room(ax) - left - right))
