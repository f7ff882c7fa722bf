"""Reads that end without all campaigns: what they have read, and how to read the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .calls import CampaignNotFoundError
from .quota import Quota, local_and_utc
from .root import LeadlexError

if TYPE_CHECKING:
    from pandas import DataFrame

_LISTED = 10  # failures named in a message; all of them are in `.failures`
_MISSING = (
    "To read only the missing ones: read_stats(ids, resume=error), where error is this exception; "
    "in a notebook: import sys; read_stats(ids, resume=sys.last_value)."
)
# what to do after a read that failed in part, by the function that read
_ADVICE = {
    "read_stats": 'What was read is in .stats of this error, every reason in .failures; errors="coerce" keeps the '
    f"failed ones as missing rows. {_MISSING}",
    "read_campaigns": "What was read is in .stats of this error, every reason in .failures; "
    'errors="coerce" keeps the failed ones with missing details.',
    "read_accounts": "What was read is in .stats of this error, the error of each account in .failures, with its own "
    ".stats and .failures. To go on with one account: read_stats(ids, api_key=..., resume=error.failures[account]).",
}


class PartialReadError(LeadlexError):
    """Raised when some campaigns could not be read. The others are in `.stats`, the reasons in `.failures`.

    Go on with `error.stats`; read only the missing ones with ``read_stats(ids, resume=error)``; or call
    ``read_stats(..., errors="coerce")`` to get the failed ones as missing rows.

    Attributes
    ----------
    stats : pandas.DataFrame
        The campaigns that were read, as `read_stats` would have returned them.
    failures : Mapping[str, LeadlexError]
        The campaigns that failed, in the order of `ids`, with the reason of each; of `read_accounts`, the accounts.

    Examples
    --------
    >>> import leadlex_pandas
    >>> from leadlex_pandas import sandbox
    >>> with sandbox.start() as server:
    ...     try:
    ...         leadlex_pandas.read_stats(["cmp_abc123", "no-such-id"], api_key=server.api_key, base_url=server.url)
    ...     except leadlex_pandas.PartialReadError as error:
    ...         print(len(error.stats), list(error.failures))
    1 ['no-such-id']
    """

    stats: DataFrame

    def __init__(self, stats: DataFrame, failures: Mapping[str, LeadlexError], where: str = "read_stats") -> None:
        super().__init__(stats, failures, where)
        self.stats = stats
        self.failures = failures

    def __str__(self) -> str:
        where = self.args[2]
        if where == "read_accounts":
            head = f"{len(self.failures):,} {_plural(len(self.failures), 'account')} could not be read in full:"
            named = [f"  account {name!r}: {_first_line(error)}" for name, error in self.failures.items()]
        else:
            # of the directory every campaign is a row, with the details that failed missing
            campaigns = len(self.stats) if where == "read_campaigns" else len(self.failures) + len(self.stats)
            head = f"{len(self.failures):,} of {campaigns:,} campaigns could not be read:"
            named = [f"  {error}" for error in self.failures.values()]
            if campaigns > 1 and self._knows_none():
                head = (
                    f"none of the {campaigns:,} campaigns could be read, as the service knows none of these ids. Check "
                    "base_url, and whether they are ids and not names (read_campaigns lists both):"
                )
        more = [f"  and {len(named) - _LISTED:,} more"] if len(named) > _LISTED else []
        return "\n".join([head, *named[:_LISTED], *more, _ADVICE[where]])

    def _knows_none(self) -> bool:
        """Tell whether every campaign failed for want of such an id, so that it is not the ids one by one."""
        return self.stats.empty and all(isinstance(error, CampaignNotFoundError) for error in self.failures.values())


class QuotaExhaustedError(PartialReadError):
    """Raised when the day's calls are used up before every campaign was read. Read the missing ones when they are back.

    Attributes
    ----------
    stats : pandas.DataFrame
        The campaigns that were read, as `read_stats` would have returned them.
    failures : Mapping[str, LeadlexError]
        The campaigns that failed for another reason; those that were not asked for are not among them.
    quota : Quota
        What the service told: `quota.resets_at` is when calls come back.

    Examples
    --------
    >>> import leadlex_pandas
    >>> from leadlex_pandas import sandbox
    >>> with sandbox.start(plan="starter") as server:
    ...     server.day_calls_left = 5
    ...     options = {"api_key": server.api_key, "base_url": server.url, "progress": False, "concurrency": 1}
    ...     try:
    ...         leadlex_pandas.read_stats(server.campaigns.index[:9], **options)
    ...     except leadlex_pandas.QuotaExhaustedError as error:
    ...         print(len(error.stats), error.quota.remaining)
    5 0
    """

    def __init__(
        self, stats: DataFrame, failures: Mapping[str, LeadlexError], where: str, so_far: str, quota: Quota
    ) -> None:
        super().__init__(stats, failures, where)
        self.args = (stats, failures, where, so_far, quota)
        self.quota = quota

    def __str__(self) -> str:
        back = self.quota.resets_at
        when = f" Calls come back at {local_and_utc(back)}." if back is not None else ""
        return f"the day's calls are used up after {_so_far(self)}.{when} {_kept(self)}"


class DeadlineExceededError(PartialReadError):
    """Raised when the time given as `deadline` is over before every campaign was read. Read the missing ones later.

    Attributes
    ----------
    stats : pandas.DataFrame
        The campaigns that were read, as `read_stats` would have returned them.
    failures : Mapping[str, LeadlexError]
        The campaigns that failed for another reason; those that were not asked for are not among them.
    deadline : float
        The seconds that were given.

    Examples
    --------
    >>> import leadlex_pandas
    >>> from leadlex_pandas import sandbox
    >>> with sandbox.start(latency=0.5) as server:
    ...     try:
    ...         leadlex_pandas.read_stats("cmp_abc123", api_key=server.api_key, base_url=server.url, deadline=0.1)
    ...     except leadlex_pandas.DeadlineExceededError as error:
    ...         print(len(error.stats), error.deadline)
    0 0.1
    """

    def __init__(
        self, stats: DataFrame, failures: Mapping[str, LeadlexError], where: str, so_far: str, deadline: float
    ) -> None:
        super().__init__(stats, failures, where)
        self.args = (stats, failures, where, so_far, deadline)
        self.deadline = deadline

    def __str__(self) -> str:
        return f"the deadline of {self.deadline:g} s is over after {_so_far(self)}. {_kept(self)}"


class ReadInterrupted(KeyboardInterrupt):
    """Raised instead of KeyboardInterrupt when a read is interrupted, by Ctrl-C or the stop button of a notebook.

    Go on with the rows in `.stats`, or read the missing ones: in a notebook ``import sys`` and
    ``read_stats(ids, resume=sys.last_value)``.

    Attributes
    ----------
    stats : pandas.DataFrame
        The campaigns that were read, as `read_stats` would have returned them.
    failures : Mapping[str, LeadlexError]
        The campaigns that had failed by then, with the reason of each.

    Examples
    --------
    >>> import pandas as pd
    >>> from leadlex_pandas import ReadInterrupted
    >>> print(ReadInterrupted(pd.DataFrame(index=["a", "b"]), {}, "read_stats", "2 of 40 campaigns"))
    interrupted after 2 of 40 campaigns. What was read is in .stats of this error. To read only the missing ones: read_stats(ids, resume=error), where error is this exception; in a notebook: import sys; read_stats(ids, resume=sys.last_value).
    """

    def __init__(self, stats: DataFrame, failures: Mapping[str, LeadlexError], where: str, so_far: str) -> None:
        super().__init__(stats, failures, where, so_far)
        self.stats = stats
        self.failures = failures

    def __str__(self) -> str:
        return f"interrupted after {_so_far(self)}. {_kept(self)}"


def _so_far(error: PartialReadError | ReadInterrupted) -> str:
    failed = f" ({len(error.failures):,} {_plural(len(error.failures), 'other')} failed)" if error.failures else ""
    return f"{error.args[3]}{failed}"


def _kept(error: PartialReadError | ReadInterrupted) -> str:
    again = f" {_MISSING}" if error.args[2] == "read_stats" else ""
    return f"What was read is in .stats of this error.{again}"


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def _first_line(error: LeadlexError) -> str:
    return str(error).partition("\n")[0]
