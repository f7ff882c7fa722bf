"""How a campaign's counts grow: emails go out over weeks, and what comes of them comes later.

Draws come from a stream of its own, so that nothing here can change a portfolio.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Growth"]

_Days = NDArray[np.float64]

_STARTS = 70.0  # days over which the campaigns of a portfolio begin
_LASTS = (10.0, 30.0)  # days of sending
_HALF_LIVES = {"opened": 0.3, "clicked": 0.1, "replied": 1.0, "bounced": 0.1, "unsubscribed": 0.5}  # days


class Growth:
    """When each email of a campaign goes out, and when it is opened, clicked, answered.

    Parameters
    ----------
    seed : tuple of int
        What it is made from: the same seed, the same days.
    counts : Mapping[str, int]
        The six counts in the end.

    Attributes
    ----------
    seed, counts
        As above.

    Examples
    --------
    >>> growth = Growth((1, 2), {"sent_count": 100, "replied_count": 4})
    >>> growth.at(0)["sent_count"], growth.at(365)
    (0, {'sent_count': 100, 'replied_count': 4})
    """

    def __init__(self, seed: tuple[int, ...], counts: Mapping[str, int]) -> None:
        self.seed, self.counts = seed, counts

    def at(self, day: float) -> dict[str, int]:
        """Give the counts on a day, in the order of the last ones; none ever falls."""
        return {name: int(np.searchsorted(self._days[name], day, side="right")) for name in self.counts}

    def has_begun(self, day: float) -> bool:
        """Tell whether an email has gone out."""
        return self.at(day)["sent_count"] > 0

    def is_sending(self, day: float) -> bool:
        """Tell whether emails are still to go out."""
        return self.at(day)["sent_count"] < self.counts["sent_count"]

    @cached_property
    def _days(self) -> dict[str, _Days]:
        """Say on which day each email went out and each event came, sorted."""
        rng = np.random.default_rng(self.seed)
        start, low, high = _STARTS * float(rng.random()), *_LASTS
        lasts = low + (high - low) * float(rng.random())
        sent = start + lasts * np.sort(rng.random(self.counts["sent_count"]))
        days = {"sent_count": sent}
        for event, half_life in _HALF_LIVES.items():
            name = f"{event}_count"
            # clicks follow opens, so that no day has more of them, unless a scanner made them
            follows = days.get("opened_count", sent) if event == "clicked" else sent
            days[name] = _later(rng, follows, sent, self.counts.get(name, 0), half_life)
        return {name: np.sort(each) for name, each in days.items()}


def _later(rng: np.random.Generator, causes: _Days, sent: _Days, count: int, half_life: float) -> _Days:
    """Let some of the causes, each at most once, have an effect after a while; by uniform draws, as everywhere here."""
    causes = causes if count <= len(causes) else sent
    chosen = np.argsort(rng.random(len(causes)), kind="stable")[:count]
    return causes[chosen] - half_life * np.log2(1 - rng.random(len(chosen)))
