"""What the page lays over a picture: spots that answer the mouse, and the names of what stands out, as texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..metrics import percent
from . import canvas
from .derive import View
from .texts import html, meaning_class, message

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .._checks import Floats
    from ..plotting.labels import Label

_MOST = 300  # marks that answer the mouse, what stands out first
_SIZE = 15  # pixels of such a mark


@dataclass(frozen=True)
class Spot:
    """Where the page answers the mouse: the place of a row, and the box in percent of the picture."""

    place: int
    left: float
    top: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class Name:
    """A name beside a mark: the place of its row, and where in percent of the picture it begins, or ends."""

    place: int
    x: float
    y: float
    right: bool
    text: str
    kind: str


def around_marks(ax: Axes, rows: pd.DataFrame, columns: tuple[str, str], view: View) -> tuple[Spot, ...]:
    """Lay a small box around each mark, of as many as a page can carry; calls come last, so that they lie on top."""
    called = rows["block"].isin(["above", "below"]).to_numpy()
    order = np.lexsort((-rows["trials"].to_numpy(float), ~called))[:_MOST]
    rows = rows.iloc[order[::-1]]
    (wide, high), middles = _size(ax), _pixels(ax, rows, columns)
    corners = 100 * (middles - _SIZE / 2) / (wide, high)
    return _spots(corners, (100 * _SIZE / wide, 100 * _SIZE / high), rows["place"], view)


def along_rows(ax: Axes, rows: pd.DataFrame, y: str, view: View) -> tuple[Spot, ...]:
    """Lay a band over each row."""
    high = _size(ax)[1]
    middles, (top, bottom) = (_heights(ax, each) for each in (rows[y].to_numpy(float), np.array([-0.5, 0.5])))
    tall = bottom - top
    corners = np.column_stack([np.zeros(len(rows)), 100 * (middles - tall / 2) / high])
    return _spots(corners, (100.0, 100 * tall / high), rows["place"], view)


def beside_marks(
    ax: Axes, rows: pd.DataFrame, columns: tuple[str, str], placed: Sequence[tuple[int, Label]]
) -> tuple[Name, ...]:
    """Say where names stand, those of some rows."""
    named = rows.iloc[[row for row, _ in placed]]
    moved = np.array([(label.along, -label.up) for _, label in placed]).reshape(-1, 2) * canvas.SHOWN
    at = (100 * (_pixels(ax, named, columns) + moved) / _size(ax)).tolist()
    each = zip(named["place"].tolist(), at, placed, named["meaning"].tolist(), strict=True)
    return tuple(
        Name(place, x, y, label.right, label.text, meaning_class(meaning))
        for place, (x, y), (_, label), meaning in each
    )


def written(spots: Sequence[Spot], names: Sequence[Name], view: View) -> str:
    """Write spots and names; who clicks one selects the campaign."""
    chosen = set(view.selected.tolist())
    titles = {spot.place: spot.title for spot in spots}
    return "".join(
        [
            *(_spot(spot, view.keys[spot.place], spot.place in chosen) for spot in spots),
            *(_name(name, view.keys[name.place], titles.get(name.place, "")) for name in names),
        ]
    )


def _spot(spot: Spot, key: str, chosen: bool) -> str:
    band = " lx-band" if spot.width > 50 else ""
    box = f"left:{spot.left:.3f}%;top:{spot.top:.3f}%;width:{spot.width:.3f}%;height:{spot.height:.3f}%"
    return (
        f'<span class="lx-spot{band}{" lx-chosen" if chosen else ""}" data-id="{html(key)}" style="{box}" '
        f'title="{html(spot.title)}" {message("select", key)}></span>'
    )


def _name(name: Name, key: str, title: str) -> str:
    side = f"left:{name.x:.3f}%" if name.right else f"right:{100 - name.x:.3f}%"
    return (
        f'<bdi class="lx-mark-name lx-{name.kind}" style="{side};top:{name.y:.3f}%" title="{html(title)}" '
        f"{message('select', key)}>{html(name.text)}</bdi>"
    )


def _size(ax: Axes) -> tuple[float, float]:
    wide, high = ax.figure.get_size_inches()  # type: ignore[union-attr]
    return canvas.SHOWN * wide, canvas.SHOWN * high


def _pixels(ax: Axes, rows: pd.DataFrame, columns: tuple[str, str]) -> Floats:
    """Give the pixels of marks as shown, from the left and from the top; a column of rates is drawn in percent."""
    x, y = (rows[name].to_numpy(float) for name in columns)
    at = ax.transData.transform(np.column_stack([x, 100 * y])) / canvas.DPI * canvas.SHOWN
    return np.asarray(np.column_stack([at[:, 0], _size(ax)[1] - at[:, 1]]))


def _heights(ax: Axes, y: Floats) -> Floats:
    at = ax.transData.transform(np.column_stack([np.zeros(len(y)), y]))[:, 1]
    return np.asarray(_size(ax)[1] - at / canvas.DPI * canvas.SHOWN)


def _spots(corners: Floats, size: tuple[float, float], places: pd.Series[int], view: View) -> tuple[Spot, ...]:
    each = places.to_numpy()
    titles, at = _titles(view, each), corners.tolist()
    return tuple(
        Spot(place, x, y, *size, title) for place, title, (x, y) in zip(each.tolist(), titles, at, strict=True)
    )


def _titles(view: View, places: np.ndarray) -> list[str]:
    """Say of each mark what it is: name, rate, sends and verdict."""
    columns = (view.plain[name].iloc[places].tolist() for name in ("rate", "trials", "verdict"))
    return [
        f"{name}: {percent(rate)} of {trials:,} ({verdict})"
        for name, rate, trials, verdict in zip(view.names_of(places), *columns, strict=True)
    ]
