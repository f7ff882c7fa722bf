"""Which call goes when: order, retries and waiting, decided in the calling thread; worker threads only do the calls.

So nothing here needs a lock, and an interrupt lands where the work is steered.
"""

from __future__ import annotations

import heapq
import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import (
    ConnectionFailedError,
    InvalidKeyError,
    LeadlexError,
    MissingPermissionError,
    RateLimitError,
    ServerError,
)

if TYPE_CHECKING:
    from .transport import Answer

ATTEMPTS = 4  # calls of one campaign that fail for a passing reason, the first one included
REFUSALS = 5  # refusals (429) of one campaign that are waited for
LONGEST_WAIT = 90.0  # s; a refusal that asks for more is not waited for

_PASSING = (500, 502, 503, 504)
_FIRST_PAUSE = 0.25  # s before the second attempt, doubled before each further one


@dataclass(order=True)
class _Call:
    due: float
    position: int
    campaign_id: str = field(compare=False)
    attempts: int = field(default=0, compare=False)
    refusals: int = field(default=0, compare=False)


class Steering:
    """One read of many campaigns.

    Parameters
    ----------
    ids : list of str
        The campaigns, each once, in the order they are asked for.
    get : callable
        Asks for one campaign, in a worker thread; returns the answer or raises a LeadlexError.
    workers : int
        How many calls may be under way at once.

    Attributes
    ----------
    answers : dict
        Campaign id -> answer, as they came.
    failures : dict
        Campaign id -> LeadlexError, of those that are not asked for again.
    stopped_by : LeadlexError or None
        What ended the read before every campaign was asked for.
    heard : bool
        Whether the service has answered anything at all.
    """

    def __init__(self, ids: list[str], get: Callable[[str], Answer], workers: int) -> None:
        self.answers: dict[str, Answer] = {}
        self.failures: dict[str, LeadlexError] = {}
        self.stopped_by: LeadlexError | None = None
        self.heard = False
        self._get = get
        self._workers = workers
        self._new = deque(_Call(0.0, position, campaign_id) for position, campaign_id in enumerate(ids))
        self._repeats: list[_Call] = []  # a heap: first what is due first
        self._flying: dict[Future[Answer], _Call] = {}
        self._gate = 0.0  # no call before this time: the service refused one
        # how many campaigns are asked for before anything was heard; one alone could be the only one that fails
        self._scouts = max(workers, 2)
        self._ending = False  # whether nothing more is to be asked for

    def run(self) -> None:
        """Read until every campaign has been answered or has failed, or the read has been stopped."""
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="leadlex")
        try:
            while self._new or self._repeats or self._flying:
                self._send(pool)
                self._collect()
        except BaseException:  # an interrupt above all: keep what has come, do not wait for what is under way
            pool.shutdown(wait=False, cancel_futures=True)
            self._ending = True
            for future in [future for future in self._flying if future.done() and not future.cancelled()]:
                self._take(future, self._flying.pop(future))
            raise
        pool.shutdown()

    def _send(self, pool: ThreadPoolExecutor) -> None:
        while len(self._flying) < self._workers and self._pause() == 0:
            call = self._next()
            self._flying[pool.submit(self._get, call.campaign_id)] = call

    def _next(self) -> _Call:
        """Take the call that may go now: one that is due again, else the next new one."""
        if self._repeats and (self._repeats[0].due <= time.monotonic() or not self._may_begin()):
            return heapq.heappop(self._repeats)
        self._scouts -= 1
        return self._new.popleft()

    def _may_begin(self) -> bool:
        return bool(self._new) and (self.heard or self._scouts > 0)

    def _pause(self) -> float | None:
        """Give the seconds until another call may go; None if that depends on answers."""
        if not self._may_begin() and not self._repeats:
            return None
        due = 0.0 if self._may_begin() else self._repeats[0].due
        return max(max(due, self._gate) - time.monotonic(), 0.0)

    def _collect(self) -> None:
        """Wait for an answer, or until another call may go."""
        pause = self._pause() if len(self._flying) < self._workers else None
        if not self._flying:
            if pause is None:  # nobody is there: asking for each of the others as often would take hours
                reason = "not asked for, since the service could not be reached"
                self._give_up({call.campaign_id: ConnectionFailedError(call.campaign_id, reason) for call in self._new})
            time.sleep(pause or 0.0)
            return
        done, _ = wait(self._flying, pause, FIRST_COMPLETED)
        for future in sorted(done, key=lambda future: self._flying[future].position):
            self._take(future, self._flying.pop(future))

    def _take(self, future: Future[Answer], call: _Call) -> None:
        try:
            self.answers[call.campaign_id] = future.result()
            self.heard = True
        except RateLimitError as error:
            self.heard = True
            self._refused(call, error)
        except (InvalidKeyError, MissingPermissionError) as error:
            self.heard = True
            self._stop(call, error)
        except (ServerError, ConnectionFailedError) as error:
            self.heard |= isinstance(error, ServerError)
            self._failed(call, error)
        except LeadlexError as error:
            self.heard = True
            self.failures[call.campaign_id] = error

    def _refused(self, call: _Call, error: RateLimitError) -> None:
        """Make all calls wait as long as the service asks, or give up."""
        call.refusals += 1
        pause = 1.0 if error.retry_after is None else error.retry_after
        if pause > LONGEST_WAIT:
            missing = [call, *self._new, *self._repeats]
            self._give_up({other.campaign_id: _refusal(error, other.campaign_id) for other in missing})
        elif call.refusals > REFUSALS:
            self.failures[call.campaign_id] = error
        else:
            self._gate = max(self._gate, time.monotonic() + pause)
            self._again(call, error)

    def _failed(self, call: _Call, error: ServerError | ConnectionFailedError) -> None:
        """Try again after a pause that grows, unless there is no hope."""
        call.attempts += 1
        hopeless = isinstance(error, ServerError) and error.status not in _PASSING
        if hopeless or call.attempts >= ATTEMPTS:
            self.failures[call.campaign_id] = error
            return
        pause = _FIRST_PAUSE * 2 ** (call.attempts - 1) * random.uniform(0.5, 1.5)  # noqa: S311
        call.due = time.monotonic() + pause
        self._again(call, error)

    def _again(self, call: _Call, error: LeadlexError) -> None:
        if self._ending:
            self.failures[call.campaign_id] = error
        else:
            heapq.heappush(self._repeats, call)

    def _stop(self, call: _Call, error: InvalidKeyError | MissingPermissionError) -> None:
        self.failures[call.campaign_id] = error
        self.stopped_by = self.stopped_by or error
        self._give_up({})

    def _give_up(self, failures: Mapping[str, LeadlexError]) -> None:
        """Ask for nothing more; what is under way may still come."""
        self.failures.update(failures)
        self._ending = True
        self._new.clear()
        self._repeats.clear()


def _refusal(error: RateLimitError, campaign_id: str) -> RateLimitError:
    refusal = RateLimitError(error.status, error.code, campaign_id, error.request_id)
    refusal.retry_after = error.retry_after
    return refusal
