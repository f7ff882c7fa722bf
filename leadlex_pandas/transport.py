"""One GET: the session with the key, from status to error, from answer to checked counts."""

from __future__ import annotations

import json
import logging
import math
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, ReadTimeoutError

from ._checks import LARGEST_COUNT, is_loopback
from .errors import (
    ApiError,
    CampaignNotFoundError,
    ConnectionFailedError,
    InvalidKeyError,
    LeadlexError,
    MissingPermissionError,
    RateLimitError,
    ServerError,
    UnexpectedResponseError,
)
from .metrics import API_RATES, COUNTS

_ERRORS: dict[int, type[ApiError]] = {
    401: InvalidKeyError,
    403: MissingPermissionError,
    404: CampaignNotFoundError,
    429: RateLimitError,
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,200}")
_CODE = re.compile(r"[a-z0-9_.-]{1,80}")
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
_LOGGERS = ("urllib3.connection", "urllib3.connectionpool")
_LONGEST = 2**20  # bytes of an answer
_PIECE = 2**14  # bytes of it that are read at once
_LONGEST_TIMEOUT = 1e6  # s; sockets know no years


@dataclass(frozen=True)
class Answer:
    """One campaign as the service told it.

    Six checked counts; its own rates, NaN where it gave none that is a number; and when, in microseconds since 1970.
    """

    counts: tuple[int, ...]
    api_rates: tuple[float, ...]
    fetched_at: int


class Transport:
    """Connections to one service with one key; safe to use from several threads.

    Parameters
    ----------
    key : str
        API key; it is in no repr of this object.
    base_url : str
        Where the service is.
    timeout : float
        Seconds to wait for a connection, and for each piece of an answer.
    connections : int
        How many connections to keep open.
    """

    def __init__(self, key: str, base_url: str, *, timeout: float, connections: int) -> None:
        self._base_url = base_url
        self._timeout = min(timeout, _LONGEST_TIMEOUT)
        self._session = _session(key, connections)
        self._key = key.lower()
        self._filter = _NoKey(self._key)
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self._filter)
        host = urlsplit(base_url).hostname or ""
        self._proxies = {"no_proxy": host} if is_loopback(host) else None  # no proxy stands before this machine

    def get_stats(self, campaign_id: str) -> Answer:
        """Ask for one campaign once; every way it can fail is a LeadlexError."""
        reply = self._get(f"/v1/campaigns/{quote(campaign_id, safe='')}/stats", campaign_id)
        request_id = self._told(_REQUEST_ID, reply.headers.get("X-Request-ID"))
        if reply.status != 200:
            raise self._error(reply, campaign_id, request_id)
        try:
            return Answer(*_checked_stats(reply.body), time.time_ns() // 1000)
        except ValueError as error:
            reason = str(error)
        raise UnexpectedResponseError(campaign_id, reason, request_id)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._filter)

    def _get(self, path: str, campaign_id: str) -> _Reply:
        unreadable = None
        try:
            with self._session.get(
                f"{self._base_url}{path}",
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
                proxies=self._proxies,
            ) as response:
                return _Reply(response.status_code, response.headers, _body(response))
        except requests.Timeout:
            reason = f"no answer within {self._timeout:g} s"
        except requests.exceptions.SSLError:
            reason = "no secure connection, the certificate could not be verified"
        except requests.exceptions.ProxyError:
            reason = "the proxy could not be reached or refused"
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            stalled = any(isinstance(cause, ReadTimeoutError) for cause in error.args)
            reason = f"no answer within {self._timeout:g} s" if stalled else "the connection was refused or dropped"
        except (requests.RequestException, HTTPError, ValueError) as error:
            # the class name only: the text of these can echo what was sent
            unreadable = f"it could not be read ({type(error).__name__})"
        except OSError:
            reason = "no secure connection, the CA bundle that the environment names could not be read"
        # out here, these carry no other error along whose text could echo what was sent
        if unreadable:
            raise UnexpectedResponseError(campaign_id, unreadable, None)
        raise ConnectionFailedError(campaign_id, reason)

    def _error(self, reply: _Reply, campaign_id: str, request_id: str | None) -> LeadlexError:
        """Turn a status into its error; the body only adds the code."""
        if not 400 <= reply.status < 600:
            return UnexpectedResponseError(campaign_id, f"its status is {reply.status}", request_id)
        kind = ServerError if reply.status >= 500 else _ERRORS.get(reply.status, ApiError)
        told = (self._told(_CODE, code) for code in _codes(reply.body))
        error = kind(reply.status, next((code for code in told if code), None), campaign_id, request_id)
        if isinstance(error, RateLimitError):
            seconds = reply.headers.get("Retry-After", "").strip()
            error.retry_after = float(seconds) if _SECONDS.fullmatch(seconds) else None
        return error

    def _told(self, pattern: re.Pattern[str], text: object) -> str | None:
        """Keep a text of the service's only if it looks as it should and repeats no key: it goes into messages."""
        if isinstance(text, str) and pattern.fullmatch(text) and self._key not in text.lower():
            return text
        return None


