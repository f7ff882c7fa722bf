"""`trend` against sums of all increments, published control charts, and charts of each side of a break alone."""

from itertools import pairwise
from statistics import mean

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy.stats import norm

from leadlex_pandas import METRICS, ColumnsError, InputError, Metric, trend
from tests.stats.test_limits import CANS, PATIENTS, SEEN
from tests.verbs.histories import START, Recorded, growing, histories, snapshots

LIMITS = ["center", "low", "high"]


def weekly(events, trials, campaign="a", start=0):
    """A campaign whose increments of the weeks after the first are these."""
    k, n = np.cumsum([start, *events]), np.cumsum([start, *trials])
    return snapshots([(campaign, 7 * week, *counts) for week, counts in enumerate(zip(n, k, strict=True))])


def all_increments(history, freq):
    """Sums of the differences between each snapshot and the next, by the period of the later one."""
    frame = history.sort_index()
    new = frame.groupby(level="campaign_id").diff().dropna()
    period = new.index.get_level_values("fetched_at").tz_localize(None).to_period(freq)
    return new.groupby(period).sum(), new.groupby(period).apply(lambda d: d.index.get_level_values(0).nunique())


def test_laneys_chart_as_published():
    # Mohammed et al. (2013), as nhs_accidents in qicharts2: sigma z about 10.6
    table = trend(weekly(SEEN, PATIENTS, start=10**6))
    points = table.iloc[1:]
    assert points["events"].tolist() == SEEN
    assert points["trials"].tolist() == PATIENTS
    center = sum(SEEN) / sum(PATIENTS)
    deviations = [(center * (1 - center) / n) ** 0.5 for n in PATIENTS]
    z = [(k / n - center) / s for k, n, s in zip(SEEN, PATIENTS, deviations, strict=True)]
    sigma_z = mean(abs(b - a) for a, b in pairwise(z)) / 1.128
    [segment] = table.attrs["segments"]
    assert segment["sigma_z"] == pytest.approx(10.6, abs=0.05)
    np.testing.assert_allclose(points["center"], center)
    np.testing.assert_allclose(points["low"], [center - 3 * sigma_z * s for s in deviations])
    np.testing.assert_allclose(points["high"], [center + 3 * sigma_z * s for s in deviations])
    assert table["signal"].isna().all()


def test_montgomerys_cans():
    # table 7.1 and example 7.1: center .2313; on the book's p-chart two samples lie above .4102, here none does
    table = trend(weekly(CANS, [50] * 30))
    assert table["center"].iloc[1] == pytest.approx(0.2313, abs=5e-5)
    wide = table.attrs["segments"][0]["sigma_z"]
    high = 0.2313 + wide * (0.4102 - 0.2313)
    assert table["high"].iloc[1] == pytest.approx(high, abs=5e-4)
    assert sum(k / 50 > 0.4102 for k in CANS) == 2
    assert table["signal"].isna().all()


@pytest.mark.parametrize("level", [0.8, 0.95, 0.998])
def test_a_level_replaces_three_by_its_z(level):
    history = weekly(CANS, [50] * 30)
    usual, ours = trend(history), trend(history, level=level)
    z = norm.ppf((1 + level) / 2)
    np.testing.assert_allclose(ours["high"] - ours["center"], (usual["high"] - usual["center"]) * z / 3)
    rate = ours["rate"]
    assert (ours["signal"] == "above").tolist() == (rate > ours["high"]).tolist()
    assert (ours["signal"] == "below").tolist() == (rate < ours["low"]).tolist()
    assert (level > 0.9) or ours["signal"].notna().sum() > 3
    assert (ours.attrs["level"], ours.attrs["sigmas"]) == (level, pytest.approx(z))
    assert (usual.attrs["level"], usual.attrs["sigmas"]) == (None, 3)


@pytest.mark.parametrize("freq", ["D", "W", "W-FRI", "M", "Q"])
@pytest.mark.parametrize("seed", [1, 2])
def test_against_all_increments(freq, seed):
    history = growing(seed, number=6, days=70)
    sums, campaigns = all_increments(history, freq)
    table = trend(history, "bounce_rate", freq=freq)
    assert table.index.equals(pd.period_range(table.index[0], table.index[-1], freq=freq, name="period"))
    read = table[table["campaigns"] > 0]
    assert read.index.equals(sums.index)
    assert read["events"].tolist() == sums["bounced_count"].tolist()
    assert read["trials"].tolist() == sums["sent_count"].tolist()
    assert read["campaigns"].tolist() == campaigns.tolist()
    np.testing.assert_allclose(read["rate"], sums["bounced_count"] / sums["sent_count"].where(sums["sent_count"] > 0))
    assert table.loc[table["campaigns"] == 0, ["events", "trials", "rate"]].isna().all(axis=None)


