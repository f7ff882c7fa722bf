"""Warnings: the result stands, and should be read with care."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame


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
