"""The funnel chart: lines and marks against the distributions they stand for."""

import itertools
import json
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from pandas.testing import assert_frame_equal
from scipy import stats as scipy_stats

from leadlex_pandas import Benchmark, InputError, benchmark
from leadlex_pandas.plotting import funnel, style
from leadlex_pandas.plotting.data import funnel_data
from leadlex_pandas.stats import dispersion_score, fit_beta_binomial
from tests.plotting.checks import caption, title
from tests.plotting.frames import counts, many

drawing = sys.modules["leadlex_pandas.plotting.funnel"]
ALIKE = counts(*[(4, 100)] * 20, (40, 1000), (400, 10_000))


def interpolated_low(distribution, p):
    """Spiegelhalter (2005), appendix A.1.1, for one size."""
    r = distribution.ppf(p)
    return r - (distribution.cdf(r) - p) / distribution.pmf(r)


def test_data_rebuilt_with_plain_pandas(stats):
    table = benchmark(stats)
    rows = table[~table["verdict"].isin(["no data", "not a proportion"])]
    center = rows["benchmark"].median()
    chance = scipy_stats.binom(rows["trials"].to_numpy(float), center)
    k = rows["events"].to_numpy(float)
    beyond = np.where(chance.sf(k - 1) < 0.001, "above", np.where(chance.cdf(k) < 0.001, "below", ""))
    expected = pd.DataFrame(
        {
            "name": rows["label"].tolist(),
            "block": rows["verdict"].astype(str),
            "meaning": rows["meaning"],
            "trials": rows["trials"],
            "rate": rows["rate"],
            "beyond": beyond.astype(object),
            "labelled": rows["verdict"].isin(["above", "below"]).to_numpy() | (beyond != ""),
        },
        index=rows.index,
    )
    data = funnel_data(stats)
    assert expected["labelled"].sum() < 12
    assert set(beyond) == {"above", "below", ""}
    assert_frame_equal(data, expected)
    assert data.attrs["center"] == (center, center)


@pytest.mark.parametrize("rate", [0.003, 0.04, 0.5, 0.99])
def test_lines_are_interpolated_exact_limits(rate):
    limits = funnel_data(ALIKE, against=rate).attrs["limits"]
    n = np.array(limits["trials"])
    for level, name in ((0.95, "95"), (0.998, "99.8")):
        tail = (1 - level) / 2
        low = interpolated_low(scipy_stats.binom(n, rate), tail) / n
        missed = interpolated_low(scipy_stats.binom(n, 1 - rate), tail) / n
        np.testing.assert_allclose(limits[f"low_{name}"], np.clip(low, 0, 1), atol=1e-9)
        np.testing.assert_allclose(limits[f"high_{name}"], 1 - np.clip(missed, 0, 1), atol=1e-9)
    assert not [name for name in limits if name.startswith("wide")]


@pytest.mark.parametrize("rate", [0.002, 0.05, 0.97])
def test_a_count_outside_has_less_than_half_of_what_the_level_leaves(rate):
    """Enumerated for every count of every size: no other count is outside, on either side."""
    sizes = np.repeat([30, 47, 120, 800], [31, 48, 121, 801])
    k = np.concatenate([np.arange(n + 1) for n in (30, 47, 120, 800)])
    data = funnel_data(pd.DataFrame({"replied_count": k, "sent_count": sizes}), against=rate)
    chance = scipy_stats.binom(sizes, rate)
    assert (data["beyond"] == "above").tolist() == (chance.sf(k - 1) < 0.001).tolist()
    assert (data["beyond"] == "below").tolist() == (chance.cdf(k) < 0.001).tolist()


def test_lines_around_a_rate_and_around_what_did_not_happen_are_mirrored():
    bad = ALIKE.rename(columns={"replied_count": "bounced_count"})
    bounced = pd.DataFrame(funnel_data(bad, "bounce_rate", against=0.03).attrs["limits"])
    delivered = pd.DataFrame(funnel_data(bad, "delivery_rate", against=0.97).attrs["limits"])
    for level in ("95", "99.8"):
        np.testing.assert_allclose(bounced[f"low_{level}"], 1 - delivered[f"high_{level}"], atol=1e-9)
        np.testing.assert_allclose(bounced[f"high_{level}"], 1 - delivered[f"low_{level}"], atol=1e-9)


