"""The strip chart: its lanes and its band, against plain loops; what is drawn."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from pandas.testing import assert_frame_equal

from leadlex_pandas import BaseMismatchError, Benchmark, InputError, benchmark
from leadlex_pandas.plotting import strip, style
from leadlex_pandas.plotting.data import strip_data
from tests.plotting.checks import caption, title
from tests.plotting.frames import counts, many

ITALY = "cold-b2b-it-2026"
ORDER = ["above", "near the edge", "typical", "too few sends", "below"]


def lanes_by_hand(table, widest):
    """Stack marks of like rates in each verdict's lane: the first in its middle, the next below and above in turn."""
    y, lanes, top = {}, {}, 0.0
    for verdict in ORDER:
        rows = table[table["verdict"] == verdict]
        if rows.empty:
            continue
        steps, seen = {}, {}
        for name, rate in rows["rate"].items():
            place = seen[int(rate / (widest / 90))] = seen.get(int(rate / (widest / 90)), -1) + 1
            steps[name] = (place + 1) // 2 if place % 2 else -(place // 2)
        height = max(1.0, 0.34 * (2 * max(map(abs, steps.values())) + 1))
        y |= {name: top + height / 2 + 0.34 * step for name, step in steps.items()}
        lanes[verdict] = top + height / 2
        top += height
    return y, lanes


def test_data_rebuilt_with_plain_pandas(stats):
    table = benchmark(stats, against=ITALY)
    rows = table[~table["verdict"].isin(["no data", "not a proportion"])]
    y, lanes = lanes_by_hand(rows, rows["rate"].max())
    expected = pd.DataFrame(
        {
            "name": rows["label"].tolist(),
            "block": rows["verdict"].astype(str).to_numpy(object),
            "meaning": rows["meaning"],
            "lane": [lanes[verdict] for verdict in rows["verdict"]],
            "y": [y[name] for name in rows.index],
            "rate": rows["rate"],
            "low": rows["low"],
            "high": rows["high"],
            "count": [f"{row.events:,} / {row.trials:,}" for row in rows.itertuples()],
        },
        index=rows.index,
    )
    data = strip_data(stats, against=ITALY)
    assert_frame_equal(data, expected)
    assert data.attrs["own_median"] == rows["rate"].median()
    assert data.attrs["band"] == {"p25": 0.0105, "median": 0.0171, "p75": 0.0259, "p90": 0.0379}


@pytest.mark.parametrize("campaigns", [40, 200, 3000])
def test_lanes_lie_apart_and_marks_of_a_lane_within_it(campaigns):
    data = strip_data(many(campaigns), against=0.04)
    spans = [(middle - height / 2, middle + height / 2) for middle, height, _ in data.attrs["lanes"].values()]
    assert spans[0][0] == 0
    assert all(before[1] == pytest.approx(after[0]) for before, after in itertools.pairwise(spans))
    for (low, high), block in zip(spans, data.attrs["lanes"], strict=True):
        assert data.loc[data["block"] == block, "y"].between(low, high).all()
        assert high - low < 10
    assert list(data.attrs["lanes"]) == [block for block in ORDER if block in set(data["block"])]


def test_what_is_known_of_a_benchmark_is_its_band():
    df = many(5)
    known = Benchmark("two", "reply_rate", value=(0.02, 0.05))
    assert strip_data(df, against=known).attrs["band"] == {"lowest": 0.02, "highest": 0.05}
    assert strip_data(df, against=0.03).attrs["band"] == {"rate": 0.03}
    assert strip_data(df, against=counts((3, 100), (5, 100))).attrs["band"] == {"rate": 0.04}


@pytest.mark.parametrize(("against", "where"), [
    (ITALY, " benchmark cold-b2b-it-2026; our median is 10.0 %, its median 1.7 %"),
    (Benchmark("two", "reply_rate", value=(0.02, 0.05)), " benchmark two; our median is 10.0 %, its range 2.0 % to 5.0 %"),
    (Benchmark("ours", "reply_rate", events=40, trials=1000), " benchmark ours; our median is 10.0 %, its rate 4.0 %"),
    (0.04, " benchmark of 4 %; our median is 10.0 %"),
])  # fmt: skip
def test_titles_state_the_finding(against, where):
    assert title(strip(counts((1000, 10_000)), against=against)) == f"Reply rate: the campaign is above the{where}"
    df = counts((1000, 10_000), (1000, 10_000), (10, 10_000))
    assert (
        title(strip(df, against=against)) == f"Reply rate: 2 of 3 campaigns above the{where.replace(';', ', 1 below;')}"
    )


