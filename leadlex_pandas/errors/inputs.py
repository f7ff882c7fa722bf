"""What was given does not do: no key, an argument, a value, a frame, a history."""

from __future__ import annotations

from .root import LeadlexError


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
