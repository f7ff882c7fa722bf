"""A time is one moment, in whatever zone it was written, on every database; a time without its zone is none."""

from datetime import date

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import leadlex_pandas
from leadlex_pandas import History, InputError
from tests.history.snapshots import stats, times

# 2026-10-25 in Berlin: 02:30 comes twice, first in summer time; 2026-03-29: there is no 02:30
AUTUMN = times("2026-10-25T02:30:00.000001+02:00", "2026-10-25T02:30:00.000001+01:00", "2026-10-25T03:00:00+01:00")
SPRING = times("2026-03-29T01:59:59.999999+01:00", "2026-03-29T03:00:00+02:00")


def test_an_hour_that_comes_twice_is_two_hours(history):
    berlin = AUTUMN.tz_convert("Europe/Berlin")
    frame = stats(["a"] * 3, berlin, [10, 20, 30])
    assert history.record(frame.assign(fetched_at=berlin)) == 3
    kept = history.read().index.get_level_values("fetched_at")
    assert kept.tolist() == AUTUMN.tolist()
    assert str(kept.dtype) == "datetime64[us, UTC]"
    assert (kept[1] - kept[0]) == pd.Timedelta("1h")
    assert history.as_of(pd.Timestamp("2026-10-25 02:45", tz="+01:00"))["sent_count"].tolist() == [20]
    assert history.as_of(pd.Timestamp("2026-10-25 02:45", tz="+02:00"))["sent_count"].tolist() == [10]


def test_an_hour_that_never_was_is_no_gap(history):
    history.record(stats(["a"] * 2, SPRING, [10, 20]))
    kept = history.read().index.get_level_values("fetched_at")
    assert kept[1] - kept[0] == pd.Timedelta("1us")
    assert history.as_of(SPRING[1] - pd.Timedelta("1us"))["sent_count"].tolist() == [10]


def test_one_moment_in_two_zones_is_recorded_once(history):
    frame = stats(["a"], SPRING[1])
    history.record(frame)
    tokyo = frame.assign(fetched_at=frame["fetched_at"].dt.tz_convert("Asia/Tokyo"))
    assert history.record(tokyo) == 0


def test_bounds_are_moments_in_any_zone(history):
    history.record(stats(["a"] * 3, AUTUMN, [10, 20, 30]))
    exact = AUTUMN[1].tz_convert("America/New_York")
    assert history.read(since=exact, until=exact)["sent_count"].tolist() == [20]
    assert history.read(since=exact.to_pydatetime(), until="2026-10-25T02:30:00.000001+01:00").shape[0] == 1


@pytest.mark.parametrize("day", ["2026-10-25", " 2026-10-25 ", date(2026, 10, 25)])
def test_a_date_is_midnight_utc_as_it_is_for_the_verbs(history, day):
    midnight = pd.Timestamp("2026-10-25", tz="UTC")
    around = [midnight - pd.Timedelta("1us"), midnight, midnight + pd.Timedelta("1us")]
    history.record(stats(["a"] * 3, pd.DatetimeIndex(around), [10, 20, 30]))
    assert history.as_of(day)["sent_count"].tolist() == [20]
    assert history.as_of([day, around[0]])["sent_count"].tolist() == [20, 10]
    assert history.as_of(pd.Series([day], index=["a"]))["sent_count"].tolist() == [20]
    assert history.read(since=day)["sent_count"].tolist() == [20, 30]
    assert history.read(until=day)["sent_count"].tolist() == [10, 20]
    assert leadlex_pandas.changes(history, until=day).attrs["until"] == midnight.isoformat()
    with pytest.raises(InputError):  # a datetime has an hour, and needs its zone
        history.as_of(pd.Timestamp("2026-10-25"))


def test_times_long_ago_and_far_away_come_back(history):
    far = times("1969-12-31T23:59:59.999999Z", "2200-01-01T00:00:00.000001Z")
    history.record(stats(["a"] * 2, far))
    assert history.read().index.get_level_values("fetched_at").tolist() == far.tolist()
    assert history.latest()["fetched_at"].tolist() == [far[1]]


def test_both_databases_give_the_same(history, tmp_path):
    frame = stats(["a", "b", "a"], AUTUMN, [1, 2, 3], label=["A", "B", None], status=["active", "draft", "paused"])
    with History(tmp_path / "other.sqlite") as other:
        for each in (history, other):
            each.record(frame)
            each.record_campaigns(frame[["label", "status"]].iloc[:2].assign(steps=2), noted_at=AUTUMN[0])
        assert_frame_equal(history.read(), other.read())
        assert_frame_equal(history.as_of(AUTUMN), other.as_of(AUTUMN))
        assert_frame_equal(history.directory(), other.directory())
        assert_frame_equal(history.campaigns(), other.campaigns())
