"""`add_rates`: the rates, recomputed from the counts."""

from __future__ import annotations

import pandas as pd

from .._checks import check_columns, check_frame, check_option
from ..metrics import (
    CONTACT_BASED,
    DELIVERED_BASED,
    NEEDS_CONTACTS,
    SENT_BASED,
    find_metrics,
    missing_columns,
    rate_columns,
)

__all__ = ["add_rates"]

_BASES = {"sent": SENT_BASED, "delivered": DELIVERED_BASED, "contacts": CONTACT_BASED}


def add_rates(df: pd.DataFrame, *, base: str = "sent") -> pd.DataFrame:
    """Add every rate that the frame's counts allow, at full precision.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with `sent_count` and any of the other counts (emails, recipients).
    base : {"sent", "delivered", "contacts"}, default "sent"
        "sent" adds the rates per email sent and per open; "delivered" those per delivered email, where delivered is
        sent less bounced (an estimate, since hard and soft bounces are counted together); "contacts" replies and
        unsubscribes per contact reached, which do not fall as a sequence of emails gets longer.

    Returns
    -------
    pandas.DataFrame
        A copy with the rates (fractions 0-1; clicks may exceed their base and go above 1) and `delivered_count` where
        they need it. Columns of these names are replaced. NaN where nothing was sent, and for opens or clicks that
        were not tracked (as set, or as the counts give away: see `add_caveats`). Contacts reached are those of the
        column `contacts_reached`; where that is missing, all `contacts` of a campaign whose `status` is "completed".
        Other campaigns have enrolled contacts that no email has reached yet, so they get no rate per contact;
        `add_caveats` marks them ``contacts_pending``.

    Raises
    ------
    InputError
        If `base` is unknown or a count is negative, fractional or no number.
    ColumnsError
        If `sent_count` is missing; for "delivered" if both `bounced_count` and `delivered_count` are; for "contacts" if
        `contacts_reached` is, and `contacts` or `status` as well.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247], "replied_count": [89], "bounced_count": [12]}, index=["cmp_abc123"])
    >>> leadlex_pandas.add_rates(df)["reply_rate"].round(6).tolist()
    [0.071371]
    >>> leadlex_pandas.add_rates(df, base="delivered")["reply_rate_delivered"].round(6).tolist()
    [0.072065]
    >>> contacts = df.assign(contacts=430, status="completed")
    >>> leadlex_pandas.add_rates(contacts, base="contacts")["reply_rate_contact"].round(6).tolist()
    [0.206977]
    """
    where = "add_rates"
    frame = check_frame(df, where)
    wanted = _BASES[check_option(base, "base", where, tuple(_BASES))]
    check_columns(frame, ["sent_count"], where)
    if base == "delivered" and "delivered_count" not in frame:
        check_columns(frame, ["bounced_count"], where)
    if base == "contacts":
        check_columns(frame, missing_columns(frame, ["contacts_reached"]), where, advice=NEEDS_CONTACTS)
    possible = find_metrics(frame, None, where)
    return frame.assign(**rate_columns(frame, [metric for metric in possible if metric.name in wanted], where))
