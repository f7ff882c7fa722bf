"""`add_caveats`: which rows cannot be taken at face value."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from .._checks import check_columns, check_frame
from ..metrics import caveat_column, given_caveats, join_caveats
from .maturity import CODES, maturity_marks
from .snapshots import Snapshots

__all__ = ["add_caveats"]


def add_caveats(df: pd.DataFrame, *, previous: pd.DataFrame | Snapshots | None = None) -> pd.DataFrame:
    """Add what the counts of each row give away about themselves, and whether they still move.

    Replies, opens and bounces come days after an email: totals of a campaign that still gathers them are too low.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with `sent_count` and any of the other counts; `track_opens`, `track_clicks`,
        `contacts`, `contacts_reached` and `status` are understood when they are there; `previous` needs `fetched_at`.
    previous : pandas.DataFrame or History, optional
        An earlier reading of the same campaigns, indexed as `df`, with `fetched_at`; or a history, or a frame of
        snapshots with the index levels `campaign_id` and `fetched_at`. Of these each row is compared with its newest
        snapshot at least 7 days older, or the first one there is.

    Returns
    -------
    pandas.DataFrame
        A copy with `caveats`: codes joined by "|", empty for none. Codes that already stand there are kept.

        - ``tracking_off``: opens or clicks were not tracked (as set; or no opens but replies or clicks; for clicks
          neither opens nor clicks but replies, unless `track_clicks` is True): their rates are missing, not 0.
        - ``nothing_sent``: no email was sent.
        - ``events_exceed_sends``: a count is larger than the number of emails sent.
        - ``clicks_exceed_opens``: more clicks than opens.
        - ``contacts_pending``: the campaign is not completed and only its enrolled `contacts` are known, not how many
          of them have been mailed, so it has no rate per contact.
        - ``possible_scanners``: security software may have clicked: more clicks than opens, more than 0.6 clicks per
          open, or clicks above 5 % of sends without a single reply.
        - ``still_sending``: the campaign's `status` is active, or more emails were sent since `previous`.

        With `previous` these are found anew, and a row with none of them (nor ``still_sending``) is mature: no email
        was sent, and no count grew by 1 % or more, in the last 7 days or longer.

        - ``still_growing``: another count than that of emails grew by 1 % or more.
        - ``too_soon_to_tell``: nothing of the kind was seen, but in less than 7 days (six hours less will do).
        - ``counts_fell``: a count is lower than before; contacts were deleted, or the service counts anew.
        - ``first_seen``: there is no row or snapshot before.

    Raises
    ------
    InputError
        If a count is negative, fractional or no number, a tracking setting is neither True nor False, times have no
        zone, or `previous` is newer than the frame or no reading at all.
    ColumnsError
        If `sent_count` is missing; with `previous`, if `fetched_at` is.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [100, 0], "opened_count": [0, 0], "replied_count": [5, 0]}, index=["a", "b"])
    >>> leadlex_pandas.add_caveats(df)["caveats"].tolist()
    ['tracking_off', 'nothing_sent']

    A week later one campaign has sent more, the other has not:

    >>> then, now = pd.to_datetime(["2026-09-07 09:00", "2026-09-14 09:00"], utc=True)
    >>> before = df.assign(fetched_at=then)
    >>> after = before.assign(sent_count=[180, 0], fetched_at=now)
    >>> leadlex_pandas.add_caveats(after, previous=before)["caveats"].tolist()
    ['tracking_off|still_sending', 'nothing_sent']
    """
    where = "add_caveats"
    frame = check_frame(df, where)
    check_columns(frame, ["sent_count"], where)
    if previous is None:
        return frame.assign(caveats=caveat_column(frame, where))
    marks = maturity_marks(frame, previous, where)
    return frame.assign(caveats=join_caveats(marks, caveat_column(without_codes(frame, CODES), where)))


def without_codes(df: pd.DataFrame, codes: Iterable[str]) -> pd.DataFrame:
    """Take some codes out of the column `caveats`, if there is one."""
    if "caveats" not in df:
        return df
    gone = {"", *codes}
    texts = given_caveats(df)
    kept = ["|".join(code for code in text.split("|") if code not in gone) for text in texts]
    return df.assign(caveats=pd.Series(kept, index=df.index, dtype=str))