@dataclass(frozen=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes | None  # None if it was not read


class _NoKey(logging.Filter):
    """Keeps out of the log what repeats the key: urllib3 warns of headers it cannot read and quotes them."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key

    def filter(self, record: logging.LogRecord) -> bool:
        """Let pass what does not hold the key."""
        return self._key not in record.getMessage().lower()


class _Session(requests.Session):
    """A session that follows no redirect, and does not look where one leads: that can be no text and no address."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Give no target."""


class _Bearer(AuthBase):
    """Sets the key on each request. As the session's auth, it also keeps requests from using a netrc entry instead."""

    def __init__(self, key: str) -> None:
        self._header = f"Bearer {key}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


def _session(key: str, connections: int) -> requests.Session:
    session = _Session()
    session.auth = _Bearer(key)
    session.headers.update({"Accept": "application/json", "User-Agent": "leadlex-pandas"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _body(response: requests.Response) -> bytes | None:
    """Read an answer, unless its status says that it is none of ours or it is too long.

    What is not read to its end costs the connection, and so it should: after a 1xx the real answer is still to come,
    and would be taken for that of the next call.
    """
    if response.status_code < 200 or 300 <= response.status_code < 400:
        return None
    body = bytearray()
    for piece in response.iter_content(_PIECE):
        body += piece
        if len(body) > _LONGEST:
            return None
    return bytes(body)


def _checked_stats(body: bytes | None) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Take counts and rates out of an answer; a ValueError says what was wrong with it."""
    if body is None:
        raise ValueError("it is longer than 1 MiB")
    try:
        stats = json.loads(body)["data"]["stats"]
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    except (KeyError, TypeError, IndexError):
        raise ValueError("it has no data.stats") from None
    if not isinstance(stats, dict):
        raise ValueError("its data.stats is not an object")
    return tuple(_checked_count(stats, name) for name in COUNTS), tuple(_rate(stats.get(name)) for name in API_RATES)


def _checked_count(stats: dict[str, Any], name: str) -> int:
    if name not in stats:
        raise ValueError(f"{name} is missing")
    value = stats[name]
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value % 1 == 0
    if not whole or not 0 <= value <= LARGEST_COUNT:
        raise ValueError(f"{name} is not a whole number from 0 to 2^53")
    return int(value)


def _rate(value: object) -> float:
    """Take a rate as it came; what is not a number is no rate, and never an error."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except OverflowError:  # an int beyond all floats
        return math.inf


def _codes(body: bytes | None) -> Iterator[object]:
    """Look for the service's code at error.code, error and code."""
    try:
        content = json.loads(body or b"")
    except (ValueError, RecursionError):
        return
    if isinstance(content, dict):
        error = content.get("error")
        yield error.get("code") if isinstance(error, dict) else error
        yield content.get("code")