@given(histories(), st.sampled_from(["D", "W", "M", "2W"]), st.randoms(use_true_random=False))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_increments_telescope_in_any_order(history, freq, random):
    kept = history.copy()
    table = trend(history, freq=freq)
    assert_frame_equal(history, kept)
    first_to_last = history.sort_index().groupby(level="campaign_id").agg(["first", "last"])
    for column, count in (("events", "replied_count"), ("trials", "sent_count")):
        grown = first_to_last[count]["last"] - first_to_last[count]["first"]
        assert table[column].sum() == grown.sum()
    order = random.sample(range(len(history)), len(history))
    assert_frame_equal(trend(history.iloc[order], freq=freq), table)


def test_a_first_snapshot_is_a_baseline():
    # a campaign of 5,000 emails that is first read in the third week sent none of them in that week
    late = snapshots([("big", 15, 5000, 400), ("big", 16, 5010, 401), ("big", 28, 5100, 404)])
    table = trend(pd.concat([weekly([5] * 4, [100] * 4), late]))
    assert table["trials"].tolist() == [pd.NA, 100, 110, 100, 190]
    assert table["events"].tolist() == [pd.NA, 5, 6, 5, 8]
    assert table["campaigns"].tolist() == [0, 1, 2, 1, 2]  # an increment belongs to its later snapshot
    assert table["caveats"].tolist() == [""] * 5


def test_weeks_with_nothing_to_divide_are_kept_and_late_replies_are_no_proportion():
    events, trials = [5] * 12 + [3, 0, 2], [100] * 12 + [2, 0, 0]
    table = trend(weekly(events, trials))
    assert len(table) == 16
    plain = trend(weekly(events[:12], trials[:12]))
    assert_frame_equal(table.iloc[:13][LIMITS], plain[LIMITS])
    tail = table.iloc[13:]
    assert tail["rate"].fillna(-1).tolist() == [1.5, -1, -1]
    assert tail[["low", "high", "signal"]].isna().all(axis=None)
    assert tail["caveats"].tolist() == ["not_a_proportion", "", "not_a_proportion"]
    assert table.attrs["segments"] == [{**plain.attrs["segments"][0], "periods": 16}]


def test_a_count_that_fell_leaves_its_campaign_out_of_that_week():
    steady, odd = weekly([5] * 4, [100] * 4), weekly([4, -6, 3, 2], [50] * 4, "odd", start=10)
    table = trend(pd.concat([steady, odd]))
    assert table["events"].tolist() == [pd.NA, 9, 5, 8, 7]
    assert table["trials"].tolist() == [pd.NA, 150, 100, 150, 150]
    assert table["campaigns"].tolist() == [0, 2, 1, 2, 2]
    assert table["caveats"].tolist() == ["", "", "counts_fell", "", ""]
    late = snapshots([("a", 0, 100, 1), ("a", 7, 100, 3)], ("sent_count", "bounced_count"))
    assert trend(late, "delivery_rate")["caveats"].tolist() == ["", ""]  # nothing recorded fell


def test_campaigns_without_tracking_are_left_out_of_opens():
    columns = ("sent_count", "opened_count", "replied_count")
    history = snapshots([
        ("off", 0, 100, 0, 0), ("off", 7, 200, 0, 9), ("on", 0, 10, 0, 1), ("on", 7, 110, 40, 9),
    ], columns)  # fmt: skip
    assert trend(history, "open_rate")[["events", "trials"]].iloc[1].tolist() == [40, 100]
    assert trend(history)["trials"].iloc[1] == 200
    history["track_opens"] = [False] * 4
    assert trend(history, "open_rate")["campaigns"].tolist() == [0, 0]


def test_fewer_than_twelve_points_have_no_limits():
    table = trend(weekly([5, 7] * 5 + [6], [100] * 11))
    assert table["center"].iloc[1] == pytest.approx(66 / 1100)
    assert table[["low", "high", "signal"]].isna().all(axis=None)
    assert table.attrs["segments"] == [{"label": "", "periods": 12, "points": 11, "limits": False, "sigma_z": None}]
    assert trend(weekly([5, 7] * 6, [100] * 12))["low"].notna().sum() == 12


