"""What the stand-in says: status, type and body of each kind of answer. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

__all__ = ["EXAMPLE", "EXAMPLE_ID", "Answer", "content", "failure", "gateway_failure", "statistics"]

EXAMPLE_ID = "cmp_abc123"
EXAMPLE = {
    "sent_count": 1247,
    "opened_count": 612,
    "clicked_count": 143,
    "replied_count": 89,
    "bounced_count": 12,
    "unsubscribed_count": 4,
}

_RATES = {"open_rate": "opened_count", "click_rate": "clicked_count", "reply_rate": "replied_count"}


@dataclass(frozen=True)
class Answer:
    """An answer before it goes out.

    Attributes
    ----------
    status : int
        HTTP status.
    body : bytes
        What follows the headers.
    content_type : str
        Of the body.
    headers : Mapping[str, str]
        Headers besides those that every answer has.

    Examples
    --------
    >>> Answer(200, b"{}").content_type
    'application/json; charset=utf-8'
    """

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def statistics(counts: Mapping[str, int]) -> Answer:
    """Answer with a campaign's statistics.

    Parameters
    ----------
    counts : Mapping[str, int]
        The six counts by name.

    Returns
    -------
    Answer
        Status 200; the counts, and three rates rounded half up to three decimals, 0 when nothing was sent.

    Examples
    --------
    >>> import json
    >>> json.loads(statistics(EXAMPLE).body)["data"]["stats"]["open_rate"]
    0.491
    """
    rates = {rate: _rounded(counts[events], counts["sent_count"]) for rate, events in _RATES.items()}
    return content({"stats": {**counts, **rates}})


def content(data: Mapping[str, object], meta: Mapping[str, int] | None = None) -> Answer:
    """Answer with what was asked for.

    Parameters
    ----------
    data : Mapping[str, object]
        By its name.
    meta : Mapping[str, int], optional
        About the page, where there are pages.

    Returns
    -------
    Answer
        Status 200.

    Examples
    --------
    >>> content({"steps": []}).body
    b'{"data": {"steps": []}}'
    """
    return _json(200, {"data": data} if meta is None else {"data": data, "meta": meta})


def failure(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with an error as the service words it.

    Parameters
    ----------
    status : int
        HTTP status.
    code, message : str
        For programs and for people.
    headers : Mapping[str, str], optional
        Further headers.

    Returns
    -------
    Answer
        A JSON body with `error`.

    Examples
    --------
    >>> failure(404, "not_found", "Nothing here.").body
    b'{"error": {"code": "not_found", "message": "Nothing here.", "details": {}}}'
    """
    return _json(status, {"error": {"code": code, "message": message, "details": {}}}, headers)


def gateway_failure(status: int, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer as a gateway does that could not reach the service: with a page for people.

    Parameters
    ----------
    status : int
        502, 503 or 504.
    headers : Mapping[str, str], optional
        Further headers.

    Returns
    -------
    Answer
        An HTML body.

    Examples
    --------
    >>> gateway_failure(502).content_type
    'text/html; charset=utf-8'
    """
    title = f"{status} {HTTPStatus(status).phrase}"
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Answer(status, page.encode(), "text/html; charset=utf-8", headers or {})


def _rounded(events: int, trials: int) -> float:
    """Divide and round half up, in integers; whole numbers without a point, as JavaScript writes them."""
    thousandths = (2000 * events + trials) // (2 * trials) if trials else 0
    return thousandths / 1000 if thousandths % 1000 else thousandths // 1000


def _json(status: int, body: object, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), headers=headers or {})
