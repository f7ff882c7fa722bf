"""What the stand-in knows and counts: keys, campaigns, faults, calls. No sockets here."""

from __future__ import annotations

import math
import secrets
import string
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .answers import Answer, failure, statistics
from .campaigns import Campaign
from .counters import Limits
from .faults import Fault, Faults
from .neighbours import configuration, contact_page, listing, steps
from .routes import Route, route_of

__all__ = ["Call", "Service", "new_key"]

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
    endpoint : str or None
        "campaigns", "campaign", "stats", "steps" or "contacts"; None for any other path.
    query : str
        What followed the question mark of the path.

    Examples
    --------
    >>> Call("cmp_abc123", 200, 12.5).status
    200
    """

    campaign_id: str | None
    status: int | None
    at: float
    endpoint: str | None = None
    query: str = ""


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
    campaigns : Mapping[str, Campaign]
        By id.
    limits : Limits, optional
        What counts the calls, and refuses those beyond a plan; by default nothing is refused.

    Attributes
    ----------
    campaigns : Mapping[str, Campaign]
        As above.
    api_key, key_without_permission : str
        The keys it knows.
    retry_after : bool
        Whether a call beyond a limit is told when to come again.
    steps_in_campaign : bool
        Whether a campaign's settings contain its steps.
    day : float or None
        On which day of the campaigns it is asked; None for the end.

    Examples
    --------
    >>> Service({}).receive("GET", "/functions/v1/api-gateway/v1/campaigns/a/stats", None).status
    401
    """

    def __init__(self, campaigns: Mapping[str, Campaign], limits: Limits | None = None) -> None:
        self.campaigns = campaigns
        self.api_key, self.key_without_permission = new_key(), new_key()
        self.retry_after, self.steps_in_campaign = False, True
        self.day: float | None = None
        self._limits = limits or Limits(None)
        self._faults = Faults()
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    @property
    def day_calls_left(self) -> int:
        """Calls left of the day."""
        with self._lock:
            return self._limits.day.left(time.time())

    @day_calls_left.setter
    def day_calls_left(self, left: int) -> None:
        with self._lock:
            self._limits.day.leave(left, time.time())

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
        route = route_of(target)
        with self._lock:
            now, wall = time.monotonic(), time.time()
            wait = self._limits.take(now, wall)
            answer = self._refused(wait) if wait else self._met(route, method, authorization)
            # noted before the answer goes out: who has the answer finds the call
            status = answer.status if answer else None
            self._calls.append(Call(route.campaign_id, status, now, route.endpoint, route.query))
            return self._complete(answer, wall) if answer else None

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
            now, wall = time.monotonic(), time.time()
            self._limits.take(now, wall)
            self._calls.append(Call(None, status, now))
            return self._complete(failure(status, "bad_request", message), wall)

    def _refused(self, wait: float) -> Answer:
        headers = {"Retry-After": str(math.ceil(wait))} if self.retry_after else {}
        return failure(429, "rate_limited", "Too many requests.", headers)

    def _met(self, route: Route, method: str, authorization: str | None) -> Answer | None:
        """Answer behind the limits, unless a fault comes first; None if the connection is to be dropped."""
        fault = self._faults.take(route.campaign_id)
        return fault.answer() if fault else self._answer(route, method, authorization)

    def _answer(self, route: Route, method: str, authorization: str | None) -> Answer:
        """Check what a gateway checks, in its order: whether an id exists is told to valid keys only."""
        if method != "GET":
            return _NO_METHOD
        if authorization not in (f"Bearer {self.api_key}", f"Bearer {self.key_without_permission}"):
            return _INVALID_KEY
        if route.endpoint is None:
            return _NO_PATH
        if authorization != f"Bearer {self.api_key}":
            return _FORBIDDEN
        if route.campaign_id is None:
            return listing([self._today(campaign) for campaign in self.campaigns.values()], route.query)
        campaign = self.campaigns.get(route.campaign_id)
        return _NO_CAMPAIGN if campaign is None else self._about(self._today(campaign), route)

    def _today(self, campaign: Campaign) -> Campaign:
        return campaign if self.day is None else campaign.at(self.day)

    def _about(self, campaign: Campaign, route: Route) -> Answer:
        if route.endpoint == "stats":
            return statistics(campaign.counts)
        if route.endpoint == "steps":
            return steps(campaign)
        if route.endpoint == "contacts":
            return contact_page(campaign, route.query)
        return configuration(campaign, with_steps=self.steps_in_campaign)

    def _complete(self, answer: Answer, wall: float) -> Answer:
        """Add the headers that every answer has, errors included."""
        day = self._limits.day
        common = {
            "X-RateLimit-Limit": str(day.limit),
            "X-RateLimit-Remaining": str(day.left(wall)),
            "X-RateLimit-Reset": str(day.reset_after(wall)),
            "X-Request-ID": f"req_{secrets.token_hex(12)}",
        }
        return replace(answer, headers={**common, **answer.headers})
