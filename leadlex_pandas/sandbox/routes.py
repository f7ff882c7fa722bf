"""Which endpoint a request is for."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

__all__ = ["PREFIX", "Route", "route_of"]

PREFIX = "/functions/v1/api-gateway"

_PATH = re.compile(re.escape(PREFIX) + r"/v1/campaigns(?:/(?P<id>[^/]+)(?:/(?P<part>stats|steps|contacts))?)?")


class Route(NamedTuple):
    """Where a request goes.

    Attributes
    ----------
    endpoint : str or None
        "campaigns", "campaign", "stats", "steps" or "contacts"; None for any other path.
    campaign_id : str or None
        The campaign asked for; None if there is none in the path.
    query : str
        What follows the question mark.

    Examples
    --------
    >>> Route("campaigns", None, "page=2").endpoint
    'campaigns'
    """

    endpoint: str | None
    campaign_id: str | None
    query: str


def route_of(target: str) -> Route:
    """Read the target of a request line.

    Parameters
    ----------
    target : str
        Path and query.

    Returns
    -------
    Route
        Whether or not the campaign exists.

    Examples
    --------
    >>> route_of(PREFIX + "/v1/campaigns/a%20b/steps")
    Route(endpoint='steps', campaign_id='a b', query='')
    """
    path, _, query = target.partition("?")
    match = _PATH.fullmatch(path)
    if match is None:
        return Route(None, None, query)
    if match["id"] is None:
        return Route("campaigns", None, query)
    return Route(match["part"] or "campaign", unquote(match["id"]), query)
