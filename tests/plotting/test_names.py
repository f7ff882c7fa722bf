"""Names in charts: short, apart where they differ, in one line, and without what the font lacks."""

import io
import warnings

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from leadlex_pandas import plotting
from leadlex_pandas.plotting.figures import fitted_names, text_inches
from leadlex_pandas.plotting.names import all_shortened, drawable, shortened
from tests.plotting.checks import assert_texts_apart, texts_of, title
from tests.plotting.frames import six_counts

CITIES = ("Munich", "Berlin", "Hamburg")
OFFICES = [f"Newsletter employment law, {city} office, second reminder to all clients" for city in CITIES]
ODD = ["100 % 日本語 🎉", "line\nbreak", "$x_1$"]

CHARTS = {
    "forest": plotting.forest,
    "funnel": plotting.funnel,
    "ranks": plotting.ranks,
    "health": plotting.health,
    "strip": plotting.strip,
    "stages": lambda df: plotting.stages(df, by="label"),
    "difference": lambda df: plotting.difference(df, df.index[0], df.index[1]),
}


def labelled(labels):
    counts = {"opened_count": [300, 320, 310], "clicked_count": [130, 140, 150], "replied_count": [120, 30, 10]}
    return pd.DataFrame(
        {"label": labels, "sent_count": [900, 1200, 800], **counts, "bounced_count": 2, "unsubscribed_count": 1},
        index=["x", "y", "z"],
    )  # fmt: skip


def test_names_are_cut_where_they_are_alike():
    assert len({shortened(name) for name in OFFICES}) == 1
    for longest in (46, 40, 34, 24, 14):
        texts = all_shortened(OFFICES, longest)
        assert max(map(len, texts)) <= longest
        assert all(city in text for city, text in zip(CITIES, texts, strict=True))
    assert all_shortened(OFFICES)[0] == "Newsletter employment law, Munich…all clients"
    assert all_shortened(["short", *OFFICES, "short", OFFICES[0]])[::4] == ["short", "short"]


def test_names_that_are_not_alike_are_cut_as_if_alone():
    names = [f"A campaign with a name of sixty characters, number {i:09d}" for i in range(20)]
    assert all_shortened(names) == [shortened(name) for name in names]
    assert all_shortened([OFFICES[0]] * 3) == [shortened(OFFICES[0])] * 3


@given(
    st.lists(st.text("ab ", min_size=1, max_size=30).map(lambda text: f"aa{text * 3}bb"), max_size=12),
    st.integers(12, 46),
)
@settings(derandomize=True, deadline=None, max_examples=150)
def test_different_names_stay_different_and_the_same_the_same(names, longest):
    texts = all_shortened(names, longest)
    assert all(len(text) <= longest for text in texts)
    assert all(text == name for text, name in zip(texts, names, strict=True) if len(name) <= longest)
    assert [[one == other for other in texts] for one in texts] == [[one == other for other in names] for one in names]


def test_what_nothing_tells_apart_is_numbered():
    texts = all_shortened([*(f"{'long ' * 20}{'ab'[i % 2]}{'c' * i}{' name' * 20}" for i in range(30))], 12)
    assert len(set(texts)) == 30
    assert max(map(len, texts)) <= 12


@pytest.mark.parametrize("name", ["forest", "funnel", "ranks", "health", "stages"])
def test_charts_tell_long_names_apart(name):
    ax = CHARTS[name](labelled(OFFICES))
    said = [text.get_text() for text in texts_of(ax)]
    for city in CITIES:
        assert any(text.startswith("News") and city in text and "…" in text for text in said)
    assert_texts_apart(ax)


def test_growth_and_titles_tell_long_names_apart():
    days = pd.date_range("2026-01-05", periods=3, freq="7D", tz="UTC")
    history = pd.concat([
        pd.DataFrame({"campaign_id": office, "fetched_at": days, "sent_count": 100, "replied_count": [0, 3, 7]})
        for office in OFFICES
    ]).set_index(["campaign_id", "fetched_at"])  # fmt: skip
    ax = plotting.growth(history)
    assert len({text.get_text() for text in ax.get_legend().get_texts()} - {"median"}) == 3
    frame = labelled(OFFICES).set_index("label")
    assert "law, Munich…" in title(plotting.difference(frame, OFFICES[0], OFFICES[1]))
    assert "law, Munich…" in title(plotting.stages(labelled(OFFICES), by="label"))


def test_names_beside_rows_leave_two_thirds_to_the_rest():
    groups = ["Employment law and social security of posted workers abroad", "IP", "Tax"]
    df = labelled(groups)
    for ax in (plotting.stages(df, by="label"), plotting.forest(df, against=0.04), plotting.ranks(df)):
        ax.figure.savefig(io.BytesIO())
        names = [text for text in texts_of(ax) if text.get_text().startswith("Employ")]
        widths = [text.get_window_extent().width / ax.figure.dpi for text in names]
        assert 2 < max(widths) <= 9 / 3  # inches


def test_names_keep_some_letters_in_the_smallest_axes():
    ax = Figure(figsize=(1.5, 2)).add_subplot()
    texts = fitted_names(ax, OFFICES, 9.0)
    assert len(set(texts)) == 3
    assert all(len(text) <= 12 for text in texts)


def test_lines_and_characters_that_the_font_lacks():
    assert drawable("plain, ASCII $x$") == "plain, ASCII $x$"
    assert drawable("Müller – 10 € مرحبا") == "Müller – 10 € مرحبا"
    assert drawable("100 % 日本語 🎉") == "100 % □□□ □"
    assert drawable("a \r\n b\tc\u2028d") == "a b c d"


def test_a_font_of_the_settings_may_have_what_another_lacks():
    only = chr(next(code for code in code_points("STIXGeneral") - code_points("DejaVu Sans")))
    assert drawable(only) == "□"
    with mpl.rc_context({"font.family": ["DejaVu Sans", "STIXGeneral", "no such font"]}):
        assert drawable(only) == only


def code_points(family):
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return {code for code in get_font(findfont(FontProperties(family=[family]))).get_charmap() if code > 126}


@pytest.mark.parametrize("name", CHARTS)
def test_no_chart_warns_of_characters_and_lines(name):
    df = labelled(ODD)
    if name == "difference":
        df = df.set_index("label")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "benchmark: fewer")
        ax = CHARTS[name](df)
        ax.figure.savefig(io.BytesIO())
    assert not any("日" in text.get_text() for text in texts_of(ax))
    assert not any("line\nbreak" in text.get_text() for text in texts_of(ax))
    assert_texts_apart(ax)


def test_the_data_of_charts_keeps_names_as_they_are():
    df = six_counts(3).set_axis(ODD)
    assert plotting.data.forest_data(df, against=0.04)["name"].isin(ODD).all()
    assert "日本語" in plotting.alt_text(plotting.data.ranks_data(df))


def test_a_long_text_is_no_wider_for_a_box():
    assert text_inches("日本", 9.0) == text_inches("□□", 9.0)
    assert np.isfinite(text_inches("\n", 9.0))
