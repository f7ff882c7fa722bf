"""How many calls a key has left, and when they come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import Timestamp


@dataclass(frozen=True)
class Quota:
    """The calls of a key, as last told by the service; None where it did not say.

    Attributes
    ----------
    limit : int or None
        Calls a day.
    remaining : int or None
        Calls left of them.
    resets_at : pandas.Timestamp or None
        When the day's calls come back (UTC).
    per_minute : int or None
        Calls a minute, which follow from the plan.

    Examples
    --------
    >>> from leadlex_pandas import Client, sandbox
    >>> with sandbox.start(plan="pro") as server, Client(server.api_key, base_url=server.url) as client:
    ...     stats = client.read_stats("cmp_abc123")
    ...     client.quota.remaining, client.quota.per_minute
    (999, 50)
    """

    limit: int | None = None
    remaining: int | None = None
    resets_at: Timestamp | None = None
    per_minute: int | None = None


def local_and_utc(time: Timestamp) -> str:
    """Write a time as people here and the service's pages read it: "2026-11-25 01:00 CET (00:00 UTC)"."""
    local = time.to_pydatetime(warn=False).astimezone()
    utc = f"{time:%H:%M} UTC"
    if local.utcoffset() == time.utcoffset():
        return f"{time:%Y-%m-%d} {utc}"
    return f"{local:%Y-%m-%d %H:%M %Z} ({utc})"