@pytest.mark.parametrize(("when", "mixed"), [("2026-06-15", 0), ("2026-06-17", 1), ("2026-06-22T00:00:00+02:00", 1)])
def test_each_side_of_a_break_is_judged_alone(when, mixed):
    rng = np.random.default_rng(5)
    events = [*rng.binomial(400, 0.1, 14), *rng.binomial(400, 0.03, 15)]  # the 15th after the baseline ends on June 14
    history = weekly(events, [400] * 29)
    table = trend(history, breaks={when: "bot filter"})
    first, second = table.iloc[:15], table.iloc[15 + mixed :]
    assert_frame_equal(first[LIMITS], trend(history.iloc[:15])[LIMITS])
    alone = trend(history.iloc[14 + mixed :])
    assert_frame_equal(second[LIMITS], alone.iloc[1:][LIMITS], check_freq=False)
    assert table["segment"].tolist() == [""] * 15 + ["bot filter"] * 15
    assert table["caveats"].tolist() == [""] * 15 + ["definition_break"] * mixed + [""] * (15 - mixed)
    assert table.iloc[15 : 15 + mixed][[*LIMITS, "signal"]].isna().all(axis=None)
    assert table["signal"].isna().all()
    assert (trend(history)["signal"] == "below").any()  # taken together the second half looks poor
    assert [(each["label"], each["points"], each["limits"]) for each in table.attrs["segments"]] == [
        ("", 14, True), ("bot filter", 15 - mixed, True),
    ]  # fmt: skip


def test_breaks_in_any_order_and_outside():
    history = weekly([5, 7] * 6, [100] * 12)
    breaks = {"2027-01-01": "later", pd.Timestamp("2026-04-06", tz="UTC"): "new texts", "2020-01-01": "long ago"}
    table = trend(history, breaks=breaks)
    assert table["segment"].tolist() == ["long ago"] * 5 + ["new texts"] * 8
    assert list(table.attrs["breaks"].values()) == ["long ago", "new texts", "later"]
    assert "segment" not in trend(history)


def test_weeks_are_those_of_utc():
    # Monday 00:30 in Berlin is Sunday in UTC, in summer two hours off, in winter one
    times = ["2026-03-23 12:00+01:00", "2026-03-30 00:30+02:00", "2026-10-26 00:30+01:00", "2026-10-26 01:00+01:00"]
    moments = pd.to_datetime(times, utc=True).tz_convert("Europe/Berlin")
    index = pd.MultiIndex.from_arrays([["a"] * 4, moments], names=["campaign_id", "fetched_at"])
    history = pd.DataFrame({"sent_count": [0, 10, 30, 70], "replied_count": [0, 1, 2, 3]}, index=index)
    table = trend(history)
    assert table["trials"].dropna().to_dict() == {
        pd.Period("2026-03-23/2026-03-29", "W"): 10,
        pd.Period("2026-10-19/2026-10-25", "W"): 20,
        pd.Period("2026-10-26/2026-11-01", "W"): 40,
    }


def test_the_last_moment_of_a_week():
    end = pd.Timestamp("2026-03-08 23:59:59.999999", tz="UTC")
    history = snapshots([("a", 0, 0, 0), ("a", (end - START) / pd.Timedelta(days=1), 10, 1)])
    history.index = pd.MultiIndex.from_tuples(
        [("a", START), ("a", end), ("a", end + pd.Timedelta(microseconds=1))][:2], names=history.index.names
    )
    after = history.rename(index={end: end + pd.Timedelta(microseconds=1)}, level=1)
    assert trend(history)["trials"].tolist() == [10]
    assert trend(after)["trials"].tolist() == [pd.NA, 10]


@pytest.mark.parametrize(("names", "freq"), [
    (["M", "MS", "ME", pd.offsets.MonthEnd(), pd.offsets.MonthBegin()], "M"),
    (["Q", "QS", "QE"], "Q-DEC"), (["Y", "YS", "YE"], "Y-DEC"), (["W", "W-SUN", pd.offsets.Week(weekday=6)], "W-SUN"),
    (["2W", "2W-SUN"], "2W-SUN"), (["D", pd.offsets.Day()], "D"), (["W-FRI"], "W-FRI"),
])  # fmt: skip
def test_names_of_periods(names, freq):
    history = growing(4)
    first, *others = (trend(history, freq=name) for name in names)
    assert first.index.freqstr == freq
    for other in others:
        assert_frame_equal(other, first)


