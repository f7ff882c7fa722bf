"""`combine`: put the parts of a campaign together that was split in two."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .._checks import callers_level, check_columns, check_frame, count_column, did_you_mean, listed
from ..errors import InputError
from ..metrics import COUNTS, METRICS, caveat_column, join_caveats, rate_columns, row_caveats, tracking_off, whole

__all__ = ["combine"]

_SUMMED = (*COUNTS, "delivered_count", "contacts", "contacts_reached")


def combine(
    df: pd.DataFrame, parts: Mapping[Hashable, Iterable[Hashable]], *, label: str | Mapping[Hashable, str] | None = None
) -> pd.DataFrame:
    """Put campaigns together that are parts of one: counts are summed, rates recomputed.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with `sent_count`; the index holds the ids.
    parts : mapping of id to iterable of ids
        The ids that become one, under the new id: ``{"autumn": ["autumn_1", "autumn_2"]}``.
    label : str or mapping of id to str, optional
        What the new campaign is called; a mapping from new ids if there are several. By default the label all parts
        share, else the new id.

    Returns
    -------
    pandas.DataFrame
        The columns of `df`; the new row stands where its first part stood. The six counts, `delivered_count`, `contacts`
        and `contacts_reached` are summed, rates that stand in the frame recomputed, `fetched_at` is the newest. A sum is
        missing if a part is: also for opens and clicks if a part did not track them. Any other column keeps the value
        all parts share, else it is missing. `caveats` says ``combined``, and what was known of any part.

    Raises
    ------
    InputError
        If an id is unknown, stands for several rows, comes twice or is taken, fewer than two are put together, or a
        count is negative, fractional or no number.
    ColumnsError
        If `sent_count` is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [600, 647, 980], "replied_count": [40, 49, 31]}, index=["alert_1", "alert_2", "lunch"])
    >>> leadlex_pandas.combine(df, {"alert": ["alert_1", "alert_2"]})
           sent_count  replied_count   caveats
    alert        1247             89  combined
    lunch         980             31
    """
