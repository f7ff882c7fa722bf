"""When the next call may go: rules one by one, then whole reads on a virtual clock against three ways of counting."""

import ast
import math
import random
from pathlib import Path

import pytest

from leadlex_pandas import pacing
from leadlex_pandas.pacing import LONGEST_WAIT, Limits, Pace, estimate
from tests.reader.counters import (
    COUNTERS,
    DAYS,
    LATENCY,
    Bucket,
    FixedMinute,
    Service,
    SlidingMinute,
    bound,
    play,
    services,
)

UNTOLD = Limits()
STARTER, PRO, ORG = (Limits(limit, limit - 1, 86_400.0) for limit in (100, 1_000, 10_000))


def opened(limits, count=1):
    """A Pace that has had so many calls answered at 0 s."""
    pace = Pace()
    for call in [pace.sent(0.0) for _ in range(count)]:
        pace.answered(call, 0.0, limits)
    return pace


def shut(limits=PRO, retry_after=None):
    """A Pace with one call answered and the next refused, both at 0 s."""
    pace = opened(limits)
    pace.refused(pace.sent(0.0), 0.0, retry_after, limits)
    return pace


def knock_times(pace, until, retry_after=None, limits=PRO):
    """Refuse each knock at once, and say when they went."""
    now, times = 0.0, []
    while (now := now + pace.pause(now)) < until:
        times.append(round(now, 3))
        pace.refused(pace.sent(now), now, retry_after, limits)
    return times


# the minute


def test_ten_calls_go_before_the_first_answer():
    pace = Pace()
    calls = []
    while pace.pause(0.0) == 0:
        calls.append(pace.sent(0.0))
    assert (len(calls), pace.pause(0.0), pace.per_minute) == (10, None, None)
    pace.lost(calls.pop(), 1.0)
    assert pace.pause(1.0) == 0
    pace.answered(calls.pop(), 1.0, STARTER)
    assert pace.per_minute == 10
    assert pace.pause(1.0) == pytest.approx(60.05)  # 8 under way and 2 in the log


@pytest.mark.parametrize(("limits", "per_minute"), [(STARTER, 10), (PRO, 50), (ORG, 200)])
def test_the_whole_allowance_goes_at_once_and_then_by_the_log(limits, per_minute):
    pace = opened(limits)
    for _ in range(per_minute - 1):
        assert pace.pause(0.5) == 0
        pace.answered(pace.sent(0.5), 1.0, limits)
    assert pace.per_minute == per_minute
    assert pace.room(1.0) == 0
    assert pace.pause(1.0) == pytest.approx(59.05)  # the first was answered at 0 s
    assert (pace.pause(60.049) > 0, pace.pause(60.05)) == (True, 0)
    pace.sent(60.05)
    assert pace.pause(60.05) == pytest.approx(1.0)
    assert (pace.pause(61.05), pace.room(61.05)) == (0, per_minute - 1)


def test_it_depends_on_answers_when_all_that_is_allowed_is_under_way():
    pace = opened(STARTER)
    calls = [pace.sent(59.0) for _ in range(9)]
    assert pace.pause(59.0) == pytest.approx(1.05)
    calls.append(pace.sent(60.05))
    assert pace.pause(60.05) is None
    pace.answered(calls[0], 61.0, STARTER)
    assert pace.pause(61.0) == pytest.approx(60.05)


def test_a_lost_call_stands_in_the_log():
    pace = opened(STARTER, 9)
    pace.lost(pace.sent(1.0), 2.0)
    assert (pace.room(2.0), pace.pause(2.0)) == (0, pytest.approx(58.05))


@pytest.mark.parametrize("limit", [None, 0, 5_000, 99, 10**15])
def test_a_limit_not_told_or_not_known_paces_nothing(limit):
    pace = opened(Limits(limit, None, None), 300)
    assert (pace.per_minute, pace.room(0.0), pace.pause(0.0)) == (None, None, 0)


def test_an_answer_without_headers_takes_nothing_back_and_another_plan_counts_at_once():
    pace = opened(STARTER, 10)
    pace.answered(pace.sent(0.0), 0.0, UNTOLD)
    assert (pace.per_minute, pace.pause(0.0)) == (10, pytest.approx(60.05))
    pace.answered(pace.sent(0.0), 0.0, PRO)
    assert (pace.per_minute, pace.room(0.0)) == (50, 38)
    pace.answered(pace.sent(0.0), 0.0, Limits(5_000, 9, 86_400.0))
    assert pace.per_minute is None