def test_wider_lines_where_campaigns_differ():
    df = many(60)
    k, n = df["replied_count"], df["sent_count"]
    assert dispersion_score(k, n).p_value < 1e-4
    data = funnel_data(df)
    limits, center = pd.DataFrame(data.attrs["limits"]), data.attrs["center"][0]
    theta = fit_beta_binomial(k, n).theta
    assert data.attrs["theta"] == theta
    for size in (0, 100, -1):
        row = limits.iloc[size]
        spread = scipy_stats.betabinom(int(row["trials"]), center / theta, (1 - center) / theta)
        assert row["wide_low_95"] * row["trials"] == pytest.approx(max(interpolated_low(spread, 0.025), 0), abs=1e-4)
    assert (limits["wide_high_95"] > limits["high_95"]).mean() > 0.95
    assert "Dashed: the same if true rates differ as much as in this portfolio" in caption(funnel(df))
    assert funnel_data(df, against=0.04).attrs["theta"] == 0  # another's rate is no mean of these


def test_lines_are_not_copied_with_each_column():
    data = funnel_data(ALIKE)
    limits = data.attrs["limits"]
    assert data["rate"].attrs["limits"] is data.copy().attrs["limits"] is limits
    assert all(isinstance(line, tuple) for line in limits.values())
    assert json.loads(json.dumps(limits)) == {name: list(line) for name, line in limits.items()}


def test_alike_campaigns_have_no_wider_lines():
    assert funnel_data(ALIKE).attrs["theta"] == 0
    assert "Dashed" not in caption(funnel(ALIKE))


def test_a_range_has_lines_around_both_ends():
    known = Benchmark("two studies", "reply_rate", value=(0.02, 0.05), source="A and B")
    limits = pd.DataFrame(funnel_data(ALIKE, against=known).attrs["limits"])
    for end, side in ((0.02, "low"), (0.05, "high")):
        alone = pd.DataFrame(funnel_data(ALIKE, against=end).attrs["limits"])
        assert limits[f"{side}_95"].tolist() == alone[f"{side}_95"].tolist()
    assert "Benchmark: two studies, per email sent, A and B." in caption(funnel(ALIKE, against=known))


def test_variance_widens_the_lines():
    plain, wide = (funnel_data(ALIKE, against=0.04, design_effect=phi).attrs["limits"] for phi in (1.0, 2.0))
    at = plain["trials"].index(10_000)
    low = interpolated_low(scipy_stats.binom(5000, 0.04), 0.025) / 5000
    assert wide["low_95"][at] == pytest.approx(low)
    assert "Variance taken as 2 times a binomial's." in caption(funnel(ALIKE, against=0.04, design_effect=2.0))


@pytest.mark.parametrize(("df", "options", "expected"), [
    (ALIKE, {}, "Reply rate: none of 22 campaigns can be told from the rest; none lies beyond the 99.8 % limits"),
    (counts((100, 1000), *[(4000, 100_000)] * 20), {}, "Reply rate: 1 of 21 campaigns above the rest; 1 lies beyond the 99.8 % limits, where chance alone would put fewer than 1"),
    (counts(*[(4000, 100_000)] * 1000, (100, 1000), (100, 1000)), {}, "Reply rate: 2 of 1,002 campaigns above the rest; 2 lie beyond the 99.8 % limits, where chance alone would put about 2"),
    (counts((4, 100)), {}, "Reply rate: 1 campaign, with no other to compare with"),
    (counts(*[(0, 100)] * 30), {}, "Reply rate: no replies in 30 campaigns"),
])  # fmt: skip
def test_titles_state_the_finding(df, options, expected):
    assert title(funnel(df, **options)) == expected


def test_caption_says_how_it_was_made():
    assert caption(funnel(ALIKE, against=0.04)) == (
        "Lines: 95 % and 99.8 % of campaigns with a true rate of 4.0 % lie between them (binomial). They take one "
        "campaign at a time; shape and colour allow for many. Called above or below at a false discovery rate of 5 % "
        "over 22 tests."
    )


