"""Which call goes when: order, retries and waiting, decided in the calling thread; worker threads only do the calls.

So nothing here needs a lock, and an interrupt lands where the work is steered. `drive` steers several reads at once,
each through a gate of its own.
"""

from __future__ import annotations

import heapq
import random
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from .errors import (
    ConnectionFailedError,
    InvalidKeyError,
    LeadlexError,
    MissingPermissionError,
    RateLimitError,
    ServerError,
)
from .sockets import Attempt
from .transport import Outcome, Request

if TYPE_CHECKING:
    from .gate import Gate
    from .pacing import Call
    from .transport import Transport

MAX_ATTEMPTS = 4  # calls for one answer that fail for a passing reason, the first one included

_PASSING = (500, 502, 503, 504, 520, 521, 522, 523, 524)  # the last five are a gateway's
_FIRST_PAUSE = 0.25  # s before the second attempt, doubled before each further one
_LOOK = 0.5  # s; so often is looked whether an attempt or the whole read has taken too long
_PATIENCE = 5.0  # s that such workers are given to come back, at least, before the rest is given up
_GRACE = 1.0  # s after which a worker that does not end is left to itself: a name server cannot be interrupted


_Landed: TypeAlias = "SimpleQueue[tuple[Steering, _UnderWay]]"


class Watch(Protocol):
    """What wants to know how a read goes on."""

    def look(self, reads: Sequence[Steering]) -> None:
        """Take note of the state, after each event and at least every half second."""


@dataclass(order=True)
class _Wanted:
    """Something to ask for, at its time."""

    due: float
    position: int
    request: Request = field(compare=False)
    attempts: int = field(default=0, compare=False)
    calls: int = field(default=0, compare=False)


@dataclass(eq=False)
class _UnderWay:
    """A call that was sent, and what came of it."""

    wanted: _Wanted
    ticket: Call | None  # of the gate; None once it was told
    expires: float
    attempt: Attempt = field(default_factory=Attempt)
    outcome: Outcome | None = None


