"""The people enrolled in a campaign, invented when first asked for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .people import COMPANIES, FIRST_NAMES, LAST_NAMES

__all__ = ["CONTACT_STATUSES", "Contacts", "timestamp"]

CONTACT_STATUSES = ("pending", "active", "paused", "completed", "bounced", "unsubscribed", "replied")

_ENROLMENT = timedelta(days=20)  # how long it goes on


class _Draws(NamedTuple):
    """One entry a contact, in the order of enrolment; `ids` has 16 bytes each."""

    statuses: list[str]
    days: NDArray[np.float64]
    names: NDArray[np.float64]
    ids: bytes


class Contacts:
    """The contacts of a campaign.

    Parameters
    ----------
    seed : tuple of int
        What they are made from: the same seed, the same people.
    tally : Mapping[str, int]
        How many have each status.
    opened_at : datetime
        From when on they were enrolled.

    Attributes
    ----------
    seed, tally, opened_at
        As above.

    Examples
    --------
    >>> contacts = Contacts((1, 2), {"pending": 2, "replied": 1}, datetime(2025, 1, 1))
    >>> people, total = contacts.page("pending", first=1, size=10)
    >>> len(people), total
    (1, 2)
    """

    def __init__(self, seed: tuple[int, ...], tally: Mapping[str, int], opened_at: datetime) -> None:
        self.seed, self.tally, self.opened_at = seed, tally, opened_at

    def page(self, status: str | None, first: int, size: int) -> tuple[list[dict[str, str]], int]:
        """Give some of those with a status, or of all, in the order of their enrolment; and how many there are."""
        found = [place for place, each in enumerate(self._drawn.statuses) if status in (None, each)]
        return [self._person(place) for place in found[first : first + size]], len(found)

    @cached_property
    def _drawn(self) -> _Draws:
        """Draw for all at once, so that each person is the same on every page; whole people are made when shown."""
        rng = np.random.default_rng(self.seed)
        statuses = [status for status, count in self.tally.items() for _ in range(count)]
        size = len(statuses)
        # only draws that numpy keeps the same between its versions
        order = np.argsort(rng.random(size), kind="stable").tolist()
        return _Draws(
            [statuses[place] for place in order], np.sort(rng.random(size)), rng.random((size, 3)), rng.bytes(16 * size)
        )

    def _person(self, place: int) -> dict[str, str]:
        drawn = self._drawn
        choices = zip((FIRST_NAMES, LAST_NAMES, COMPANIES), drawn.names[place].tolist(), strict=True)
        first, last, company = (names[int(draw * len(names))] for names, draw in choices)
        # the number keeps addresses apart where names are not
        address = f"{first}.{last}{place + 1}@{company.replace(' ', '-')}.example.org"
        return {
            "id": str(uuid.UUID(bytes=drawn.ids[16 * place : 16 * (place + 1)], version=4)),
            "first_name": first,
            "last_name": last,
            "email": address.lower(),
            "company": company,
            "status": drawn.statuses[place],
            "enrolled_at": timestamp(self.opened_at + float(drawn.days[place]) * _ENROLMENT),
        }


def timestamp(when: datetime) -> str:
    """Write a time of UTC as the service does.

    Parameters
    ----------
    when : datetime
        In UTC.

    Returns
    -------
    str
        ISO 8601 to the second, with a Z.

    Examples
    --------
    >>> timestamp(datetime(2025, 3, 4, 9, 30))
    '2025-03-04T09:30:00Z'
    """
    return f"{when:%Y-%m-%dT%H:%M:%S}Z"
