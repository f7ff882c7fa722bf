"""What the stand-in knows and counts: keys, campaigns, faults, calls. No sockets here."""

from __future__ import annotations

import re
import secrets
import string
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from .answers import Answer, failure, statistics
from .faults import Fault, Faults

__all__ = ["PREFIX", "Call", "Service", "new_key"]

PREFIX = "/functions/v1/api-gateway"

_STATS = re.compile(re.escape(PREFIX) + r"/v1/campaigns/([^/]+)/stats")
_LIMIT = 1_000_000  # a limit of its own, no plan's
_DAY = 86_400
_INVALID_KEY = failure(401, "invalid_key", "The API key is missing, invalid or has expired.")
_FORBIDDEN = failure(403, "insufficient_permissions", "The API key lacks the permission campaigns:read.")
_NO_PATH = failure(404, "not_found", "There is nothing at this path.")
_NO_CAMPAIGN = failure(404, "campaign_not_found", "No campaign has this id.")
_NO_METHOD = failure(405, "method_not_allowed", "Only GET is allowed here.", {"Allow": "GET"})


@dataclass(frozen=True)
class Call:
    """A call that was received.

    Attributes
    ----------
    campaign_id : str or None
        The campaign asked for, whether it exists or not; None for any other path.
    status : int or None
        The answer's HTTP status; None if the connection was dropped.
    at : float
        When it came, in seconds of `time.monotonic`.

    Examples
    --------
    >>> Call("cmp_abc123", 200, 12.5).status
    200
    """

    campaign_id: str | None
    status: int | None
    at: float


def new_key() -> str:
    """Make a key that looks like one of the service and opens nothing but this stand-in.

    Returns
    -------
    str
        "wbk_" and 48 letters and digits.

    Examples
    --------
    >>> len(new_key())
    52
    """
    return "wbk_" + "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(48))


class Service:
    """The service behind the sockets; safe to use from many threads.

    Parameters
    ----------
    campaigns : Mapping[str, Mapping[str, int]]
        The six counts of each campaign by its id.

    Examples
    --------
    >>> service = Service({})
    >>> service.receive("GET", PREFIX + "/v1/campaigns/a/stats", None).status
    401
    """

    def __init__(self, campaigns: Mapping[str, Mapping[str, int]]) -> None:
        self.campaigns = campaigns
        self.api_key, self.key_without_permission = new_key(), new_key()
        self._faults = Faults()
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    @property
    def calls(self) -> list[Call]:
        """The calls so far, in a list of its own."""
        with self._lock:
            return list(self._calls)

    def add_fault(self, fault: Fault) -> None:
        """Let a fault meet the calls to come.

        Parameters
        ----------
        fault : Fault
            What to add.

        Examples
        --------
        >>> Service({}).add_fault(Fault(503))
        """
        with self._lock:
            self._faults.add(fault)

    def receive(self, method: str, target: str, authorization: str | None) -> Answer | None:
        """Take a request and say what the answer is.

        Parameters
        ----------
        method, target : str
            As in the request line.
        authorization : str or None
            The header of that name.

        Returns
        -------
        Answer or None
            None if the connection is to be dropped.

        Examples
        --------
        >>> Service({}).receive("POST", "/", None).status
        405
        """
        campaign_id = _campaign_in(target)
        with self._lock:
            fault = self._faults.take(campaign_id)
            answer = fault.answer() if fault else self._answer(method, campaign_id, authorization)
            remaining = self._record(campaign_id, answer.status if answer else None)
        return _complete(answer, remaining) if answer else None

    def reject(self, status: int, message: str) -> Answer:
        """Take a request that is no proper HTTP.

        Parameters
        ----------
        status : int
            HTTP status.
        message : str
            What is wrong with it.

        Returns
        -------
        Answer
            With code "bad_request".

        Examples
        --------
        >>> Service({}).reject(400, "Bad request syntax").status
        400
        """
        with self._lock:
            remaining = self._record(None, status)
        return _complete(failure(status, "bad_request", message), remaining)

    def _answer(self, method: str, campaign_id: str | None, authorization: str | None) -> Answer:
        """Check what a gateway checks, in its order: whether an id exists is told to valid keys only."""
        if method != "GET":
            return _NO_METHOD
        if authorization not in (f"Bearer {self.api_key}", f"Bearer {self.key_without_permission}"):
            return _INVALID_KEY
        if campaign_id is None:
            return _NO_PATH
        if authorization != f"Bearer {self.api_key}":
            return _FORBIDDEN
        counts = self.campaigns.get(campaign_id)
        return _NO_CAMPAIGN if counts is None else statistics(counts)

    def _record(self, campaign_id: str | None, status: int | None) -> int:
        """Note a call, before its answer goes out: who has the answer finds the call. Gives the calls left."""
        self._calls.append(Call(campaign_id, status, time.monotonic()))
        return max(0, _LIMIT - len(self._calls))


def _campaign_in(target: str) -> str | None:
    match = _STATS.fullmatch(target.partition("?")[0])
    return unquote(match[1]) if match else None


def _complete(answer: Answer, remaining: int) -> Answer:
    """Add the headers that every answer has, errors included."""
    common = {
        "X-RateLimit-Limit": str(_LIMIT),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str((int(time.time()) // _DAY + 1) * _DAY),
        "X-Request-ID": f"req_{secrets.token_hex(12)}",
    }
    return replace(answer, headers={**common, **answer.headers})
