"""When the next call may go under the minute's and the day's limit: burst, then log.

The times at which the last calls were answered are kept; a call may go when fewer than the allowance of a minute stand
in that log or are under way. That uses the whole allowance at once and never exceeds it, whether the service counts by
fixed minutes, a sliding minute or a bucket. Pure logic: times are passed in (monotonic seconds, Unix seconds for the
day's reset), and a lock, where several threads share a `Pace`, is the caller's business.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_WAIT = 90.0  # s; a refusal that asks for more is not waited for

_PER_MINUTE = {100: 10, 1_000: 50, 10_000: 200}  # the minute's limit stands in no header, but follows from the day's
_WINDOW = 60.05  # s a call stands in the log: a minute, and a little for clocks that differ
_UNHEARD = 10  # calls under way before the first answer: every plan allows them
_SHARED = 8  # calls under way when somebody else used the key today: as many are refused when the room ends early
_CAREFUL = 4  # calls under way when one was refused in the last minutes
_KNOCKS = (1.0, 2.0, 4.0, 8.0, 15.0)  # s before a refused service is asked again, the last one again and again
_PATIENCE = 300.0  # s of nothing but refused knocks; and how long a refusal makes careful
_DAY = 86_400.0
_NOW = 1e-6  # s; less is not worth a wait


@dataclass(frozen=True)
class Limits:
    """The day's limit as the headers of one answer told it; None where they did not."""

    limit: int | None = None
    remaining: int | None = None
    resets_at: float | None = None

    def updated(self, told: Limits) -> Limits:
        """Merge with what a newer answer told; answers come out of order, so the smallest remainder is the newest."""
        if self.resets_at and told.resets_at and 0 < self.resets_at - told.resets_at <= _DAY:
            return self  # of the day before; a reset further back means that ours was nonsense
        limit = self.limit if told.limit is None else told.limit
        resets_at = self.resets_at if told.resets_at is None else told.resets_at
        if (limit, resets_at) != (self.limit, self.resets_at):  # another day, or another plan
            return Limits(limit, told.remaining, resets_at)
        known = [count for count in (self.remaining, told.remaining) if count is not None]
        return Limits(limit, min(known, default=None), resets_at)


@dataclass(frozen=True)
class Call:
    """A call under way: what `sent` gives, and what its answer is reported with."""

    era: int  # how many times calls had been refused when it went
    knock: bool  # whether it went although the log was full, to ask whether there is room again


