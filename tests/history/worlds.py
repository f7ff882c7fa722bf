"""Invented months of campaigns, hour by hour, and how well their replies are known under a way of choosing calls.

Nothing here knows how the package chooses. A world has only what the service tells: running totals.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from leadlex_pandas.history.ripeness import LOOKBACK, most_worth

HOURS = 24
FADE = 0.5 ** (1 / HOURS)  # what is left of the late replies after an hour: their half-life is one day


@dataclass(frozen=True)
class World:
    """Totals at each hour (rows) of each campaign (columns), and which of them still send or gather late replies."""

    sent: np.ndarray
    replied: np.ndarray
    unsettled: np.ndarray

    @property
    def campaigns(self):
        return self.sent.shape[1]


def month(seed, *, campaigns=40, days=30, phase=7.5, unsettled=2, of=4, drafts=False, office=False):
    """Make a month in which at every hour one campaign in four sends, one gathers late replies, and two are settled.

    Each campaign sends for a phase of days, at its own pace; an email is answered with the campaign's own chance, after
    a delay with a half-life of one day; later it sends again. Before the month, campaigns have done so already; with
    `drafts`, those that are settled at its first hour have never sent. With `office`, emails leave on weekdays from
    8 to 18 only. `of` phases make a round, of which `unsettled` are not settled (the first of them sends).
    """
    rng = np.random.default_rng(seed)
    around = of * phase
    hours = np.arange(-int(around) * HOURS, days * HOURS + 1)
    starts = rng.permutation((np.arange(campaigns) + rng.uniform(size=campaigns)) / campaigns) * around
    since = np.mod(hours[:, None] / HOURS + starts, around)
    emails = np.exp(rng.uniform(np.log(15), np.log(150), campaigns))  # a day
    chance = np.exp(rng.uniform(np.log(0.02), np.log(0.10), campaigns))
    pace = np.where(since < phase, emails / HOURS, 0)
    if office:
        open_hours = (hours % HOURS >= 8) & (hours % HOURS < 18) & (hours // HOURS % 7 < 5)
        pace *= open_hours[:, None] * (7 * HOURS / 50)
    first = int(np.flatnonzero(hours == 0)[0])
    if drafts:
        pace[:first, since[first] >= unsettled * phase] = 0
    sends = rng.poisson(pace)
    replies, waiting = np.zeros_like(sends), np.zeros(campaigns)
    for hour, new in enumerate(sends):
        waiting = waiting * FADE + new
        replies[hour] = rng.poisson(chance * waiting * (1 - FADE) / FADE**0.5)
    return World(sends.cumsum(0)[first:], replies.cumsum(0)[first:], (since < unsettled * phase)[first:])


def still(campaigns=40, days=30):
    """Make a month in which nothing happens: some campaigns have had replies, some have not, some never sent."""
    sent = np.tile(np.arange(campaigns) % 3 * 500, (days * HOURS + 1, 1))
    return World(sent, sent // 1000 * 40, np.zeros(sent.shape, dtype=bool))


def with_one_that_grows(world, campaign, *, emails, first_hour=0):
    """Let one campaign send so many emails an hour from some hour on, one in ten of which is answered at once."""
    sent, replied, unsettled = world.sent.copy(), world.replied.copy(), world.unsettled.copy()
    new = np.maximum(np.arange(len(sent)) - first_hour, 0) * emails
    sent[:, campaign] += new
    replied[:, campaign] += new // 10
    unsettled[first_hour + 1 :, campaign] = True
    return World(sent, replied, unsettled)


@dataclass(frozen=True)
class Played:
    """What came of a way of choosing."""

    error: float  # mean over campaigns and hours of |true - last read| / max(1, true), of replies
    longest: np.ndarray  # days, of each campaign, that it was unread at most
    longest_unsettled: float  # days that an unsettled campaign was unread at most
    reads: np.ndarray  # hours by campaigns: whether it was read


Chooser = Callable[[list[np.ndarray], int, int], np.ndarray]


def play(world: World, choose: Chooser, *, a_day=100.0, every=1) -> Played:
    """Read what is chosen, every so many hours, from a first hour in which all campaigns have been read."""
    read_at = np.zeros(world.campaigns, dtype=int)
    known = [read_at]  # at each hour: the hour at which each campaign had last been read
    spent, errors, longest, unsettled = 0, [], np.zeros(world.campaigns), 0.0
    reads = np.zeros(world.replied.shape, dtype=bool)
    everyone = np.arange(world.campaigns)
    for hour in range(1, len(world.replied)):
        if hour % every == 0:
            calls = int(hour * a_day / HOURS) - spent
            spent += calls
            chosen = choose(known, hour, calls)
            assert len(chosen) <= calls
            read_at = read_at.copy()
            read_at[chosen] = hour
            reads[hour, chosen] = True
        known.append(read_at)
        true, last = world.replied[hour], world.replied[read_at, everyone]
        errors.append(np.mean(np.abs(true - last) / np.maximum(1, true)))
        unread = (hour - read_at) / HOURS
        longest = np.maximum(longest, unread)
        unsettled = max(unsettled, np.max(unread, initial=0, where=world.unsettled[hour]))
    return Played(float(np.mean(errors)), longest, float(unsettled), reads)


def in_turn(world: World) -> Chooser:
    """Choose one campaign after the other, whatever is known of them."""
    turn = 0

    def choose(known, hour, calls):
        nonlocal turn
        chosen = (turn + np.arange(min(calls, world.campaigns))) % world.campaigns
        turn += len(chosen)
        return chosen

    return choose


def by_worth(world: World) -> Chooser:
    """Choose as the package does, from the snapshots that have been read."""
    everyone = np.arange(world.campaigns)

    def choose(known, hour, calls):
        hours = [hour - round(days * HOURS) for days in LOOKBACK]
        read_at = np.array([known[min(max(at, 0), len(known) - 1)] for at in hours]).T
        times = np.where(np.array(hours) >= 0, read_at / HOURS, np.nan)
        sent, replied = (totals[read_at, everyone[:, None]].astype(float) for totals in (world.sent, world.replied))
        return most_worth(times, sent, replied, hour / HOURS, calls)

    return choose
