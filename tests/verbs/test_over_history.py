"""The verbs over time give the same for a history as for the frame of all that it holds."""

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import leadlex_pandas
from leadlex_pandas import History
from tests.verbs.frames import COUNTS
from tests.verbs.histories import START, growing

DAY = pd.Timedelta(days=1)


@pytest.fixture(scope="module", params=[0, 1, 2])
def both(request, tmp_path_factory):
    """A history, and the frame that it was made of."""
    frame = growing(request.param, number=12, days=60).assign(
        label=lambda df: "Campaign " + df.index.get_level_values(0)
    )
    with History(tmp_path_factory.mktemp("history") / "stats.sqlite") as history:
        assert history.record(frame) == len(frame)
        yield history, frame


def in_order(table, of):
    """A history lists campaigns in the order of their first recording, a frame in that of its rows: here the same."""
    assert sorted(table.index) == sorted(of.index)
    return table.loc[of.index]


CHANGES = [
    {},
    {"since": "14D"},
    {"since": START + 18 * DAY, "until": START + 39 * DAY},
    {"since": "2026-03-20", "until": "2026-03-29"},
    {"metrics": "reply_rate", "level": 0.9},
    {"metrics": ["open_rate", "click_to_open_rate", "reply_rate_delivered"]},
]


@pytest.mark.parametrize("options", CHANGES, ids=str)
def test_changes(both, options):
    of_history, of_frame = (leadlex_pandas.changes(each, **options) for each in both)
    assert_frame_equal(of_history, in_order(of_frame, of_history), check_index_type=False, check_column_type=False)
    assert of_history.attrs == of_frame.attrs
    assert of_history["new_sent_count"].notna().any()


def test_what_is_new_is_a_difference_of_what_was_recorded(both):
    history, frame = both
    since, until = START + 20 * DAY, START + 41 * DAY
    table = leadlex_pandas.changes(history, since=since, until=until)
    rows = frame.reset_index().sort_values("fetched_at")
    now, before = (rows[rows["fetched_at"] <= time].groupby("campaign_id").last() for time in (until, since))
    before = before.reindex(now.index)
    new = (now[COUNTS] - before[COUNTS]).where(now["fetched_at"] > before["fetched_at"])
    found = table[[f"new_{name}" for name in COUNTS]].set_axis(COUNTS, axis=1)
    expected = new.loc[found.index].astype("Int64")
    assert_frame_equal(found, expected, check_index_type=False, check_column_type=False)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"freq": "D", "metric": "open_rate"},
        {"freq": "2W", "level": 0.95},
        {"freq": "MS", "breaks": {"2026-03-15": "bot filter"}},
    ],
    ids=str,
)
def test_trend(both, options):
    of_history, of_frame = (leadlex_pandas.trend(each, **options) for each in both)
    assert_frame_equal(of_history, of_frame)
    assert of_history.attrs == of_frame.attrs
    assert of_history["rate"].notna().any()


@pytest.mark.parametrize("ids", [None, ["c3", "c1"], "c0"])
def test_growth(both, ids):
    history, frame = both
    order = history.campaigns().index if ids is None else ids
    of_history, of_frame = leadlex_pandas.growth(history, ids=ids), leadlex_pandas.growth(frame, ids=order)
    assert_frame_equal(of_history, of_frame, check_column_type=False)
    assert len(of_history) > 1


def test_maturity(both):
    history, _ = both
    for now in (history.latest(), history.as_of(START + 40 * DAY).droplevel("time")):
        of_history, of_frame = (leadlex_pandas.add_caveats(now, previous=each) for each in both)
        assert_frame_equal(of_history, of_frame)
        assert of_history["caveats"].str.contains("still_").any()


def test_an_empty_history_gives_empty_tables(tmp_path):
    with History(tmp_path / "stats.sqlite") as history:
        tables = [verb(history) for verb in (leadlex_pandas.changes, leadlex_pandas.trend, leadlex_pandas.growth)]
    assert [len(table) for table in tables] == [0, 0, 0]
    assert ["new_reply_rate" in tables[0], "rate" in tables[1], "days_since_first" in tables[2]] == [True] * 3
