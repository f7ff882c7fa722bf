"""One GET: the session with the key, from status to error, from answer to checked counts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, urlsplit

import pandas as pd
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from ._checks import is_loopback
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

_LARGEST = 2**53  # beyond it JSON numbers are no longer exact in every program that may have written them
_ERRORS: dict[int, type[ApiError]] = {
    401: InvalidKeyError,
    403: MissingPermissionError,
    404: CampaignNotFoundError,
    429: RateLimitError,
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,200}")
_CODE = re.compile(r"[a-z0-9_.-]{1,80}")
_SECONDS = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True)
class Answer:
    """One campaign as the service told it: six checked counts, its own rates as they came, and when."""

    counts: tuple[int, ...]
    api_rates: tuple[object, ...]
    fetched_at: pd.Timestamp


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
        self._timeout = timeout
        self._session = _session(key, base_url, connections)

    def get_stats(self, campaign_id: str) -> Answer:
        """Ask for one campaign once; every way it can fail is a LeadlexError."""
        response = self._get(f"/v1/campaigns/{quote(campaign_id, safe='')}/stats", campaign_id)
        request_id = _matching(_REQUEST_ID, response.headers.get("X-Request-ID"))
        if response.status_code != 200:
            raise _error(response, campaign_id, request_id)
        try:
            counts, rates = _checked_stats(response.content)
        except ValueError as error:
            raise UnexpectedResponseError(campaign_id, str(error), request_id) from None
        return Answer(counts, rates, pd.Timestamp.now("UTC"))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _get(self, path: str, campaign_id: str) -> requests.Response:
        try:
            return self._session.get(f"{self._base_url}{path}", timeout=self._timeout, allow_redirects=False)
        except requests.Timeout:
            reason = f"no answer within {self._timeout:g} s"
        except requests.exceptions.SSLError:
            reason = "no secure connection, the certificate could not be verified"
        except requests.exceptions.ProxyError:
            reason = "the proxy could not be reached or refused"
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            reason = "the connection was refused or dropped"
        except requests.RequestException as error:
            # the class name only: the text of these can echo what was sent
            raise UnexpectedResponseError(campaign_id, f"it could not be read ({type(error).__name__})", None) from None
        raise ConnectionFailedError(campaign_id, reason) from None


class _Bearer(AuthBase):
    """Sets the key on each request. As the session's auth, it also keeps requests from using a netrc entry instead."""

    def __init__(self, key: str) -> None:
        self._header = f"Bearer {key}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


def _session(key: str, base_url: str, connections: int) -> requests.Session:
    session = requests.Session()
    session.auth = _Bearer(key)
    session.headers.update({"Accept": "application/json", "User-Agent": "leadlex-pandas"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.trust_env = not is_loopback(urlsplit(base_url).hostname or "")  # no proxy stands before this machine
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _checked_stats(body: bytes) -> tuple[tuple[int, ...], tuple[object, ...]]:
    """Take counts and rates out of an answer; a ValueError says what was wrong with it."""
    try:
        stats = json.loads(body)["data"]["stats"]
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    except (KeyError, TypeError, IndexError):
        raise ValueError("it has no data.stats") from None
    if not isinstance(stats, dict):
        raise ValueError("its data.stats is not an object")
    return tuple(_checked_count(stats, name) for name in COUNTS), tuple(stats.get(name) for name in API_RATES)


def _checked_count(stats: dict[str, Any], name: str) -> int:
    if name not in stats:
        raise ValueError(f"{name} is missing")
    value = stats[name]
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value % 1 == 0
    if not whole or not 0 <= value <= _LARGEST:
        raise ValueError(f"{name} is not a whole number from 0 to 2^53")
    return int(value)


def _error(response: requests.Response, campaign_id: str, request_id: str | None) -> LeadlexError:
    """Turn a status into its error; the body only adds the code."""
    status = response.status_code
    if not 400 <= status < 600:
        return UnexpectedResponseError(campaign_id, f"its status is {status}", request_id)
    kind = ServerError if status >= 500 else _ERRORS.get(status, ApiError)
    error = kind(status, _code(response), campaign_id, request_id)
    if isinstance(error, RateLimitError):
        seconds = _matching(_SECONDS, response.headers.get("Retry-After", "").strip())
        error.retry_after = None if seconds is None else float(seconds)
    return error


def _code(response: requests.Response) -> str | None:
    """Find the service's code at error.code, error or code; None where there is none."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    return _matching(_CODE, error.get("code") if isinstance(error, dict) else error or body.get("code"))


def _matching(pattern: re.Pattern[str], text: object) -> str | None:
    """Keep a text of the service's only if it looks as it should: it goes into messages."""
    return text if isinstance(text, str) and pattern.fullmatch(text) else None