def test_periods_of_which_nothing_is_known_are_named():
    days = pd.to_datetime(["2026-01-05", "2026-01-12", "2026-01-26", "2026-02-10"], utc=True)
    one = pd.DataFrame({"campaign_id": "a", "fetched_at": days[[0, 1, 3]], "sent_count": [0, 0, 50]})
    two = pd.DataFrame({"campaign_id": "b", "fetched_at": days[[2]], "sent_count": [10]})
    history = pd.concat([one, two]).assign(replied_count=0).set_index(["campaign_id", "fetched_at"])
    table = trend(history)
    assert table["trials"].isna().tolist() == [True, False, True, True, True, False]
    assert table.attrs["not_read"] == ["2026-01-19/2026-01-25", "2026-02-02/2026-02-08"]
    assert table.attrs["first_reads"] == ["2026-01-05/2026-01-11", "2026-01-26/2026-02-01"]
    assert trend(history.iloc[:0]).attrs["not_read"] == []


def test_columns():
    table = trend(weekly([5, 7] * 6, [100] * 12), breaks={"2026-04-01": "x"})
    assert list(table.columns) == [
        "campaigns", "events", "trials", "rate", *LIMITS, "signal", "segment", "caveats",
    ]  # fmt: skip
    assert table.index.name == "period"
    assert table.dtypes.astype(str).loc[["events", "trials", "signal"]].tolist() == ["Int64", "Int64", "category"]
    assert table.attrs["metric"]["name"] == "reply_rate"
    assert table.attrs["freq"] == "W"
    own = Metric("share", "replied_count", "sent_count")
    assert trend(weekly([5], [100]), own)["rate"].tolist()[1:] == [0.05]


def test_another_history_is_asked_for_boundaries_only():
    frame = growing(6, number=5, days=30)
    history = Recorded(frame)
    ours, theirs = trend(history), trend(frame)
    assert history.asked == [5, 6 * len(ours)]  # a baseline a campaign, a snapshot a campaign and period
    assert_frame_equal(ours, theirs)


def test_nothing_recorded():
    empty = trend(growing(1).iloc[:0])
    assert len(empty) == 0
    assert list(empty.columns) == list(trend(growing(1)).columns)
    assert empty.index.freqstr == "W-SUN"


@pytest.mark.parametrize(("options", "error", "message"), [
    ({"freq": "B"}, InputError, "trend: freq must be 'D', 'W' (or the week's last day, as in 'W-FRI'), 'M', 'Q' or 'Y', or several as in '2W', not 'B'."),
    ({"freq": 7}, InputError, "trend: freq must be 'D', 'W' (or the week's last day, as in 'W-FRI'), 'M', 'Q' or 'Y', or several as in '2W', not 7."),
    ({"level": 95}, InputError, "trend: level must lie between 0 and 1 (exclusive), not 95. Did you mean 0.95?"),
    ({"metric": "ctr"}, InputError, f"trend: metric 'ctr' is not known. Did you mean 'click_rate' (per email sent) or 'click_to_open_rate'? Known are {', '.join(METRICS)}, or a Metric of your own."),
    ({"metric": "open_rate"}, ColumnsError, "trend: missing column 'opened_count'; the frame has 'sent_count', 'replied_count' and 'fetched_at'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    ({"breaks": ["2026-04-01"]}, InputError, "trend: breaks must be a mapping such as {'2026-09-01': 'bot filter'}, not ['2026-04-01']."),
    ({"breaks": {"April": "x"}}, InputError, "trend: a key of breaks must be a time with its zone, such as '2026-09-01 09:00+02:00', or a date, which is midnight UTC, not 'April'."),
    ({"breaks": {"2026-04-01": ""}}, InputError, "trend: breaks['2026-04-01'] must be a non-empty text, not ''."),
    ({"breaks": {"2026-04-01": "a", "2026-04-01 02:00+02:00": "b"}}, InputError, "trend: breaks has two labels for 2026-04-01T00:00:00+00:00."),
])  # fmt: skip
def test_errors(options, error, message):
    with pytest.raises(error) as caught:
        trend(weekly([5], [100]), **options)
    assert str(caught.value) == message