def test_marks_and_lines_are_where_the_data_says(stats):
    data, ax = funnel_data(stats), funnel(stats)
    lines = {line.get_label(): line for line in ax.lines}
    for block, rows in data.groupby("block"):
        np.testing.assert_allclose(lines[block].get_xdata(), rows["trials"].astype(float))
        np.testing.assert_allclose(lines[block].get_ydata(), 100 * rows["rate"])
        assert lines[block].get_marker() == style.MARKERS[block]
    assert to_hex(lines["above"].get_color()) == style.BETTER.lower()
    assert to_hex(lines["too few sends"].get_markerfacecolor()) == "#ffffff"
    limits = data.attrs["limits"]
    for name in [name for name in limits if name != "trials"]:
        np.testing.assert_allclose(lines[f"_{name}"].get_xdata(), limits["trials"])
        np.testing.assert_allclose(lines[f"_{name}"].get_ydata(), 100 * np.array(limits[name]))
        assert lines[f"_{name}"].is_dashed() is name.startswith("wide")
    written = {text.get_text() for text in ax.texts}
    assert set(data.loc[data["labelled"], "name"]) <= written
    assert {"95 %", "99.8 %", data.attrs["benchmark_label"]} <= written
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        f"{block} ({(data['block'] == block).sum()})" for block in style.MARKERS if block in set(data["block"])
    ]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_xscale()) == ("emails sent", "replies per email sent", "log")


def test_axes_show_every_mark():
    for df, metric in ((many(200), "reply_rate"), (many(1), "reply_rate"), (ALIKE, "reply_rate")):
        ax, data = funnel(df, metric, against=0.04), funnel_data(df, metric, against=0.04)
        (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
        assert data["trials"].between(left, right).all()
        assert (100 * data["rate"]).between(bottom, top).all()
    assert funnel(many(1), against=0.04).get_xscale() == "linear"
    assert (
        funnel(ALIKE.rename(columns={"replied_count": "bounced_count"}), "delivery_rate", against=0.96).get_ylim()[1]
        == 100
    )


def test_names_are_told_of_the_lines_and_marks_that_are_seen(monkeypatch):
    told = {}
    monkeypatch.setattr(drawing, "name_marks", lambda ax, points, names, colours, **around: told.update(around))
    for campaigns, crowded in ((60, 0), (1200, 1)):
        ax = funnel(many(campaigns))
        curves = [
            line for line in ax.get_lines() if str(line.get_label()).startswith("_") and len(line.get_xdata()) > 2
        ]
        assert len(told["lines"]) == len(curves) + 1  # and the rate compared with
        assert max(line[:, 1].max() for line in told["lines"]) <= ax.get_ylim()[1]
        table = benchmark(many(campaigns))
        calls = table["verdict"].isin(["above", "below"]).sum()
        seen = len(told["others"]) + len(told["crowd"])
        assert campaigns - 12 - calls <= seen < campaigns
        assert bool(len(told["crowd"])) is bool(crowded)


@pytest.mark.parametrize("height", [2.2, 2.6, 3.2, 5.0])
def test_rates_on_the_axis_do_not_lie_on_each_other(height):
    ax = funnel(many(60), figsize=(5, height))
    ax.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels() if label.get_text()]
    inside = [box for box in boxes if ax.bbox.y0 - 1 <= (box.y0 + box.y1) / 2 <= ax.bbox.y1 + 1]
    assert len(inside) >= (2 if height > 3 else 1)
    assert not any(one.overlaps(other) for one, other in itertools.pairwise(inside))


def test_names_stop_at_the_number_asked_for_the_farthest_first():
    df = many(200)
    data = funnel_data(df, against=0.04, max_labels=5)
    z = (data["rate"] - 0.04).abs() * np.sqrt(data["trials"].astype(float))
    out = data["block"].isin(["above", "below"]) | data["beyond"].ne("")
    assert set(data.index[data["labelled"]]) == set(z[out].nlargest(5).index)
    assert not funnel_data(df, against=0.04, max_labels=0)["labelled"].any()
    with pytest.raises(InputError) as error:
        funnel(df, max_labels=-1)
    assert str(error.value) == "funnel: max_labels must be a whole number of at least 0, not -1."


def test_groups_with_rates_of_their_own_are_refused(stats):
    table = benchmark(stats, by="practice_group")
    with pytest.raises(InputError) as error:
        funnel(table)
    assert str(error.value) == (
        "funnel: the table compares within groups (by='practice_group'), each with a rate of its own, and one chart has "
        "lines around one rate. Draw one group at a time, or compare with a rate of your own (against=0.04)."
    )
    assert funnel(benchmark(stats, by="practice_group", against=0.04))


def test_nothing_that_is_a_proportion():
    with pytest.raises(InputError) as error:
        funnel(counts((12, 10)))
    assert str(error.value) == (
        "funnel: every campaign counts more events than trials, so no rate is a proportion, and there is nothing to draw."
    )


def test_where_every_email_had_its_event_there_is_still_an_axis():
    df = pd.DataFrame({"sent_count": [100, 200, 300], "replied_count": [100, 200, 300]})
    assert funnel(df).get_ylim() == (99.0, 100.0)
