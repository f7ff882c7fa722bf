"""Everything that can go wrong, as one tree.

LeadlexError
├── ApiError                       the service answered with an error
│   ├── InvalidKeyError            401
│   ├── MissingPermissionError     403
│   ├── CampaignNotFoundError      404
│   ├── RateLimitError             429
│   └── ServerError                5xx
├── ConnectionFailedError          no answer came
├── UnexpectedResponseError        an answer came, but not the documented one
├── PartialReadError               some campaigns failed, the others are in `.stats`
│   ├── QuotaExhaustedError        the day's calls are used up
│   └── DeadlineExceededError      the time given to the read is over
├── MissingKeyError                no API key was given
├── InputError (and ValueError)    an argument or a value in a frame is not allowed
│   └── BaseMismatchError          rates over unlike bases, or of unlike things, would be compared
├── ColumnsError (and AttributeError, KeyError)   a frame lacks columns
└── HistoryError                   a history could not be opened, read or written

ReadInterrupted (a KeyboardInterrupt)   Ctrl-C during a read; no Exception, so that `except Exception` lets it through

LeadlexWarning (a UserWarning)
├── InconsistentCountsWarning
├── ProgressWarning
├── RateMismatchWarning
├── SmallPortfolioWarning
└── UnlikeStepsWarning

An error that leaves a read carries what had been read until then: `.stats` (the frame) and `.failures`
(campaign id -> error). All of them pickle. None of them ever holds the API key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame, Timestamp

__all__ = [
    "ApiError",
    "BaseMismatchError",
    "CampaignNotFoundError",
    "ColumnsError",
    "ConnectionFailedError",
    "DeadlineExceededError",
    "HistoryError",
    "InconsistentCountsWarning",
    "InputError",
    "InvalidKeyError",
    "LeadlexError",
    "LeadlexWarning",
    "MissingKeyError",
    "MissingPermissionError",
    "PartialReadError",
    "ProgressWarning",
    "Quota",
    "QuotaExhaustedError",
    "RateLimitError",
    "RateMismatchWarning",
    "ReadInterrupted",
    "ServerError",
    "SmallPortfolioWarning",
    "UnexpectedResponseError",
    "UnlikeStepsWarning",
]

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


class LeadlexError(Exception):
    """Raised for anything that goes wrong in leadlex_pandas; catch it to catch all of them.

    Attributes
    ----------
    stats : pandas.DataFrame or None
        On an error that leaves a read: the rows read until then, as `read_stats` would have returned them.
    failures : Mapping[str, LeadlexError]
        On an error that leaves a read: the campaigns that failed, with the reason of each.

    Examples
    --------
    >>> import leadlex_pandas
    >>> try:
    ...     leadlex_pandas.read_stats("cmp_abc123", api_key=" ")
    ... except leadlex_pandas.LeadlexError as error:
    ...     print(type(error).__name__)
    MissingKeyError
    """

    stats: DataFrame | None = None
    failures: Mapping[str, LeadlexError] = MappingProxyType({})


class ApiError(LeadlexError):
    """Raised when the service answers one campaign's request with an error status.

    What to do stands in the message of each subclass; an `ApiError` of no subclass is a status the service does not
    document: pass its request id to LeadLex support.

    Attributes
    ----------
    status : int
        The HTTP status.
    code : str or None
        The service's own code, such as ``"campaign_not_found"``; None where it gave none.
    campaign_id : str or None
        The campaign that was asked for; None for the list of campaigns.
    request_id : str or None
        The service's name for this request (``X-Request-ID``).

    Examples
    --------
    >>> from leadlex_pandas.errors import CampaignNotFoundError
    >>> print(CampaignNotFoundError(404, "campaign_not_found", "cmp_x", "req_7"))
    campaign 'cmp_x': 404 campaign_not_found (request req_7). No campaign of this workspace has this id; check it in LeadLex. If every campaign fails so, check base_url.
    """

    _advice = "This status is not documented; give the request id to LeadLex support."

    def __init__(self, status: int, code: str | None, campaign_id: str | None, request_id: str | None) -> None:
        super().__init__(status, code, campaign_id, request_id)
        self.status = status
        self.code = code
        self.campaign_id = campaign_id
        self.request_id = request_id

    def __str__(self) -> str:
        what = f"{self.status} {self.code}" if self.code else f"{self.status}"
        nowhere = self.campaign_id is None and self.status == 404
        advice = "There is no list of campaigns at this address; check base_url." if nowhere else self._advice
        return f"{_subject(self.campaign_id)}: {what}{_request(self.request_id)}. {advice}"


class InvalidKeyError(ApiError):
    """Raised for 401: the key is wrong or has expired. Make a new one and pass it; the read stopped at once.

    Examples
    --------
    >>> from leadlex_pandas.errors import InvalidKeyError
    >>> InvalidKeyError(401, "invalid_key", "cmp_x", None).status
    401
    """

    _advice = (
        "The API key is wrong or has expired: make a new one in LeadLex under Settings, API & Integrations, "
        "and pass it as api_key= or in LEADLEX_API_KEY."
    )


class MissingPermissionError(ApiError):
    """Raised for 403: the key lacks `campaigns:read`. Make a key that has it; the read stopped at once.

    Examples
    --------
    >>> from leadlex_pandas.errors import MissingPermissionError
    >>> MissingPermissionError(403, "insufficient_permissions", "cmp_x", None).code
    'insufficient_permissions'
    """

    _advice = (
        "The API key lacks the permission campaigns:read: make a key that holds it "
        "in LeadLex under Settings, API & Integrations."
    )


class CampaignNotFoundError(ApiError):
    """Raised for 404: the workspace of this key has no campaign with this id. Check the id, or leave it out.

    Examples
    --------
    >>> from leadlex_pandas.errors import CampaignNotFoundError
    >>> CampaignNotFoundError(404, None, "cmp_x", None).campaign_id
    'cmp_x'
    """

    _advice = (
        "No campaign of this workspace has this id; check it in LeadLex. If every campaign fails so, check base_url."
    )


class RateLimitError(ApiError):
    """Raised for 429 when waiting did not help, or the service asks to wait longer than 90 s. Read again later.

    Attributes
    ----------
    retry_after : float or None
        Seconds after which the service wants to be asked again; None where it did not say.

    Examples
    --------
    >>> from leadlex_pandas.errors import RateLimitError
    >>> RateLimitError(429, "rate_limited", "cmp_x", "req_7").request_id
    'req_7'
    """

    retry_after: float | None = None
    _advice = (
        "The service takes no calls for longer than is waited for (90 s at a time, five minutes of asking again); "
        "read the missing campaigns again in some minutes, or after midnight UTC if the day's calls are used up."
    )


class ServerError(ApiError):
    """Raised for 5xx after all attempts. The fault is the service's: read the missing campaigns again later.

    Examples
    --------
    >>> from leadlex_pandas.errors import ServerError
    >>> ServerError(503, None, "cmp_x", None).status
    503
    """

    _advice = "The service failed at every attempt; read the missing campaigns again later."


class ConnectionFailedError(LeadlexError):
    """Raised when no answer came after all attempts. Check the network, the proxy and `base_url`, then read again.

    Attributes
    ----------
    campaign_id : str or None
        The campaign that was asked for; None for the list of campaigns.
    reason : str
        What happened to the connection.

    Examples
    --------
    >>> from leadlex_pandas.errors import ConnectionFailedError
    >>> print(ConnectionFailedError("cmp_x", "no answer within 30 s"))
    campaign 'cmp_x': no answer within 30 s. Check the network, the proxy settings and base_url, then read it again.
    """

    def __init__(self, campaign_id: str | None, reason: str) -> None:
        super().__init__(campaign_id, reason)
        self.campaign_id = campaign_id
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"{_subject(self.campaign_id)}: {self.reason}. "
            "Check the network, the proxy settings and base_url, then read it again."
        )


class UnexpectedResponseError(LeadlexError):
    """Raised when an answer is not the documented one: no JSON, a count missing or not a whole number, a redirect.

    Nothing of such an answer is used. Check `base_url`; if it is right, give the request id to LeadLex support.

    Attributes
    ----------
    campaign_id : str or None
        The campaign that was asked for; None for the list of campaigns.
    reason : str
        What was wrong with the answer.
    request_id : str or None
        The service's name for this request.

    Examples
    --------
    >>> from leadlex_pandas.errors import UnexpectedResponseError
    >>> print(UnexpectedResponseError("cmp_x", "sent_count is missing", "req_7"))
    campaign 'cmp_x': unexpected answer, sent_count is missing (request req_7). Check base_url; if it is right, give the request id to LeadLex support.
    """

    def __init__(self, campaign_id: str | None, reason: str, request_id: str | None) -> None:
        super().__init__(campaign_id, reason, request_id)
        self.campaign_id = campaign_id
        self.reason = reason
        self.request_id = request_id

    def __str__(self) -> str:
        return (
            f"{_subject(self.campaign_id)}: unexpected answer, {self.reason}{_request(self.request_id)}. "
            "Check base_url; if it is right, give the request id to LeadLex support."
        )


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


class MissingKeyError(LeadlexError):
    """Raised when there is no API key: pass `api_key=` or set LEADLEX_API_KEY; the message says where to make one.

    Examples
    --------
    >>> from leadlex_pandas.errors import MissingKeyError
    >>> print(MissingKeyError("read_stats"))
    read_stats: no API key. Pass api_key="wbk_..." or set the environment variable LEADLEX_API_KEY. Keys are made in LeadLex under Settings, API & Integrations, and need the permission campaigns:read. To try without one: from leadlex_pandas import sandbox; sandbox.start().
    """

    def __init__(self, where: str) -> None:
        super().__init__(where)

    def __str__(self) -> str:
        return (
            f'{self.args[0]}: no API key. Pass api_key="wbk_..." or set the environment variable LEADLEX_API_KEY. '
            "Keys are made in LeadLex under Settings, API & Integrations, and need the permission campaigns:read. "
            "To try without one: from leadlex_pandas import sandbox; sandbox.start()."
        )


class InputError(LeadlexError, ValueError):
    """Raised when an argument, or a value in a frame, is not allowed; the message says what is, and what to do.

    Examples
    --------
    >>> from leadlex_pandas.stats import proportion_interval
    >>> proportion_interval(89, 1247, level=95)
    Traceback (most recent call last):
    leadlex_pandas.errors.InputError: proportion_interval: level must lie between 0 and 1 (exclusive), not 95. Did you mean 0.95?
    """


class BaseMismatchError(InputError):
    """Raised when rates over unlike bases would be compared, such as replies per email with replies per contact.

    The message names the metric to judge instead, or how to convert the figure.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [100], "bounced_count": [2], "opened_count": [40]}, index=["a"])
    >>> leadlex_pandas.benchmark(df, "open_rate", against="law-firm-newsletters-open")
    Traceback (most recent call last):
    leadlex_pandas.errors.BaseMismatchError: benchmark: benchmark 'law-firm-newsletters-open' is per delivered email, but open_rate is per email sent. Judge 'open_rate_delivered' against it instead.
    """


class ColumnsError(LeadlexError, AttributeError, KeyError):
    """Raised when a frame lacks the columns a verb needs; rename yours to the names in the message.

    It is an AttributeError and a KeyError too, so that `df.leadlex` on a frame without campaigns looks to pandas, and
    to Tab completion, like an attribute that is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> pd.DataFrame({"sends": [10]}).leadlex
    Traceback (most recent call last):
    leadlex_pandas.errors.ColumnsError: DataFrame.leadlex: missing column 'sent_count'; the frame has 'sends'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...}).
    """

    # KeyError would print the repr of the message
    __str__ = Exception.__str__


class HistoryError(LeadlexError):
    """Raised when a history cannot be opened, read or written; the message says what is the matter and what to do.

    Attributes
    ----------
    stats : pandas.DataFrame or None
        On an error of `History.record`: the rows that were to be recorded, so that none of them is lost.

    Examples
    --------
    >>> import os
    >>> from leadlex_pandas import History
    >>> os.environ.pop("LEADLEX_HISTORY", None)
    >>> History()
    Traceback (most recent call last):
    leadlex_pandas.errors.HistoryError: History: no history. Pass a file or a database, as in History("stats.sqlite") or History("postgresql+psycopg://user@host/name"), or set the environment variable LEADLEX_HISTORY to one.
    """


class LeadlexWarning(UserWarning):
    """The class of every warning of leadlex_pandas: filter it to silence all of them.

    Attributes
    ----------
    stats : pandas.DataFrame or None
        Where warnings are turned into errors, and one ends a read: the rows read until then.

    Examples
    --------
    >>> import warnings
    >>> import leadlex_pandas
    >>> warnings.simplefilter("ignore", leadlex_pandas.LeadlexWarning)
    """

    stats: DataFrame | None = None


class InconsistentCountsWarning(LeadlexWarning):
    """Warned when counts cannot all be right, such as more replies than emails sent; the rows say so in `caveats`.

    `from_frame` warns so of a row that is the sum of all others too, which is no campaign.

    Examples
    --------
    >>> import warnings
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     df = leadlex_pandas.from_frame(pd.DataFrame({"sent_count": [10], "replied_count": [11]}, index=["a"]))
    >>> caught[0].category.__name__
    'InconsistentCountsWarning'
    """


class ProgressWarning(LeadlexWarning):
    """Warned when the function given as `progress` raised an error: the read goes on, and does not call it again.

    Examples
    --------
    >>> from leadlex_pandas.errors import LeadlexWarning, ProgressWarning
    >>> issubclass(ProgressWarning, LeadlexWarning)
    True
    """


class RateMismatchWarning(LeadlexWarning):
    """Warned when a given rate is not the quotient of its counts; the rate from the counts is used.

    Examples
    --------
    >>> import warnings
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     df = leadlex_pandas.from_frame(
    ...         pd.DataFrame({"sent_count": [100], "replied_count": [4], "reply_rate": [0.05]}, index=["a"]))
    >>> caught[0].category.__name__, df["reply_rate"].tolist()
    ('RateMismatchWarning', [0.04])
    """


class SmallPortfolioWarning(LeadlexWarning):
    """Warned, once per process, when fewer than 20 campaigns are judged against each other.

    A single odd campaign then moves what all others are compared with; compare with a number of your own instead.

    Examples
    --------
    >>> from leadlex_pandas.errors import LeadlexWarning, SmallPortfolioWarning
    >>> issubclass(SmallPortfolioWarning, LeadlexWarning)
    True
    """


class UnlikeStepsWarning(LeadlexWarning):
    """Warned, once per process, when replies per email are compared between sequences of different lengths.

    They fall as sequences get longer; judge "reply_rate_contact" where `contacts_reached` is known, which
    ``read_campaigns(details=True)`` tells, or use ``by="steps"``.

    Examples
    --------
    >>> from leadlex_pandas.errors import LeadlexWarning, UnlikeStepsWarning
    >>> issubclass(UnlikeStepsWarning, LeadlexWarning)
    True
    """


def local_and_utc(time: Timestamp) -> str:
    """Write a time as people here and the service's pages read it: "2026-11-25 01:00 CET (00:00 UTC)"."""
    local = time.to_pydatetime(warn=False).astimezone()
    utc = f"{time:%H:%M} UTC"
    if local.utcoffset() == time.utcoffset():
        return f"{time:%Y-%m-%d} {utc}"
    return f"{local:%Y-%m-%d %H:%M %Z} ({utc})"


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


def _subject(campaign_id: str | None) -> str:
    return "the list of campaigns" if campaign_id is None else f"campaign {campaign_id!r}"


def _request(request_id: str | None) -> str:
    return f" (request {request_id})" if request_id else ""
