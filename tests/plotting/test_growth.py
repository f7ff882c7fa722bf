"""The chart of growth: what its lines show, against plain pandas; and what is drawn."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from pandas.testing import assert_frame_equal

from leadlex_pandas import ColumnsError, InputError, growth, plotting
from leadlex_pandas.plotting import style
from leadlex_pandas.plotting.data import growth_data
from tests.plotting.checks import caption, contrast, title
from tests.plotting.frames import weekly


def history(*campaigns):
    """Campaigns as (day, emails, replies) of each read."""
    start = pd.Timestamp("2026-03-02 09:00", tz="UTC")
    rows = [
        (f"c{i}", start + pd.Timedelta(days=day), sent, replied)
        for i, reads in enumerate(campaigns) for day, sent, replied in reads
    ]  # fmt: skip
    names = ["campaign_id", "fetched_at", "sent_count", "replied_count"]
    return pd.DataFrame(rows, columns=names).set_index(names[:2])


SETTLED = [(0, 0, 0), (7, 100, 2), (14, 200, 8), (21, 200, 10), (28, 200, 10), (35, 200, 10)]
GROWING = [(0, 50, 4), (7, 100, 8), (14, 200, 16)]


def test_data_rebuilt_with_plain_pandas():
    df = weekly(6)
    data = growth_data(df)
    expected = []
    for name, rows in df.groupby(level="campaign_id", sort=False):
        own = rows.droplevel("campaign_id")
        begin = own.index[own["sent_count"] == 0].max()
        own = own[own.index >= begin]
        day = (own.index - begin).total_seconds() / 86400
        share = own["replied_count"] / own["replied_count"].iloc[-1]
        week_ago = share[day <= day[-1] - 6.75].iloc[-1]
        expected.append(
            pd.DataFrame({"campaign_id": name, "day": day, "share": share.array, "growing": week_ago < 0.99})
        )
    assert_frame_equal(
        data[["campaign_id", "day", "share", "growing"]].reset_index(drop=True),
        pd.concat(expected, ignore_index=True), check_dtype=False,
    )  # fmt: skip
    totals = df["replied_count"].groupby(level=0).last().nlargest(4)
    assert set(data.loc[data["labelled"], "campaign_id"]) == set(totals.index)


def test_lines_begin_at_the_last_read_without_emails():
    data = growth_data(history([(0, 0, 0), (3, 0, 0), (10, 100, 5), (20, 100, 10)], GROWING))
    assert data["day"].tolist() == [0, 7, 17, 0, 7, 14]
    assert data["share"].tolist() == [0, 0.5, 1, 0.25, 0.5, 1]


def test_campaigns_read_once_or_without_replies_have_no_line():
    df = history(SETTLED, [(0, 100, 5)], [(0, 100, 0), (7, 100, 0)], GROWING)
    data = growth_data(df)
    assert data["campaign_id"].unique().tolist() == ["c0", "c3"]
    assert "Without a line: 2 campaigns (read once, or no replies)." in data.attrs["caption"]


def test_missing_counts_are_passed_over():
    df = history(SETTLED).astype("Int64")
    hole = df.copy()
    hole.iloc[2, 1] = pd.NA
    columns = ["day", "share", "growing"]
    assert_frame_equal(growth_data(hole)[columns], growth_data(df.drop(df.index[2]))[columns].set_axis([0, 1, 3, 4, 5]))


@pytest.mark.parametrize(("campaigns", "expected"), [
    ([SETTLED], "Replies: half are in after 10 days, 90 % after 18 days, in 1 campaign"),
    ([SETTLED, GROWING], "Replies: half are in after 10 days, 90 % after 18 days, in 1 campaign; 1 of 2 still grows"),
    ([SETTLED, [(0, 0, 0), (2, 50, 5), (30, 50, 5)]], "Replies: half are in after 1 to 10 days, 90 % after 1.8 to 18 days, in 2 campaigns"),
    ([GROWING, GROWING], "Replies of 2 campaigns still grow: too early to say when they are in"),
    ([GROWING], "Replies of 1 campaign still grows: too early to say when they are in"),
    ([SETTLED] * 3 + [[(0, 0, 0), (2, 50, 5), (30, 50, 5)]] * 2, "Replies: half are in after 10 days, 90 % after 18 days, in the median of 5 campaigns"),
])  # fmt: skip
def test_titles_state_the_finding(campaigns, expected):
    # 2 of 10 after 7 days, 8 after 14, 10 after 21: 5 after 7 + 3 / 6 * 7 days, 9 after 14 + 1 / 2 * 7
    assert title(plotting.growth(history(*campaigns))) == expected


def test_the_median_goes_through_the_middle_of_the_settled():
    fast = [(0, 0, 0), (2, 50, 5), (30, 50, 5)]
    median = growth_data(history(*[SETTLED] * 3, *[fast] * 2, GROWING)).attrs["median"]
    day = np.array(median["day"])
    np.testing.assert_allclose(median["share"], np.interp(day, [0, 7, 14, 21, 35], [0, 0.2, 0.8, 1, 1]))
    assert growth_data(history(*[SETTLED] * 4)).attrs["median"] is None


def test_lines_are_where_the_data_says():
    df = weekly(12)
    data, ax = growth_data(df, max_labels=3), plotting.growth(df, max_labels=3)
    named = {line.get_label(): line for line in ax.lines if line.get_label() != "median"}
    assert len(named) == 3
    for (_, rows), line in zip(data[data["labelled"]].groupby("campaign_id"), named.values(), strict=True):
        np.testing.assert_allclose(line.get_xdata(), rows["day"])
        np.testing.assert_allclose(line.get_ydata(), 100 * rows["share"])
    grey = [each for each in ax.collections if isinstance(each, LineCollection)]
    assert sum(len(each.get_segments()) for each in grey) == 9
    [median] = [line for line in ax.lines if line.get_label() == "median"]
    np.testing.assert_allclose(median.get_ydata(), 100 * np.array(data.attrs["median"]["share"]))
    assert ax.get_ylabel() == "share of the replies at the last read"
    assert ax.get_xlabel() == "days"
    assert len({line.get_marker() for line in named.values()}) == 3  # told apart in grey
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sorted(legend) == sorted([*named, "median"])


def test_what_still_grows_is_dotted():
    ax = plotting.growth(history(SETTLED, GROWING))
    styles = {line.get_label(): line.get_linestyle() for line in ax.lines}
    assert styles["c0"] == "-"
    assert styles["c1"] != "-"
    assert "Dotted: still growing, so its last count is not its end." in caption(ax)
    assert "Dotted" not in caption(plotting.growth(history(SETTLED)))


def test_lines_can_be_told_from_the_ground():
    assert all(contrast(colour, "white") >= 4.5 for colour in style.LINES)
    assert contrast(style.LINE, "white") >= 3


def test_counts_and_campaigns_can_be_chosen():
    df = history(SETTLED, GROWING)
    data = growth_data(df, "sent_count", ids="c0")
    assert data["share"].tolist() == [0, 0.5, 1, 1, 1, 1]
    assert data.attrs["axis"] == "share of the emails sent at the last read"
    assert growth_data(growth(df), ids=["c1"])["campaign_id"].unique().tolist() == ["c1"]
    assert not growth_data(df, max_labels=0)["labelled"].any()
    assert plotting.growth(df, max_labels=0).get_legend() is None


def test_counts_that_fall_do_not_break_the_chart():
    data = growth_data(history([(0, 0, 0), (7, 100, 12), (14, 100, 10), (28, 100, 10)]))
    assert data["share"].max() == 1.2
    assert plotting.growth(history([(0, 0, 0), (7, 100, 12), (14, 100, 10), (28, 100, 10)])).get_ylim()[1] > 120


def test_mistakes():
    df = history(SETTLED)
    with pytest.raises(InputError) as error:
        plotting.growth(df, "replies")
    assert str(error.value) == (
        "growth: count must be 'sent_count', 'opened_count', 'clicked_count', 'replied_count', 'bounced_count' or "
        "'unsubscribed_count', not 'replies'. Did you mean 'replied_count'?"
    )
    with pytest.raises(ColumnsError):
        plotting.growth(df, "opened_count")
    with pytest.raises(InputError) as error:
        plotting.growth(df, max_labels=-1)
    assert str(error.value) == "growth: max_labels must be a whole number of at least 0, not -1."
