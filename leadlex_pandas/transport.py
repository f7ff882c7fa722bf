"""One GET: the session with the key, from status to error, from answer to checked values."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from ._checks import Key, is_loopback
from .answers import codes_of, contacts_of, page_of, settings_of, stats_of, steps_of
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
from .pacing import Limits
from .sockets import Adapter, Attempt, tls_context

_ERRORS: dict[int, type[ApiError]] = {
    401: InvalidKeyError,
    403: MissingPermissionError,
    404: CampaignNotFoundError,
    429: RateLimitError,
}
# what can be asked for: where, and how its answer is read
_ENDPOINTS: dict[str, tuple[str, Callable[[bytes], Any]]] = {
    "list": ("/v1/campaigns", page_of),
    "stats": ("/v1/campaigns/{}/stats", stats_of),
    "settings": ("/v1/campaigns/{}", settings_of),
    "steps": ("/v1/campaigns/{}/steps", steps_of),
    "contacts": ("/v1/campaigns/{}/contacts", contacts_of),
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,200}")
_CODE = re.compile(r"[a-z0-9_.-]{1,80}")
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
_COUNT = re.compile(r"[0-9]{1,15}")
_LOGGERS = ("urllib3.connection", "urllib3.connectionpool")
_LONGEST = 2**20  # bytes of an answer
_PIECE = 2**12  # bytes of it that are read at once; compressed, each may become a thousand times as many
_LONGEST_TIMEOUT = 1e6  # s; sockets know no years
_LAST_RESET = 4_102_444_800  # the year 2100 in Unix seconds: what lies beyond is in another unit, or nonsense


class Request(NamedTuple):
    """What to ask for: one of the endpoints above, of one campaign, with a query."""

    endpoint: str
    campaign_id: str | None = None
    query: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call: a value or an error, the limits that the answer told, whether there was an answer."""

    value: Any = None
    error: LeadlexError | None = None
    limits: Limits = field(default_factory=Limits)
    heard: bool = False


class Transport:
    """Connections to one service with one key; safe to use from several threads.

    Parameters
    ----------
    key : Key
        API key.
    base_url : str
        Where the service is.
    timeout : float
        Seconds for one attempt, from connecting to the last byte.
    connections : int
        How many connections to keep open.
    session : requests.Session, optional
        What to send with, instead of a session of its own: its adapters, proxies and certificates hold, its headers,
        authentication and cookies are not used. It is not closed.
    """

    def __init__(
        self, key: Key, base_url: str, *, timeout: float, connections: int, session: requests.Session | None = None
    ) -> None:
        self.timeout = min(timeout, _LONGEST_TIMEOUT)
        self._key = key
        self._base_url = base_url
        self._own = session is None
        self._session = requests.Session() if session is None else session
        self._settings = _settings(self._session, base_url)
        self._unsecured = False  # whether the CA bundle could not be read
        if self._own:
            self._secure(connections)
        self._template = requests.PreparedRequest()
        self._template.prepare("GET", base_url, {**_HEADERS, "Authorization": key.header})
        self._filter = _NoKey(key)
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self._filter)

    def fetch(self, request: Request, attempt: Attempt) -> Outcome:
        """Ask once. Every way in which that can fail is an error in the outcome, none is raised."""
        try:
            outcome = self._fetch(request, attempt)
            broken = None
        except Exception as error:  # a hostile answer may break anything, but never the read of the others
            broken = f"it could not be read ({type(error).__name__})"
        if broken:  # out here it carries no other error along, whose text could echo what was sent
            outcome = Outcome(error=UnexpectedResponseError(request.campaign_id, broken, None), heard=True)
        if attempt.aborted:  # whatever came then may be half an answer
            return Outcome(error=ConnectionFailedError(request.campaign_id, f"no answer within {self.timeout:g} s"))
        return outcome

    def close(self) -> None:
        """Close the connections."""
        if self._own:
            self._session.close()
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._filter)

    def _fetch(self, request: Request, attempt: Attempt) -> Outcome:
        path, read = _ENDPOINTS[request.endpoint]
        query = f"?{request.query}" if request.query else ""
        asked = self._template.copy()
        asked.url = f"{self._base_url}{path.format(quote(request.campaign_id or '', safe=''))}{query}"
        with attempt.under_way():
            reply = self._send(asked, request.campaign_id, attempt)
        if isinstance(reply, LeadlexError):
            return Outcome(error=reply, heard=isinstance(reply, UnexpectedResponseError))
        value, error = self._read(reply, read, request.campaign_id)
        return Outcome(value, error, _limits(reply.headers), heard=True)

    def _secure(self, connections: int) -> None:
        """Read the CA bundle once for all connections."""
        context, verify = None, self._settings["verify"]
        if urlsplit(self._base_url).scheme == "https" and verify:
            try:
                context = tls_context(verify)
            except OSError:  # ssl.SSLError is one
                self._unsecured = True
        adapter = Adapter(connections, context)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def _send(
        self, asked: requests.PreparedRequest, campaign_id: str | None, attempt: Attempt
    ) -> _Reply | LeadlexError:
        unreadable = None
        try:
            if self._unsecured:
                raise OSError
            # not by `session.send`: that looks where a redirect leads, reads its whole body, and keeps cookies
            adapter = self._session.get_adapter(self._base_url)
            with adapter.send(asked, timeout=self.timeout, **self._settings) as response:
                return _Reply(response.status_code, response.headers, _body(response, attempt))
        except requests.Timeout:
            reason = f"no answer within {self.timeout:g} s"
        except requests.exceptions.SSLError:
            reason = "no secure connection, the certificate could not be verified"
        except (requests.exceptions.ProxyError, requests.exceptions.InvalidProxyURL, requests.exceptions.InvalidSchema):
            reason = "the proxy could not be reached or refused"
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            stalled = any(isinstance(cause, ReadTimeoutError) for cause in error.args)
            reason = f"no answer within {self.timeout:g} s" if stalled else "the connection was refused or dropped"
        except (requests.RequestException, HTTPError, ValueError) as error:
            # the class name only: the text of these can echo what was sent
            unreadable = f"it could not be read ({type(error).__name__})"
        except OSError:
            reason = "no secure connection, the CA bundle that the environment names could not be read"
        # out here, for the same reason
        if unreadable:
            return UnexpectedResponseError(campaign_id, unreadable, None)
        return ConnectionFailedError(campaign_id, reason)

    def _read(
        self, reply: _Reply, read: Callable[[bytes], Any], campaign_id: str | None
    ) -> tuple[Any, LeadlexError | None]:
        """Give the checked value of an answer, or what was wrong with it."""
        request_id = self._told(_REQUEST_ID, reply.headers.get("X-Request-ID"))
        if reply.status != 200:
            return None, self._error(reply, campaign_id, request_id)
        if reply.body is None:
            return None, UnexpectedResponseError(campaign_id, "it is longer than 1 MiB", request_id)
        try:
            return read(reply.body), None
        except ValueError as error:
            reason = str(error)
        return None, UnexpectedResponseError(campaign_id, reason, request_id)

    def _error(self, reply: _Reply, campaign_id: str | None, request_id: str | None) -> LeadlexError:
        """Turn a status into its error; the body only adds the code."""
        if not 400 <= reply.status < 600:
            return UnexpectedResponseError(campaign_id, f"its status is {reply.status}", request_id)
        kind = ServerError if reply.status >= 500 else _ERRORS.get(reply.status, ApiError)
        if campaign_id is None and kind is CampaignNotFoundError:
            kind = ApiError  # no campaign was asked for
        told = (self._told(_CODE, code) for code in codes_of(reply.body))
        error = kind(reply.status, next((code for code in told if code), None), campaign_id, request_id)
        if isinstance(error, RateLimitError):
            seconds = reply.headers.get("Retry-After", "").strip()
            error.retry_after = float(seconds) if _SECONDS.fullmatch(seconds) else None
        return error

    def _told(self, pattern: re.Pattern[str], text: object) -> str | None:
        """Keep a text of the service's only if it looks as it should and repeats no key: it goes into messages."""
        if isinstance(text, str) and pattern.fullmatch(text) and not self._key.stands_in(text):
            return text
        return None