def test_the_log_forgets():
    pace = Pace()
    for second in range(200):
        pace.answered(pace.sent(second), second, UNTOLD)
    assert len(pace._log) == 61


# refusals


def test_knocks_go_one_at_a_time_and_less_and_less_often():
    pace = shut()
    assert knock_times(pace, 80.0) == [1, 3, 7, 15, 30, 45, 60, 75]
    pace.sent(90.0)
    assert (pace.pause(90.0), pace.pause(200.0)) == (None, None)


def test_an_answered_knock_opens_by_what_is_filled_in():
    pace = shut()  # 48 filled in, beside the answered one and the refused one
    assert pace.room(0.0) == 0
    pace.answered(pace.sent(1.0), 1.0, PRO)
    assert (pace.room(1.0), pace.pause(1.0)) == (0, 2.0)  # the next one knocks
    pace.answered(pace.sent(3.0), 3.0, PRO)
    assert (pace.room(3.0), pace.pause(3.0)) == (0, 4.0)
    assert (pace.room(60.1), pace.pause(60.1)) == (48, 0)
    assert pace.sent(60.1).knock is False


def test_a_knock_that_is_lost_is_repeated_and_news_ends_patience_only_when_good():
    pace = shut()
    pace.lost(pace.sent(1.0), 2.0)
    assert pace.pause(2.0) == 2.0
    for knock in range(90, 300, 90):
        pace.refused(pace.sent(knock), knock, 90.0, PRO)
    assert (pace.patience_over(299.9), pace.patience_over(300.0)) == (False, True)
    pace.answered(pace.sent(360.0), 360.0, PRO)
    assert not pace.patience_over(360.0)


def test_a_read_long_after_has_patience_anew():
    pace = shut()
    knock_times(pace, 301.0)
    assert (pace.patience_over(310.0), pace.patience_over(500.0)) == (True, False)
    pace.refused(pace.sent(500.0), 500.0, None, PRO)
    assert (pace.patience_over(501.0), pace.pause(501.0)) == (False, 14.0)


def test_late_refusals_belong_to_the_first():
    pace = opened(PRO)
    calls = [pace.sent(0.0) for _ in range(8)]
    for number, call in enumerate(calls[:6]):
        pace.refused(call, number / 10, None, PRO)
    assert pace.pause(0.5) == 0.5
    pace.refused(pace.sent(1.0), 1.0, None, PRO)
    pace.refused(calls[6], 1.5, None, PRO)
    assert pace.pause(1.5) == 1.5
    pace.answered(pace.sent(3.0), 3.0, PRO)
    pace.refused(calls[7], 3.1, None, PRO)  # very late: the gate has opened a little since
    assert pace.pause(3.1) == pytest.approx(3.9)
    assert not pace.patience_over(1_000.0)


def ajar():
    """A Pace at 60.05 s: refused at 30 s, a knock answered at 31 s, and the answer of 0 s just out of the log."""
    pace = opened(PRO)
    pace.refused(pace.sent(30.0), 30.0, None, PRO)
    pace.answered(pace.sent(31.0), 31.0, PRO)
    return pace


def test_an_answered_knock_takes_the_place_of_a_filled_in_entry():
    assert (ajar().room(60.0), ajar().room(60.05)) == (0, 1)


def test_a_knock_answered_after_a_newer_refusal_opens_nothing():
    pace = ajar()
    usual, knock = pace.sent(60.05), pace.sent(60.05)
    assert (usual.knock, knock.knock) == (False, True)
    assert pace.pause(60.05) == pytest.approx(30.0)  # then what was filled in is gone
    pace.refused(usual, 60.1, None, PRO)
    pace.answered(knock, 60.2, PRO)
    assert pace.pause(60.2) > 1  # still shut
    assert pace.room(90.0) == 0
    assert pace.sent(90.05).knock
    assert pace.room(90.05) == 46  # filled in once, at the refusal that shut the gate


