"""What holds for every chart: texts apart, contrast, one figure, no side effects, the same from a table."""

import itertools
import threading

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from pandas.testing import assert_frame_equal

import leadlex_pandas
from leadlex_pandas import ColumnsError, InputError, benchmark, plotting, rank
from leadlex_pandas.plotting import data as chart_data
from leadlex_pandas.plotting import style
from tests.plotting.checks import (
    assert_hands_off,
    assert_png,
    assert_texts_apart,
    assert_texts_have_contrast,
    caption,
    contrast,
    texts_of,
    title,
)
from tests.plotting.frames import counts, long_names, many

# the verb behind each chart, and what to compare with so that one campaign is enough
CHARTS = {
    "forest": (benchmark, {"against": 0.04}),
    "funnel": (benchmark, {"against": 0.04}),
    "ranks": (rank, {}),
    "strip": (benchmark, {"against": "cold-b2b-it-2026"}),
}
ALL = pytest.mark.parametrize("name", CHARTS)


def draw(name, df, **options):
    given = {} if name == "ranks" else CHARTS[name][1]
    return getattr(plotting, name)(df, **(given | options))


def data_of(name, df, **options):
    given = {} if name == "ranks" else CHARTS[name][1]
    return getattr(chart_data, f"{name}_data")(df, **(given | options))


@ALL
@pytest.mark.parametrize("campaigns", [1, 5, 40, 200])
def test_no_text_lies_on_another(name, campaigns):
    options = {"max_rows": None} if name in ("forest", "ranks") else {}
    ax = draw(name, long_names(campaigns), **options)
    assert_texts_apart(ax)
    assert_texts_have_contrast(ax)


@ALL
def test_every_line_and_mark_has_contrast(name, stats):
    ax = draw(name, stats)
    lines = [line.get_color() for line in ax.lines]
    lines += [colour for each in ax.collections if isinstance(each, LineCollection) for colour in each.get_colors()]
    assert len(lines) > 3
    for colour, ground in itertools.product(lines, ("white", style.ZONE)):
        assert contrast(colour, ground) >= 3


@ALL
def test_texts_are_apart_without_events_and_with_a_whole_portfolio(name, stats):
    for df in (stats, many(12).assign(replied_count=0), many(12).assign(replied_count=lambda df: df["sent_count"])):
        assert_texts_apart(draw(name, df))


@ALL
@pytest.mark.parametrize(("dpi", "figsize"), [(72, None), (200, None), (100, (13.33, 7.5)), (144, (10, 5.63))])
def test_texts_are_apart_in_notebooks_in_print_and_on_slides(name, stats, dpi, figsize):
    ax = draw(name, stats, figsize=figsize)  # 39 rows
    ax.figure.set_dpi(dpi)
    assert_texts_apart(ax)


@ALL
def test_other_figures_and_pyplot_are_left_alone(name, monkeypatch):
    assert_hands_off(monkeypatch, lambda ax: draw(name, many(5), ax=ax))


@ALL
def test_frames_are_left_alone(name, stats):
    verb, options = CHARTS[name]
    before, table = stats.copy(deep=True), verb(stats, **options)
    table_before = table.copy(deep=True)
    draw(name, stats)
    draw(name, table)
    assert_frame_equal(stats, before)
    assert_frame_equal(table, table_before)
    assert table.attrs == table_before.attrs


@ALL
def test_a_table_is_not_computed_again(name, stats, monkeypatch):
    verb, options = CHARTS[name]
    options = options | ({"level": 0.8} if name == "ranks" else {"level": 0.9, "fdr": 0.2})
    expected, table = data_of(name, stats, **options), verb(stats, **options)
    for module in ("verdicts", "ranks"):
        monkeypatch.setattr(f"leadlex_pandas.plotting.data.{module}.{verb.__name__}", None, raising=False)
    found = data_of(name, table)
    assert_frame_equal(found, expected)
    assert found.attrs == expected.attrs


@ALL
def test_a_table_without_its_facts_is_refused(name, stats):
    verb, options = CHARTS[name]
    table = verb(stats, **options)
    table.attrs = {}
    with pytest.raises(ColumnsError):
        draw(name, table)


