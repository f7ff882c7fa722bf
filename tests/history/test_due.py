"""Which campaigns are worth the next calls: months played through, then the rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from leadlex_pandas.history import ripeness
from leadlex_pandas.history.ripeness import HALF_LIFE, LONGEST, most_worth
from tests.history.worlds import HOURS, by_worth, in_turn, month, play, still, with_one_that_grows

# months


@pytest.mark.parametrize("drafts", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_replies_are_known_better_than_by_reading_in_turn(seed, drafts):
    world = month(seed, drafts=drafts)
    ours, turns = play(world, by_worth(world)), play(world, in_turn(world))
    assert ours.reads.sum() == turns.reads.sum()
    assert ours.error <= 0.6 * turns.error
    assert ours.longest_unsettled <= 3


def test_at_every_hour_of_such_a_month_a_quarter_sends_and_half_are_settled():
    world = month(0)
    assert np.abs(world.unsettled.mean(axis=1) - 0.5).max() <= 0.05
    sending = np.diff(world.sent, axis=0) > 0
    assert not sending[~world.unsettled[1:]].any()
    a_day = sending.reshape(-1, HOURS, world.campaigns).any(axis=1).mean(axis=1)
    assert np.abs(a_day - 0.25).max() <= 0.1  # those that begin or end that day included


@pytest.mark.parametrize("drafts", [False, True])
def test_nights_and_weekends_do_not_hide_what_is_sending(drafts):
    world = month(0, office=True, drafts=drafts)
    ours, turns = play(world, by_worth(world)), play(world, in_turn(world))
    assert ours.error <= 0.6 * turns.error
    assert ours.longest_unsettled <= 3


@pytest.mark.parametrize("every", [1, 6, 24])
def test_where_nothing_happens_all_are_still_looked_at(every):
    played = play(still(), by_worth(still()), a_day=20, every=every)
    assert played.reads.sum() == 20 * 30
    # half of the calls, in turn, from the moment at which they are late
    assert played.longest.max() <= LONGEST + 40 / 10


def test_one_that_grows_wildly_does_not_starve_the_others():
    world = with_one_that_grows(still(), 7, emails=10_000)
    played = play(world, by_worth(world))
    assert played.longest.max() <= 3
    assert played.reads[:, 7].sum() == played.reads.sum(axis=0).max()
    assert played.reads[:, 7].sum() >= 1.2 * np.median(played.reads.sum(axis=0))


def test_many_that_grow_wildly_do_not_starve_the_settled():
    world = still()
    for campaign in range(30):
        world = with_one_that_grows(world, campaign, emails=1_000 + campaign)
    played = play(world, by_worth(world), a_day=8, every=12)
    assert played.longest.max() <= LONGEST + 40 / 4 + 1


def test_a_campaign_that_resumes_is_noticed_and_then_read_often():
    resumed = 20 * HOURS
    world = with_one_that_grows(still(), 12, emails=2, first_hour=resumed)
    played = play(world, by_worth(world))
    hours = np.flatnonzero(played.reads[:, 12])
    noticed = hours[hours > resumed][0]
    assert noticed - resumed <= 3 * HOURS
    after = played.reads[noticed:].sum(axis=0)
    assert after[12] == after.max() >= 2 * np.median(after)


def test_of_steady_campaigns_each_is_read_in_proportion_to_the_root_of_its_pace():
    # what makes the mean error, the sum of pace / (2 reads), least for a given sum of reads
    hours = np.arange(60 * HOURS + 1)[:, None]
    sent = 1_000_000_000 + hours * np.array([16_000, 4_000, 1_000])
    world = month(0, campaigns=3)
    world = type(world)(sent, sent // 25, np.ones(sent.shape, dtype=bool))
    reads = play(world, by_worth(world), a_day=7).reads[20 * HOURS :].sum(axis=0)
    np.testing.assert_allclose(reads / reads.sum(), np.array([4, 2, 1]) / 7, rtol=0.06)


# rules


def order(times, sent, replied, calls=99, **options):
    """Give the order at day 100 as a list."""
    arrays = (np.array(values, dtype=float) for values in (times, sent, replied))
    return most_worth(*arrays, 100.0, calls, **options).tolist()


def test_those_never_read_come_first():
    nan = np.nan
    assert order([[90, 99], [nan, nan], [98, 99], [nan, nan]], [[0, 900], [nan] * 2, [500, 500], [nan] * 2], [[0, 90], [nan] * 2, [20, 20], [nan] * 2]) == [1, 3, 0, 2]  # fmt: skip


def test_no_campaigns_and_no_calls_give_none():
    empty = np.empty((0, 3))
    assert order(empty, empty, empty) == []
    assert order([[99]], [[10]], [[1]], calls=0) == []


def test_more_unread_more_growth_and_a_smaller_base_are_worth_more():
    sending, replies = [[1000, 1100, 1200]], [[40, 44, 48]]
    longer = order([[97.5, 98.5, 99.5], [97, 98, 99]], sending * 2, replies * 2)
    assert longer == [1, 0]
    assert order([[97, 98, 99]] * 2, [*sending, [800, 1000, 1200]], [*replies, [32, 40, 48]]) == [1, 0]
    assert order([[97, 98, 99]] * 2, [[3000, 3100, 3200], *sending], [[120, 124, 128], *replies]) == [1, 0]


def test_what_sends_goes_before_what_only_gathers_replies_and_that_before_the_settled():
    times = [[91, 97, 98, 99]] * 3
    sent = [[900, 1000, 1000, 1000], [900, 1000, 1000, 1000], [700, 800, 900, 1000]]
    replied = [[40, 40, 40, 40], [36, 38, 39, 40], [36, 38, 39, 40]]
    assert order(times, sent, replied) == [2, 1, 0]


def test_one_that_is_said_to_be_completed_is_settled_sooner_but_not_given_up():
    times, sent, replied = [[97, 98, 99]] * 2, [[1000, 1100, 1200]] * 2, [[40, 44, 48]] * 2
    assert order(times, sent, replied, completed=np.array([True, False])) == [1, 0]
    late = [[80, 80, 80], [99, 99, 99.9]]
    assert order(late, [[500] * 3] * 2, [[20] * 3] * 2, completed=np.array([True, False])) == [0, 1]


def test_of_equals_the_longer_unread_goes_first_then_the_one_that_stands_first():
    settled = [[50, 99]] * 3
    assert order(settled, [[9, 9]] * 3, [[1, 1]] * 3) == [0, 1, 2]
    never_moved = [[99.5, 100], [99, 100], [98, 100]]  # read just now: worth nothing, all alike
    assert order(never_moved, [[0, 0]] * 3, [[0, 0]] * 3) == [0, 1, 2]
    clock_behind = [[101, 102], [100.5, 101]]  # read in what is the future here
    assert order(clock_behind, [[0, 9]] * 2, [[0, 1]] * 2) == [1, 0]


def test_every_second_call_goes_to_the_one_unread_for_longest():
    # three that grow fast, four that are settled and late
    times = [[98, 99]] * 3 + [[10, 96], [10, 95], [10, 94], [10, 97]]
    sent = [[100, 900]] * 3 + [[9_000, 9_000]] * 4
    replied = [[0, 90]] * 3 + [[900, 900]] * 4
    assert order(times, sent, replied) == [0, 5, 1, 4, 2, 3, 6]


@pytest.mark.parametrize("replied", [0, 3, 250])
@pytest.mark.parametrize(("pace", "sending", "stirring"), [(4, 0.9, 0.02), (0.1, 0.0, 0.05), (0, 0, 0.4)])
@pytest.mark.parametrize("unread", [0.2, 1.5])
def test_worth_is_the_integral_of_the_model(replied, pace, sending, stirring, unread):
    stirred = 6.0

    def error(days):
        fading, _ = integrate.quad(lambda t: 2 ** (-t / HALF_LIFE), 0, days)
        begun, _ = integrate.quad(lambda begin: grown(stirred * (days - begin)), 0, days)
        return grown(pace * (sending * days + (1 - sending) * fading)) + stirring * begun

    def grown(new):  # E |true - last| / max(1, true): exact for a Poisson number of new ones after none
        return new / (replied + new) if replied else -np.expm1(-new)

    expected = unread * error(unread) - integrate.quad(error, 0, unread)[0]
    drift = ripeness._Drift(*(np.array([value], dtype=float) for value in (replied, pace, sending, stirring)), stirred, np.array([unread]))  # fmt: skip
    np.testing.assert_allclose(ripeness._worth(drift), expected, rtol=2e-4)


histories = st.lists(
    st.lists(st.tuples(st.integers(0, 95), st.integers(0, 400), st.integers(0, 30)), min_size=4, max_size=4),
    min_size=1,
    max_size=8,
)


def arrays(history):
    """Cumulative counts from what was new at each time; the times sorted, one in eight of them none."""
    steps = np.array(history, dtype=float)
    times = np.sort(steps[:, :, 0], axis=1)
    times[:, 0][times[:, 0] % 8 == 0] = np.nan
    return times, np.cumsum(steps[:, :, 1], axis=1), np.cumsum(steps[:, :, 2], axis=1)


@given(histories, st.integers(0, 10))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_an_order_is_of_each_once_and_fewer_calls_are_its_beginning(history, calls):
    everything = most_worth(*arrays(history), 96.0, 99).tolist()
    assert sorted(everything) == list(range(len(history)))
    assert most_worth(*arrays(history), 96.0, calls).tolist() == everything[:calls]


@given(histories, st.floats(-1e4, 1e4))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_nothing_depends_on_where_days_are_counted_from_or_on_seeing_a_snapshot_twice(history, shift):
    times, sent, replied = arrays(history)
    expected = most_worth(times, sent, replied, 96.0, 99).tolist()
    shifted = round(shift * 8) / 8  # exact in binary, so that equals stay equal
    assert most_worth(times + shifted, sent, replied, 96.0 + shifted, 99).tolist() == expected
    twice = [np.repeat(values, 2, axis=1) for values in (times, sent, replied)]
    assert most_worth(*twice, 96.0, 99).tolist() == expected
