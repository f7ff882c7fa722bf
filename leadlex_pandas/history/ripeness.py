"""Which campaigns are worth the next calls: an order, from the last few snapshots of each.

The error of a campaign is what its last read misses: ``|true - last| / max(1, true)`` of its replies. How it grows with
the days since that read is estimated from three things.

- Its pace, the replies a day at the last read: a mean over its snapshots in which a day counts half as much as one
  `PULSE` later, steadied by what its emails let expect (emails a day, weighed alike, times its chance of a reply).
- Whether it still sends: while the emails grow, the pace stays. Afterwards it halves every `HALF_LIFE`.
- Whether it stirs again: a campaign that was quiet for q days is taken to begin anew, at the pace of the others, with a
  chance of 1 / (4 + 4 q) a day, and of a quarter of that if it is said to be completed. So the settled are looked at
  less and less often, but never given up.

With e(t) the error expected t days after a read, a call is worth ``t e(t) - integral of e from 0 to t``: what it saves
compared with having read all along at such intervals. Calls that go where this is largest keep the mean error low; of
campaigns of steady pace they read each in proportion to the root of its pace. The numbers below were chosen on invented
months (tests/history/worlds.py) of 40 campaigns and 100 calls a day. In others of the kind, 0.50 of the error of
reading in turn is left (0.42 where campaigns never sent before); with any one number halved or doubled, 0.58 at most.

References
----------
Tripathi, V. and Modiano, E. (2019). A Whittle index approach to minimizing functions of age of information.
57th Annual Allerton Conference on Communication, Control, and Computing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

LOOKBACK = (32.0, 16.0, 8.0, 4.0, 2.0, 1.0, 0.5, 0.25, 0.125, 0.0)  # days before now at which snapshots are looked up
LONGEST = 2.5  # days; a campaign unread for longer has every other call until it is read
HALF_LIFE = 1.0  # days in which the pace of late replies halves
PULSE = 0.5  # days in which what was seen loses half of its weight
FIRST = 7.0  # days; a campaign seen for the first time is taken to have got its counts within the week before

_OWN = 100  # emails after which a campaign's own chance of a reply counts as much as that of all campaigns
_FEW = (1, 25)  # replies and emails that stand for all campaigns while they have none: 4 %
_STEADY = 1.0  # days of replies that the emails' word counts for
_SLOWEST = 1.0  # replies a day, at least, of a campaign that stirs
_STIRS = 0.25  # times a day, of a campaign that was quiet for no time at all
_COMPLETED = 0.25  # a campaign that is said to be completed stirs so much less often
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


def most_worth(
    times: Floats, sent: Floats, replied: Floats, now: float, calls: int, completed: Flags | None = None
) -> Whole:
    """Order campaigns by what a call to each is worth.

    Parameters
    ----------
    times, sent, replied : array of float, campaigns by snapshots
        When the last snapshots of each campaign were taken (days), the oldest first, and its counts of emails and of
        replies then. The same snapshot may stand more than once; NaN stands for none. `LOOKBACK` says which are needed.
    now : float
        The present, on the scale of `times`.
    calls : int
        How many campaigns to give.
    completed : array of bool, optional
        Which campaigns are known to send no more.

    Returns
    -------
    array of int
        Positions of at most `calls` campaigns: those never read, then the others, every second one of them the one that
        has been unread for longest, as long as that is more than `LONGEST` days. Of equals the longer unread goes
        first, then the one that stands first. More calls only make the order longer.
    """
    last = np.max(times, axis=1, initial=-np.inf, where=~np.isnan(times))
    known = np.isfinite(last)
    done = np.zeros(len(last), dtype=bool) if completed is None else completed
    worth = np.full(len(last), np.inf)
    if known.any():
        seen = _Seen.of(times[known], sent[known], replied[known], done[known])
        worth[known] = _worth(_drift(seen, np.maximum(now - last[known], 0)))
    places = np.arange(len(last))
    by_worth = np.lexsort([places, last, -worth])
    by_age = np.lexsort([places, last])
    late = by_age[known[by_age] & (now - last[by_age] > LONGEST)]
    fresh = int((~known).sum())
    return np.concatenate([by_worth[:fresh], _in_turn(by_worth[fresh:], late)])[:calls]


def _in_turn(first: Whole, second: Whole) -> Whole:
    """Take from two orders in turn, each campaign once; `first` has all of them."""
    ranks = np.full(max(first.max(initial=-1), second.max(initial=-1)) + 1, np.inf)
    ranks[first] = 2 * np.arange(len(first))
    ranks[second] = np.minimum(ranks[second], 2 * np.arange(len(second)) + 1)
    return first[np.argsort(ranks[first], kind="stable")]


@dataclass(frozen=True)
class _Seen:
    """What the snapshots of campaigns tell: one row each, a column for each time between two snapshots."""

    began: Floats  # days before the last read
    ended: Floats
    new_sent: Floats
    new_replied: Floats
    sent: Floats  # of the last read
    replied: Floats
    span: Floats  # days between the first snapshot and the last read
    completed: Flags

    @classmethod
    def of(cls, times: Floats, sent: Floats, replied: Floats, completed: Flags) -> _Seen:
        """Take snapshots apart, with a first one before them all that had nothing."""
        none = np.isnan(times)
        oldest, newest = np.nanmin(times, axis=1), np.nanmax(times, axis=1)
        before = oldest[:, None] - FIRST
        ages = newest[:, None] - np.hstack([before, np.where(none, before, times)])
        nothing = np.zeros_like(before)
        emails = np.hstack([nothing, np.where(none, 0, sent)])
        replies = np.hstack([nothing, np.where(none, 0, replied)])
        return cls(
            began=ages[:, :-1],
            ended=ages[:, 1:],
            new_sent=np.diff(emails),
            new_replied=np.diff(replies),
            sent=emails[:, -1],
            replied=replies[:, -1],
            span=newest - oldest,
            completed=completed,
        )

    def quiet(self, changed: Flags) -> Floats:
        """Give the days before the last read since anything changed, at least."""
        return np.asarray(np.min(self.ended, axis=1, initial=np.inf, where=changed), dtype=np.float64)


@dataclass(frozen=True)
class _Drift:
    """How campaigns are expected to drift away from their last read."""

    replied: Floats
    pace: Floats  # replies a day at the last read
    sending: Floats  # chance that it goes on so
    stirring: Floats  # chance a day that a new sending begins
    stirred: float  # replies a day then
    unread: Floats  # days

    def error(self, days: Floats) -> Floats:
        """Give the relative error that is expected so many days after the last read."""
        fading = -np.expm1(-np.log(2) / HALF_LIFE * days) * HALF_LIFE / np.log(2)
        new = self.pace * (self.sending * days + (1 - self.sending) * fading)
        base = np.maximum(self.replied, 1)
        some = self.replied > 0
        growth = np.where(some, new / (base + new), -np.expm1(-new))
        fresh = self.stirred * days
        # the error of a sending that began at any time since, times the days in which it can have
        lost = np.where(some, base * np.log1p(fresh / base), -np.expm1(-fresh))
        return np.asarray(growth + np.minimum(self.stirring * (days - lost / self.stirred), 1), dtype=np.float64)


def _drift(seen: _Seen, unread: Floats) -> _Drift:
    """Estimate from what was seen how campaigns drift."""
    weights = _weights(seen.began, seen.ended)
    total = weights.sum(axis=1)
    lengths = seen.began - seen.ended
    shares = np.divide(weights, lengths, out=np.zeros_like(weights), where=lengths > 0)
    emails = (shares * np.maximum(seen.new_sent, 0)).sum(axis=1) / total
    replies = (shares * np.maximum(seen.new_replied, 0)).sum(axis=1)
    everywhere = (seen.replied.sum() + _FEW[0]) / (seen.sent.sum() + _FEW[1])
    chance = (seen.replied + _OWN * everywhere) / (seen.sent + _OWN)
    pace = (replies + _STEADY * chance * emails) / (total + _STEADY)
    sending = np.where(seen.completed, 0, np.exp2(-seen.quiet(seen.new_sent != 0) / PULSE))
    quiet = np.minimum(seen.quiet((seen.new_sent != 0) | (seen.new_replied != 0)), seen.span)
    return _Drift(
        replied=seen.replied,
        pace=pace,
        sending=sending,
        stirring=_STIRS * np.where(seen.completed, _COMPLETED, 1 - sending) / (1 + quiet),
        stirred=_usual(pace, sending),
        unread=unread,
    )


def _usual(pace: Floats, sending: Floats) -> float:
    """Give the pace of those that send: a geometric mean, so that one that is out of all proportion moves it little."""
    total = sending.sum()
    return float(np.exp((sending * np.log(np.maximum(pace, _SLOWEST))).sum() / total)) if total > 0 else _SLOWEST


def _weights(began: Floats, ended: Floats) -> Floats:
    """Weigh the time between two snapshots: each day by half to the power of its age in `PULSE`s."""
    fall = np.log(2) / PULSE
    return np.asarray((np.exp(-fall * ended) - np.exp(-fall * began)) / fall, dtype=np.float64)


def _worth(drift: _Drift) -> Floats:
    """Give what a read saves: the error now, held against the mean error since the last read, times the days since."""
    since = drift.unread * (_NODES[:, None] + 1) / 2  # a row for each node
    mean = _WEIGHTS / 2 @ drift.error(since)
    return np.asarray(drift.unread * (drift.error(drift.unread) - mean), dtype=np.float64)