class Steering:
    """One read: many requests through one gate.

    Parameters
    ----------
    requests : sequence of Request
        What to ask for, each once, in this order.
    transport : Transport
        Does the calls, in worker threads.
    gate : Gate
        Says when one may go.
    workers : int
        How many calls may be under way at once.
    max_attempts : int
        Calls for one answer that fail for a passing reason, the first one included.

    Attributes
    ----------
    answers : dict
        Request -> value, as they came.
    failures : dict
        Request -> LeadlexError, of those that are not asked for again.
    stopped_by : LeadlexError or None
        What ended the read before everything was asked for: a key that is refused.
    exhausted : bool
        Whether the day's calls ended it.
    heard : bool
        Whether the service has answered anything at all.
    calls : int
        How many calls were made.
    repeats : int
        How many of them asked for something again.
    """

    def __init__(
        self,
        requests: Sequence[Request],
        transport: Transport,
        gate: Gate,
        *,
        workers: int,
        max_attempts: int = MAX_ATTEMPTS,
    ) -> None:
        self.answers: dict[Request, Any] = {}
        self.failures: dict[Request, LeadlexError] = {}
        self.stopped_by: LeadlexError | None = None
        self.exhausted = self.heard = False
        self.calls = self.repeats = 0
        self.gate = gate
        self.total = len(requests)
        self.workers = max(min(workers, self.total), 1)
        self._transport = transport
        self._max_attempts = max_attempts
        self._new = deque(_Wanted(0.0, position, request) for position, request in enumerate(requests))
        self._repeats: list[_Wanted] = []  # a heap: first what is due first
        self._calls: dict[int, _UnderWay] = {}  # by position
        self._stuck = 0  # workers that were left to themselves
        self._stuck_until = 0.0  # so long the last of them is given to come back
        # how many are asked for before anything was heard; one alone could be the only one that fails
        self._scouts = max(workers, 2)
        self._refusal: RateLimitError | None = None
        self._ending = False  # whether nothing more is to be asked for
        self._dropping = False  # whether what is then not settled is missing, rather than failed
        self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="leadlex")
        self._landed: _Landed = SimpleQueue()

    @property
    def unfinished(self) -> bool:
        """Whether anything is missing that may still come."""
        return bool(self._new or self._repeats or self._calls)

    @property
    def under_way(self) -> int:
        """How many calls are under way."""
        return len(self._calls)

    @property
    def waiting(self) -> int:
        """How many requests are not under way and not settled."""
        return len(self._new) + len(self._repeats)

    def join(self, landed: _Landed) -> None:
        """Let the workers report there, together with those of other reads."""
        self._landed = landed

    def send(self) -> None:
        """Send what may go now."""
        now = time.monotonic()
        self._check(now)
        while self._has_hand() and self._due(now) == 0:
            if self.gate.pause(now) != 0:
                return
            call = _UnderWay(self._next(now), None, now + self._transport.timeout)
            self._calls[call.wanted.position] = call  # known before it has a ticket: an interrupt loses neither
            call.ticket = self.gate.take(now)
            if call.ticket is None:  # another read was faster
                del self._calls[call.wanted.position]
                self._new.appendleft(call.wanted)
                return
            self.calls += 1
            self.repeats += call.wanted.calls > 0
            call.wanted.calls += 1
            self._pool.submit(self._work, call)

    def pause(self) -> float | None:
        """Give the seconds until something can be sent; None if that depends on answers."""
        now = time.monotonic()
        due = self._due(now) if self._has_hand() else None
        gate = self.gate.pause(now) if due is not None else None
        return None if due is None or gate is None else max(due, gate)

    def expiry(self) -> float:
        """Give the seconds until the first attempt has taken too long."""
        now = time.monotonic()
        return min((call.expires - now for call in self._calls.values() if not call.attempt.aborted), default=_LOOK)

    def land(self, call: _UnderWay) -> None:
        """Take the outcome of a call."""
        if self._calls.get(call.wanted.position) is call and call.outcome is not None:
            self._take(call, call.outcome)
        else:
            self._stuck -= 1  # of one that was left to itself

    def end_what_takes_too_long(self) -> None:
        """Abort attempts whose time is over, and leave a worker to itself that does not end even then."""
        now = time.monotonic()
        for call in [call for call in self._calls.values() if now >= call.expires and call.outcome is None]:
            if not call.attempt.aborted:
                call.attempt.abort()
            elif now >= call.expires + _GRACE:
                self._stuck += 1
                self._stuck_until = now + max(self._transport.timeout, _PATIENCE)
                reason = f"no answer within {self._transport.timeout:g} s"
                self._take(call, Outcome(error=ConnectionFailedError(call.wanted.request.campaign_id, reason)))

    def end(self) -> None:
        """Abort everything, and keep what has come."""
        self._give_up()
        for call in list(self._calls.values()):
            if call.outcome is not None:
                self._take(call, call.outcome)
                continue
            call.attempt.abort()
            self._report(call, Outcome(), time.monotonic())
            del self._calls[call.wanted.position]
            self._stuck += 1

    def close(self) -> None:
        """End the workers; wait for those that have nothing to do any more."""
        self._pool.shutdown(wait=not self._stuck, cancel_futures=True)

    def _work(self, call: _UnderWay) -> None:
        """Do one call, in a worker thread."""
        call.outcome = self._transport.fetch(call.wanted.request, call.attempt)
        self._landed.put((self, call))

    def _has_hand(self) -> bool:
        """Tell whether a worker is free. Where the day was used up before this read, one call asks if it still is."""
        hands = self.workers if self.heard or not self.gate.exhausted else 1
        return len(self._calls) + self._stuck < hands

    def _next(self, now: float) -> _Wanted:
        """Take what may go now: what is due again, else the next new one."""
        if self._repeats and (self._repeats[0].due <= now or not self._may_begin()):
            return heapq.heappop(self._repeats)
        self._scouts -= 1
        return self._new.popleft()

    def _may_begin(self) -> bool:
        return bool(self._new) and (self.heard or self._scouts > 0)

    def _due(self, now: float) -> float | None:
        """Give the seconds until there is something to send; None if that depends on answers."""
        if self._may_begin():
            return 0.0
        return max(self._repeats[0].due - now, 0.0) if self._repeats else None

    def _check(self, now: float) -> None:
        """Give up where nothing would come of going on."""
        if not self.waiting:
            return
        closed = self.gate.closed_for(now)
        if self.gate.exhausted:
            if self.heard:
                self.exhausted = True
                self._give_up()
        elif closed is not None:
            missing = [wanted.request for wanted in (*self._new, *self._repeats)]
            self._give_up({request: self._refused_too(request, closed) for request in missing})
        elif self._stuck >= self.workers and not self._calls and now >= self._stuck_until:
            reason = f"not asked for, since no worker came back within {self._transport.timeout:g} s"
            missing = [wanted.request for wanted in (*self._new, *self._repeats)]
            self._give_up({request: ConnectionFailedError(request.campaign_id, reason) for request in missing})
        elif not self._may_begin() and not self._repeats and not self._calls:
            # nobody is there: asking for each of the others as often would take hours
            reason = "not asked for, since the service could not be reached"
            missing = [wanted.request for wanted in self._new]
            self._give_up({request: ConnectionFailedError(request.campaign_id, reason) for request in missing})

    def _take(self, call: _UnderWay, outcome: Outcome) -> None:
        now, wanted, error = time.monotonic(), call.wanted, outcome.error
        self.heard |= outcome.heard
        if error is None:
            self.answers[wanted.request] = outcome.value
        elif isinstance(error, RateLimitError):
            self._refused(wanted, error)
        elif isinstance(error, (InvalidKeyError, MissingPermissionError)):
            self.failures[wanted.request] = error
            self.stopped_by = self.stopped_by or error
            self._give_up()
        elif isinstance(error, (ServerError, ConnectionFailedError)):
            self._failed(wanted, error, now)
        else:
            self.failures[wanted.request] = error
        self._report(call, outcome, now)
        self._calls.pop(wanted.position, None)

    def _report(self, call: _UnderWay, outcome: Outcome, now: float) -> None:
        """Tell the gate, once, what became of a call."""
        ticket, call.ticket = call.ticket, None
        if ticket is None:
            return
        if isinstance(outcome.error, RateLimitError):
            self.gate.refused(ticket, now, outcome.error.retry_after, outcome.limits)
        elif outcome.heard:
            self.gate.answered(ticket, now, outcome.limits)
        else:
            self.gate.lost(ticket, now)

    def _refused(self, wanted: _Wanted, error: RateLimitError) -> None:
        """Ask again after all others: what is refused again and again must not keep them waiting."""
        self._refusal = error
        if not self._ending:
            self._new.append(wanted)
        elif not self._dropping:
            self.failures[wanted.request] = error

    def _failed(self, wanted: _Wanted, error: ServerError | ConnectionFailedError, now: float) -> None:
        """Try again after a pause that grows, unless there is no hope."""
        wanted.attempts += 1
        hopeless = isinstance(error, ServerError) and error.status not in _PASSING
        lasting = hopeless or wanted.attempts >= self._max_attempts
        if lasting or (self._ending and not self._dropping):
            self.failures[wanted.request] = error
        elif not self._ending:
            pause = _FIRST_PAUSE * 2 ** (wanted.attempts - 1) * random.uniform(0.5, 1.5)  # noqa: S311
            wanted.due = now + pause
            heapq.heappush(self._repeats, wanted)

    def _give_up(self, failures: dict[Request, LeadlexError] | None = None) -> None:
        """Ask for nothing more; what is under way may still come. Without failures, what does not come is missing."""
        self.failures.update(failures or {})
        self._ending, self._dropping = True, failures is None
        self._new.clear()
        self._repeats.clear()

    def _refused_too(self, request: Request, seconds: float) -> RateLimitError:
        """Word the refusal of one request for another one that was not made."""
        first = self._refusal or RateLimitError(429, None, None, None)
        refusal = RateLimitError(first.status, first.code, request.campaign_id, first.request_id)
        refusal.retry_after = seconds if first.retry_after is None else first.retry_after
        return refusal


