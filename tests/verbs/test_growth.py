"""`growth` against the snapshots themselves."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from leadlex_pandas import ColumnsError, InputError, growth
from tests.verbs.frames import COUNTS
from tests.verbs.histories import Recorded, growing, histories, snapshots


def test_against_the_snapshots():
    history = growing(1, number=4)
    table = growth(history)
    assert list(table.columns) == ["campaign_id", "days_since_first", *COUNTS]
    assert table.index.equals(pd.RangeIndex(len(history)))
    assert table["campaign_id"].drop_duplicates().tolist() == history.index.get_level_values(0).unique().tolist()
    for name, own in table.groupby("campaign_id"):
        plain = history.xs(name, level="campaign_id").sort_index()
        hours = (plain.index - plain.index[0]) // pd.Timedelta(hours=1)
        np.testing.assert_allclose(own["days_since_first"], hours / 24)
        assert own[COUNTS].to_numpy(int).tolist() == plain.to_numpy().tolist()
    assert {str(table[name].dtype) for name in COUNTS} == {"Int64"}


def test_some_campaigns_in_the_order_asked_for():
    history = growing(1, number=4).assign(label="Patents")
    some = growth(history, ids=["c3", "c0", "c3"])
    assert some["campaign_id"].drop_duplicates().tolist() == ["c3", "c0"]
    assert list(some.columns)[:3] == ["campaign_id", "label", "days_since_first"]
    assert set(some["label"]) == {"Patents"}
    one = growth(history, ids="c3")
    assert_frame_equal(one, some[some["campaign_id"] == "c3"])
    assert growth(history, ids=[]).empty


def test_the_days_count_from_the_first_snapshot_whatever_the_zone():
    history = snapshots([("a", 0, 10, 1), ("a", 1.25, 20, 1), ("b", 27, 5, 0), ("b", 27.5, 6, 0)])
    moved = history.copy()
    moved.index = moved.index.set_levels(moved.index.levels[1].tz_convert("America/New_York"), level=1)
    assert growth(moved)["days_since_first"].tolist() == [0, 1.25, 0, 0.5]
    assert_frame_equal(growth(moved), growth(history))


def test_a_count_nobody_knows_stays_missing():
    history = snapshots([("a", 0, 10, None), ("a", 1, 20, 3)])
    assert growth(history)["replied_count"].tolist() == [pd.NA, 3]


def test_another_history_gives_the_same():
    frame = growing(3, number=3)
    history = Recorded(frame)
    ours = growth(history, ids=["c1", "c2"])
    assert ours.pop("label").unique().tolist() == ["C1", "C2"]
    assert_frame_equal(ours, growth(frame, ids=["c1", "c2"]))
    assert history.asked == ["read"]


@given(histories(), st.randoms(use_true_random=False))
@settings(derandomize=True, deadline=None, max_examples=30)
def test_order_does_not_matter(history, random):
    order = random.sample(range(len(history)), len(history))
    ids = sorted(history.index.get_level_values(0).unique())
    assert_frame_equal(growth(history.iloc[order], ids=ids), growth(history, ids=ids))


def test_nothing_recorded():
    assert list(growth(growing(1).iloc[:0]).columns) == ["campaign_id", "days_since_first", *COUNTS]


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda h: growth(h, ids="c11"), InputError, "growth: 'c11' is not among the recorded campaigns. Did you mean 'c1'?"),
    (lambda h: growth(h, ids=["x", "y", "c1"]), InputError, "growth: 'x' and 'y' are not among the recorded campaigns."),
    (lambda h: growth(h, ids=7), InputError, "growth: ids must be one campaign id or several, not 7."),
    (lambda h: growth(None), InputError, "growth: history must be a History, or a DataFrame with the index levels 'campaign_id' and 'fetched_at', not NoneType."),
    (lambda h: growth(h.droplevel(1)), ColumnsError, 'growth: a frame of snapshots has the index levels \'campaign_id\' and \'fetched_at\'; this one has \'campaign_id\'. Use df.set_index(["campaign_id", "fetched_at"]).'),
])  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call(growing(1, number=4))
    assert str(caught.value) == message
