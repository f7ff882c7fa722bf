"""The chart of ranks: what its marks show, against plain pandas, and what is drawn."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.text import Annotation
from pandas.testing import assert_frame_equal

from leadlex_pandas import rank
from leadlex_pandas.plotting import alt_text, ranks, style
from leadlex_pandas.plotting.data import ranks_data
from tests.plotting.checks import caption, title
from tests.plotting.frames import counts, many


def test_data_rebuilt_with_plain_pandas(stats):
    table = rank(stats)
    rows = table[table["rank"].notna()]
    assert len(rows) < len(table)
    expected = pd.DataFrame(
        {
            "y": np.arange(1.0, len(rows) + 1),
            "name": rows["label"].tolist(),
            "rate": rows["rate"],
            "shrunk": rows["shrunk"],
            "shrunk_low": rows["shrunk_low"],
            "shrunk_high": rows["shrunk_high"],
            "rank": rows["rank"],
            "rank_low": rows["rank_low"],
            "rank_high": rows["rank_high"],
            "could_be_best": [low == 1 for low in rows["rank_low"]],
            "rank_text": [f"{row.rank} [{row.rank_low}, {row.rank_high}]" for row in rows.itertuples()],
            "count": [f"{row.events:,} / {row.trials:,}" for row in rows.itertuples()],
        },
        index=rows.index,
    )
    data = ranks_data(stats)
    assert_frame_equal(data, expected)
    assert data["could_be_best"].sum() == data.attrs["candidates"] > 0


def test_best_come_first_and_the_others_are_said_to_be_missing():
    df = many(200)
    data, table = ranks_data(df, max_rows=15), rank(df)
    assert data.index.tolist() == table.index[:15].tolist()
    assert title(ranks(df, max_rows=15)).endswith("(185 campaigns not drawn)")
    assert "Not drawn: the last 185 of the order." in caption(ranks(df, max_rows=15))
    assert len(ranks_data(df, max_rows=None)) == 200


def test_rows_of_a_table_given_in_another_order_are_put_back():
    table = rank(many(20))
    assert_frame_equal(ranks_data(table.sort_index()), ranks_data(table))


@pytest.mark.parametrize(("df", "options", "expected"), [
    (counts((900, 10_000), *[(400, 10_000)] * 20), {}, "Reply rate: 0 is the best of 21 campaigns (chance over 99 %)"),
    (counts(*[(40, 1000)] * 20), {}, "Reply rate: no evidence that 20 campaigns differ; any of them could be best"),
    (counts((40, 1000)), {}, "Reply rate: 1 campaign, with no other to rank it against"),
    (counts(*[(0, 1000)] * 20), {}, "Reply rate: no replies in 20 campaigns, so none is better"),
])  # fmt: skip
def test_titles_state_the_finding(df, options, expected):
    assert title(ranks(df, **options)) == expected


def test_title_names_the_first_of_several_that_could_be_best(stats):
    table = rank(stats)
    best = int((table["rank_low"] == 1).sum())
    total, first = int(table["rank"].notna().sum()), table.iloc[0]
    assert title(ranks(stats)) == (
        f"Reply rate: {best} of {total} campaigns could be best; first is {first['label']} "
        f"(chance {100 * first['prob_best']:.0f} %)"
    )


def test_low_is_best_where_low_is_better(stats):
    data = ranks_data(stats, "bounce_rate")
    assert data["shrunk"].is_monotonic_increasing
    assert "Star: could be best (lowest true rate)." in caption(ranks(stats, "bounce_rate"))


def test_caption_says_how_it_was_made():
    df = counts((900, 10_000), *[(400, 10_000)] * 20)
    assert caption(ranks(df, level=0.8)) == (
        "Hollow: raw rate. Arrow: how far it is drawn towards the portfolio's mean because few sends leave doubt "
        "(beta-binomial); line: 80 % limits of the true rate. Star: could be best (highest true rate). Rank 1 is best; "
        "in brackets the ranks that remain at 80 %."
    )


def test_marks_are_where_the_data_says(stats):
    data, ax = ranks_data(stats), ranks(stats)
    lines = {line.get_label(): line for line in ax.lines}
    np.testing.assert_allclose(lines["raw"].get_xdata(), 100 * data["rate"])
    for label, rows in (("could be best", data[data["could_be_best"]]), ("shrunk", data[~data["could_be_best"]])):
        np.testing.assert_allclose(lines[label].get_xdata(), 100 * rows["shrunk"])
        np.testing.assert_allclose(lines[label].get_ydata(), rows["y"])
    assert len({lines[name].get_marker() for name in ("could be best", "shrunk")}) == 2
    assert to_hex(lines["could be best"].get_color()) == style.BETTER.lower()
    limits = next(c for c in ax.collections if isinstance(c, LineCollection)).get_segments()
    np.testing.assert_allclose([s[:, 0] for s in limits], 100 * data[["shrunk_low", "shrunk_high"]].to_numpy())
    arrows = [text for text in ax.texts if isinstance(text, Annotation) and text.arrow_patch]
    np.testing.assert_allclose([arrow.xy[0] for arrow in arrows], 100 * data["shrunk"])
    np.testing.assert_allclose([arrow.get_position()[0] for arrow in arrows], 100 * data["rate"])
    assert [label.get_text() for label in ax.get_yticklabels()] == data["name"].tolist()
    written = [text.get_text() for text in ax.texts]
    assert [text for text in written if text in set(data["rank_text"])] == data["rank_text"].tolist()
    assert {"rank [90 %]", "replies / emails sent", data.attrs["mean_label"]} <= set(written)
    assert ax.yaxis_inverted()


def test_nobody_stands_out_without_evidence():
    ax = ranks(counts(*[(40, 1000)] * 20))
    assert {line.get_label() for line in ax.lines} == {"raw", "shrunk"}
    assert "Star" not in caption(ax)


def test_without_events_no_rate_is_drawn_anywhere():
    data = ranks_data(counts(*[(0, 1000)] * 20))
    assert data[["shrunk", "shrunk_low", "shrunk_high"]].isna().all(axis=None)
    assert set(data["rank_text"]) == {"[1, 20]"}


def test_with_nothing_but_events_nobody_is_first():
    df = counts((63, 63), *[(n, n) for n in range(100, 2800, 250)])
    data, ax = ranks_data(df), ranks(df)
    assert title(ax) == "Reply rate: 100 % in 12 campaigns, so none is better"
    assert data[["shrunk", "shrunk_low", "shrunk_high"]].isna().all(axis=None)
    assert set(data["rank_text"]) == {"[1, 12]"}
    assert not data.attrs["mean_label"]
    assert caption(ax) == "Hollow: raw rate. Rank 1 is best; in brackets the ranks that remain at 90 %."
    low, high = ax.get_xlim()
    assert high == 100
    assert high - low >= 1


def test_rates_near_a_hundred_percent_have_an_axis_of_a_point_at_least():
    low, high = ranks(counts((100_000, 100_000), (99_999, 100_000), (99_998, 100_000))).get_xlim()
    assert (low, high) == (99, 100)


def test_alternative_texts_name_nobody_first_where_nobody_is():
    for df in (counts(*[(40, 1000)] * 20), counts(*[(0, 1000)] * 20), counts(*[(9, 9)] * 20)):
        said = alt_text(ranks_data(df))
        assert "First" not in said
        assert "could be best. From the top: 0, 4.0 %" in said or said.endswith("none is better.")


def test_alternative_text_names_the_first_three():
    df = counts((900, 10_000), (800, 10_000), (700, 10_000), *[(400, 10_000)] * 20)
    first = rank(df).head(3)
    said = "; ".join(
        f"{name}, {100 * row.shrunk:.1f} % [{100 * row.shrunk_low:.1f}, {100 * row.shrunk_high:.1f}]"
        for name, row in zip(first.index, first.itertuples(), strict=True)
    )
    assert alt_text(ranks_data(df)).endswith(f" First: {said}.")