def test_caption_says_how_it_was_made_and_credits_the_source():
    assert caption(strip(counts((1000, 10_000)), level=0.9)) == (
        "Shaded: p25 to p90 of the benchmark. Marks: campaigns with 90 % limits (Wilson). "
        "Called above or below at a false discovery rate of 5 % over 1 test. Benchmark: cold-b2b-it-2026, "
        "per email sent, 2024-2026, Clientium, Osservatorio Outbound Italia, https://clientium.it/osservatorio/ "
        "(doi:10.5281/zenodo.21541001), CC BY 4.0, https://github.com/arnold222a/osservatorio-cold-email-italia."
    )


def test_limits_are_drawn_where_each_has_a_line_of_its_own():
    data = strip_data(many(25), against=0.04)
    assert data["y"].is_unique
    for _, lane in data.groupby("block"):
        assert lane.sort_values("y")["rate"].is_monotonic_decreasing
        assert np.diff(np.sort(lane["y"])) == pytest.approx(0.34)
        assert lane["y"].mean() == pytest.approx(lane["lane"].iloc[0])
    ax = strip(many(25), against=0.04)
    limits = next(c for c in ax.collections if isinstance(c, LineCollection)).get_segments()
    np.testing.assert_allclose([s[:, 0] for s in limits], 100 * data[["low", "high"]].to_numpy())
    np.testing.assert_allclose([s[0, 1] for s in limits], data["y"])
    more = strip(many(26), against=0.04)
    assert "Marks: campaigns without their limits, which a forest shows." in caption(more)
    assert not any(isinstance(c, LineCollection) and len(c.get_segments()) == 26 for c in more.collections)


def test_marks_are_where_the_data_says(stats):
    data, ax = strip_data(stats), strip(stats)
    lines = {line.get_label(): line for line in ax.lines}
    for block, rows in data.groupby("block"):
        np.testing.assert_allclose(lines[block].get_xdata(), 100 * rows["rate"])
        np.testing.assert_allclose(lines[block].get_ydata(), rows["y"])
        assert lines[block].get_marker() == style.MARKERS[block]
    assert to_hex(lines["above"].get_color()) == style.BETTER.lower()
    [band] = [c for c in ax.collections if isinstance(c, PolyCollection)]
    ends = band.get_paths()[0].vertices[:, 0]
    assert (ends.min(), ends.max()) == pytest.approx((1.05, 3.79))
    written = [text.get_text() for text in ax.texts]
    assert {"p25 1.1 %", "median 1.7 %", "p75 2.6 %", "p90 3.8 %"} <= set(written)
    assert f"our median {100 * data.attrs['own_median']:.1f} %" in written
    headings = {heading: middle for middle, _, heading in data.attrs["lanes"].values()}
    places = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert {heading: places[heading] for heading in headings} == headings
    assert ax.get_xlabel() == "replies per email sent"


def test_the_portfolio_itself_is_refused(stats):
    for given, options in ((stats, {"against": "rest"}), (benchmark(stats), {})):
        with pytest.raises(InputError) as error:
            strip(given, **options)
        assert str(error.value) == (
            "strip: against='rest' is the portfolio itself, which this chart shows already. Give a benchmark (see "
            "list_benchmarks), a rate between 0 and 1 or another frame; for your own rest draw a forest."
        )


def test_unlike_bases_are_refused(stats):
    with pytest.raises(BaseMismatchError):
        strip(stats, "bounce_rate")


def test_nothing_that_is_a_proportion():
    with pytest.raises(InputError) as error:
        strip(counts((12, 10)))
    assert str(error.value) == (
        "strip: every campaign counts more events than trials, so no rate is a proportion, and there is nothing to draw."
    )
