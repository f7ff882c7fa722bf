"""`health` against statsmodels' exact limits, and its rule read row by row."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom, norm
from statsmodels.stats.proportion import proportion_confint

from leadlex_pandas import ColumnsError, InputError, Metric, health
from tests.verbs.frames import campaigns

COLUMNS = [
    "events", "trials", "rate", "low", "high", "watch_limit", "breach_limit", "status", "sends_needed", "source",
]  # fmt: skip


def rows_of(*pairs):
    k, n = zip(*pairs, strict=True)
    return pd.DataFrame({"bounced_count": k, "sent_count": n})


def plain_status(k, n, watch, breach, level):
    low = beta.ppf(1 - level, k, n - k + 1) if k else 0.0
    high = beta.ppf(level, k + 1, n - k) if k < n else 1.0
    if low > breach:
        return "breach"
    if low > watch:
        return "watch"
    return "clear" if high < watch else "not enough data"


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_plain_reading_agrees(level):
    df = campaigns(number=40)
    table = health(df, level=level)
    assert list(table.columns) == COLUMNS
    assert table.index.names == ["campaign_id", "metric"]
    keys = ["all campaigns", *df.index]
    assert table.index.tolist() == [(key, name) for key in keys for name in ("bounce_rate", "unsubscribe_rate")]
    for name, events, watch, breach in (
        ("bounce_rate", "bounced_count", 0.02, 0.05),
        ("unsubscribe_rate", "unsubscribed_count", 0.005, 0.01),
    ):
        ours = table.xs(name, level="metric")
        k, n = [df[events].sum(), *df[events]], [df["sent_count"].sum(), *df["sent_count"]]
        low, high = proportion_confint(k, n, alpha=2 * (1 - level), method="beta")
        np.testing.assert_allclose(ours["low"], np.nan_to_num(low), rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(ours["high"], high, rtol=1e-9)
        np.testing.assert_allclose(ours["rate"], np.divide(k, n))
        assert ours["status"].tolist() == [plain_status(a, b, watch, breach, level) for a, b in zip(k, n, strict=True)]
        assert set(ours["watch_limit"]) == {watch}
        assert set(ours["breach_limit"]) == {breach}


def test_every_status():
    df = rows_of((200, 2000), (80, 2000), (0, 149), (0, 148), (40, 2000), (0, 0), (5, 4)).assign(label=list("abcdefg"))
    table = health(df)
    assert table["label"].tolist() == ["all campaigns", *"abcdefg"]
    assert table["status"].tolist()[1:] == [
        "breach", "watch", "clear", "not enough data", "not enough data", "no data", "not a proportion",
    ]  # fmt: skip
    assert table["status"].cat.categories.tolist() == [
        "breach", "watch", "not enough data", "clear", "not a proportion", "no data",
    ]  # fmt: skip
    assert table["events"].iloc[0] == 320  # without the row that cannot be
    assert table["trials"].iloc[0] == 6297


def test_sends_needed():
    table = health(rows_of((0, 10), (40, 2000), (80, 2000), (1, 500), (0, 0), (5, 4)))
    z = norm.ppf(0.95)
    without = math.ceil(math.log(0.05) / math.log(0.98))
    assert without == 149  # the rule of three, as DOMAIN states it
    assert binom.cdf(0, 149, 0.02) < 0.05 < binom.cdf(0, 148, 0.02)
    expected = [
        without,
        None,
        math.ceil(z**2 * 0.02 * 0.98 / 0.02**2),
        math.ceil(z**2 * 0.02 * 0.98 / 0.018**2),
        149,
        None,
    ]
    assert [None if pd.isna(n) else n for n in table["sends_needed"].iloc[1:]] == expected
    for watch, sends in ((0.01, 299), (0.005, 598), (0.003, 998), (0.001, 2995)):
        own = health(rows_of((0, 10)), limits={"bounce_rate": (watch, 0.5)})
        assert own["sends_needed"].tolist() == [sends, sends]


def test_a_clear_campaign_has_enough_and_nothing_proves_nothing():
    table = health(pd.DataFrame({"sent_count": [150], "unsubscribed_count": [0]}))
    assert table["status"].tolist() == ["not enough data"] * 2
    assert table["sends_needed"].tolist() == [598, 598]


def test_limits_of_ones_own():
    df = campaigns(number=3).assign(complaints=[0, 3, 90])
    mine = Metric("complaint_rate", "complaints", "sent_count", better="low")
    table = health(df, limits={mine: (0.001, 0.003), "bounce_rate": [0.1, 0.1]})
    assert table.index.get_level_values("metric").tolist()[:3] == ["bounce_rate", "unsubscribe_rate", "complaint_rate"]
    assert table["source"].tolist()[:3] == ["your limits", table["source"].iloc[1], "your limits"]
    assert "Cakemail" in table["source"].iloc[1]
    assert table.loc[("c2", "complaint_rate"), "status"] == "breach"
    assert table.loc[("c2", "bounce_rate"), ["watch_limit", "breach_limit"]].tolist() == [0.1, 0.1]


def test_where_high_is_good_the_other_side_is_watched():
    df = rows_of((200, 2000), (80, 2000), (0, 149), (0, 148))
    high = health(
        df.assign(delivered_count=df["sent_count"] - df["bounced_count"]), limits={"delivery_rate": (0.98, 0.95)}
    )
    delivery, bounce = (high.xs(name, level="metric") for name in ("delivery_rate", "bounce_rate"))
    assert delivery["status"].tolist() == bounce["status"].tolist()
    np.testing.assert_allclose(delivery["low"], 1 - bounce["high"], atol=1e-12)
    assert delivery["sends_needed"].tolist() == bounce["sends_needed"].tolist()


def test_missing_rows_stay_out():
    df = rows_of((3, 100), (2, 200))
    extra = pd.DataFrame({"bounced_count": pd.array([None, 4], "Int64"), "sent_count": pd.array([50, None], "Int64")})
    table = health(pd.concat([df, extra], ignore_index=True))
    assert table["status"].tolist()[-2:] == ["no data", "no data"]
    assert table.iloc[-2:][["rate", "low", "high", "sends_needed"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(table.iloc[:-2], health(df))


def test_one_metric_is_enough_and_none_is_not():
    assert health(rows_of((1, 100)))["rate"].tolist() == [0.01, 0.01]
    assert health(rows_of((1, 100)).iloc[:0])["status"].tolist() == ["no data"]
    df = pd.DataFrame({"sent_count": [10]}, index=pd.MultiIndex.from_tuples([("x", "y")], names=["account", "id"]))
    table = health(df.assign(bounced_count=1))
    assert table.index.tolist() == [("all campaigns", "", "bounce_rate"), ("x", "y", "bounce_rate")]
    assert table.index.names == ["account", "id", "metric"]


@given(st.integers(0, 60), st.integers(60, 3000))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_ten_times_the_counts_narrow_the_limits_and_undo_no_finding(k, n):
    table = health(rows_of((k, n), (10 * k, 10 * n))).iloc[1:]
    width = table["high"] - table["low"]
    assert width.iloc[1] < width.iloc[0]
    order = {"clear": 0, "not enough data": 1, "watch": 2, "breach": 3}
    first, second = (order[status] for status in table["status"])
    assert second >= first if first > 1 else True
    assert (first, second) != (0, 1)


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda df: health(df, limits=0.02), InputError, "health: limits must be a mapping from metrics to (watch, breach), such as {'bounce_rate': (0.02, 0.05)}, not 0.02."),
    (lambda df: health(df, limits={"bounce_rate": 0.02}), InputError, "health: limits['bounce_rate'] must be two rates, (watch, breach), not 0.02."),
    (lambda df: health(df, limits={"bounce_rate": (2, 5)}), InputError, "health: limits['bounce_rate'] must lie between 0 and 1 (exclusive), not 2. Did you mean 0.02?"),
    (lambda df: health(df, limits={"bounce_rate": (0.05, 0.02)}), InputError, "health: limits['bounce_rate'] must have a watch limit of at most the breach limit (low is better), not (0.05, 0.02)."),
    (lambda df: health(df, limits={"delivery_rate": (0.9, 0.95)}), InputError, "health: limits['delivery_rate'] must have a watch limit of at least the breach limit (high is better), not (0.9, 0.95)."),
    (lambda df: health(df, level=0.5), InputError, "health: level must lie between 0.5 and 1 (exclusive), not 0.5."),
    (lambda df: health(df[["sent_count"]]), ColumnsError, "health: missing columns 'bounced_count' and 'unsubscribed_count'; the frame has 'sent_count'. One of them will do; rename yours to it."),
    (lambda df: health(df, limits={"unsubscribe_rate": (0.01, 0.02)}), ColumnsError, "health: missing column 'unsubscribed_count'; the frame has 'bounced_count' and 'sent_count'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    (lambda df: health([1]), InputError, "health: df must be a pandas DataFrame, not list."),
])  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call(rows_of((1, 100)))
    assert str(caught.value) == message
