"""Texts that must not lie on each other: moved as little as that takes, broken where they fit, shortened in the middle."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from leadlex_pandas.plotting import style
from leadlex_pandas.plotting.figures import text_inches, wrapped
from leadlex_pandas.plotting.labels import name_marks, placed_names, spread
from leadlex_pandas.plotting.names import shortened

SETTINGS = settings(derandomize=True, deadline=None, max_examples=40)
EVERYWHERE = (-1e9, 1e9)


def test_places_are_moved_as_little_as_it_takes():
    assert spread([1, 5], [2, 2], 0, within=EVERYWHERE) == [1, 5]
    assert spread([5, 5], [2, 2], 0, within=EVERYWHERE) == [4, 6]
    assert spread([5, 5, 5.0], [2, 2, 2], 1, within=EVERYWHERE) == [2, 5, 8]
    assert spread([3, 0, 2.5], [1, 1, 1], 0, within=EVERYWHERE) == [3.25, 0, 2.25]
    assert spread([0, 10], [2, 2], 0, within=(0, 10)) == [1, 9]


def best_by_search(places, widths):
    """The nearest arrangement, least squares, of all on a fine grid of a small problem."""
    order = np.argsort(places, kind="stable")
    grid = np.arange(-3, 8, 0.25)
    fits = [
        spot for spot in itertools.product(grid, repeat=len(places))
        if all(spot[b] - spot[a] >= (widths[a] + widths[b]) / 2 for a, b in itertools.pairwise(order))
    ]  # fmt: skip
    return min(sum((spot - place) ** 2 for spot, place in zip(each, places, strict=True)) for each in fits)


@given(st.lists(st.integers(0, 10), min_size=1, max_size=3))
@SETTINGS
def test_no_arrangement_is_nearer(tenths):
    places, widths = [each / 2 for each in tenths], [1.0, 2.0, 1.5][: len(tenths)]
    found = spread(places, widths, 0, within=EVERYWHERE)
    distance = sum((a - b) ** 2 for a, b in zip(found, places, strict=True))
    assert distance <= best_by_search(places, widths) + 1e-9
    order = np.argsort(places, kind="stable")
    for a, b in itertools.pairwise(order):
        assert found[b] - found[a] >= (widths[a] + widths[b]) / 2 - 1e-9


@pytest.mark.parametrize("points", [8.0, 9.0, 11.0])
@pytest.mark.parametrize("dpi", [60, 72, 80, 96, 100, 150, 300])
def test_broken_lines_fit(points, dpi):
    text = "Called above or below at a false discovery rate of 5 % over 39 tests; typical if the thick line lies in the zone"
    figure = Figure(dpi=dpi, figsize=(5, 3))
    drawn = figure.text(0, 0, wrapped(text, 4.0, points), fontsize=points)
    FigureCanvasAgg(figure).draw()
    assert drawn.get_window_extent().width / dpi <= 4.0
    assert drawn.get_window_extent().width / dpi > 3.0
    assert drawn.get_text().replace("\n", " ") == text


def test_a_number_keeps_its_unit_and_long_words_stand_alone():
    for inches in np.linspace(0.3, 3, 28):
        assert not any(
            line.startswith("%") for line in wrapped("the rest at 4.1 % and 95 % limits", inches, 9).split("\n")
        )
    assert wrapped("a https://example.org/very/long/address b", 0.5, 9) == "a\nhttps://example.org/very/long/address\nb"


def test_wide_letters_take_more_room():
    assert text_inches("WWWW", 9) > 2 * text_inches("iiii", 9)
    assert text_inches("name", 9, bold=True) > text_inches("name", 9)


def test_names_keep_both_ends():
    name = "Einladung zum Seminar mit einem sehr langen Titel, Teil 12"
    assert shortened(name) == "Einladung zum Seminar mit e…gen Titel, Teil 12"
    assert shortened("short") == "short"
    assert len(shortened("x" * 200)) == 46


def axes():
    figure = Figure(figsize=(6, 4), dpi=100)
    ax = figure.add_subplot()
    ax.set(xlim=(0, 10), ylim=(0, 10))
    return ax


def test_names_stand_beside_their_marks_and_apart():
    ax = axes()
    points = np.array([[5, 5], [5.1, 5.05], [9.9, 5], [0.1, 9.9], [5.2, 5.3]], float)
    names = ["first of them", "second", "at the right edge", "at the top", "third"]
    assert name_marks(ax, points, names, [style.INK] * 5) == 5
    FigureCanvasAgg(ax.figure).draw()
    boxes = {text.get_text(): text.get_window_extent() for text in ax.texts}
    for one, other in itertools.combinations(boxes.values(), 2):
        assert not one.overlaps(other)
    inside = ax.get_window_extent()
    for name, point in zip(names, points, strict=True):
        box, mark = boxes[name], ax.transData.transform(point)
        assert inside.x0 <= box.x0 < box.x1 <= inside.x1
        assert min(abs(box.x0 - mark[0]), abs(box.x1 - mark[0])) < 15


def test_names_without_room_are_left_out_the_last_first():
    ax = axes()
    names = [f"a name with room, {i}" for i in range(60)]
    written = name_marks(ax, np.full((60, 2), 5.0), names, [style.INK] * 60)
    assert 0 < written < 60
    assert ax.texts[0].get_text() == names[0]
    assert len(ax.texts) == written


def test_names_keep_clear_of_lines_if_they_can():
    ax = axes()
    point, name = np.array([[3.0, 5.0]]), "a name with room"
    through, under = np.array([[0.0, 5.0], [10.0, 5.0]]), np.array([[0.0, 4.5], [10.0, 4.5]])
    [label] = placed_names(ax, point, [name], lines=[under])
    assert (label.up, label.crossing) == (0, False)
    [label] = placed_names(ax, point, [name], lines=[through])
    assert label.up != 0
    assert not label.crossing
    everywhere = [np.array([[0.0, y], [10.0, y]]) for y in np.linspace(0, 10, 60)]
    [label] = placed_names(ax, point, [name], lines=everywhere)
    assert (label.right, label.up, label.crossing) == (True, 0, True)


def test_names_keep_clear_of_a_crowd_if_they_can_and_else_have_a_halo():
    point, name, above = np.array([[3.0, 5.0]]), "a name with room", np.linspace(3.3, 5, 40)
    [label] = placed_names(axes(), point, [name], crowd=np.column_stack([above, np.full(40, 5.05)]))
    assert not label.crossing
    assert (label.right, label.up) != (True, 0)
    x, y = np.meshgrid(np.linspace(0, 10, 80), np.linspace(0, 10, 80))
    [label] = placed_names(axes(), point, [name], crowd=np.column_stack([x.ravel(), y.ravel()]))
    assert (label.right, label.up, label.crossing) == (True, 0, True)


def test_only_a_name_that_crosses_a_line_has_a_halo():
    for lines, halos in (([], 0), ([np.array([[0.0, y], [10.0, y]]) for y in np.linspace(0, 10, 60)], 1)):
        ax = axes()
        name_marks(ax, np.array([[3.0, 5.0]]), ["a name"], [style.INK], lines=lines)
        assert len(ax.texts[0].get_path_effects() or []) == halos


def test_names_keep_clear_of_other_marks():
    ax = axes()
    others = np.array([[x, 5.0] for x in np.linspace(5.4, 8, 12)])
    name_marks(ax, np.array([[5.0, 5.0]]), ["a name"], [style.INK], others=others)
    FigureCanvasAgg(ax.figure).draw()
    box = ax.texts[0].get_window_extent()
    assert not any(box.contains(*ax.transData.transform(other)) for other in others)