def test_a_refusal_makes_careful_for_five_minutes():
    pace = shut()
    pace.answered(pace.sent(1.0), 1.0, PRO)
    for _ in range(4):
        pace.sent(200.0)
    assert (pace.pause(200.0), pace.pause(299.0), pace.pause(300.0)) == (None, None, 0)


def test_a_late_answer_is_no_knock():
    pace = opened(PRO)
    late = pace.sent(0.0)
    pace.refused(pace.sent(0.0), 0.0, None, PRO)
    pace.answered(late, 0.5, PRO)
    assert pace.pause(0.5) == 0.5


@pytest.mark.parametrize(("retry_after", "pause"), [(7.0, 7.0), (0.0, 0.0), (90.0, 90.0), (None, 1.0)])
def test_retry_after_is_honoured(retry_after, pause):
    pace = shut(retry_after=retry_after)
    assert (pace.pause(0.0), pace.wait_asked(0.0)) == (pause, retry_after or 0.0)


@pytest.mark.parametrize("retry_after", [-1.0, math.inf, math.nan])
def test_a_retry_after_that_is_no_time_counts_as_absent(retry_after):
    pace = shut(retry_after=retry_after)
    assert (pace.pause(0.0), pace.wait_asked(0.0)) == (1.0, 0.0)


def test_what_is_not_waited_for_is_told():
    assert shut(retry_after=90.0).wait_asked(0.0) <= LONGEST_WAIT < shut(retry_after=91.0).wait_asked(0.0)
    pace = shut(retry_after=91.0)
    assert (pace.wait_asked(51.0), pace.wait_asked(100.0)) == (40.0, 0.0)
    assert shut(retry_after=1e12).pause(0.0) == 86_400.0


def test_a_retry_after_that_was_not_enough_is_not_trusted_blindly():
    assert knock_times(shut(retry_after=0.0), 60.0, retry_after=0.0) == [0, 2, 6, 14, 29, 44, 59]


def test_a_late_refusal_that_asks_for_longer_is_honoured():
    pace = opened(PRO)
    late = pace.sent(0.0)
    pace.refused(pace.sent(0.0), 0.0, None, PRO)
    pace.refused(late, 0.1, 20.0, PRO)
    assert pace.pause(0.1) == 20.0


def test_an_unknown_allowance_is_guessed_and_grows_with_answered_knocks():
    pace = opened(UNTOLD, 30)
    late = pace.sent(0.0)
    pace.refused(pace.sent(0.0), 0.0, None, UNTOLD)
    assert pace.per_minute == 30
    pace.answered(late, 0.1, UNTOLD)
    assert pace.per_minute == 31  # let in late
    pace.answered(pace.sent(1.0), 1.0, UNTOLD)
    assert pace.per_minute == 32
    pace.answered(pace.sent(3.0), 3.0, PRO)
    assert pace.per_minute == 50  # told


def test_the_guess_is_at_least_one():
    pace = Pace()
    pace.refused(pace.sent(0.0), 0.0, None, UNTOLD)
    assert (pace.per_minute, pace.pause(0.0)) == (1, 1.0)


# the day


def test_the_remainder_is_the_smallest_told_for_one_reset():
    pace = Pace()
    for remaining in (995, 993, 994, None, 996):
        pace.answered(pace.sent(0.0), 0.0, Limits(1_000, remaining, 86_400.0))
    assert pace.limits == Limits(1_000, 993, 86_400.0)
    pace.answered(pace.sent(0.0), 0.0, Limits(1_000, 999, 172_800.0))
    pace.answered(pace.sent(0.0), 0.0, Limits(1_000, 992, 86_400.0))  # of yesterday
    assert pace.limits == Limits(1_000, 999, 172_800.0)
    pace.answered(pace.sent(0.0), 0.0, UNTOLD)
    assert pace.limits == Limits(1_000, 999, 172_800.0)


def test_no_more_calls_are_under_way_than_the_day_has_left():
    pace = opened(Limits(1_000, 3, 86_400.0))
    calls = [pace.sent(1.0) for _ in range(3) if pace.pause(1.0) == 0]
    assert (len(calls), pace.pause(1.0)) == (3, None)
    pace.answered(calls[0], 1.1, Limits(1_000, 1, 86_400.0))  # the other two may be counted already, or not
    assert pace.pause(1.1) is None
    pace.answered(calls[1], 1.2, Limits(1_000, 0, 86_400.0))
    pace.answered(calls[2], 1.2, Limits(1_000, 0, 86_400.0))
    assert pace.exhausted(0.0)
    assert pace.pause(1.2) == 0  # after the reset, whenever that is


