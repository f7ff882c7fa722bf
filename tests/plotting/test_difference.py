"""The chart of differences: what its rows show, against plain pandas and the verb; and what is drawn."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from statsmodels.stats.proportion import confint_proportions_2indep

from leadlex_pandas import InputError, Metric, plotting
from leadlex_pandas.plotting import style
from leadlex_pandas.plotting.data import difference_data
from leadlex_pandas.plotting.data.difference import points
from leadlex_pandas.plotting.difference import MARKERS
from leadlex_pandas.verbs.compare import VERDICTS
from tests.plotting.checks import caption, title
from tests.plotting.frames import six_counts


def pair(**counts):
    return pd.DataFrame({f"{name}_count": values for name, values in counts.items()}, index=["A", "B"])


CLEAR = pair(sent=[6100, 5980], replied=[410, 220], bounced=[30, 95], unsubscribed=[12, 13])


def test_data_rebuilt_with_plain_pandas():
    metrics = ["reply_rate", "bounce_rate", "unsubscribe_rate"]
    data = difference_data(CLEAR, "A", "B", metrics)
    a, b = CLEAR.loc["A"], CLEAR.loc["B"]
    events = ["replied_count", "bounced_count", "unsubscribed_count"]
    assert data.index.tolist() == metrics
    assert data["y"].tolist() == [0, 1, 2]
    assert data["name"].tolist() == ["Reply rate", "Bounce rate", "Unsubscribe rate"]
    np.testing.assert_allclose(data["difference"], [a[k] / a["sent_count"] - b[k] / b["sent_count"] for k in events])
    limits = [
        confint_proportions_2indep(a[k], a["sent_count"], b[k], b["sent_count"], compare="diff", method="newcomb")
        for k in events
    ]
    np.testing.assert_allclose(data[["low", "high"]], limits, rtol=1e-6)
    assert data["block"].tolist() == ["first higher", "second higher", "cannot tell"]
    assert data["meaning"].tolist()[:2] == ["better", "better"]  # fewer bounces are good news
    assert data["meaning"].isna().tolist() == [False, False, True]
    assert data["first"].iloc[0].startswith("6.7 % [")
    assert data["second"].iloc[1].startswith("1.6 % [")
    assert data["second"].iloc[1].endswith("] of 5,980")


def newcombe(k1, n1, k2, n2):
    low, high = confint_proportions_2indep(k1, n1, k2, n2, compare="diff", method="newcomb")
    return ", ".join(f"{100 * end:+.1f}".replace("-", "−") for end in (low, high))


def test_titles_of_one_rate():
    above = f"Reply rate: A is above B by 3.0 points [{newcombe(410, 6100, 220, 5980)}]"
    assert title(plotting.difference(CLEAR, "A", "B")) == above
    assert title(plotting.difference(CLEAR, "B", "A")) == above  # the higher one is named first
    close = pair(sent=[100, 100], replied=[5, 4])
    assert title(plotting.difference(close, "A", "B")) == (
        f"Reply rate: A cannot be told from B (difference +1.0 points [{newcombe(5, 100, 4, 100)}])"
    )


def test_titles_of_several_rates():
    metrics = ["reply_rate", "bounce_rate", "unsubscribe_rate"]
    assert title(plotting.difference(CLEAR, "A", "B", metrics)) == (
        "A against B: of 3 rates higher in 1 (reply rate), lower in 1 (bounce rate), 1 cannot be told apart"
    )
    same = pair(sent=[100, 100], replied=[4, 4], bounced=[1, 1])
    assert title(plotting.difference(same, "A", "B", ["reply_rate", "bounce_rate"])) == (
        "A against B: none of 2 rates can be told apart"
    )


def test_captions_name_both_and_say_what_was_tested():
    text = caption(plotting.difference(CLEAR, "A", "B", level=0.9))
    assert text == (
        "First: A. Second: B. Lines: 90 % limits of the difference (Newcombe); in brackets those of each rate (Wilson). "
        "Filled: a difference beyond chance (mid-p at most 10 %, and limits that exclude 0); hollow: cannot be told. "
        "Blue: good news for the first, orange: bad news. Chance that the first is truly higher: over 99 % (Jeffreys' prior)."
    )
    several = caption(plotting.difference(CLEAR, "A", "B", ["reply_rate", "bounce_rate"]))
    assert "mid-p at most 5 % after Holm's adjustment for 2 rates" in several
    assert "Chance" not in several
    assert "prior fitted to the portfolio" in caption(plotting.difference(six_counts(40), *six_counts(40).index[:2]))


def test_what_cannot_be_drawn_is_said():
    df = pair(sent=[100, 100], opened=[0, 40], replied=[4, 3])
    text = caption(plotting.difference(df, "A", "B", ["reply_rate", "open_rate"]))
    assert "No difference can be drawn: open rate." in text
    assert difference_data(df, "A", "B", ["reply_rate", "open_rate"]).index.tolist() == ["reply_rate"]
    wide = caption(plotting.difference(CLEAR, "A", "B", design_effect=2))
    assert "Variance taken as larger than a binomial's: reply rate." in wide


def test_marks_are_where_the_data_says():
    metrics = ["reply_rate", "bounce_rate", "unsubscribe_rate"]
    data, ax = difference_data(CLEAR, "A", "B", metrics), plotting.difference(CLEAR, "A", "B", metrics)
    lines = {line.get_label(): line for line in ax.lines}
    for block, rows in data.groupby("block"):
        np.testing.assert_allclose(lines[block].get_xdata(), 100 * rows["difference"])
        np.testing.assert_allclose(lines[block].get_ydata(), rows["y"])
        assert lines[block].get_marker() == MARKERS[block]
    zero, limits = ax.collections
    assert zero.get_segments()[0][:, 0].tolist() == [0, 0]
    np.testing.assert_allclose([each[:, 0] for each in limits.get_segments()], 100 * data[["low", "high"]])
    assert to_hex(lines["cannot tell"].get_markerfacecolor()) == "#ffffff"
    assert ax.get_xlabel() == "first less second, percentage points"
    assert plotting.difference(CLEAR, "A", "B").get_xlabel() == (
        "first less second, percentage points of replies per email sent"
    )
    shown = [text.get_text() for text in ax.texts]
    assert [text.strip() for text in shown if "higher" in text] == ["second higher", "first higher"]
    assert ax.get_xlim()[0] < 0 < ax.get_xlim()[1]
    assert ax.yaxis_inverted()


def test_verdicts_differ_by_shape_and_good_news_by_colour():
    assert set(MARKERS) == set(VERDICTS) - {"not a proportion", "no data"}
    assert len(set(MARKERS.values())) == len(MARKERS)
    worse = plotting.difference(CLEAR, "B", "A").lines
    assert to_hex(worse[0].get_color()) == style.WORSE.lower()
    assert to_hex(plotting.difference(CLEAR, "A", "B").lines[0].get_color()) == style.BETTER.lower()


def test_metrics_of_ones_own():
    meetings = Metric("meeting_rate", "meetings", "replied_count")
    ax = plotting.difference(CLEAR.assign(meetings=[100, 10]), "A", "B", meetings)
    assert title(ax).startswith("Meeting rate: A is above B by ")
    assert ax.get_xlabel() == "first less second, percentage points of meetings per reply"


def test_points_are_written_with_their_sign():
    assert [points(value) for value in (0.046, -0.046, 0, 0.00012)] == ["+4.6", "−4.6", "0.0", "+0.012"]


def test_campaigns_must_be_named():
    for given in ((), ("A",)):
        with pytest.raises(InputError) as error:
            plotting.difference(CLEAR, *given)
        assert str(error.value) == (
            "difference: name two campaigns, first and second, as they stand in the index; or give a table of compare."
        )