@ALL
def test_threads_draw_their_own_figures(name):
    found = {}

    def one(seed, place):
        ax = draw(name, many(20, seed), ax=Figure(layout="constrained").add_subplot())
        found[place] = title(ax), caption(ax), [text.get_text() for text in texts_of(ax)]

    threads = [threading.Thread(target=one, args=(seed, seed)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(6):
        one(seed, "alone")
        assert found[seed] == found["alone"]


@ALL
def test_figures_take_a_size(name):
    assert draw(name, many(5), figsize=(12, 7)).figure.get_size_inches().tolist() == [12, 7]
    assert len(plt.get_fignums()) == 1
    for wrong in ((9,), (9, 0), "large", (9, float("nan")), 9):
        with pytest.raises(InputError) as error:
            draw(name, many(5), figsize=wrong)
        assert str(error.value) == (
            f"{name}: figsize must be width and height in inches, such as (9, 5), not {wrong!r}."
        )
    with pytest.raises(InputError) as error:
        draw(name, many(5), figsize=(9, 5), ax=Figure().add_subplot())
    assert str(error.value) == f"{name}: give figsize or ax, not both: the figure of ax has its size already."
    with pytest.raises(InputError) as error:
        draw(name, many(5), ax=3)
    assert str(error.value) == f"{name}: ax must be matplotlib Axes, such as Figure().add_subplot(), not 3."
    assert len(plt.get_fignums()) == 1


@ALL
def test_texts_fit_narrow_axes_among_others(name, stats):
    figure = Figure(figsize=(16, 9), layout="constrained")
    left, right = figure.subplots(1, 2)
    right.set_title("other")
    draw(name, stats.head(6), ax=left)
    FigureCanvasAgg(figure).draw()
    assert left.title.get_window_extent().x1 <= right.get_window_extent().x0
    assert max(text.get_window_extent().x1 for text in texts_of(left)) <= right.get_window_extent().x0 + 5


@ALL
def test_labels_stand_where_ids_would_and_are_taken_as_they_are(name):
    names = ["$x^2$ & <b>", "50 % off_now", "a\\b", None, "  "]
    df = counts((90, 1000), (80, 1000), (70, 1000), (60, 1000), (1, 1000)).set_axis([f"id{i}" for i in range(5)])
    df["label"] = names
    assert data_of(name, df).sort_index()["name"].tolist() == [*names[:3], "id3", "id4"]
    ax = draw(name, df)
    assert not any(text.get_parse_math() for text in texts_of(ax) if "$" in text.get_text())
    assert_png(ax)


@ALL
def test_names_of_several_accounts_are_joined(name):
    df = counts((90, 1000), (80, 1000))
    df.index = pd.MultiIndex.from_tuples([("Client A", "c1"), ("Client B", "c1")])
    assert sorted(data_of(name, df)["name"]) == ["Client A / c1", "Client B / c1"]


@ALL
def test_captions_say_who_is_missing_and_when_it_was_read(name):
    df = many(6)
    df.loc[df.index[:2], "sent_count"] = 0
    df["fetched_at"] = pd.Timestamp("2026-09-01 08:00", tz="Europe/Berlin")
    said = caption(draw(name, df))
    assert said.endswith("Read 2026-09-01 06:00 UTC.")
    assert ("Without a proportion: 2 campaigns." if name == "ranks" else "No data: 2 campaigns.") in said
    assert len(data_of(name, df)) == 4
    df.loc[df.index[3], "fetched_at"] += pd.Timedelta("26h")
    assert caption(draw(name, df)).endswith("Read 2026-09-01 06:00 to 2026-09-02 08:00 UTC.")
    verb, options = CHARTS[name]
    assert caption(draw(name, verb(df, **options))).endswith("Read 2026-09-01 06:00 to 2026-09-02 08:00 UTC.")
    assert "Read" not in caption(draw(name, df.assign(fetched_at=None)))
    assert "Read" not in caption(draw(name, df.drop(columns="fetched_at")))


@ALL
def test_campaigns_with_more_events_than_emails(name):
    df = pd.concat([many(5), counts((12, 10)).set_axis(["odd"])])
    data = data_of(name, df)
    assert ("odd" in data.index) is (name == "forest")  # which shows it last, without limits
    if name == "ranks":
        assert "Without a proportion: 1 campaign." in caption(draw(name, df))
    elif name != "forest":
        assert "Not drawn: 1 campaign with" in caption(draw(name, df))


@ALL
def test_nothing_to_draw(name):
    for df in (many(3).iloc[:0], many(3).assign(sent_count=0, replied_count=0)):
        with pytest.raises(InputError) as error:
            draw(name, df)
        assert str(error.value) == {
            "ranks": "ranks: no campaign has a proportion for this metric, so there is nothing to rank.",
        }.get(name, f"{name}: no campaign has data for this metric, so there is nothing to draw.")
    with pytest.raises(InputError) as error:
        draw(name, [1, 2])
    assert str(error.value) == f"{name}: df must be a pandas DataFrame, not list."
    with pytest.raises(ColumnsError):
        draw(name, many(3)[["sent_count"]])


@ALL
def test_alternative_texts_state_the_finding(name, stats):
    data = data_of(name, stats)
    said = plotting.alt_text(data)
    assert data.attrs["title"] in said
    assert "replies per email sent" in said
    assert said.endswith(".")
    with pytest.raises(InputError) as error:
        plotting.alt_text(stats)
    assert str(error.value) == (
        "alt_text: data must be what a function of leadlex_pandas.plotting.data gave, such as forest_data(df)."
    )


def test_alternative_texts_name_what_stands_out():
    df = counts((100, 1000), (90, 1000), (85, 1000), (80, 1000), (10, 1000), *[(400, 10_000)] * 20)
    df["label"] = ["one", "two", "three", "four", "low", *[f"c{i}" for i in range(20)]]
    table = benchmark(df)
    assert table["verdict"].head(5).tolist() == ["above"] * 4 + ["below"]
    limits = {row.label: f"[{100 * row.low:.1f}, {100 * row.high:.1f}]" for row in table.itertuples()}
    assert plotting.alt_text(chart_data.forest_data(df)) == (
        "Forest chart of 25 campaigns, replies per email sent. Reply rate: 4 of 25 campaigns above the rest, 1 below. "
        f"Above: one, 10.0 % {limits['one']}; two, 9.0 % {limits['two']}; three, 8.5 % {limits['three']} and 1 more. "
        f"Below: low, 1.0 % {limits['low']}."
    )


@ALL
def test_nothing_is_asked_of_columns_that_are_no_times(name):
    df = many(5).assign(fetched_at=["yesterday", None, "", "x", "y"])
    assert "Read" not in caption(draw(name, df))


def test_a_chart_needs_no_more_than_its_numbers():
    frame = many(5).rename(columns={"sent_count": "calls", "replied_count": "meetings"})
    meetings = leadlex_pandas.Metric("meeting_rate", "meetings", "calls")
    for name in ("forest", "funnel"):
        ax = draw(name, frame, metric=meetings)
        assert title(ax).startswith("Meeting rate: ")
        assert np.isfinite(ax.get_xlim()).all()


@pytest.mark.parametrize(
    ("share", "said"), [(0, "no replies in 12 campaigns"), (1, "100 % in 12 campaigns, so none is better")]
)
def test_where_all_rates_are_alike_nothing_is_said_to_be_missing(share, said):
    df = counts(*[(share * n, n) for n in range(63, 2800, 240)])
    forest, funnel = plotting.forest(df), plotting.funnel(df)
    assert title(forest) == title(funnel) == f"Reply rate: {said}"
    assert "Nothing to tell apart (12)" in [text.get_text() for text in forest.texts]
    assert [text.get_text() for text in funnel.get_legend().get_texts()] == ["nothing to tell apart (12)"]
    low, high = forest.get_xlim()
    assert high - low >= 1
    for ax in (forest, funnel):
        assert_texts_apart(ax)


def test_all_replies_against_a_benchmark_are_a_finding():
    df = counts(*[(n, n) for n in range(63, 2800, 240)])
    assert title(plotting.forest(df, against=0.04)).endswith("12 of 12 campaigns above the benchmark of 4 %")
    none = plotting.forest(counts(*[(0, n) for n in (5, 10, 15)]), against=0.04)
    assert "Too few sends to tell (3)" in [text.get_text() for text in none.texts]


def test_one_campaign_with_nothing_but_replies_has_no_other():
    assert title(plotting.forest(counts((9, 9)))) == "Reply rate: 1 campaign, with no other to compare with"


def test_a_title_without_a_caption_is_not_cut():
    ax = plotting.funnel(counts((100, 2000)))
    assert not caption(ax).strip()
    assert_texts_apart(ax)  # all of them lie in the figure


@pytest.mark.parametrize(
    "draw_rows", [lambda df: plotting.forest(df, max_rows=None), lambda df: plotting.ranks(df, max_rows=None)]
)
def test_the_scale_of_tall_charts_stands_above_the_rows_too(draw_rows):
    tall, usual = draw_rows(many(70)), draw_rows(many(40))
    for ax, expected in ((tall, True), (usual, False)):
        assert_texts_apart(ax)
        labels = [tick.label2 for tick in ax.xaxis.get_major_ticks() if tick.label2.get_visible()]
        assert bool([label for label in labels if label.get_text()]) is expected
        top = ax.get_window_extent().y1
        assert all(top < label.get_window_extent().y0 < ax._left_title.get_window_extent().y0 for label in labels)
    box, height = tall.get_window_extent(), tall.figure.bbox.height
    assert height - box.y1 < 1.2 * tall.figure.dpi  # no more than title and scale need
    assert tall.spines["top"].get_visible()