def test_another_plan_or_day_brings_its_own_remainder():
    assert Limits(100, 0, 86_400.0).updated(Limits(1_000, 900, None)) == Limits(1_000, 900, 86_400.0)
    assert Limits(100, 0, 86_400.0).updated(Limits(None, None, 172_800.0)) == Limits(100, None, 172_800.0)
    nonsense = Limits(100, 0, 1e14)
    assert nonsense.updated(Limits(100, 50, 86_400.0)) == Limits(100, 50, 86_400.0)


def test_calls_of_somebody_else_today_make_careful_and_our_own_do_not():
    def at_once(pace):
        calls = 0
        while pace.pause(70.0) == 0:
            pace.sent(70.0)
            calls += 1
        return calls

    assert at_once(opened(Limits(1_000, 980, 86_400.0), 20)) == 50
    pace = opened(Limits(1_000, 979, 86_400.0), 20)
    pace.answered(pace.sent(1.0), 1.0, UNTOLD)
    assert at_once(pace) == 8
    pace = opened(Limits(1_000, 980, 86_400.0), 20)
    pace.answered(pace.sent(1.0), 1.0, Limits(1_000, 998, 172_800.0))  # one of those is ours
    assert at_once(pace) == 8


def test_the_day_is_used_up_only_until_its_reset():
    def exhausted(remaining, resets_at, unix_now=1_000.0):
        return opened(Limits(100, remaining, resets_at)).exhausted(unix_now)

    assert exhausted(0, 1_000.1)
    assert not exhausted(0, 1_000.0)
    assert not exhausted(0, None)
    assert not exhausted(1, 2_000.0)
    assert not exhausted(None, 2_000.0)
    pace = Pace()
    pace.refused(pace.sent(0.0), 0.0, None, Limits(100, 0, 2_000.0))
    assert pace.exhausted(1_999.0)


@pytest.mark.parametrize(
    ("campaigns", "per_minute", "log_free", "seconds"),
    [(200, 50, 50, 180.15), (40, 50, 50, 0), (40, 10, 0, 240.2), (51, 50, 50, 60.05), (9, None, 0, 0), (0, 10, 0, 0)],
)
def test_estimate(campaigns, per_minute, log_free, seconds):
    assert estimate(campaigns, per_minute, log_free) == pytest.approx(seconds)


SEEDS = range(4)
sizes = pytest.mark.parametrize("times", [0.5, 1, 1.1, 2.5, 4])
plans = pytest.mark.parametrize("allowance", DAYS)


# a process that begins


def test_what_was_answered_before_this_process_began_counts():
    pace = Pace()
    pace.remember([-4.0, -70.0, -5.0, 3.0], 0.0)  # one too long ago, one from a clock that is wrong
    scout = pace.sent(0.0)
    assert pace.pause(0.0) is None  # the minute may be full: one call asks
    pace.answered(scout, 0.1, STARTER)
    assert pace.room(0.1) == 7
    for _ in range(7):
        pace.answered(pace.sent(0.2), 0.2, STARTER)
    assert pace.pause(0.2) == pytest.approx(60.05 - 5.2)


def test_a_process_that_has_begun_knows_better():
    pace = opened(STARTER, 3)
    pace.remember([-1.0] * 10, 0.0)
    assert pace.room(0.0) == 7


# whole reads


@plans
def test_a_restart_in_the_middle_of_a_minute(allowance):
    for seed in SEEDS:
        for service in services(seed, allowance):
            before = [-20.0 + call / allowance for call in range(allowance)]
            for at in before:
                service.take(at)
            pace = Pace()
            pace.remember(before, 0.0)
            ended, _ = play(service, allowance, pace=pace)
            assert ended <= 62  # the one refused call may have been counted
            assert len(service.refused) <= 1  # how much the minute allows, only an answer tells


