"""The chart of health: what its rows show, against plain pandas; and what is drawn."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from scipy.stats import beta

from leadlex_pandas import InputError, health, plotting
from leadlex_pandas.plotting import style
from leadlex_pandas.plotting.data import health_data
from leadlex_pandas.plotting.data.health import ORDER
from leadlex_pandas.plotting.health import MARKERS
from leadlex_pandas.verbs.health import STATUSES
from tests.plotting.checks import caption, title
from tests.plotting.frames import six_counts


def bounces(*pairs):
    k, n = zip(*pairs, strict=True)
    return pd.DataFrame({"bounced_count": k, "sent_count": n}, index=[f"c{i}" for i in range(len(k))])


def test_data_rebuilt_with_plain_pandas():
    df = bounces((0, 1000), (170, 2400), (30, 1000), (3, 100), (12, 1000), (90, 1000))
    data = health_data(df)
    k, n = df["bounced_count"], df["sent_count"]
    low = pd.Series(beta.ppf(0.05, k, n - k + 1), df.index).fillna(0)
    high = pd.Series(beta.ppf(0.95, k + 1, n - k), df.index)
    status = pd.Series("not enough data", df.index)
    status[high < 0.02], status[low > 0.02] = "clear", "watch"
    status[low > 0.05] = "breach"
    place = status.map(ORDER.index)
    expected = df.assign(place=place, rate=-k / n).sort_values(["place", "rate"]).index.tolist()
    assert data["name"].tolist() == ["all campaigns", *expected]
    own = data.iloc[1:].droplevel("metric")
    assert own["block"].to_dict() == status.to_dict()
    np.testing.assert_allclose(own["low"], low[expected], rtol=1e-9)
    np.testing.assert_allclose(own["high"], high[expected], rtol=1e-9)
    np.testing.assert_allclose(own["x"], (k / n)[expected])
    assert data["count"].iloc[0] == f"{k.sum():,} / {n.sum():,}"
    assert data["y"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert data["meaning"].dropna().unique().tolist() == ["worse"]
    assert set(own.loc[own["meaning"] == "worse", "block"]) == {"breach", "watch"}


def test_several_metrics_are_drawn_in_multiples_of_their_watch_limit():
    data = health_data(six_counts(10))
    metric = data.index.get_level_values("metric")
    assert list(dict.fromkeys(metric)) == ["bounce_rate", "unsubscribe_rate"]
    watch = metric.map({"bounce_rate": 0.02, "unsubscribe_rate": 0.005}).to_numpy()
    np.testing.assert_allclose(data["x"], data["rate"] / watch)
    np.testing.assert_allclose(data["x_high"], data["high"] / watch)
    assert data["x_watch"].eq(1).all()
    assert set(data["x_breach"].round(9)) == {2.5, 2.0}
    assert data["y"].diff().dropna().round(9).value_counts().to_dict() == {1.0: 20, 3.4: 1}
    ax = plotting.health(six_counts(10))
    assert ax.get_xlabel() == "percent of the watch limit (bounces per email sent, unsubscribes per email sent)"
    assert plotting.health(bounces((1, 100))).get_xlabel() == "bounces per email sent"


def test_what_exceeds_a_limit_is_always_shown_then_the_largest():
    df = six_counts(200)[["sent_count", "bounced_count"]]
    table = health(df)
    own = table.iloc[1:]
    alarms = own.index[own["status"].isin(["breach", "watch"])]
    data = health_data(df, max_rows=20)
    assert len(data) == 21
    assert set(alarms) <= set(data.index)
    others = own["trials"].drop(alarms).sort_values(ascending=False)
    assert set(data.index[1:]) - set(alarms) == set(others.index[: 20 - len(alarms)])
    assert len(health_data(df, max_rows=1)) == 1 + len(alarms)
    assert len(health_data(df, max_rows=None)) == 201
    assert "Not drawn: 180 rates of the smallest campaigns that exceed no limit." in data.attrs["caption"]


@pytest.mark.parametrize(("df", "expected"), [
    (bounces((0, 1000), (170, 2400), (30, 10)), "All campaigns together: bounce rate 5.0 %, watch. 1 of 3 campaigns in breach"),
    (bounces((170, 2400), (1, 20), (300, 8000)), "All campaigns together: bounce rate 4.5 %, watch. 1 of 3 campaigns in breach, 1 on watch; 1 cannot be cleared yet"),
    (bounces((300, 8000)), "All campaigns together: bounce rate 3.8 %, watch. 1 of 1 campaign on watch"),
    (bounces((0, 1000), (0, 1000)), "All campaigns together: bounce rate 0.0 %, clear. None of 2 campaigns exceeds a limit beyond chance"),
    (bounces((0, 10)), "All campaigns together: bounce rate 0.0 %, not enough data. The campaign exceeds no limit beyond chance; 1 cannot be cleared yet"),
])  # fmt: skip
def test_titles_state_the_finding(df, expected):
    assert title(plotting.health(df)) == expected


def test_a_campaign_counts_once_with_its_worst_status():
    df = pd.DataFrame({"sent_count": [2000] * 3, "bounced_count": [200, 60, 0], "unsubscribed_count": [60, 0, 8]})
    said = title(plotting.health(df))
    assert "1 of 3 campaigns in breach, 1 on watch; 1 cannot be cleared yet" in said


def test_marks_are_where_the_data_says():
    df = six_counts(20)
    data, ax = health_data(df), plotting.health(df)
    end = 100 * data.attrs["end"]
    lines = {line.get_label(): line for line in ax.lines}
    for status, rows in data.groupby("block"):
        np.testing.assert_allclose(lines[status].get_xdata(), np.where(rows["beyond"], 0.96 * end, 100 * rows["x"]))
        np.testing.assert_allclose(lines[status].get_ydata(), rows["y"])
        assert lines[status].get_marker() == MARKERS[status]
    limits = next(c for c in ax.collections if isinstance(c, LineCollection) and len(c.get_segments()) == len(data))
    drawn = np.array([segment[:, 0] for segment in limits.get_segments()])
    np.testing.assert_allclose(drawn[:, 0], 100 * data["x_low"])
    np.testing.assert_allclose(drawn[:, 1], np.minimum(100 * data["x_high"], end))
    arrows = [line for line in ax.lines if line.get_label() == "_beyond"]
    assert [line.get_ydata()[0] for line in arrows] == data.loc[data["x_high"] > data.attrs["end"], "y"].tolist()
    shown = [text.get_text() for text in ax.texts]
    assert all(text in shown for text in ("watch 2 %", "breach 5 %", "watch 0.5 %", "breach 1 %", *data["count"]))
    for label, name in zip(ax.get_yticklabels(), data["name"], strict=True):
        begin, _, end = label.get_text().partition("…")
        assert len(label.get_text()) >= min(len(name), 36)
        assert name.startswith(begin)
        assert name.endswith(end)
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    counts = health(df)["status"].value_counts()
    assert legend == [f"{name} ({counts[name]})" for name in ORDER if counts[name]]


def test_statuses_differ_by_shape_or_filling_and_alarms_by_colour():
    assert set(MARKERS) == set(ORDER) == set(STATUSES) - {"no data"}
    df = bounces((0, 1000), (170, 2400), (300, 8000), (1, 20))
    lines = {line.get_label(): line for line in plotting.health(df).lines if not line.get_label().startswith("_")}
    looks = {(line.get_marker(), to_hex(line.get_markerfacecolor())) for line in lines.values()}
    assert len(looks) == len(lines) == 4
    for status, line in lines.items():
        assert (to_hex(line.get_color()) == style.WORSE.lower()) is (status in ("breach", "watch"))


def test_small_campaigns_far_out_do_not_squeeze_the_others():
    df = bounces((1, 2), (5, 1000), (6, 1000))  # on watch, as 1 of 2 is more than 2 % beyond chance
    data = health_data(df)
    assert data.attrs["end"] < 0.1
    assert data.loc[data["beyond"], "name"].tolist() == ["c0"]
    assert "50.0 %" in [text.get_text() for text in plotting.health(df).texts]
    assert "Arrow: lies, or goes on, beyond the chart." in caption(plotting.health(df))
    watch = next(line for line in plotting.health(df).lines if line.get_label() == "watch")
    assert watch.get_xdata()[0] < 100 * data.attrs["end"]  # its shape is seen even so


def test_limits_of_ones_own_and_rates_that_should_be_high():
    df = six_counts(6)
    ax = plotting.health(df, limits={"reply_rate": (0.05, 0.02)})
    assert "Reply rate: watch 5 %, breach 2 % (your limits)." in caption(ax)
    data = health_data(df[["sent_count", "replied_count"]], limits={"reply_rate": (0.05, 0.02)})
    statuses = data["block"].iloc[1:]
    worst = data["rate"].iloc[1:][statuses == statuses.iloc[0]]
    assert worst.is_monotonic_increasing  # the lowest rate is the worst


def test_more_bounces_than_emails_are_said():
    assert "More events than emails: 1." in caption(plotting.health(bounces((30, 10), (1, 1000))))


def test_names_of_several_accounts_are_joined():
    df = bounces((1, 1000), (2, 1000))
    df.index = pd.MultiIndex.from_tuples([("Client A", "c1"), ("Client B", "c1")])
    assert set(health_data(df)["name"]) == {"all campaigns", "Client A / c1", "Client B / c1"}


def test_alternative_texts_name_the_worst():
    df = bounces((0, 1000), (170, 2400), (300, 8000))
    assert plotting.alt_text(health_data(df)) == (
        "Chart of health of 3 campaigns, bounces per email sent. All campaigns together: bounce rate 4.1 %, watch. 1 of 3 "
        "campaigns in breach, 1 on watch. c1, bounce rate 7.1 %, breach; c2, bounce rate 3.8 %, watch."
    )


def test_mistakes():
    with pytest.raises(InputError) as error:
        plotting.health(bounces((1, 10)), max_rows=0)
    assert str(error.value) == "health: max_rows must be a whole number of at least 1, not 0."
