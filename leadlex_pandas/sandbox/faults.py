"""Faults on request: which call fails next, and how."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from .answers import Answer, failure, gateway_failure

__all__ = ["KINDS", "Fault", "Faults", "checked_fault"]

KINDS: tuple[int | str, ...] = (429, 500, 502, 503, 504, "drop")


@dataclass
class Fault:
    """A fault that waits for calls.

    Attributes
    ----------
    kind : int or str
        One of `KINDS`.
    campaign_id : str or None
        The campaign it waits for; None for any call.
    times : int or None
        Calls left; None for always.
    retry_after : str or None
        Text of a Retry-After header.

    Examples
    --------
    >>> Fault(503).answer().status
    503
    """

    kind: int | str
    campaign_id: str | None = None
    times: int | None = 1
    retry_after: str | None = None

    def concerns(self, campaign_id: str | None) -> bool:
        """Say whether a call of this campaign (None: of no campaign) is met by the fault.

        Parameters
        ----------
        campaign_id : str or None
            The campaign that was asked for.

        Returns
        -------
        bool
            True if the call fails.

        Examples
        --------
        >>> Fault(503, "a").concerns("b")
        False
        """
        return self.times != 0 and self.campaign_id in (None, campaign_id)

    def answer(self) -> Answer | None:
        """Give what the client gets.

        Returns
        -------
        Answer or None
            None if the connection is closed without an answer.

        Examples
        --------
        >>> Fault("drop").answer() is None
        True
        """
        headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
        if self.kind == "drop":
            return None
        if self.kind == 429:
            return failure(429, "rate_limited", "Too many requests.", headers)
        if self.kind == 500:
            return failure(500, "internal_error", "Something went wrong on our side.", headers)
        return gateway_failure(int(self.kind), headers)


class Faults:
    """The faults that were asked for, first come, first served. Not thread-safe: its owner holds a lock.

    Examples
    --------
    >>> faults = Faults()
    >>> faults.add(Fault(503))
    >>> faults.take("a"), faults.take("a")
    (Fault(kind=503, campaign_id=None, times=0, retry_after=None), None)
    """

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let a fault wait behind those there are.

        Parameters
        ----------
        fault : Fault
            What to add.

        Examples
        --------
        >>> Faults().add(Fault("drop"))
        """
        self._waiting.append(fault)

    def take(self, campaign_id: str | None) -> Fault | None:
        """Use up one time of the first fault that concerns a call.

        Parameters
        ----------
        campaign_id : str or None
            The campaign that was asked for.

        Returns
        -------
        Fault or None
            None if the call goes well.

        Examples
        --------
        >>> Faults().take("a") is None
        True
        """
        fault = next((waiting for waiting in self._waiting if waiting.concerns(campaign_id)), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
        self._waiting = [waiting for waiting in self._waiting if waiting.times != 0]
        return fault


def checked_fault(
    kind: object, campaign_id: object, times: object, retry_after: object, known: Collection[str]
) -> Fault:
    """Make a fault of what a user asked for.

    Parameters
    ----------
    kind, campaign_id, times, retry_after : object
        As given.
    known : collection of str
        The campaigns that are served: a fault for another would wait in vain.

    Returns
    -------
    Fault
        Ready to wait.

    Raises
    ------
    ValueError
        One of them is not allowed.

    Examples
    --------
    >>> checked_fault(429, None, 2, 1.5, ())
    Fault(kind=429, campaign_id=None, times=2, retry_after='1.5')
    """
    if kind not in KINDS:
        raise ValueError(f"fail: status_or_kind must be 429, 500, 502, 503, 504 or 'drop', not {kind!r}.")
    if campaign_id is not None and (not isinstance(campaign_id, str) or campaign_id not in known):
        raise ValueError(f"fail: no campaign {campaign_id!r} is served here. See the index of .campaigns.")
    if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
        raise ValueError(f"fail: times must be a whole number from 1, or None for always, not {times!r}.")
    if kind == "drop" and retry_after is not None:
        raise ValueError("fail: a dropped connection has no headers: leave out retry_after, or choose a status.")
    return Fault(KINDS[KINDS.index(kind)], campaign_id, times, _header(retry_after))


def _header(retry_after: object) -> str | None:
    if retry_after is None:
        return None
    text = retry_after if isinstance(retry_after, str) else ""
    if isinstance(retry_after, int | float) and not isinstance(retry_after, bool) and math.isfinite(retry_after):
        text = str(retry_after)
    if text and text.isascii() and text.isprintable():
        return text
    raise ValueError(f"fail: retry_after must be a number, or the text of one line in ASCII, not {retry_after!r}.")
