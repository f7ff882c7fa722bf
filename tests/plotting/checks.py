"""What every chart must keep: texts apart and in the figure, contrast, and its hands off other figures."""

import io
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text


def title(ax):
    """The title in one line."""
    return ax.get_title(loc="left").replace("\n", " ")


def caption(ax):
    """The caption in one line: the text that stands below the axes."""
    return max((text.get_text().replace("\n", " ") for text in ax.texts), key=len)


def texts_of(ax):
    """Every text that is seen."""
    titles = [ax.title, ax._left_title, ax._right_title]
    labels = [ax.xaxis.label, ax.yaxis.label, *_ticks_in_view(ax.xaxis, 0), *_ticks_in_view(ax.yaxis, 1)]
    legend = ax.get_legend().get_texts() if ax.get_legend() else []
    return [text for text in [*ax.texts, *titles, *labels, *legend] if text.get_visible() and text.get_text().strip()]


def _ticks_in_view(axis, coordinate):
    low, high = sorted(axis.get_view_interval())
    return [label for label in axis.get_ticklabels() if low <= label.get_position()[coordinate] <= high]


def assert_texts_apart(ax):
    """It renders, no two texts share a pixel, and all lie in the figure."""
    assert_png(ax)
    texts = texts_of(ax)
    boxes = [Text.get_window_extent(text) for text in texts]  # of an annotation without its arrow
    inside = ax.figure.bbox
    for i, (text, box) in enumerate(zip(texts, boxes, strict=True)):
        assert inside.x0 - 1 <= box.x0 <= box.x1 <= inside.x1 + 1, text.get_text()
        assert inside.y0 - 1 <= box.y0 <= box.y1 <= inside.y1 + 1, text.get_text()
        for j in range(i):
            other = boxes[j]
            apart = box.x0 >= other.x1 or other.x0 >= box.x1 or box.y0 + 1 >= other.y1 or other.y0 + 1 >= box.y1
            assert apart, (text.get_text(), texts[j].get_text())


def luminance(colour):
    """Relative luminance, WCAG 2.1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(one, other):
    """Contrast ratio of two colours, WCAG 2.1."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def assert_texts_have_contrast(ax, ground="white"):
    """4.5 to 1 for every text."""
    for text in texts_of(ax):
        assert contrast(text.get_color(), ground) >= 4.5, text.get_text()


def assert_png(ax):
    """It renders without a warning, to a picture that is not blank."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        file = io.BytesIO()
        ax.figure.savefig(file, format="png", dpi=ax.figure.dpi)
    file.seek(0)
    assert np.ptp(plt.imread(file)[..., :3]) > 0.5


def assert_hands_off(monkeypatch, draw):
    """With `ax=` no pyplot function is called; without, one figure is made; settings and other figures stay.

    `draw(ax)` draws the chart; it is given None for a figure of its own.
    """
    settings = dict(mpl.rcParams)
    other = plt.figure()
    other_ax = other.add_subplot()
    children = other_ax.get_children()
    draw(None)
    assert plt.get_fignums() == [other.number, other.number + 1]  # so a notebook shows it once
    assert plt.figure(other.number) is other
    with monkeypatch.context() as patched:
        for name in [name for name in vars(plt) if callable(getattr(plt, name)) and not name.startswith("_")]:
            patched.setattr(plt, name, _forbidden(name))
        figure = Figure(layout="constrained")
        ax = figure.add_subplot()
        assert draw(ax) is ax
        assert figure.axes == [ax]
        FigureCanvasAgg(figure).draw()
    assert len(plt.get_fignums()) == 2
    assert other_ax.get_children() == children
    assert dict(mpl.rcParams) == settings


def _forbidden(name):
    def called(*args, **kwargs):
        raise AssertionError(f"pyplot.{name} was called")

    return called
