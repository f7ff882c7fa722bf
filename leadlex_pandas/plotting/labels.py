"""Labels that stand beside what they name and not on each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import Floats
from . import style
from .figures import text_inches
from .names import all_shortened, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CLEAR = 0.09  # inches between the middle of a mark and its label
_HIGH = 1.35 * style.SMALL / 72  # inches of a label
_SIDES = [(right, up) for up in (0, 1, -1, 2, -2) for right in (True, False)]
_SQUEEZE = 0.93  # the layout may make the axes a little smaller than they are now


def spread(places: Sequence[float], widths: Sequence[float], gap: float, *, within: tuple[float, float]) -> list[float]:
    """Move the middles of texts apart until none lies on another, as little as that takes, and in their order.

    `gap` stays free between neighbours; all are kept within the ends of the axis if they fit there.
    """
    order = np.argsort(places, kind="stable")
    wide = np.asarray(widths, np.float64)[order] + gap
    before = np.cumsum(wide) - wide / 2  # middles of texts that stand side by side, from 0
    # what is left is the nearest sequence that does not fall: neighbours that would are pooled
    blocks: list[tuple[float, int]] = []
    for place in np.asarray(places, np.float64)[order] - before:
        blocks.append((float(place), 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (last, few), (first, many) = blocks.pop(), blocks.pop()
            blocks.append(((first * many + last * few) / (many + few), many + few))
    pooled = np.repeat([place for place, _ in blocks], [many for _, many in blocks])
    inside = np.maximum(np.minimum(pooled, within[1] - wide.sum()), within[0])
    moved = np.empty(len(places))
    moved[order] = inside + before
    return moved.tolist()


def axes_inches(ax: Axes) -> tuple[float, float]:
    """Give width and height of the axes, a little less than now: the layout comes later."""
    box, dpi = ax.get_window_extent(), ax.figure.dpi
    return _SQUEEZE * box.width / dpi, _SQUEEZE * box.height / dpi


def name_marks(
    ax: Axes, points: Floats, names: Sequence[str], colours: Sequence[str], *, others: Floats | None = None
) -> int:
    """Write names beside points, the first ones first, clear of `others` and of each other; say how many had room.

    Points are pairs of data coordinates.
    """
    inches = np.array(axes_inches(ax))
    places = _in_inches(ax, points, inches)
    around = places if others is None else np.vstack([places, _in_inches(ax, others, inches)])
    taken = np.hstack([around - _CLEAR, around + _CLEAR])  # left, bottom, right, top
    written = 0
    texts = all_shortened([drawable(name) for name in names], 40)
    for i, (text, colour) in enumerate(zip(texts, colours, strict=True)):
        # its own mark is no obstacle, nor is one that lies on it
        obstacles = taken[np.abs(taken[:, :2] + _CLEAR - places[i]).max(axis=1) > 0.01]
        for right, up in _SIDES:
            box = _label_box(places[i], text_inches(text, style.SMALL), right, up)
            inside = (box[:2] >= 0).all() and (box[2:] <= inches).all()
            if inside and not ((box[:2] < obstacles[:, 2:]) & (box[2:] > obstacles[:, :2])).all(axis=1).any():
                _write(ax, (points[i, 0], points[i, 1]), text, colour, right, up)
                taken = np.vstack([taken, box])
                written += 1
                break
    return written


def _in_inches(ax: Axes, points: Floats, inches: Floats) -> Floats:
    return np.asarray(ax.transAxes.inverted().transform(ax.transData.transform(points)) * inches)


def _label_box(point: Floats, width: float, right: bool, up: int) -> Floats:
    left = point[0] + _CLEAR if right else point[0] - _CLEAR - 1.05 * width
    middle = point[1] + 0.85 * _HIGH * up
    return np.array([left, middle - _HIGH / 2, left + 1.05 * width, middle + _HIGH / 2])


def halo() -> Any:
    """Keep a text legible where a line passes."""
    from matplotlib.patheffects import withStroke

    return withStroke(linewidth=2.5, foreground="white")


def _write(ax: Axes, point: tuple[float, float], text: str, colour: str, right: bool, up: int) -> None:
    ax.annotate(
        text,
        xy=point,
        xytext=((1 if right else -1) * 72 * _CLEAR, up * 0.85 * 72 * _HIGH),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        fontsize=style.SMALL,
        color=colour,
        parse_math=False,
        path_effects=[halo()],
    )
