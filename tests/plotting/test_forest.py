"""The forest chart: what its marks show, against plain pandas; what is drawn; and that it keeps out of other figures."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from statsmodels.stats.proportion import proportion_confint

import leadlex_pandas
from leadlex_pandas import ColumnsError, InputError, benchmark
from leadlex_pandas.plotting import forest, style
from leadlex_pandas.plotting.data import forest_data
from tests.plotting.checks import (
    caption,
    title,
)
from tests.plotting.frames import counts, many

ORDER = ["above", "below", "typical", "near the edge", "too few sends", "no comparison", "not a proportion"]


def test_data_rebuilt_with_plain_pandas(stats):
    table = benchmark(stats)
    table = table[table["verdict"] != "no data"]
    place = table["verdict"].map({name: i for i, name in enumerate(ORDER)}).astype(int)
    expected = table.assign(place=place).sort_values(["place", "rate"], ascending=[True, False], kind="stable")
    data = forest_data(stats)
    assert data.index.tolist() == expected.index.tolist()
    assert data["name"].tolist() == expected["label"].tolist()
    assert data["block"].tolist() == expected["verdict"].tolist()
    for column in ("rate", "low", "high", "benchmark"):
        assert data[column].tolist() == expected[column].tolist()
    inner = proportion_confint(expected["events"], expected["trials"], alpha=0.1, method="wilson")
    np.testing.assert_allclose(data[["inner_low", "inner_high"]].T, inner, rtol=1e-9)
    odds = data["benchmark"] / (1 - data["benchmark"])
    pooled = table["events"].sum() / (table["trials"].sum() - table["events"].sum())
    np.testing.assert_allclose(data["zone_low"] / (1 - data["zone_low"]), np.maximum(odds, pooled) / 1.5)
    np.testing.assert_allclose(data["zone_high"] / (1 - data["zone_high"]), np.minimum(odds, pooled) * 1.5)
    assert data["count"].iloc[0] == f"{expected['events'].iloc[0]:,} / {expected['trials'].iloc[0]:,}"


def test_rows_stand_one_apart_with_room_for_headings(stats):
    data = forest_data(stats)
    steps = data["y"].diff()
    new_block = data["block"] != data["block"].shift()
    assert data["y"].iloc[0] == 1
    assert steps[~new_block].round(9).eq(1).all()
    assert steps[new_block].iloc[1:].gt(2).all()


def test_a_table_is_not_computed_again(stats):
    table = benchmark(stats, "bounce_rate", against=0.01, level=0.9)
    pd.testing.assert_frame_equal(forest_data(table), forest_data(stats, "bounce_rate", against=0.01, level=0.9))
    assert forest(table).get_xlabel() == "bounces per email sent"


def test_longer_portfolios_show_all_calls_then_the_largest():
    df = many(200)
    table = benchmark(df)
    data = forest_data(df)
    called = table["verdict"].isin(["above", "below"])
    assert len(data) == 40
    assert called[data.index].sum() == called.sum()
    others = table[~called]["trials"].sort_values(ascending=False)
    shown = data.index[~called[data.index]]
    assert others[shown].min() >= others.drop(shown).max()
    assert len(forest_data(df, max_rows=None)) == 200
    assert len(forest_data(df, max_rows=3)) == called.sum()  # calls are never left out
    assert "Not drawn: the 160 smallest campaigns with no call." in caption(forest(df))


@pytest.mark.parametrize(("df", "options", "expected"), [
    (counts((100, 1000), (10, 1000), *[(4, 100)] * 20), {}, "Reply rate: 1 of 22 campaigns above the rest, 1 below; 20 need more sends"),
    (counts((100, 1000), *[(4000, 100_000)] * 20), {}, "Reply rate: 1 of 21 campaigns above the rest"),
    (counts((10, 1000), *[(4000, 100_000)] * 20), {"against": "pooled"}, "Reply rate: 1 of 21 campaigns below the whole portfolio"),
    (counts((4, 100), (2, 100)), {"against": "median"}, "Reply rate: none of 2 campaigns can be told from the median campaign; 2 need more sends"),
    (counts((4, 100)), {"against": 0.04}, "Reply rate: the campaign cannot be told from the benchmark of 4 %; 1 needs more sends"),
    (counts((4, 100)), {}, "Reply rate: 1 campaign, with no other to compare with"),
    (counts((11, 10)), {}, "Reply rate: 1 campaign that cannot be compared"),
    (counts((11, 10), (12, 10)), {}, "Reply rate: 2 campaigns that cannot be compared"),
    (counts(*[(0, 100)] * 30), {}, "Reply rate: no replies in 30 campaigns"),
    (counts((11, 10), *[(40, 1000)] * 20), {"against": 0.0004}, "Reply rate: 20 of 20 campaigns above the benchmark of 0.04 %"),
    (counts((100, 1000), *[(4, 100)] * 20).assign(g="a"), {"by": "g"}, "Reply rate: 1 of 21 campaigns above the rest of their group; 20 need more sends"),
])  # fmt: skip
def test_titles_state_the_finding(df, options, expected):
    ax = forest(df, **options)
    assert title(ax) == expected
    table = benchmark(df, **options)
    assert int(table["verdict"].eq("above").sum()) == int(
        (re.search(r"(\d+) of \d+ campaigns above", expected) or [0, 0])[1]
    )


def test_captions_of_groups_fine_levels_and_rows_left_out(stats):
    assert "at a false discovery rate of 5 % within each of 5 groups (39 tests)" in caption(
        forest(stats, by="practice_group")
    )
    text = caption(forest(stats, level=0.9995, fdr=0.001))
    assert text.startswith("Thin line: 99.95 % limits (Wilson); thick: 99.9 %. ")
    assert "false discovery rate of 0.1 % over 39 tests" in text
    with_one_more = counts((11, 10), *[(40, 1000)] * 20)
    assert caption(forest(with_one_more)).endswith("Not compared: 1 campaign.")


def test_typical_rows_and_no_others_have_their_thick_line_in_the_zone():
    rng = np.random.default_rng(1)
    sends = rng.integers(300, 3000, 40)
    df = pd.DataFrame(
        {"sent_count": sends, "replied_count": rng.binomial(sends, np.where(np.arange(40) < 8, 0.075, 0.03))}
    )
    data = forest_data(df, max_rows=None)
    inside = (data["inner_low"] >= data["zone_low"]) & (data["inner_high"] <= data["zone_high"])
    assert inside[~data["block"].isin(["above", "below"])].tolist() == [
        block == "typical" for block in data["block"] if block not in ("above", "below")
    ]
    assert inside.sum() > 0


def test_caption_says_how_it_was_made(stats):
    stats["fetched_at"] = pd.Timestamp("2026-09-01 08:00", tz="Europe/Berlin")
    assert caption(forest(stats, "open_rate", design_effect=1.5, level=0.9)) == (
        "Thin line: 90 % limits (Wilson); thick: 80 %. Called above or below at a false discovery rate of 5 % over 38 "
        "tests; typical if the thick line lies in the shaded zone (odds within 1.5 times the benchmark's). Variance taken "
        "as 1.5 times a binomial's. No data: 2 campaigns. Read 2026-09-01 06:00 UTC."
    )


def test_caption_credits_a_benchmark(stats):
    said = caption(forest(stats, against="cold-b2b-it-2026"))
    assert (
        "Benchmark: cold-b2b-it-2026, per email sent, 2024-2026, Clientium, Osservatorio Outbound Italia, "
        "https://clientium.it/osservatorio/ (doi:10.5281/zenodo.21541001), CC BY 4.0, "
        "https://github.com/arnold222a/osservatorio-cold-email-italia."
    ) in said
    assert "above the benchmark cold-b2b-it-2026" in title(forest(stats, against="cold-b2b-it-2026"))
    assert "Benchmark: campaigns given, per email sent, 39 campaigns." in caption(forest(stats, against=stats))


def test_marks_are_where_the_data_says(stats):
    data = forest_data(stats)
    ax = forest(stats)
    by_block = {line.get_label(): line for line in ax.lines}
    for block, rows in data.groupby("block"):
        line = by_block[block]
        np.testing.assert_allclose(line.get_xdata(), 100 * rows["rate"])
        np.testing.assert_allclose(line.get_ydata(), rows["y"])
        assert line.get_marker() == style.MARKERS[block]
    limits, inner = (c.get_segments() for c in ax.collections if isinstance(c, LineCollection) and is_flat(c))
    np.testing.assert_allclose([s[:, 0] for s in limits], 100 * data[["low", "high"]].to_numpy())
    np.testing.assert_allclose([s[:, 0] for s in inner], 100 * data[["inner_low", "inner_high"]].to_numpy())
    assert [label.get_text() for label in ax.get_yticklabels()] == data["name"].tolist()
    texts = {round(t.get_position()[1], 6): t.get_text() for t in ax.texts if t.get_position()[0] == 1}
    assert [texts[round(y, 6)] for y in data["y"]] == data["count"].tolist()
    assert ax.get_xlabel() == "replies per email sent"
    assert ax.yaxis_inverted()


def is_flat(collection):
    return all(len(s) == 2 and s[0][1] == s[1][1] for s in collection.get_segments())


def test_verdicts_differ_by_shape_and_colour():
    df = counts((100, 1000), (10, 1000), (4000, 100_000), *[(4, 100)] * 20)
    lines = {line.get_label(): line for line in forest(df).lines}
    looks = {(line.get_marker(), to_hex(line.get_markerfacecolor())) for line in lines.values()}
    assert len(looks) == len(lines) == 4
    assert to_hex(lines["above"].get_color()) == style.BETTER.lower()
    assert to_hex(lines["below"].get_color()) == style.WORSE.lower()
    bad = df.rename(columns={"replied_count": "bounced_count"})
    lines = {line.get_label(): line for line in forest(bad, "bounce_rate").lines}
    assert to_hex(lines["above"].get_color()) == style.WORSE.lower()  # more bounces are bad news
    assert lines["above"].get_marker() == "^"


def test_figures_grow_with_their_rows():
    heights = [forest(many(n), against=0.04).figure.get_size_inches()[1] for n in (1, 10, 40)]
    assert heights == sorted(heights)
    assert heights[2] < 14


def test_frames_are_left_alone(stats):
    before = stats.copy(deep=True)
    table = benchmark(stats)
    table_before = table.copy(deep=True)
    forest(stats)
    forest(table)
    pd.testing.assert_frame_equal(stats, before)
    pd.testing.assert_frame_equal(table, table_before)


def test_part_of_a_table_counts_its_own_rows(stats):
    table = benchmark(stats)
    called = table[table["verdict"] == "above"]
    assert title(forest(called)) == f"Reply rate: {len(called)} of {len(called)} campaigns above the rest"
    assert "Not compared" not in caption(forest(table.head(10)))
    assert "over 39 tests" in caption(forest(table.head(10)))  # that many there were


def test_no_zone_is_drawn_where_nothing_can_be_typical():
    # one campaign pulls the pool to 3.8 %, the rest is at 0.4 %: no rate is near both
    df = pd.DataFrame({"sent_count": [1000] * 19 + [5000], "bounced_count": [4] * 19 + [900]})
    data = forest_data(df, "bounce_rate")
    assert data[["zone_low", "zone_high"]].isna().all(axis=None)
    assert not any(isinstance(c, PolyCollection) for c in forest(df, "bounce_rate").collections)


def test_rates_near_all_are_drawn_at_their_own_scale(stats):
    ax = forest(stats, "delivery_rate")
    low, high = ax.get_xlim()
    assert high == 100
    assert low > 80
    assert forest(stats).get_xlim()[0] == 0


def test_sends_are_called_what_they_are():
    df = counts((4, 100), *[(4, 100)] * 20).rename(
        columns={"replied_count": "clicked_count", "sent_count": "opened_count"}
    )
    ax = forest(df, "click_to_open_rate")
    assert title(ax) == "Click to open rate: none of 21 campaigns can be told from the rest; 21 need more opens"


def test_long_names_keep_both_ends():
    names = [f"Einladung zum Seminar mit einem sehr langen Titel, Teil {i}" for i in range(3)]
    shown = [label.get_text() for label in forest(many(3).set_axis(names), against=0.04).get_yticklabels()]
    assert len(set(shown)) == 3
    assert all(len(name) <= 46 and name.startswith("Einladung zum Seminar") and ", Teil " in name for name in shown)


def test_small_rates_keep_two_digits():
    df = counts(*[(3, 100_000)] * 20, (30, 100_000))
    assert "the rest: 0.003 %" in [text.get_text() for text in forest(df).texts]


def test_nothing_to_draw_and_other_mistakes(stats):
    for df in (stats.iloc[:0], stats.assign(sent_count=0)):
        with pytest.raises(InputError) as error:
            forest(df)
        assert str(error.value) == "forest: no campaign has data for this metric, so there is nothing to draw."
    with pytest.raises(InputError) as error:
        forest(stats, max_rows=0)
    assert str(error.value) == "forest: max_rows must be a whole number of at least 1, not 0."
    with pytest.raises(InputError) as error:
        forest([1, 2])
    assert str(error.value) == "forest: df must be a pandas DataFrame, not list."
    with pytest.raises(ColumnsError):
        leadlex_pandas.plotting.forest(stats[["sent_count"]])


def test_a_table_without_its_facts_is_computed_from_its_counts_or_refused(stats):
    table = benchmark(stats)
    table.attrs = {}
    with pytest.raises(ColumnsError):
        forest(table)


def test_what_is_not_drawn_is_said_in_title_caption_and_headings():
    data = forest_data(many(200))
    verdicts = benchmark(many(200))["verdict"].value_counts()
    assert data.attrs["title"].endswith(" (160 campaigns not drawn)")
    assert "Not drawn: the 160 smallest campaigns with no call." in data.attrs["caption"]
    for block, heading in data.attrs["headings"].items():
        shown, total = (data["block"] == block).sum(), verdicts[block]
        assert heading.endswith(f"({total})" if shown == total else f"({shown} of {total})")
    assert "(15)" in data.attrs["headings"]["above"]
    assert "of" in data.attrs["headings"]["too few sends"]
    one = forest_data(many(41))
    assert "Not drawn: the smallest campaign with no call." in one.attrs["caption"]
    assert "not drawn" not in forest_data(many(200), max_rows=None).attrs["title"]


def test_zone_and_benchmark_are_where_the_data_says(stats):
    data, ax = forest_data(stats), forest(stats)
    [zone] = [c for c in ax.collections if isinstance(c, PolyCollection)]
    for path, row in zip(zone.get_paths(), data.itertuples(), strict=True):
        (left, top), (right, bottom) = path.vertices.min(axis=0), path.vertices.max(axis=0)
        expected = (100 * row.zone_low, 100 * row.zone_high, row.y - 0.5, row.y + 0.5)
        assert (left, right, top, bottom) == pytest.approx(expected)
    upright = [c.get_segments() for c in ax.collections if isinstance(c, LineCollection) and not is_flat(c)]
    drawn = [[segment[0, 0] for segment in segments] for segments in upright]
    np.testing.assert_allclose(drawn, 100 * data[["zone_low", "zone_high", "benchmark"]].to_numpy().T)
