"""One key at one address: what reads go through, whether a function makes it for one read or a `Client` for many."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .._checks import Key, check_above, check_base_url, check_key, check_whole

if TYPE_CHECKING:
    from types import TracebackType

    from requests import Session

    from ..steering import Steering
    from ..transport import Request

OFFICIAL_URL = "https://data.leadlex.com/functions/v1/api-gateway"
MOST_AT_ONCE = 256  # calls; more threads than that only get in each other's way


class Connection:
    """The transport and the gate of one key at one address.

    Parameters
    ----------
    key : Key
        API key.
    base_url : str
        Where the service is.
    concurrency : int
        How many calls may be under way at once.
    timeout : float
        Seconds for one attempt.
    max_attempts : int
        Calls for one answer that fail for a passing reason, the first one included.
    session : requests.Session, optional
        What to send with.
    """

    def __init__(
        self,
        key: Key,
        base_url: str,
        *,
        concurrency: int,
        timeout: float,
        max_attempts: int = 4,
        session: Session | None = None,
    ) -> None:
        from ..gate import gate_of
        from ..transport import Transport

        self.base_url = base_url
        self.concurrency = min(concurrency, MOST_AT_ONCE)
        self.gate = gate_of(key, base_url)
        self._transport = Transport(key, base_url, timeout=timeout, connections=self.concurrency, session=session)
        self._max_attempts = max_attempts

    def steering(self, requests: Sequence[Request]) -> Steering:
        """Get ready to ask for all these."""
        from ..steering import Steering

        return Steering(requests, self._transport, self.gate, workers=self.concurrency, max_attempts=self._max_attempts)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def given_key(api_key: object) -> Key:
    """Hide the key, or that of the environment, before anything else can fail: tools print the variables of frames."""
    return Key(os.environ.get("LEADLEX_API_KEY") if api_key is None else api_key)


def checked_connection(
    api_key: Key,
    base_url: object,
    where: str,
    *,
    concurrency: object,
    timeout: object,
    most: int = MOST_AT_ONCE,
    max_attempts: object = 4,
    session: Session | None = None,
) -> Connection:
    """Check what a connection is made of, and make it; the environment fills in what was not given.

    `most` is how many calls there can be to make: more than that need not be under way at once.
    """
    workers, seconds, attempts = _checked_numbers(where, concurrency, timeout, max_attempts)
    key = check_key(api_key, where)
    url = _checked_url(base_url, where)
    workers = min(workers, max(most, 1))
    return Connection(key, url, concurrency=workers, timeout=seconds, max_attempts=attempts, session=session)


def check_options(base_url: object, where: str, *, concurrency: object, timeout: object) -> None:
    """Check what a connection is made of beside its key, where none needs to be made."""
    _checked_numbers(where, concurrency, timeout, 1)
    _checked_url(base_url, where)


def _checked_numbers(where: str, concurrency: object, timeout: object, max_attempts: object) -> tuple[int, float, int]:
    workers = check_whole(concurrency, "concurrency", where)
    seconds = check_above(timeout, "timeout", where, 0)
    return workers, seconds, check_whole(max_attempts, "max_attempts", where)


def _checked_url(base_url: object, where: str) -> str:
    elsewhere = os.environ.get("LEADLEX_BASE_URL") or OFFICIAL_URL
    return check_base_url(elsewhere if base_url is None else base_url, where)
