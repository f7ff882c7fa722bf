"""`add_caveats`: which rows cannot be taken at face value."""

from __future__ import annotations

import pandas as pd

from .._checks import check_columns, check_frame
from ..metrics import caveat_column

__all__ = ["add_caveats"]


def add_caveats(df: pd.DataFrame) -> pd.DataFrame:
    """Add what the counts of each row give away about themselves.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with `sent_count` and any of the other counts; `track_opens`, `track_clicks`,
        `contacts`, `contacts_reached` and `status` are understood when they are there.

    Returns
    -------
    pandas.DataFrame
        A copy with `caveats`: codes joined by "|", empty for none. Codes that already stand there are kept.

        - ``tracking_off``: opens or clicks were not tracked (as set, or no opens but replies or clicks): their rates
          are missing, not 0.
        - ``nothing_sent``: no email was sent.
        - ``events_exceed_sends``: a count is larger than the number of emails sent.
        - ``clicks_exceed_opens``: more clicks than opens.
        - ``contacts_pending``: the campaign is not completed and only its enrolled `contacts` are known, not how many
          of them have been mailed, so it has no rate per contact.
        - ``possible_scanners``: security software may have clicked: more clicks than opens, more than 0.6 clicks per
          open, or clicks above 5 % of sends without a single reply.

    Raises
    ------
    InputError
        If a count is negative, fractional or no number, or a tracking setting is neither True nor False.
    ColumnsError
        If `sent_count` is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [100, 0], "opened_count": [0, 0], "replied_count": [5, 0]}, index=["a", "b"])
    >>> leadlex_pandas.add_caveats(df)["caveats"].tolist()
    ['tracking_off', 'nothing_sent']
    """
    where = "add_caveats"
    frame = check_frame(df, where)
    check_columns(frame, ["sent_count"], where)
    return frame.assign(caveats=caveat_column(frame, where))
