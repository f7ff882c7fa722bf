"""`from_frame`: campaigns that come from elsewhere than the service."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd

from .._checks import callers_level, check_columns, check_frame, close_columns, count_column, listed, plain
from ..errors import ColumnsError, InconsistentCountsWarning, InputError
from ..metrics import COUNTS, METRICS, RESERVED, SENT_BASED, missing_columns, whole
from .frames import NAMED, assemble

__all__ = ["from_frame"]

_FEWEST = 3  # rows of which one may be the sum of the others


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
        From your column names to ours, such as ``{"Sent": "sent_count"}``; `id` and `label` mean your names. It may
        hold names that this export does not have, so that one mapping serves several.

    Returns
    -------
    pandas.DataFrame
        Index `campaign_id`; other columns as they are; the counts that were there (Int64) with `delivered_count`;
        the rates they allow (float64 fractions); `caveats`. Given rates are compared with ours and replaced; those
        whose counts are not there stay as they are.

    Raises
    ------
    InputError
        If a count is negative, fractional or no number, an id is missing or comes twice, or two columns get one name.
    ColumnsError
        If a column named in `id` or `label`, or `sent_count`, is missing; or if a name in `rename` that is not there
        looks like a slip.

    Warns
    -----
    RateMismatchWarning
        If a given rate is more than 0.0005 from ours.
    InconsistentCountsWarning
        If a campaign has more opens, replies, bounces or unsubscribes than emails sent, or one row is the sum of all
        others.

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
    # what was delivered is an estimate of ours, unless the frame is the only one to know it
    names = COUNTS if "bounced_count" in frame else (*COUNTS, "delivered_count")
    counts = {name: whole(count_column(frame, name, where), frame.index) for name in names if name in frame}
    given = frame[[name for name in frame.columns if name in SENT_BASED and not missing_columns(frame, _of(name))]]
    ours = [*counts, *given.columns, "delivered_count", "fetched_at", "caveats"]
    carried = frame.drop(columns=[name for name in ours if name in frame])
    kept = {name: frame[name] for name in ("fetched_at",) if name in frame}
    seen = {name: frame[name] for name in ("caveats",) if name in frame}
    stats = assemble(carried, counts, given, kept, seen, where)
    _warn_of_total(stats, list(counts), where)
    return stats


def _of(rate: str) -> tuple[str, str]:
    return METRICS[rate].events, METRICS[rate].trials


def _renamed(df: pd.DataFrame, id: str | None, label: str | None, rename: dict[str, str], where: str) -> pd.DataFrame:
    """Give the columns our names and set the index."""
    check_columns(df, [name for name in (id, label) if name is not None], where, advice="Name a column of the frame.")
    absent = _absent(df, rename, where)
    if label is not None:
        rename[label] = "label"
    frame = check_frame(df.rename(columns=rename), where)
    _check_sent(frame, [name for name in absent if rename[name] == "sent_count"], where)
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


def _absent(df: pd.DataFrame, rename: dict[str, str], where: str) -> list[str]:
    """Name what `rename` has and this export has not, as one map may serve several; a slip of the pen is refused."""
    turned = {ours: name for name, ours in rename.items() if name in RESERVED and ours not in RESERVED and ours in df}
    if turned:
        raise InputError(
            f"{where}: rename goes from your column names to ours; turn it round: rename={{{_as_map(turned)}}}."
        )
    absent = [name for name in rename if name not in df]
    others = df.columns.difference(list(rename), sort=False)
    slips = close_columns(df[others], absent)
    if slips:
        column, name = next(iter(slips.items()))
        raise ColumnsError(f"{where}: rename names {name!r}, which is no column. Did you mean {column!r}?")
    return absent


def _check_sent(frame: pd.DataFrame, absent: list[str], where: str) -> None:
    close = close_columns(frame, ["sent_count"])
    told = f"Name yours: rename={{{_as_map(close or {'Sent': 'sent_count'})}}}."
    if absent:
        told = f"rename takes it from {listed(absent)}, which is not there either."
    check_columns(frame, ["sent_count"], where, advice=told)


def _as_map(names: Mapping[str, str]) -> str:
    return ", ".join(f"{name!r}: {ours!r}" for name, ours in names.items())


def _warn_of_total(stats: pd.DataFrame, counts: list[str], where: str) -> None:
    """Warn of a row that sums up all others; two counts at least have to say so, as one does by chance."""
    numbers = stats[counts].to_numpy(np.float64, na_value=np.nan)
    sums = np.nansum(numbers, axis=0)
    told = sums > 0
    total = (2 * numbers == sums)[:, told].all(axis=1)
    if len(stats) < _FEWEST or told.sum() < 2 or not total.any():
        return
    name = plain(stats.index[total][0])
    warnings.warn(
        f"{where}: the counts of row {name!r} are the sums of all other rows: it looks like a total, and would be "
        f"taken for a campaign. Leave it out: df.drop({name!r}) once it is in the index.",
        InconsistentCountsWarning,
        stacklevel=callers_level(),
    )
