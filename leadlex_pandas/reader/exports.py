"""`from_frame`: campaigns that come from elsewhere than the service."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from .._checks import check_columns, check_frame, count_column, listed
from ..errors import InputError
from ..metrics import COUNTS, SENT_BASED, whole
from .frames import NAMED, assemble

__all__ = ["from_frame"]


def from_frame(
    df: pd.DataFrame, *, id: str | None = None, label: str | None = None, rename: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Take campaigns from a CSV export or a database instead of the service: the frame `read_stats` would give.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with `sent_count` and any of the other counts.
    id : str, optional
        Column with the campaign ids; by default `campaign_id` if there is one, else the index.
    label : str, optional
        Column with the campaign names.
    rename : mapping of str to str, optional
        From your column names to ours, such as ``{"Sent": "sent_count"}``. `id` and `label` mean your names.

    Returns
    -------
    pandas.DataFrame
        Index `campaign_id`; other columns as they are; the counts that were there (Int64) with `delivered_count`;
        the rates they allow (float64 fractions); `caveats`. Given rates are compared with ours and replaced.

    Raises
    ------
    InputError
        If a count is negative, fractional or no number, an id is missing or comes twice, or two columns get one name.
    ColumnsError
        If a column named in `id`, `label` or `rename`, or `sent_count`, is missing.

    Warns
    -----
    RateMismatchWarning
        If a given rate is more than 0.0005 from ours.
    InconsistentCountsWarning
        If a campaign has more opens, replies, bounces or unsubscribes than emails sent.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> export = pd.DataFrame({"Campaign": ["Patent alert"], "Sent": [1247], "Replies": [89]})
    >>> stats = leadlex_pandas.from_frame(
    ...     export, label="Campaign", rename={"Sent": "sent_count", "Replies": "replied_count"})
    >>> stats[["label", "reply_rate"]].round(4)
                        label  reply_rate
    campaign_id
    0            Patent alert      0.0714
    """
    where = "from_frame"
    if not isinstance(rename, Mapping | None):
        raise InputError(f"{where}: rename must be a mapping from your column names to ours, not {rename!r}.")
    frame = _renamed(check_frame(df, where), id, label, dict(rename or {}), where)
    check_columns(frame, ["sent_count"], where)
    # what was delivered is an estimate of ours, unless the frame is the only one to know it
    names = COUNTS if "bounced_count" in frame else (*COUNTS, "delivered_count")
    counts = {name: whole(count_column(frame, name, where), frame.index) for name in names if name in frame}
    given = frame[[name for name in frame.columns if name in SENT_BASED]]
    ours = [*counts, *given.columns, "delivered_count", "fetched_at", "caveats"]
    carried = frame.drop(columns=[name for name in ours if name in frame])
    kept = {name: frame[name] for name in ("fetched_at",) if name in frame}
    seen = {name: frame[name] for name in ("caveats",) if name in frame}
    return assemble(carried, counts, given, kept, seen, where)


def _renamed(df: pd.DataFrame, id: str | None, label: str | None, rename: dict[str, str], where: str) -> pd.DataFrame:
    """Give the columns our names and set the index."""
    check_columns(df, [name for name in (id, label, *rename) if name is not None], where)
    if label is not None:
        rename[label] = "label"
    frame = check_frame(df.rename(columns=rename), where)
    ids = "campaign_id" if id is None else rename.get(id, id)
    if ids in frame:
        frame = frame.set_index(ids, drop=ids != "label")
    if frame.index.nlevels > 1:
        raise InputError(f"{where}: the index has {frame.index.nlevels} levels. Name the column of the ids as id=.")
    frame = frame.rename_axis(index="campaign_id")
    wrong = frame.index[frame.index.duplicated() | frame.index.isna()].unique()
    if len(wrong):
        raise InputError(
            f"{where}: each row must be one campaign with an id of its own, but {listed(wrong, NAMED)} "
            f"{'is' if len(wrong) == 1 else 'are'} missing or there more than once. "
            "Keep one row per campaign, such as the newest."
        )
    return frame
