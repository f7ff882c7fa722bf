"""The chart of a trend: what its marks show, against plain pandas; and what is drawn."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from leadlex_pandas import InputError, plotting, trend
from leadlex_pandas.plotting import style
from leadlex_pandas.plotting.data import trend_data
from leadlex_pandas.plotting.data.trend import ORDER, unit
from leadlex_pandas.plotting.trend import MARKERS
from tests.plotting.checks import caption, title
from tests.plotting.frames import weekly

MONDAYS = pd.date_range("2026-01-05 09:00", periods=16, freq="7D", tz="UTC")


def one(new_replies, new_emails=100, column="replied_count"):
    """One campaign, read each Monday, with so many new events in each week after the first."""
    emails = np.broadcast_to(new_emails, len(new_replies))
    return pd.DataFrame({
        "campaign_id": "alert", "fetched_at": MONDAYS[: len(new_replies) + 1],
        "sent_count": np.concatenate([[0], emails]).cumsum(), column: np.concatenate([[0], new_replies]).cumsum(),
    }).set_index(["campaign_id", "fetched_at"])  # fmt: skip


def laney(k, n, sigmas=3.0):
    """Laney (2002), by hand."""
    k, n = np.asarray(k, float), np.broadcast_to(np.asarray(n, float), len(k))
    center = k.sum() / n.sum()
    sigma = np.sqrt(center * (1 - center) / n)
    z = (k / n - center) / sigma
    wide = max(1.0, np.abs(np.diff(z)).mean() / 1.128)
    return center, np.maximum(center - sigmas * wide * sigma, 0), center + sigmas * wide * sigma


NORMAL = [4, 6, 5, 3, 5, 4, 6, 5, 4, 5, 6, 4, 5, 4, 5]


def test_data_rebuilt_with_plain_pandas():
    replies = [*NORMAL[:13], 30, 4]
    data = trend_data(one(replies))
    center, low, high = laney(replies, 100)
    assert data["x"].tolist() == list(range(16))
    assert data["name"].tolist()[:2] == ["5 Jan 2026", "12 Jan 2026"]
    assert data["rate"].isna().tolist() == [True] + [False] * 15
    np.testing.assert_allclose(data["rate"].iloc[1:], np.array(replies) / 100)
    np.testing.assert_allclose(data["center"], center)
    np.testing.assert_allclose(data["low"].iloc[1:], low)
    np.testing.assert_allclose(data["high"].iloc[1:], high)
    block = np.where(np.array(replies) / 100 > high, "above", "within limits")
    assert data["block"].tolist() == ["", *block]
    assert (block == "above").sum() == 1
    assert data["meaning"].dropna().tolist() == ["better"]
    assert not data["beyond"].any()


@pytest.mark.parametrize(("history", "options", "expected"), [
    (one(NORMAL), {}, "Reply rate: none of 15 weeks is outside its limits around 4.7 %"),
    (one([*NORMAL[:13], 30, 4]), {}, "Reply rate: 1 of 15 weeks above the limits around 6.4 %; it is that of 13 Apr 2026 (30.0 %)"),
    (one([*NORMAL[:12], 0, 0, 0]), {"level": 0.9}, "Reply rate: 3 of 15 weeks below the limits around 3.8 %; the last is that of 20 Apr 2026 (0.0 %)"),
    (one(NORMAL[:5]), {}, "Reply rate: 4.6 % in 5 weeks; limits need 12"),
    (one([0] * 15), {}, "Reply rate: no replies in 15 weeks"),
    (one(NORMAL), {"breaks": {"2026-03-02": "filter"}}, "Reply rate: 4.7 % then 4.8 % in 15 weeks; limits need 12 between breaks"),
])  # fmt: skip
def test_titles_state_the_finding(history, options, expected):
    assert title(plotting.trend(history, **options)) == expected


def test_breaks_stand_where_they_happened():
    data = trend_data(
        one(NORMAL), breaks={"2026-02-02": "at a border", "2026-02-18 12:00+00:00": "within", "2025-01-01": "long ago"}
    )
    marks = dict(data.attrs["marks"])
    assert marks == pytest.approx({"at a border": 3.5, "within": 5.5 + 2.5 / 7})
    assert data["center"].isna().tolist() == [place == 6 for place in range(16)]
    ax = plotting.trend(one(NORMAL), breaks={"2026-02-02": "at a border", "2026-02-18 12:00+00:00": "within"})
    dashed = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--" and len(line.get_xdata()) == 2]
    assert dashed == pytest.approx(list(marks.values()))
    shown = [text.get_text() for text in ax.texts]
    assert {"at a border", "within"} <= set(shown)
    assert "Dashed: at a border, within; each side is judged by itself." in caption(ax)


def test_many_breaks_are_numbered():
    days = pd.date_range("2026-02-02", periods=9, freq="D")
    ax = plotting.trend(one(NORMAL), breaks={str(day.date()): f"change of day {day.day}" for day in days})
    shown = [text.get_text() for text in ax.texts]
    assert [str(number) for number in range(1, 10)] == [text for text in shown if text.isdigit()]
    assert "Dashed: 1 change of day 2, 2 change of day 3, " in caption(ax)


def test_breaks_in_silent_weeks_at_the_ends_are_not_drawn():
    history = one([*NORMAL[:12], 0, 0, 0], [*[100] * 12, 0, 0, 0])
    data = trend_data(history, breaks={"2026-04-15": "too late", "2026-01-07": "too early", "2026-02-02": "in time"})
    assert [label for label, _ in data.attrs["marks"]] == ["in time"]


def test_marks_are_where_the_data_says():
    history = one([*NORMAL[:13], 30, 4])
    data, ax = trend_data(history), plotting.trend(history)
    lines = {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}
    assert set(lines) == {"above", "within limits"}
    for block, line in lines.items():
        rows = data[data["block"] == block]
        np.testing.assert_allclose(line.get_xdata(), rows["x"])
        np.testing.assert_allclose(line.get_ydata(), 100 * rows["rate"])
        assert line.get_marker() == MARKERS[block]
    [center] = [line for line in ax.lines if line.get_label() == "_center"]
    np.testing.assert_allclose(center.get_xdata(), np.repeat(data["x"], 2) + np.tile([-0.5, 0.5], 16))
    np.testing.assert_allclose(center.get_ydata(), np.repeat(100 * data["center"], 2))
    low, high = [line for line in ax.lines if line.get_label() == "_limit"]
    np.testing.assert_allclose(low.get_ydata(), np.repeat(100 * data["low"], 2))
    np.testing.assert_allclose(high.get_ydata(), np.repeat(100 * data["high"], 2))
    assert ax.get_ylabel() == "replies per email sent, new in the week"
    assert ax.get_xlabel() == "first day of the week"
    assert ax.get_ylim()[0] == 0
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["above (1)", "within limits (14)"]


def test_signals_are_triangles_and_good_or_bad_news_by_the_metric():
    assert set(MARKERS) == set(ORDER)
    assert {MARKERS["above"], MARKERS["below"]}.isdisjoint({MARKERS["within limits"], MARKERS["no limits"]})
    bad = plotting.trend(one([*NORMAL[:13], 30, 4], column="bounced_count"), "bounce_rate")
    [above] = [line for line in bad.lines if line.get_label() == "above"]
    assert (above.get_marker(), to_hex(above.get_color())) == ("^", style.WORSE.lower())
    [within] = [line for line in bad.lines if line.get_label() == "within limits"]
    assert to_hex(within.get_color()) == style.INK


def test_weeks_of_few_emails_do_not_squeeze_the_others():
    emails = [1000] * 14 + [3]
    history = one([40, 42, 38, 41, 39, 40, 43, 37, 40, 41, 39, 40, 42, 38, 1], emails)
    data, ax = trend_data(history), plotting.trend(history)
    assert data["beyond"].tolist() == [False] * 15 + [True]
    assert ax.get_ylim()[1] < 10
    assert "33.3 %" in [text.get_text() for text in ax.texts]
    assert "Arrow: beyond the axis." in caption(ax)


def test_more_replies_than_emails_are_no_signal():
    emails = [100] * 14 + [1]
    history = one([*NORMAL[:14], 3], emails)
    data = trend_data(history)
    assert data["block"].iloc[-1] == "not a proportion"
    assert "none of 14 weeks" in data.attrs["title"]


def test_captions_say_how_it_was_made():
    history = one(NORMAL)
    assert caption(plotting.trend(history)) == (
        "Band: 3 standard deviations (Laney), 1 times as wide as a binomial's. Line: pooled rate. Counted is what was new "
        "in each week (UTC): 1,500 emails sent in 16 weeks. Read for the first time only: 1. "
        "Read 2026-01-05 09:00 to 2026-04-20 09:00 UTC."
    )
    assert caption(plotting.trend(history, level=0.9)).startswith("Band: 90 % limits (Laney)")
    assert caption(plotting.trend(one(NORMAL[:5]))).startswith("Line: pooled rate.")


def read_on(days, sent, replied):
    """One campaign, read on these days of 2026."""
    times = pd.to_datetime([f"2026-{day} 09:00" for day in days], utc=True)
    frame = pd.DataFrame({"campaign_id": "a", "fetched_at": times, "sent_count": sent, "replied_count": replied})
    return frame.set_index(["campaign_id", "fetched_at"])


GAP = read_on(
    ["01-05", "01-12", "01-19", "01-26", "03-30", "04-06"], [0, 500, 500, 1000, 2500, 3000], [0, 25, 25, 50, 120, 150]
)


def test_weeks_that_nobody_read_are_not_weeks_without_emails():
    said = caption(plotting.trend(GAP))
    assert (
        "3,000 emails sent in 14 weeks. Without new emails sent: 1. Read for the first time only: 1. Not read: 8."
        in said
    )
    assert "in 92 days. Without new emails sent: 1. Read for the first time only: 1. Not read: 86." in caption(
        plotting.trend(GAP, freq="D")
    )


def test_the_line_crosses_what_is_known_and_nothing_else():
    ax, data = plotting.trend(GAP), trend_data(GAP)
    [line] = [line for line in ax.lines if line.get_label() == "_line"]
    x, y = line.get_data()
    drawn = [(a, b) for a, b, one, other in zip(x, x[1:], y, y[1:], strict=False) if np.isfinite([one, other]).all()]
    assert drawn == [(1, 3), (12, 13)]  # in the third week it is known that nothing was sent
    assert data["rate"].notna().to_numpy().nonzero()[0].tolist() == [1, 3, 12, 13]


def test_a_table_that_was_cut_down_counts_what_is_left():
    assert "Not read: 8." in caption(plotting.trend(trend(GAP).iloc[2:]))
    assert "first time" not in caption(plotting.trend(trend(GAP).iloc[2:]))
    table = trend(GAP)
    for name in ("not_read", "first_reads"):
        del table.attrs[name]  # of a table that was written before there were these
    assert "Without new emails sent: 1. Nothing new known: 9." in caption(plotting.trend(table))


def test_the_axis_holds_all_marks_but_extreme_ones():
    months = ["01-05", "02-01", "03-01", "04-01", "05-01"]
    history = read_on(months, [0, 9000, 15000, 17000, 17500], [0, 360, 612, 684, 712])
    few = read_on(months, [0, 9000, 18000, 27000, 27500], [0, 360, 738, 1062, 1090])  # the last 5.6 % of 500
    for each in (history, few):
        data, ax = trend_data(each, freq="M"), plotting.trend(each, freq="M")
        assert not data["beyond"].any()
        assert ax.get_ylim()[1] > 100 * data["rate"].max()
        assert "Arrow" not in caption(ax)


def test_periods_are_called_what_they_are():
    assert [unit(each) for each in ("D", "W", "2W", "W-FRI", "M", "Q", "3M", "Y", "1W")] == [
        "day", "week", "2 weeks", "week", "month", "quarter", "3 months", "year", "week",
    ]  # fmt: skip
    assert "none of 27 periods of 2 weeks" not in title(plotting.trend(weekly(4)))
    assert plotting.trend(one(NORMAL), freq="D").get_xlabel() == "day"
    assert "periods of 2 weeks" in title(plotting.trend(weekly(4), freq="2W"))


def test_alternative_texts_name_the_newest_signals():
    data = trend_data(one([*NORMAL[:12], 0, 0, 0]), level=0.9)
    low, high = trend(one([*NORMAL[:12], 0, 0, 0]), level=0.9)[["low", "high"]].iloc[-1]
    said = plotting.alt_text(data)
    assert said.startswith("Chart of 16 weeks, replies per email sent. Reply rate: 3 of 15 weeks below the limits")
    assert (
        f"Outside, the newest first: 20 Apr 2026, 0.0 % below {100 * low:.1f} % to {100 * high:.1f} %; 13 Apr" in said
    )


def test_one_read_is_too_few():
    with pytest.raises(InputError) as error:
        plotting.trend(one(NORMAL).iloc[:1])
    assert str(error.value) == (
        "trend: no period has a rate: a campaign's first snapshot is where counting begins, so it takes two reads in two "
        "periods, with emails in between."
    )
