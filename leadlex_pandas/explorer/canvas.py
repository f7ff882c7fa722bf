"""Figures of the explorer's own: cleared and used again, fitted around their texts, and written as small PNG files.

Nothing here touches pyplot or settings that figures share: it runs beside the user's own drawing.
"""

from __future__ import annotations

import io
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

DPI = 144  # dots per inch; shown at 100, so that it is sharp on fine screens
SHOWN = 100
_PAD = 0.06  # inches
_COLOURS = 127  # beside that of the background

_used: deque[Figure] = deque(maxlen=2)  # each is used by one thread at a time


def _figure(size: tuple[float, float]) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def empty_figure(size: tuple[float, float]) -> Figure:
    """Clear a figure that was used, if one is free: it has measured many texts, which takes a tenth of a drawing."""
    try:
        figure = _used.pop()
    except IndexError:
        return _figure(size)
    for ax in figure.axes:  # clearing would set up anew what is thrown away
        figure.delaxes(ax)
    figure.set_size_inches(size)
    return figure


def give_back(figure: Figure) -> None:
    """Let a figure be used again, once it is no longer needed."""
    _used.append(figure)


def fit(figure: Figure) -> None:
    """Move the edges of the axes so that all texts beside them find room: one measurement, no solver."""
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    [ax] = figure.axes
    beside = [each for each in (*ax.texts, ax.get_legend()) if each is not None and each.get_in_layout()]
    box = ax.get_tightbbox(renderer, bbox_extra_artists=beside)
    if box is None:
        return
    inner, dpi, (wide, high) = ax.get_window_extent(renderer).frozen(), figure.dpi, figure.get_size_inches()
    left, right = (inner.x0 - box.x0) / dpi + _PAD, (box.x1 - inner.x1) / dpi + _PAD
    bottom, top = (inner.y0 - box.y0) / dpi + _PAD, (box.y1 - inner.y1) / dpi + _PAD
    figure.subplots_adjust(
        left=min(left / wide, 0.5), right=max(1 - right / wide, 0.6), bottom=bottom / high, top=1 - top / high
    )
    # the names of the axes keep their distance, which need not be measured again
    now = ax.get_window_extent(renderer)
    for axis, right, up in ((ax.xaxis, 0.0, now.y0 - inner.y0), (ax.yaxis, now.x0 - inner.x0, 0.0)):
        x, y = axis.label.get_position()
        axis.set_label_coords(x + right, y + up, transform=axis.label.get_transform())


def png_bytes(figure: Figure) -> bytes:
    """Write a figure as PNG with few colours, which is a quarter of the bytes in no more time."""
    canvas: Any = figure.canvas
    canvas.draw()
    buffer = io.BytesIO()
    with_few_colours(np.asarray(canvas.buffer_rgba())).save(buffer, "png", compress_level=1, dpi=(DPI, DPI))
    return buffer.getvalue()


def with_few_colours(pixels: NDArray[np.uint8]) -> Image:
    """Choose colours for what is not background, which is little of a chart, and takes little time to go through."""
    from PIL.Image import Quantize, fromarray, frombytes

    packed = np.ascontiguousarray(pixels).view(np.uint32)[..., 0]
    drawn = np.flatnonzero(packed != packed[0, 0])
    few = fromarray(pixels.reshape(-1, 4)[drawn].reshape(1, -1, 4)).quantize(_COLOURS, method=Quantize.FASTOCTREE)
    numbers = np.full(packed.shape, _COLOURS, np.uint8)
    numbers.reshape(-1)[drawn] = np.asarray(few)[0]
    image = frombytes("P", packed.shape[::-1], numbers.tobytes())
    colours = few.getpalette("RGBA") or []
    image.putpalette([*colours, *[0] * (4 * _COLOURS - len(colours)), *pixels[0, 0].tolist()], "RGBA")
    return image
