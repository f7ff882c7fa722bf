"""Labels that stand beside what they name and not on each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .._checks import Floats
from . import style
from .figures import text_inches
from .names import all_shortened, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CLEAR = 0.09  # inches between the middle of a mark and its label
_HIGH = 1.35 * style.SMALL / 72  # inches of a label
_SIDES = [(right, up) for up in (0, 1, -1, 2, -2) for right in (True, False)]
_FAR = np.array([abs(up) for _, up in _SIDES], np.float64)
_CROSSING = 1.5  # as bad as so many steps away
_STEP = 0.85 * _HIGH  # inches from one of these heights to the next
_LONGEST = 40  # characters
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


@dataclass(frozen=True)
class Label:
    """Where a name stands: beside which mark, on which side, and how far above or below, in inches."""

    place: int
    text: str
    right: bool
    up: float
    crossing: bool  # a line, or a point of a crowd

    @property
    def along(self) -> float:
        """The inches from the middle of the mark to where the name begins, or on its left ends."""
        return _CLEAR if self.right else -_CLEAR


def name_marks(
    ax: Axes,
    points: Floats,
    names: Sequence[str],
    colours: Sequence[str],
    *,
    others: Floats | None = None,
    lines: Sequence[Floats] = (),
    crowd: Floats | None = None,
) -> int:
    """Write names beside points as `placed_names` says; say how many had room."""
    placed = placed_names(ax, points, [drawable(name) for name in names], others=others, lines=lines, crowd=crowd)
    for label in placed:
        _write(ax, (points[label.place, 0], points[label.place, 1]), label, colours[label.place])
    return len(placed)


def placed_names(
    ax: Axes,
    points: Floats,
    names: Sequence[str],
    *,
    others: Floats | None = None,
    lines: Sequence[Floats] = (),
    crowd: Floats | None = None,
) -> list[Label]:
    """Find room for names beside points, for the first ones first, clear of `others` and of each other.

    Points are pairs of data coordinates, and lines are rows of points. Names keep clear of lines, and of the points of
    a crowd, if they can.
    """
    if not len(points):
        return []
    inches = np.array(axes_inches(ax))
    places = _in_inches(ax, points, inches)
    around = places if others is None else np.vstack([places, _in_inches(ax, others, inches)])
    taken = np.hstack([around - _CLEAR, around + _CLEAR])  # left, bottom, right, top
    drawn = [_along(_in_inches(ax, line, inches)) for line in lines]
    drawn += [] if crowd is None else [_in_inches(ax, crowd, inches)]
    crossed = np.vstack([np.empty((0, 2)), *drawn])
    crossed = np.hstack([crossed, crossed])  # boxes of no size
    placed = []
    for i, text in enumerate(all_shortened(names, _LONGEST)):
        # its own mark is no obstacle, nor is one that lies on it
        obstacles = taken[np.abs(taken[:, :2] + _CLEAR - places[i]).max(axis=1) > 0.01]
        boxes = _boxes(places[i], text_inches(text, style.SMALL))
        inside = (boxes[:, :2] >= 0).all(axis=1) & (boxes[:, 2:] <= inches).all(axis=1)
        free = np.flatnonzero(inside & ~_touches(boxes, obstacles))
        if not len(free):
            continue
        crossing = _touches(boxes[free], crossed)
        best = int(np.argmin(_FAR[free] + _CROSSING * crossing))
        right, up = _SIDES[free[best]]
        placed.append(Label(i, text, right, _STEP * up, bool(crossing[best])))
        taken = np.vstack([taken, boxes[free[best]]])
    return placed


def _in_inches(ax: Axes, points: Floats, inches: Floats) -> Floats:
    return np.asarray(ax.transAxes.inverted().transform(ax.transData.transform(points)) * inches)


def _along(line: Floats) -> Floats:
    """Give points along a line, so near to each other that no name fits between them."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0, way[-1], int(way[-1] / (_HIGH / 3)) + 2)
    return np.column_stack([np.interp(at, way, line[:, axis]) for axis in (0, 1)])


def _boxes(point: Floats, width: float) -> Floats:
    """Give the boxes that a name would take on each side, as left, bottom, right, top."""
    right, up = np.array(_SIDES, np.float64).T
    left = np.where(right, point[0] + _CLEAR, point[0] - _CLEAR - 1.05 * width)
    middle = point[1] + _STEP * up
    return np.column_stack([left, middle - _HIGH / 2, left + 1.05 * width, middle + _HIGH / 2])


def _touches(boxes: Floats, obstacles: Floats) -> NDArray[np.bool_]:
    """Tell which boxes lie on an obstacle."""
    mine, theirs = boxes[:, None], obstacles[None]
    on = np.all((mine[..., :2] < theirs[..., 2:]) & (mine[..., 2:] > theirs[..., :2]), axis=2)
    return np.asarray(on.any(axis=1))


def halo() -> Any:
    """Keep a text legible where a line passes."""
    from matplotlib.patheffects import withStroke

    return withStroke(linewidth=2.5, foreground="white")


def _write(ax: Axes, point: tuple[float, float], label: Label, colour: str) -> None:
    name = ax.annotate(
        label.text,
        xy=point,
        xytext=(72 * label.along, 72 * label.up),
        textcoords="offset points",
        ha="left" if label.right else "right",
        va="center",
        fontsize=style.SMALL,
        color=colour,
        parse_math=False,
        path_effects=[halo()] if label.crossing else None,
    )
    name.set_in_layout(False)  # it lies inside, and need not be measured