class Pace:
    """The calls of one key: tells when the next may go, from what became of those before.

    Every call goes through `sent`, and then through exactly one of `answered`, `refused` and `lost`.
    """

    def __init__(self) -> None:
        self._limits = Limits()
        self._heard = False
        self._per_minute: int | None = None
        self._guessed = False  # whether that was concluded from a refusal
        self._log: deque[tuple[float, bool]] = deque()  # when a call ended, and whether it was let in
        self._filled = 0  # entries that stand for calls of somebody else
        self._filled_at = -math.inf
        self._in_flight = 0
        self._remembered = False  # whether the log began with calls of a process before this one
        self._own = 0  # calls sent for the present reset
        self._shared = False  # whether more than these were counted: somebody else uses the key
        self._era = 0
        self._refused_at = -math.inf
        self._shut_since: float | None = None  # since when nothing but knocks may go
        self._knocking = False
        self._knocks = 0
        self._due = -math.inf  # when the next knock may go
        self._left_alone_until = -math.inf  # by Retry-After

    @property
    def limits(self) -> Limits:
        """The day's limit as last told, and the smallest remainder told for its reset."""
        return self._limits

    @property
    def per_minute(self) -> int | None:
        """The calls a minute that the plan allows, or a refusal let guess; None: no known allowance."""
        return self._per_minute

    @property
    def guessed(self) -> bool:
        """Whether the calls a minute were concluded from a refusal, since the service told no limit."""
        return self._guessed

    @property
    def shut(self) -> bool:
        """Whether nothing but knocks may go."""
        return self._shut_since is not None

    def exhausted(self, unix_now: float) -> bool:
        """Tell whether the day's calls are used up."""
        resets_at = self._limits.resets_at
        return self._limits.remaining == 0 and resets_at is not None and resets_at > unix_now

    def patience_over(self, now: float) -> bool:
        """Tell whether nothing but refusals came for so long that waiting has lost its sense."""
        return self._shut_since is not None and not self._stale(now) and now - self._shut_since >= _PATIENCE - _NOW

    def wait_asked(self, now: float) -> float:
        """Give the seconds for which the service still wants no call (Retry-After); above LONGEST_WAIT, give up."""
        return max(self._left_alone_until - now, 0.0)

    def remember(self, ended: Iterable[float], now: float) -> None:
        """Take it that calls were answered at these times before this process began; later on it knows better."""
        times = sorted(at for at in ended if 0 <= now - at < _WINDOW - _NOW)
        if times and not (self._heard or self._in_flight or self._log):
            self._log.extend((at, True) for at in times)
            self._remembered = True

    def room(self, now: float) -> int | None:
        """Give how many calls may still go within this minute; None where no allowance is known."""
        return None if self._per_minute is None else max(self._per_minute - self._in_flight - self._standing(now), 0)

    def pause(self, now: float) -> float | None:
        """Give the seconds until the next call may go, 0.0 for at once; None if that depends on answers."""
        if self._guessed and self._shut_since is None and now - self._refused_at >= _PATIENCE:
            self._guessed, self._per_minute, self._knocks = False, None, 0  # one stray refusal is no limit for ever
        if self._shut_since is not None:
            return self._until_knock(now)
        if self._in_flight >= self._at_once(now) or self._day_is_spoken_for():
            return None
        pauses = [self._until_room(now)]
        if self._ajar(now):
            pauses.append(self._until_knock(now))
        return min((pause for pause in pauses if pause is not None), default=None)

    def sent(self, now: float) -> Call:
        """Note that a call goes."""
        knock = self._shut_since is not None or (self._ajar(now) and self._until_room(now) != 0)
        if knock:
            if self._shut_since is not None and self._stale(now):
                self._shut_since = now
            self._knocking = True
            self._knocks += 1
        self._in_flight += 1
        self._own += 1
        return Call(self._era, knock)

    def answered(self, call: Call, now: float, limits: Limits) -> None:
        """Note an answer of any status but 429."""
        self._heard, self._remembered = True, False
        self._learn(limits)
        self._end(call, now, let_in=True)
        if call.knock:
            self._filled = max(self._filled - 1, 0)
            self._per_minute = self._per_minute + 1 if self._guessed and self._per_minute else self._per_minute
            if call.era == self._era:
                self._shut_since = None
        if self._guessed and self._per_minute:  # what was let in late shows that the guess was too low
            self._per_minute = max(self._per_minute, self._let_in(now))

    def lost(self, call: Call, now: float) -> None:
        """Note that no answer came: it may have been counted, so it stands in the log."""
        self._end(call, now, let_in=True)

    def refused(self, call: Call, now: float, retry_after: float | None, limits: Limits) -> None:
        """Note a 429: everybody waits, and one call at a time knocks."""
        self._heard = True
        self._learn(limits)
        self._refused_at = now
        # what was remembered may be all that the minute allows, which nobody could know before
        expected = self._remembered and self._per_minute is not None and self._standing(now) >= self._per_minute
        self._remembered = False
        self._end(call, now, let_in=False)  # whether a refused call is counted is not said: it may be
        asked = min(retry_after, _DAY) if retry_after is not None and 0 <= retry_after < math.inf else None
        # a call of an earlier era went before the gate shut, and is part of that refusal
        if call.era == self._era and not expected:
            self._shut(call, now, asked)
        if asked is not None:
            self._left_alone_until = max(self._left_alone_until, now + asked)
        self._due = max(self._due, self._left_alone_until)

    def _shut(self, call: Call, now: float, asked: float | None) -> None:
        self._era += 1
        if not call.knock and self._filled_now(now) == 0:  # the gate was open
            if self._per_minute is None or self._guessed:
                self._knocks = self._knocks if self._guessed else 0
                self._per_minute = max(self._let_in(now), 1)
                self._guessed = True
            else:
                self._knocks = 0
            self._filled = max(self._per_minute - self._standing(now), 0)
            self._filled_at = now
        if self._shut_since is None:
            self._shut_since = now
        # a service that refuses again after the time it asked for is asked less and less often
        self._due = now + (self._delay() if asked is None or self._knocks else asked)

    def _end(self, call: Call, now: float, *, let_in: bool) -> None:
        self._in_flight -= 1
        self._log.append((now, let_in))
        self._standing(now)  # drops what is older than a minute
        if call.knock:
            self._knocking = False
            self._due = now + self._delay()

    def _stale(self, now: float) -> bool:
        """Tell whether nobody knocked for so long that a new read has patience anew."""
        return now - self._refused_at > LONGEST_WAIT + 30

    def _delay(self) -> float:
        return _KNOCKS[min(self._knocks, len(_KNOCKS) - 1)]

    def _learn(self, told: Limits) -> None:
        before, self._limits = self._limits, self._limits.updated(told)
        if before.resets_at and self._limits.resets_at != before.resets_at:
            self._own, self._shared = self._in_flight, False
        limit, remaining = self._limits.limit, self._limits.remaining
        if limit is not None and remaining is not None:
            self._shared = self._shared or limit - remaining > self._own
        if limit in _PER_MINUTE or not self._guessed:
            self._per_minute = None if limit is None else _PER_MINUTE.get(limit)
            self._guessed = False

    def _at_once(self, now: float) -> float:
        """Give how many calls may be under way."""
        if not self._heard:
            return 1 if self._remembered else _UNHEARD  # these may have been all that the minute allows
        if self._guessed:
            return 1  # the guess may be too high: then this one is all that is refused
        if now - self._refused_at < _PATIENCE:
            return _CAREFUL
        return _SHARED if self._shared and self._per_minute is not None else math.inf

    def _day_is_spoken_for(self) -> bool:
        """Tell whether the calls under way may be all that is left of the day; their answers will say."""
        remaining = self._limits.remaining
        return remaining is not None and 0 < remaining <= self._in_flight

    def _until_room(self, now: float) -> float | None:
        if not self._heard or self._per_minute is None:
            return 0.0
        excess = self._in_flight + self._standing(now) - self._per_minute
        if excess < 0:
            return 0.0
        times = sorted([at for at, _ in self._log] + [self._filled_at] * self._filled_now(now))
        return _seconds(times[excess] + _WINDOW - now) if excess < len(times) else None

    def _until_knock(self, now: float) -> float | None:
        return None if self._knocking else _seconds(self._due - now)

    def _ajar(self, now: float) -> bool:
        """Tell whether knocks may go beside what the log allows."""
        return self._guessed or self._filled_now(now) > 0

    def _filled_now(self, now: float) -> int:
        return self._filled if now - self._filled_at < _WINDOW - _NOW else 0

    def _standing(self, now: float) -> int:
        while self._log and now - self._log[0][0] >= _WINDOW - _NOW:
            self._log.popleft()
        return len(self._log) + self._filled_now(now)

    def _let_in(self, now: float) -> int:
        return sum(let_in for at, let_in in self._log if now - at < _WINDOW - _NOW)


def estimate(campaigns: int, per_minute: int | None, log_free: int) -> float:
    """Give the seconds that so many calls take, bursts not counted, when `log_free` of them may go at once."""
    if per_minute is None or campaigns <= log_free:
        return 0.0
    return math.ceil((campaigns - log_free) / per_minute) * _WINDOW


def _seconds(pause: float) -> float:
    return pause if pause > _NOW else 0.0
