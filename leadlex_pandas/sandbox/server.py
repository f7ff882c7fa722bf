"""The face of the sandbox: start it, ask it for its truth, make it fail, close it."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Literal

import pandas as pd

from .campaigns import campaigns_of
from .checks import (
    checked_calls_left,
    checked_counting,
    checked_day,
    checked_flag,
    checked_plan,
    checked_port,
    checked_seconds,
)
from .counters import Limits
from .faults import checked_fault
from .listener import Listener
from .portfolio import DEFAULT_SEED, portfolio
from .routes import PREFIX
from .service import Call, Service

__all__ = ["Sandbox", "start"]

_Plan = Literal["starter", "pro", "org"]
_Counting = Literal["fixed", "sliding", "bucket"]


def start(
    *,
    seed: int = DEFAULT_SEED,
    port: int = 0,
    latency: float = 0.0,
    plan: _Plan | None = None,
    counting: _Counting = "fixed",
    minute: float = 60.0,
) -> Sandbox:
    """Start a stand-in LeadLex on 127.0.0.1.

    It answers `GET {url}/v1/campaigns/{id}/stats` for the 40 campaigns of a portfolio, and for `cmp_abc123` with the
    example of the service's reference; likewise `/v1/campaigns` (which does not list the example), and of each campaign
    `/v1/campaigns/{id}`, `…/steps` and `…/contacts`.

    Parameters
    ----------
    seed : int
        Which portfolio: the same seed, the same campaigns.
    port : int
        Where to listen; 0 for any free port.
    latency : float
        Seconds before each answer.
    plan : {"starter", "pro", "org"}, optional
        Whose limits are enforced, of 100, 1,000 or 10,000 calls a day and 10, 50 or 200 a minute: a call beyond either
        gets status 429. Every call counts against the day, whatever its answer; refused ones do not against the minute.
        By default no call is refused.
    counting : {"fixed", "sliding", "bucket"}
        How the minute is counted: in windows that follow each other from the start, over the last minute at any time,
        or by a bucket that holds the minute's calls and is refilled continuously.
    minute : float
        Its length in seconds, from 0.001, so that tests need not wait.

    Returns
    -------
    Sandbox
        Running; a context manager. Without `with`, call its `close`.

    Raises
    ------
    ValueError
        An argument is not allowed.
    OSError
        The port is taken.

    Examples
    --------
    >>> import json
    >>> import urllib.request
    >>> from leadlex_pandas import sandbox
    >>> opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    >>> with sandbox.start() as server:
    ...     url = f"{server.url}/v1/campaigns/cmp_abc123/stats"
    ...     call = urllib.request.Request(url, headers={"Authorization": f"Bearer {server.api_key}"})
    ...     with opener.open(call) as answer:
    ...         json.load(answer)["data"]["stats"]["reply_rate"]
    0.071
    """
    return Sandbox(seed=seed, port=port, latency=latency, plan=plan, counting=counting, minute=minute)


class Sandbox:
    """A running stand-in LeadLex; `start` makes one.

    Parameters
    ----------
    seed, port, latency, plan, counting, minute
        As in `start`.

    Attributes
    ----------
    url : str
        The base URL, as the package takes it.
    api_key : str
        A key with the permission `campaigns:read`.
    key_without_permission : str
        A key without it.
    campaigns : pandas.DataFrame
        Indexed by `campaign_id`: label, partner, practice_group, office, pipeline, steps, contacts.
    true_rates : pandas.Series
        Expected replies per email sent of each campaign: what an analysis tries to find out.
    calls : list of Call
        What was received so far.
    latency : float
        Seconds before each answer; may be set while running.
    day_calls_left : int
        Calls left of the day; may be set if there is a plan.
    retry_after : bool
        Whether a call beyond the plan is told the whole seconds until there is room; False unless set.
    steps_in_campaign : bool
        Whether `/v1/campaigns/{id}` gives the steps too; True unless set.
    day : float or None
        Which day of the campaigns it is, from 0 (nothing has been sent) to 140 (nothing more comes); None, unless set,
        for the end. Set it forward to see them send and gather replies.

    Examples
    --------
    >>> from leadlex_pandas import sandbox
    >>> with sandbox.start(seed=3) as server:
    ...     int((server.true_rates == 0.04).sum())
    34
    """

    def __init__(
        self,
        *,
        seed: int = DEFAULT_SEED,
        port: int = 0,
        latency: float = 0.0,
        plan: _Plan | None = None,
        counting: _Counting = "fixed",
        minute: float = 60.0,
    ) -> None:
        self._closed = True  # until it listens
        self._plan = checked_plan(plan)
        length = checked_seconds("minute", minute, least=0.001)
        self._portfolio = portfolio(seed)
        limits = Limits(self._plan, checked_counting(counting), length, time.monotonic())
        self._service = Service(campaigns_of(self._portfolio), limits)
        self._listener = Listener(checked_port(port), self._service, checked_seconds("latency", latency))
        self._listener.start()
        self._closed = False

    @property
    def url(self) -> str:
        """The base URL, as the package takes it."""
        return f"http://127.0.0.1:{self._listener.server_port}{PREFIX}"

    @property
    def api_key(self) -> str:
        """A key with the permission `campaigns:read`."""
        return self._service.api_key

    @property
    def key_without_permission(self) -> str:
        """A key without the permission `campaigns:read`."""
        return self._service.key_without_permission

    @property
    def campaigns(self) -> pd.DataFrame:
        """The campaigns; a copy."""
        return self._portfolio.campaigns.copy()

    @property
    def true_rates(self) -> pd.Series[float]:
        """Expected replies per email sent; a copy."""
        return self._portfolio.true_rates.copy()

    @property
    def calls(self) -> list[Call]:
        """What was received so far; a copy."""
        return self._service.calls

    @property
    def latency(self) -> float:
        """Seconds before each answer."""
        return self._listener.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self._listener.latency = checked_seconds("latency", seconds)

    @property
    def day_calls_left(self) -> int:
        """Calls left of the day."""
        return self._service.day_calls_left

    @day_calls_left.setter
    def day_calls_left(self, left: int) -> None:
        self._service.day_calls_left = checked_calls_left(left, self._plan)

    @property
    def retry_after(self) -> bool:
        """Whether a call beyond the plan gets a Retry-After header."""
        return self._service.retry_after

    @retry_after.setter
    def retry_after(self, told: bool) -> None:
        self._service.retry_after = checked_flag("retry_after", told)

    @property
    def steps_in_campaign(self) -> bool:
        """Whether `/v1/campaigns/{id}` gives the steps too."""
        return self._service.steps_in_campaign

    @steps_in_campaign.setter
    def steps_in_campaign(self, included: bool) -> None:
        self._service.steps_in_campaign = checked_flag("steps_in_campaign", included)

    @property
    def day(self) -> float | None:
        """Which day of the campaigns it is; None for the end."""
        return self._service.day

    @day.setter
    def day(self, day: float | None) -> None:
        self._service.day = checked_day(day)

    def fail(
        self,
        status_or_kind: int | str,
        *,
        campaign_id: str | None = None,
        times: int | None = 1,
        retry_after: str | float | None = None,
    ) -> None:
        """Let calls to come fail. Faults wait in line: a call meets the first that concerns it.

        Parameters
        ----------
        status_or_kind : {429, 500, 502, 503, 504, "drop"}
            The answer's status, or "drop" to close the connection without an answer.
        campaign_id : str, optional
            Only calls of this campaign fail, at any of its endpoints.
        times : int or None
            How many calls fail; None for all.
        retry_after : str or float, optional
            Value of a Retry-After header; by default there is none.

        Raises
        ------
        ValueError
            An argument is not allowed.

        Examples
        --------
        >>> from leadlex_pandas import sandbox
        >>> with sandbox.start() as server:
        ...     server.fail(429, campaign_id="cmp_abc123", times=2, retry_after=1)
        """
        known = self._service.campaigns
        self._service.add_fault(checked_fault(status_or_kind, campaign_id, times, retry_after, known))

    def close(self) -> None:
        """Stop at once, whatever clients do; closing twice does no harm.

        Examples
        --------
        >>> from leadlex_pandas import sandbox
        >>> server = sandbox.start()
        >>> server.close()
        """
        if not self._closed:
            self._closed = True
            self._listener.close()

    def __enter__(self) -> Sandbox:
        """Give the running sandbox."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it, whatever happened."""
        self.close()

    def __repr__(self) -> str:
        """Say where it listens, without the keys."""
        state = "closed" if self._closed else self.url
        return f"<Sandbox {state}, seed {self._portfolio.seed}, {len(self._portfolio.campaigns)} campaigns>"
