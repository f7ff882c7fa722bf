"""How calls are counted against a plan. Pure: what time it is comes with each call."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple, Protocol

__all__ = ["COUNTINGS", "PLANS", "Bucket", "Day", "FixedWindows", "Limits", "Minute", "Plan", "SlidingWindow"]

_DAY = 86_400
_UNLIMITED = 1_000_000  # what the header says without a plan: a limit of its own, no plan's
_ALMOST = 1e-9  # a bucket that should hold a whole call may miss it by a rounding


class Plan(NamedTuple):
    """What a plan allows.

    Attributes
    ----------
    day, minute : int
        Calls in each.

    Examples
    --------
    >>> PLANS["pro"].minute
    50
    """

    day: int
    minute: int


PLANS = {"starter": Plan(100, 10), "pro": Plan(1_000, 50), "org": Plan(10_000, 200)}


class Minute(Protocol):
    """Counts the calls of a minute; refused calls leave no trace in it.

    Examples
    --------
    >>> minute: Minute = Bucket(limit=10, seconds=60.0, started=0.0)
    """

    def take(self, now: float) -> float:
        """Count a call if there is room; give 0.0, or the seconds until there is."""
        ...


class FixedWindows:
    """Windows that follow each other from the start; each has its own count.

    Parameters
    ----------
    limit : int
        Calls in a window.
    seconds : float
        Its length.
    started : float
        When the first began.

    Examples
    --------
    >>> minute = FixedWindows(limit=1, seconds=60.0, started=0.0)
    >>> minute.take(59.0), minute.take(59.5), minute.take(60.0)
    (0.0, 0.5, 0.0)
    """

    def __init__(self, limit: int, seconds: float, started: float) -> None:
        self._limit, self._seconds, self._started = limit, seconds, started
        self._used, self._window = 0, 0

    def take(self, now: float) -> float:
        """Count a call if there is room; give 0.0, or the seconds until there is."""
        while now >= self._end():  # by rounding, the division may give the window before
            self._window = max(self._window + 1, math.floor((now - self._started) / self._seconds))
            self._used = 0
        if self._used >= self._limit:
            return self._end() - now
        self._used += 1
        return 0.0

    def _end(self) -> float:
        return self._started + (self._window + 1) * self._seconds


class SlidingWindow:
    """The calls of the last minute, whenever that is.

    Parameters
    ----------
    limit : int
        Calls in any window.
    seconds : float
        Its length.
    started : float
        Makes no difference.

    Examples
    --------
    >>> minute = SlidingWindow(limit=1, seconds=60.0, started=0.0)
    >>> minute.take(59.0), minute.take(60.0), minute.take(119.0)
    (0.0, 59.0, 0.0)
    """

    def __init__(self, limit: int, seconds: float, started: float) -> None:
        del started
        self._limit, self._seconds = limit, seconds
        self._leaving: deque[float] = deque()  # when each counted call leaves the window

    def take(self, now: float) -> float:
        """Count a call if there is room; give 0.0, or the seconds until there is."""
        while self._leaving and self._leaving[0] <= now:
            self._leaving.popleft()
        if len(self._leaving) >= self._limit:
            return self._leaving[0] - now
        self._leaving.append(now + self._seconds)
        return 0.0


class Bucket:
    """A bucket of calls, full at the start and refilled continuously.

    Parameters
    ----------
    limit : int
        What it holds, and what flows in within `seconds`.
    seconds : float
        A minute's length.
    started : float
        When it was full.

    Examples
    --------
    >>> minute = Bucket(limit=2, seconds=60.0, started=0.0)
    >>> minute.take(0.0), minute.take(0.0), minute.take(15.0), minute.take(30.0)
    (0.0, 0.0, 15.0, 0.0)
    """

    def __init__(self, limit: int, seconds: float, started: float) -> None:
        self._limit, self._seconds, self._filled_at = limit, seconds, started
        self._level = float(limit)

    def take(self, now: float) -> float:
        """Count a call if there is room; give 0.0, or the seconds until there is."""
        flow = (now - self._filled_at) * self._limit / self._seconds
        self._level, self._filled_at = min(self._limit, self._level + flow), now
        if self._level < 1 - _ALMOST:
            return (1 - self._level) * self._seconds / self._limit
        self._level -= 1
        return 0.0


_MINUTES: dict[str, type[FixedWindows] | type[SlidingWindow] | type[Bucket]] = {
    "fixed": FixedWindows,
    "sliding": SlidingWindow,
    "bucket": Bucket,
}
COUNTINGS = tuple(_MINUTES)


class Day:
    """The calls of a day, which ends at midnight UTC. Each counts, refused or not.

    Parameters
    ----------
    limit : int
        Calls a day.

    Examples
    --------
    >>> day = Day(1)
    >>> day.count(86_399.0), day.left(86_399.0), day.count(86_399.5), day.left(86_400.0)
    (True, 0, False, 1)
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._used, self._resets_at = 0, 0

    @staticmethod
    def reset_after(wall: float) -> int:
        """Give the next midnight UTC in Unix seconds."""
        return (int(wall) // _DAY + 1) * _DAY

    def count(self, wall: float) -> bool:
        """Count a call, and say whether the day had room for it."""
        self._used = self.limit - self.left(wall) + 1
        return self._used <= self.limit

    def left(self, wall: float) -> int:
        """Give the calls left; 0 when more were made than allowed."""
        if wall >= self._resets_at:
            self._used, self._resets_at = 0, self.reset_after(wall)
        return max(0, self.limit - self._used)

    def leave(self, left: int, wall: float) -> None:
        """Set the calls left."""
        self.left(wall)
        self._used = self.limit - left


class Limits:
    """A plan's day and minute, each call counted against both. Not thread-safe: its owner holds a lock.

    Parameters
    ----------
    plan : Plan or None
        What is allowed; None counts without refusing anything.
    counting : {"fixed", "sliding", "bucket"}
        How the minute is counted.
    seconds : float
        A minute's length.
    started : float
        When the minute's counting began, on the clock of `take`'s `now`.

    Examples
    --------
    >>> limits = Limits(Plan(day=2, minute=1), "fixed", seconds=60.0, started=0.0)
    >>> [limits.take(now, 86_000.0 + now) for now in (0.0, 1.0, 60.0)]  # the third is beyond the day
    [0.0, 399.0, 340.0]
    """

    def __init__(self, plan: Plan | None, counting: str = "fixed", seconds: float = 60.0, started: float = 0.0) -> None:
        self.day = Day(plan.day if plan else _UNLIMITED)
        self._minute = _MINUTES[counting](plan.minute, seconds, started) if plan else None

    def take(self, now: float, wall: float) -> float:
        """Count a call; give 0.0 if it is allowed, else the seconds until one would be."""
        within = self.day.count(wall)
        if self._minute is None:
            return 0.0
        wait = self._minute.take(now) if within else 0.0
        if within and (wait == 0 or self.day.left(wall)):
            return wait
        return self.day.reset_after(wall) - wall  # also when this refusal was the day's last call
