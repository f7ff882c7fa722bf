"""The one gate that all calls of a key go through, whichever read or client makes them, in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .errors import Quota
from .pacing import LONGEST_WAIT, Call, Limits, Pace, estimate

if TYPE_CHECKING:
    from ._checks import Key

_gates: dict[bytes, Gate] = {}  # by the digest of key and address
_registry = threading.Lock()
_EVER = 1e9  # s


class Gate:
    """A `Pace` that several threads share. Times are those of `time.monotonic`."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._lock = threading.Lock()

    @property
    def quota(self) -> Quota:
        """The day's calls as last told."""
        import pandas as pd

        with self._lock:
            told, per_minute = self._pace.limits, None if self._pace.guessed else self._pace.per_minute
        back = None if told.resets_at is None else pd.Timestamp(told.resets_at, unit="s", tz="UTC")
        return Quota(told.limit, told.remaining, back, per_minute)

    @property
    def exhausted(self) -> bool:
        """Whether the day's calls are used up."""
        with self._lock:
            return self._pace.exhausted(time.time())

    @property
    def known(self) -> bool:
        """Whether the service has told a limit."""
        with self._lock:
            return self._pace.limits.limit is not None

    @property
    def refusing(self) -> bool:
        """Whether the last call was refused, and knocks are all that may go."""
        with self._lock:
            return self._pace.shut

    def closed_for(self, now: float) -> float | None:
        """Give the seconds that a refusal will last, where waiting for its end makes no sense; else None."""
        with self._lock:
            asked = self._pace.wait_asked(now)
            return asked if asked > LONGEST_WAIT or self._pace.patience_over(now) else None

    def remember(self, ended: Iterable[float], now: float) -> None:
        """Take it that calls were answered at these times before this process began."""
        with self._lock:
            self._pace.remember(ended, now)

    def take(self, now: float) -> Call | None:
        """Let a call go, if one may."""
        with self._lock:
            return self._pace.sent(now) if self._pace.pause(now) == 0 else None

    def pause(self, now: float) -> float | None:
        """Give the seconds until a call may go; None if that depends on answers."""
        with self._lock:
            return self._pace.pause(now)

    def answered(self, call: Call, now: float, limits: Limits) -> None:
        """Note an answer of any status but 429."""
        with self._lock:
            self._pace.answered(call, now, limits)

    def lost(self, call: Call, now: float) -> None:
        """Note that no answer came."""
        with self._lock:
            self._pace.lost(call, now)

    def refused(self, call: Call, now: float, retry_after: float | None, limits: Limits) -> None:
        """Note a 429."""
        if retry_after is not None:
            retry_after = min(retry_after, _EVER)  # digits without end are a time beyond all floats
        with self._lock:
            self._pace.refused(call, now, retry_after, limits)

    def seconds_for(self, calls: int, now: float) -> float:
        """Give the seconds that so many calls have to wait for the minute's limit."""
        with self._lock:
            return estimate(calls, self._pace.per_minute, self._pace.room(now) or 0)


def gate_of(key: Key, base_url: str) -> Gate:
    """Give the gate of a key at an address: always the same one."""
    name = key.digest(base_url)
    with _registry:
        return _gates.setdefault(name, Gate())
