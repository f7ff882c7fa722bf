"""The answers of the stats endpoint's neighbours: the list of campaigns, and each one's settings, steps, contacts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple
from urllib.parse import parse_qs

from .answers import Answer, content, failure
from .campaigns import CAMPAIGN_STATUSES, Campaign
from .contacts import CONTACT_STATUSES

__all__ = ["configuration", "contact_page", "listing", "steps"]

_PER_PAGE, _MOST_PER_PAGE = 50, 100
_LISTED = ("id", "name", "status", "created_at")


class _Asked(NamedTuple):
    """What a query asks for; `status` None is all."""

    page: int
    per_page: int
    status: str | None

    @property
    def first(self) -> int:
        """Where the page begins; one beyond the end is empty."""
        return (self.page - 1) * self.per_page


def listing(campaigns: Iterable[Campaign], query: str) -> Answer:
    """Answer with a page of the list of campaigns.

    Parameters
    ----------
    campaigns : iterable of Campaign
        All there are.
    query : str
        May have page, per_page and status.

    Returns
    -------
    Answer
        Status 200, or 400 for a query that is not allowed.

    Examples
    --------
    >>> listing([], "page=2").body
    b'{"data": {"campaigns": []}, "meta": {"page": 2, "per_page": 50, "total": 0}}'
    """
    asked = _asked(query, CAMPAIGN_STATUSES)
    if isinstance(asked, Answer):
        return asked
    known = [campaign.settings for campaign in campaigns if campaign.listed]
    rows = [{name: each[name] for name in _LISTED} for each in known if asked.status in (None, each["status"])]
    return _page("campaigns", rows[asked.first : asked.first + asked.per_page], len(rows), asked)


def configuration(campaign: Campaign, *, with_steps: bool) -> Answer:
    """Answer with a campaign's settings.

    Parameters
    ----------
    campaign : Campaign
        Which one.
    with_steps : bool
        Whether its steps are among them.

    Returns
    -------
    Answer
        Status 200.

    Examples
    --------
    >>> from leadlex_pandas.sandbox.campaigns import campaigns_of
    >>> from leadlex_pandas.sandbox.portfolio import portfolio
    >>> example = campaigns_of(portfolio(3))["cmp_abc123"]
    >>> configuration(example, with_steps=False).body[:40]
    b'{"data": {"campaign": {"id": "cmp_abc123'
    """
    also = {"steps": campaign.steps} if with_steps else {}
    return content({"campaign": {**campaign.settings, **also}})


def steps(campaign: Campaign) -> Answer:
    """Answer with a campaign's steps.

    Parameters
    ----------
    campaign : Campaign
        Which one.

    Returns
    -------
    Answer
        Status 200.

    Examples
    --------
    >>> from leadlex_pandas.sandbox.campaigns import campaigns_of
    >>> from leadlex_pandas.sandbox.portfolio import portfolio
    >>> steps(campaigns_of(portfolio(3))["cmp_abc123"]).body.count(b'"send_condition"')
    3
    """
    return content({"steps": campaign.steps})


def contact_page(campaign: Campaign, query: str) -> Answer:
    """Answer with a page of a campaign's contacts.

    Parameters
    ----------
    campaign : Campaign
        Which one.
    query : str
        May have page, per_page and status.

    Returns
    -------
    Answer
        Status 200, or 400 for a query that is not allowed.

    Examples
    --------
    >>> from leadlex_pandas.sandbox.campaigns import campaigns_of
    >>> from leadlex_pandas.sandbox.portfolio import portfolio
    >>> contact_page(campaigns_of(portfolio(3))["cmp_abc123"], "per_page=1&status=replied").body[-48:]
    b'"meta": {"page": 1, "per_page": 1, "total": 89}}'
    """
    asked = _asked(query, CONTACT_STATUSES)
    if isinstance(asked, Answer):
        return asked
    return _page("contacts", *campaign.contacts.page(asked.status, asked.first, asked.per_page), asked)


def _page(name: str, rows: Sequence[object], total: int, asked: _Asked) -> Answer:
    return content({name: rows}, {"page": asked.page, "per_page": asked.per_page, "total": total})


def _asked(query: str, statuses: Collection[str]) -> _Asked | Answer:
    """Read a query, of which other names are ignored; or say what is wrong with it."""
    given = parse_qs(query, keep_blank_values=True)
    page, per_page = _whole(given.get("page", ["1"])), _whole(given.get("per_page", [str(_PER_PAGE)]))
    status = given.get("status", [None])
    if page is None:
        return _bad_request("page must be a whole number from 1.")
    if per_page is None or per_page > _MOST_PER_PAGE:
        return _bad_request(f"per_page must be a whole number from 1 to {_MOST_PER_PAGE}.")
    if len(status) != 1 or status[0] not in (None, *statuses):
        return _bad_request(f"status must be one of {', '.join(statuses)}.")
    return _Asked(page, per_page, status[0])


def _whole(texts: Sequence[str]) -> int | None:
    """Take one number from 1, in at most nine plain digits."""
    plain = len(texts) == 1 and texts[0].isascii() and texts[0].isdecimal() and len(texts[0]) < 10
    return (int(texts[0]) or None) if plain else None


def _bad_request(message: str) -> Answer:
    return failure(400, "bad_request", message)
