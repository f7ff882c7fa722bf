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
├── MissingKeyError                no API key was given
├── InputError (and ValueError)    an argument or a value in a frame is not allowed
│   └── BaseMismatchError          rates over unlike bases, or of unlike things, would be compared
└── ColumnsError (and AttributeError, KeyError)   a frame lacks columns

ReadInterrupted (a KeyboardInterrupt)   Ctrl-C during a read; no Exception, so that `except Exception` lets it through

LeadlexWarning (a UserWarning)
├── InconsistentCountsWarning
├── RateMismatchWarning
├── SmallPortfolioWarning
└── UnlikeStepsWarning

An error that leaves a read carries what had been read until then: `.stats` (the frame) and `.failures`
(campaign id -> error). All of them pickle. None of them ever holds the API key.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = [
    "ApiError",
    "BaseMismatchError",
    "CampaignNotFoundError",
    "ColumnsError",
    "ConnectionFailedError",
    "InconsistentCountsWarning",
    "InputError",
    "InvalidKeyError",
    "LeadlexError",
    "LeadlexWarning",
    "MissingKeyError",
    "MissingPermissionError",
    "PartialReadError",
    "RateLimitError",
    "RateMismatchWarning",
    "ReadInterrupted",
    "ServerError",
    "SmallPortfolioWarning",
    "UnexpectedResponseError",
    "UnlikeStepsWarning",
]

_LISTED = 10  # failures named in a message; all of them are in `.failures`


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
    campaign_id : str
        The campaign that was asked for.
    request_id : str or None
        The service's name for this request (``X-Request-ID``).

    Examples
    --------
    >>> from leadlex_pandas.errors import CampaignNotFoundError
    >>> print(CampaignNotFoundError(404, "campaign_not_found", "cmp_x", "req_7"))
    campaign 'cmp_x': 404 campaign_not_found (request req_7). No campaign of this workspace has this id; check it in LeadLex.
    """

    _advice = "This status is not documented; give the request id to LeadLex support."

    def __init__(self, status: int, code: str | None, campaign_id: str, request_id: str | None) -> None:
        super().__init__(status, code, campaign_id, request_id)
        self.status = status
        self.code = code
        self.campaign_id = campaign_id
        self.request_id = request_id

    def __str__(self) -> str:
        what = f"{self.status} {self.code}" if self.code else f"{self.status}"
        return f"campaign {self.campaign_id!r}: {what}{_request(self.request_id)}. {self._advice}"


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

    _advice = "No campaign of this workspace has this id; check it in LeadLex."


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
        "The service refused it for too many calls, after waiting as it asked for up to 90 s at a time; "
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

    _advice = "The service failed, also when asked again; read the missing campaigns again later."


class ConnectionFailedError(LeadlexError):
    """Raised when no answer came after all attempts. Check the network, the proxy and `base_url`, then read again.

    Attributes
    ----------
    campaign_id : str
        The campaign that was asked for.
    reason : str
        What happened to the connection.

    Examples
    --------
    >>> from leadlex_pandas.errors import ConnectionFailedError
    >>> print(ConnectionFailedError("cmp_x", "no answer within 30 s"))
    campaign 'cmp_x': no answer within 30 s. Check the network, the proxy settings and base_url, then read it again.
    """

    def __init__(self, campaign_id: str, reason: str) -> None:
        super().__init__(campaign_id, reason)
        self.campaign_id = campaign_id
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"campaign {self.campaign_id!r}: {self.reason}. "
            "Check the network, the proxy settings and base_url, then read it again."
        )


class UnexpectedResponseError(LeadlexError):
    """Raised when an answer is not the documented one: no JSON, a count missing or not a whole number, a redirect.

    Nothing of such an answer is used. Check `base_url`; if it is right, give the request id to LeadLex support.

    Attributes
    ----------
    campaign_id : str
        The campaign that was asked for.
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

    def __init__(self, campaign_id: str, reason: str, request_id: str | None) -> None:
        super().__init__(campaign_id, reason, request_id)
        self.campaign_id = campaign_id
        self.reason = reason
        self.request_id = request_id

    def __str__(self) -> str:
        return (
            f"campaign {self.campaign_id!r}: unexpected answer, {self.reason}{_request(self.request_id)}. "
            "Check base_url; if it is right, give the request id to LeadLex support."
        )


class PartialReadError(LeadlexError):
    """Raised when some campaigns could not be read. The others are in `.stats`, the reasons in `.failures`.

    Go on with `error.stats`, or call `read_stats(..., errors="coerce")` to get the failed ones as missing rows.

    Attributes
    ----------
    stats : pandas.DataFrame
        The campaigns that were read, as `read_stats` would have returned them.
    failures : Mapping[str, LeadlexError]
        The campaigns that failed, in the order of `ids`, with the reason of each.

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

    def __init__(self, stats: DataFrame, failures: Mapping[str, LeadlexError]) -> None:
        super().__init__(stats, failures)
        self.stats = stats
        self.failures = failures

    def __str__(self) -> str:
        named = [f"  {error}" for error in list(self.failures.values())[:_LISTED]]
        if len(self.failures) > _LISTED:
            named.append(f"  and {len(self.failures) - _LISTED:,} more")
        return "\n".join(
            [
                f"{len(self.failures):,} of {len(self.failures) + len(self.stats):,} campaigns could not be read:",
                *named,
                "What was read is in .stats of this error, every reason in .failures; "
                'read_stats(..., errors="coerce") keeps the failed ones as missing rows.',
            ]
        )


class ReadInterrupted(KeyboardInterrupt):
    """Raised instead of KeyboardInterrupt when a read is interrupted, by Ctrl-C or the stop button of a notebook.

    Go on with the rows in `.stats`, or read the missing ones: in a notebook ``import sys; done = sys.last_value.stats``
    and ``read_stats([i for i in ids if i not in done.index])``.

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
    >>> print(ReadInterrupted(pd.DataFrame(index=["a", "b"]), {}, 40))
    interrupted after 2 of 40 campaigns. They are in .stats of this error; in a notebook: import sys; sys.last_value.stats
    """

    def __init__(self, stats: DataFrame, failures: Mapping[str, LeadlexError], campaigns: int) -> None:
        super().__init__(stats, failures, campaigns)
        self.stats = stats
        self.failures = failures

    def __str__(self) -> str:
        return (
            f"interrupted after {len(self.stats):,} of {self.args[2]:,} campaigns. They are in .stats of this error; "
            "in a notebook: import sys; sys.last_value.stats"
        )


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


class LeadlexWarning(UserWarning):
    """The class of every warning of leadlex_pandas: filter it to silence all of them.

    Examples
    --------
    >>> import warnings
    >>> import leadlex_pandas
    >>> warnings.simplefilter("ignore", leadlex_pandas.LeadlexWarning)
    """


class InconsistentCountsWarning(LeadlexWarning):
    """Warned when counts cannot all be right, such as more replies than emails sent; the rows say so in `caveats`.

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

    They fall as sequences get longer; judge "reply_rate_contact" where contacts are known, or use ``by="steps"``.

    Examples
    --------
    >>> from leadlex_pandas.errors import LeadlexWarning, UnlikeStepsWarning
    >>> issubclass(UnlikeStepsWarning, LeadlexWarning)
    True
    """


def _request(request_id: str | None) -> str:
    return f" (request {request_id})" if request_id else ""
