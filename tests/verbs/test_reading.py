"""When a frame was read, as captions tell it."""

import pandas as pd
import pytest

from leadlex_pandas import benchmark, compare, growth, health, rank, stages, trend
from leadlex_pandas.verbs.reading import read_times


@pytest.mark.parametrize(("times", "expected"), [
    (pd.to_datetime(["2026-09-01 08:00:59", "2026-08-31 23:30:00"], utc=True), ("2026-08-31 23:30", "2026-09-01 08:00")),
    (pd.to_datetime(["2026-09-01 08:00"] * 2).tz_localize("Europe/Berlin"), ("2026-09-01 06:00", "2026-09-01 06:00")),
    (["2026-09-01T08:00:00+02:00", None], ("2026-09-01 06:00", "2026-09-01 06:00")),
    (["yesterday", ""], None),
    ([None, None], None),
])  # fmt: skip
def test_oldest_and_newest_in_utc(times, expected):
    assert read_times(pd.DataFrame({"fetched_at": times})) == expected


def test_a_frame_from_elsewhere_does_not_say():
    df = pd.DataFrame({"sent_count": [100, 200], "replied_count": [4, 5]})
    assert read_times(df) is None
    assert benchmark(df, against=0.04).attrs["read"] is rank(df).attrs["read"] is None


def test_tables_keep_it(stats):
    stats["fetched_at"] = pd.Timestamp("2026-09-01 08:00", tz="UTC")
    pair = compare(stats, *stats.index[:2])
    for table in (benchmark(stats), rank(stats), stages(stats), health(stats), pair):
        assert table.attrs["read"] == ("2026-09-01 08:00", "2026-09-01 08:00")


def test_two_campaigns_say_when_these_were_read(stats):
    stats["fetched_at"] = pd.Timestamp("2026-09-01 08:00", tz="UTC")
    stats.loc[stats.index[2], "fetched_at"] += pd.Timedelta("1D")
    assert compare(stats, *stats.index[:2]).attrs["read"] == ("2026-09-01 08:00", "2026-09-01 08:00")
    assert compare(stats, *stats.index[1:3]).attrs["read"] == ("2026-09-01 08:00", "2026-09-02 08:00")


def test_snapshots_say_between_which_times():
    days = pd.to_datetime(["2026-09-01 08:00", "2026-09-09 09:30", "2026-09-20 00:00"], utc=True)
    rows = {"campaign_id": ["a", "a", "b"], "fetched_at": days, "sent_count": [1, 2, 3], "replied_count": [0, 1, 1]}
    history = pd.DataFrame(rows).set_index(["campaign_id", "fetched_at"])
    assert trend(history).attrs["read"] == growth(history).attrs["read"] == ("2026-09-01 08:00", "2026-09-20 00:00")
    assert growth(history, ids="a").attrs["read"] == ("2026-09-01 08:00", "2026-09-09 09:30")
    assert growth(history.iloc[:0]).attrs["read"] is None