def drive(reads: Sequence[Steering], watch: Watch, until: float | None = None) -> bool:
    """Steer reads until each is finished; whatever interrupts that, they keep what has come.

    Parameters
    ----------
    reads : sequence of Steering
        What to read, side by side.
    watch : Watch
        Told how it goes on.
    until : float, optional
        When to end in any case, in seconds of `time.monotonic`.

    Returns
    -------
    bool
        Whether they were finished in time.
    """
    landed: _Landed = SimpleQueue()
    try:
        for read in reads:
            read.join(landed)
        watch.look(reads)  # what it will cost is said before it is spent
        while any(read.unfinished for read in reads):
            if until is not None and time.monotonic() >= until:
                _end(reads)
                return False
            for read in reads:
                read.end_what_takes_too_long()
                read.send()
            watch.look(reads)
            if any(read.unfinished for read in reads):
                _wait(reads, landed, until)
        watch.look(reads)
        return True
    except BaseException:  # an interrupt above all: what has come is kept, what is under way is not waited for
        _end(reads)
        raise
    finally:
        for read in reads:
            read.close()


def _end(reads: Sequence[Steering]) -> None:
    for read in reads:
        read.end()


def _wait(reads: Sequence[Steering], landed: _Landed, until: float | None) -> None:
    """Wait for an outcome, or until something else is to be done."""
    pauses = [pause for pause in (read.pause() for read in reads) if pause is not None]
    pause = min([_LOOK, *pauses, *(read.expiry() for read in reads)])
    pause = max(pause if until is None else min(pause, until - time.monotonic()), 0.0)
    try:
        if any(read.under_way for read in reads):
            read, call = landed.get(timeout=pause)
            read.land(call)
        else:
            time.sleep(pause)
        while True:  # what else has come, from workers that were left to themselves too
            read, call = landed.get_nowait()
            read.land(call)
    except Empty:
        return
