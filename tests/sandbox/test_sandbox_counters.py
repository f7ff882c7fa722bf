"""The counters, against plain readings of their rules."""

import math
import random
from fractions import Fraction

import pytest

from leadlex_pandas.sandbox.counters import COUNTINGS, PLANS, Bucket, Day, FixedWindows, Limits, Plan, SlidingWindow

MINUTES = {"fixed": FixedWindows, "sliding": SlidingWindow, "bucket": Bucket}
MIDNIGHT = 1_708_905_600  # the example of the service's pages


def reading(counting, limit, seconds, started, times):
    """Which calls are allowed, by exact arithmetic and nothing clever."""
    seconds, started, allowed = Fraction(seconds), Fraction(started), []
    level, filled_at = Fraction(limit), started
    for now in map(Fraction, times):
        if counting == "fixed":
            window = (now - started) // seconds
            room = sum((then - started) // seconds == window for then in allowed) < limit
        elif counting == "sliding":
            room = sum(now - seconds < then for then in allowed) < limit
        else:
            level, filled_at = min(Fraction(limit), level + (now - filled_at) * limit / seconds), now
            room = level >= 1
            level -= room
        if room:
            allowed.append(now)
        yield room


def arrivals(seed):
    """Bursts and pauses, in 64ths of a second, which floats hold exactly."""
    rng, now, found = random.Random(seed), 0, []
    for _ in range(40):
        now += rng.choice((0, 1, 64, 640, 3840))
        found += [(now := now + rng.choice((0, 0, 1, 7))) / 64 for _ in range(rng.randrange(1, 12))]
    return found


@pytest.mark.parametrize("counting", COUNTINGS)
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("limit", "seconds"), [(8, 64.0), (1, 1.0), (16, 4.0)])
def test_a_minute_is_as_its_rule_says(counting, seed, limit, seconds) -> None:
    times = [1000.0 + time for time in arrivals(seed)]
    minute = MINUTES[counting](limit, seconds, 1000.0)
    assert [minute.take(now) == 0 for now in times] == list(reading(counting, limit, seconds, 1000.0, times))


@pytest.mark.parametrize("counting", COUNTINGS)
def test_the_wait_is_exact(counting) -> None:
    rng = random.Random(7)
    minute, now, refused = MINUTES[counting](8, 64.0, 0.0), 0.0, 0
    for _ in range(500):
        now += rng.choice((0.0, 0.1, 3.0, 20.0))
        if wait := minute.take(now):
            assert 0 < wait <= 64
            # a little before there is no room, then there is
            assert minute.take(now + wait * (1 - 1e-6)) > 0
            now, refused = now + wait, refused + 1
            assert minute.take(now) == 0
    assert refused >= 20


@pytest.mark.parametrize("counting", COUNTINGS)
def test_refused_calls_leave_no_trace_in_the_minute(counting) -> None:
    once, often = (MINUTES[counting](10, 60.0, 0.0) for _ in range(2))
    for minute, times in ((once, [1.0] * 10), (often, [1.0] * 50)):
        assert sum(minute.take(now) == 0 for now in times) == 10
    for now in (2.0, 10.0, 59.0, 60.0, 61.0, 90.0):
        assert once.take(now) == often.take(now)


def test_where_the_three_ways_differ() -> None:
    minutes = {counting: MINUTES[counting](10, 60.0, 0.0) for counting in COUNTINGS}
    got = {
        counting: [sum(minute.take(now) == 0 for _ in range(20)) for now in (59.0, 61.0, 67.0, 119.0)]
        for counting, minute in minutes.items()
    }
    assert got == {"fixed": [10, 10, 0, 0], "sliding": [10, 0, 0, 10], "bucket": [10, 0, 1, 9]}


@pytest.mark.parametrize("counting", COUNTINGS)
@pytest.mark.parametrize("plan", PLANS)
def test_a_burst_each_minute_is_never_refused(counting, plan) -> None:
    limit = PLANS[plan].minute
    minute = MINUTES[counting](limit, 60.0, 17.3)
    assert all(minute.take(31.0 + 60.05 * burst) == 0 for burst in range(9) for _ in range(limit))


@pytest.mark.parametrize("seconds", [0.1, 0.3, 1 / 3, 7.7, 1e-3])
def test_fixed_windows_of_odd_lengths_never_wait_for_nothing(seconds) -> None:
    minute = FixedWindows(1, seconds, 0.1)
    for number in range(2_000):
        now = 0.1 + number * seconds / 3
        assert 0 <= minute.take(now) <= seconds
    assert minute.take(1e6) == 0


def test_a_day_counts_all_and_ends_at_midnight() -> None:
    day = Day(3)
    before = MIDNIGHT - 0.5
    assert day.left(before) == 3
    assert [day.count(before) for _ in range(5)] == [True, True, True, False, False]
    assert day.left(before) == 0
    assert day.count(MIDNIGHT)
    assert day.left(MIDNIGHT) == 2
    # a clock that was put back opens no new day
    assert day.left(before) == 2


def test_a_day_resets_at_the_next_midnight() -> None:
    assert [Day.reset_after(MIDNIGHT + seconds) for seconds in (-1, -0.1, 0, 0.1, 86_399.9)] == [
        MIDNIGHT, MIDNIGHT, MIDNIGHT + 86_400, MIDNIGHT + 86_400, MIDNIGHT + 86_400,
    ]  # fmt: skip


def test_what_is_left_of_a_day_can_be_set() -> None:
    day = Day(100)
    for _ in range(120):
        day.count(MIDNIGHT)
    day.leave(2, MIDNIGHT)
    assert [day.count(MIDNIGHT) for _ in range(3)] == [True, True, False]
    day.leave(100, MIDNIGHT)
    assert day.left(MIDNIGHT + 1) == 100
    day.leave(1, MIDNIGHT)
    assert day.left(MIDNIGHT + 86_400) == 100


def test_no_plan_refuses_nothing_and_counts_all() -> None:
    limits = Limits(None)
    assert {limits.take(0.0, MIDNIGHT) for _ in range(500)} == {0.0}
    assert (limits.day.limit, limits.day.left(MIDNIGHT)) == (1_000_000, 999_500)


def test_the_documented_plans() -> None:
    assert PLANS == {"starter": (100, 10), "pro": (1_000, 50), "org": (10_000, 200)}


def test_refused_calls_count_against_the_day() -> None:
    limits = Limits(Plan(5, 2), "fixed", 60.0, 0.0)
    waits = [limits.take(10.0 + second, MIDNIGHT + second) for second in range(7)]
    # two allowed, two to wait for the minute, and from the day's last call on, for the day
    assert waits == [0.0, 0.0, 48.0, 47.0, 86_396.0, 86_395.0, 86_394.0]
    assert limits.day.left(MIDNIGHT + 7) == 0


def test_what_the_day_refuses_is_not_in_the_minute() -> None:
    limits = Limits(Plan(1, 2), "sliding", 600.0, 0.0)
    end = MIDNIGHT - 1.0
    assert [limits.take(0.0, end) for _ in range(4)] == [0.0, 1.0, 1.0, 1.0]
    assert limits.take(2.0, MIDNIGHT + 1.0) == 0.0
    assert math.isclose(limits.take(2.0, MIDNIGHT + 1.0), 86_399.0)