@sizes
@plans
def test_alone_no_call_is_refused_and_the_bound_is_kept(allowance, times):
    count = int(allowance * times)
    for seed in SEEDS:
        for jitter, slowest in ((None, 1), (seed, 1.5)):
            for service in services(seed, allowance):
                ended, _ = play(service, count, jitter=jitter)
                assert ended <= 1.05 * bound(count, allowance, LATENCY * slowest)
                assert service.refused == []


@sizes
@plans
def test_half_the_allowance_used_by_somebody_else_just_before(allowance, times):
    count = int(allowance * times)
    for seed in SEEDS:
        for jitter in (None, seed):
            for service in services(seed, allowance):
                before = random.Random(seed).choice([1, 5, 30, 59])
                for call in range(allowance // 2):
                    service.take(-before * (1 - 2 * call / allowance), "other")
                ended, _ = play(service, count, jitter=jitter)
                assert ended <= 1.05 * bound(count, allowance) + 65
                assert len(service.refused) <= 15


@plans
def test_somebody_else_all_the_time(allowance):
    every = 12 if allowance == 10 else 3  # half of a Starter's allowance, else 20 a minute
    for seed in SEEDS:
        for service in services(seed, allowance):
            ended, _ = play(service, 2 * allowance, jitter=seed, others=[every * call for call in range(1_000)])
            assert ended < 12 * 60
            assert len(service.refused) <= 10 * math.ceil(ended / 60)


@pytest.mark.parametrize(("first", "then"), [(10, 50), (50, 10), (200, 50), (10, 200)])
@pytest.mark.parametrize("kind", COUNTERS)
def test_another_plan_midway(kind, first, then):
    def change(service):
        service.counter.allowance = then

    service = Service(kind(first, 17.0, False))
    ended, _ = play(service, 4 * max(first, then), changes=[(75.0, change)], jitter=1)
    assert ended <= (1 + math.ceil((4 * max(first, then) - first) / then)) * 60 * 1.05 + 65
    assert len(service.refused) <= 15


@pytest.mark.parametrize("told", [None, 0, 5_000])
@plans
def test_without_a_limit_told_a_bucket_refuses_two_a_minute_after_the_burst(allowance, told):
    for seed in SEEDS:
        service = Service(Bucket(allowance, 0.0, bool(seed % 2)), told=told)
        ended, _ = play(service, 6 * allowance, jitter=seed)
        per_minute = [sum(60 * m <= at < 60 * m + 60 for at in service.refused) for m in range(1, 9)]
        assert max(per_minute) <= 2
        assert len(service.refused) <= 30
        assert ended <= 6 * 60


@pytest.mark.parametrize("kind", [FixedMinute, SlidingMinute])
def test_without_a_limit_told_windows_refuse_few(kind):
    for seed in SEEDS:
        service = Service(kind(50, 13.0 * seed, bool(seed % 2)), told=None)
        ended, _ = play(service, 300, jitter=seed)
        assert ended <= 7 * 60
        assert len([at for at in service.refused if at >= 60]) <= 3 * ended / 60


def test_no_call_goes_before_retry_after():
    service = Service(FixedMinute(50, 30.0, True), retry_after=20.0)
    for _ in range(25):
        service.take(0.0, "other")
    _, sent = play(service, 60)
    first = service.refused[0] + LATENCY / 2
    assert not [at for at in sent if first < at < first + 20]


def test_five_minutes_of_refusals_end_in_impatience():
    service = Service(FixedMinute(0, 0.0, False), told=1_000)
    pace = Pace()
    _, sent = play(service, 40, pace=pace)
    assert pace.patience_over(sent[-1] + 20)
    assert len(sent) == 10 + 3 + 19  # the burst, knocks at 1, 3 and 7 s, and every 15 s from 15 to 285 s


@plans
def test_two_reads_share_one_pace(allowance):
    for service in services(3, allowance):
        ended, _ = play(service, allowance, allowance // 2, allowance, jitter=3)
        assert service.refused == []
        assert ended <= 1.05 * bound(2.5 * allowance, allowance, LATENCY * 1.5)


def test_only_the_standard_library():
    tree = ast.parse(Path(pacing.__file__).read_text(encoding="utf-8"))
    found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    found |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert found == {"__future__", "collections", "collections.abc", "dataclasses", "math"}