_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",  # what is read back in pieces
    "Connection": "keep-alive",
    "User-Agent": "leadlex-pandas",
}


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes | None  # None if it was not read


class _NoKey(logging.Filter):
    """Keeps out of the log what repeats the key: urllib3 warns of headers it cannot read and quotes them."""

    def __init__(self, key: Key) -> None:
        super().__init__()
        self._key = key

    def filter(self, record: logging.LogRecord) -> bool:
        """Let pass what does not hold the key."""
        return not self._key.stands_in(record.getMessage())


def _settings(session: requests.Session, base_url: str) -> dict[str, Any]:
    """Look the proxies and certificates up once: in the session, and in the environment as requests does."""
    host = urlsplit(base_url).hostname or ""
    proxies = {"no_proxy": host} if is_loopback(host) else {}  # no proxy stands before this machine
    verify = None if session.verify is True else session.verify  # what was set there wins over the environment
    found: dict[str, Any] = {
        **session.merge_environment_settings(base_url, proxies, stream=True, verify=verify, cert=None)
    }
    return {**found, "proxies": {**found["proxies"], **session.proxies}}


def _body(response: requests.Response, attempt: Attempt) -> bytes | None:
    """Read an answer, unless its status says that it is none of ours or it is too long.

    What is not read to its end costs the connection, and so it should: after a 1xx the real answer is still to come,
    and would be taken for that of the next call.
    """
    if response.status_code < 200 or 300 <= response.status_code < 400:
        return None
    body = bytearray()
    for piece in response.iter_content(_PIECE):
        body += piece
        if len(body) > _LONGEST or attempt.aborted:
            return None
    return bytes(body)


def _limits(headers: Mapping[str, str]) -> Limits:
    """Read the limits that an answer tells; what is no plain number counts as absent."""
    limit, remaining, resets_at = (
        int(text) if _COUNT.fullmatch(text) else None
        for text in (headers.get(f"X-RateLimit-{name}", "") for name in ("Limit", "Remaining", "Reset"))
    )
    return Limits(limit, remaining, float(resets_at) if resets_at and resets_at < _LAST_RESET else None)
