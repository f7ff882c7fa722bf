"""Which call goes when: order, retries and waiting, decided in the calling thread; worker threads only do the calls.

So nothing here needs a lock, and an interrupt lands where the work is steered.
"""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Callable
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
    """

    def __init__(self, ids: list[str], get: Callable[[str], Answer], workers: int) -> None:
        self.answers: dict[str, Answer] = {}
        self.failures: dict[str, LeadlexError] = {}
        self.stopped_by: LeadlexError | None = None
        self._get = get
        self._workers = workers
        self._waiting = [_Call(0.0, position, campaign_id) for position, campaign_id in enumerate(ids)]
        self._flying: dict[Future[Answer], _Call] = {}
        self._gate = 0.0  # no call before this time: the service refused one
        self._heard = False  # whether the service has answered anything at all
        self._ending = False  # whether nothing more is to be asked for

    def run(self) -> None:
        """Read until every campaign has been answered or has failed, or the read has been stopped."""
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="leadlex")
        try:
            while self._waiting or self._flying:
                self._send(pool)
                self._collect()
        except BaseException:  # an interrupt above all: do not wait for what is under way
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()

    def _send(self, pool: ThreadPoolExecutor) -> None:
        while self._waiting and len(self._flying) < self._workers and self._pause() <= 0:
            call = heapq.heappop(self._waiting)
            self._flying[pool.submit(self._get, call.campaign_id)] = call

    def _pause(self) -> float:
        """Give the seconds until the next waiting call may go."""
        return max(self._waiting[0].due, self._gate) - time.monotonic()

    def _collect(self) -> None:
        """Wait for an answer, or until another call may go."""
        free = self._waiting and len(self._flying) < self._workers
        pause = max(self._pause(), 0.0) if free else None
        if not self._flying:
            time.sleep(pause or 0.0)
            return
        done, _ = wait(self._flying, pause, FIRST_COMPLETED)
        for future in sorted(done, key=lambda future: self._flying[future].position):
            self._take(future, self._flying.pop(future))

    def _take(self, future: Future[Answer], call: _Call) -> None:
        try:
            self.answers[call.campaign_id] = future.result()
            self._heard = True
        except RateLimitError as error:
            self._heard = True
            self._refused(call, error)
        except (InvalidKeyError, MissingPermissionError) as error:
            self._stop(call, error)
        except (ServerError, ConnectionFailedError) as error:
            self._heard |= isinstance(error, ServerError)
            self._failed(call, error)
        except LeadlexError as error:
            self._heard = True
            self.failures[call.campaign_id] = error

    def _refused(self, call: _Call, error: RateLimitError) -> None:
        """Make all calls wait as long as the service asks, or give up."""
        call.refusals += 1
        pause = 1.0 if error.retry_after is None else error.retry_after
        if pause > LONGEST_WAIT:
            self._give_up(call, lambda c: _refusal(error, c.campaign_id))
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
            if not self._heard:  # nobody is there: asking for each of the others as often would take hours
                reason = "not asked for, since the service could not be reached"
                self._give_up(call, lambda c: ConnectionFailedError(c.campaign_id, reason))
            return
        pause = _FIRST_PAUSE * 2 ** (call.attempts - 1) * random.uniform(0.5, 1.5)  # noqa: S311
        call.due = time.monotonic() + pause
        self._again(call, error)

    def _again(self, call: _Call, error: LeadlexError) -> None:
        if self._ending:
            self.failures[call.campaign_id] = error
        else:
            heapq.heappush(self._waiting, call)

    def _stop(self, call: _Call, error: InvalidKeyError | MissingPermissionError) -> None:
        self.failures[call.campaign_id] = error
        self.stopped_by = self.stopped_by or error
        self._ending = True
        self._waiting.clear()

    def _give_up(self, call: _Call, reason: Callable[[_Call], LeadlexError]) -> None:
        """Count everything that waits as failed; what is under way may still come."""
        for other in [call, *self._waiting]:
            self.failures.setdefault(other.campaign_id, reason(other))
        self._ending = True
        self._waiting.clear()


def _refusal(error: RateLimitError, campaign_id: str) -> RateLimitError:
    return RateLimitError(error.status, error.code, campaign_id, error.request_id)
