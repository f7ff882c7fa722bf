"""From answers and counts to the frame that is promised: columns, types, rates, caveats, warnings."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .._checks import callers_level, listed
from ..errors import InconsistentCountsWarning, LeadlexWarning, RateMismatchWarning
from ..metrics import (
    API_RATES,
    COUNTS,
    SENT_BASED,
    caveat_column,
    find_metrics,
    inconsistent_rows,
    join_caveats,
    marked,
    mismatched_rates,
    rate_columns,
    whole,
)

if TYPE_CHECKING:
    from ..answers import Answer

NAMED = 5  # rows named in a message
_NOTHING = (np.nan,) * (len(COUNTS) + len(API_RATES))  # what is known of a campaign that failed
_NEVER = np.iinfo(np.int64).min  # NaT


def stats_frame(
    answers: Mapping[str, Answer],
    carried: pd.DataFrame,
    *,
    where: str,
    keep_api_rates: bool = False,
    differed: Collection[str] = (),
) -> pd.DataFrame:
    """Make the frame of a read.

    Parameters
    ----------
    answers : mapping of str to Answer
        What came, by campaign id; a row without an answer has missing values.
    carried : pandas.DataFrame
        The rows: indexed by id, with the columns to carry along.
    where : str
        The public function, for warnings.
    keep_api_rates : bool
        Whether to append the service's own rates.
    differed : collection of str
        Campaigns whose own rates were found to differ by an earlier read.
    """
    index = carried.index
    found = [answers.get(campaign_id) for campaign_id in index]
    numbers = np.array([answer.counts + answer.api_rates if answer else _NOTHING for answer in found], dtype=np.float64)
    columns = numbers.reshape(len(index), len(COUNTS) + len(API_RATES)).T
    counts = {name: whole(column, index) for name, column in zip(COUNTS, columns[: len(COUNTS)], strict=True)}
    given = pd.DataFrame(dict(zip(API_RATES, columns[len(COUNTS) :], strict=True)), index=index)
    times = np.array([answer.fetched_at if answer else _NEVER for answer in found], dtype=np.int64).view("M8[us]")
    kept = {"fetched_at": pd.Series(times, index=index).dt.tz_localize("UTC")}
    seen = np.where(index.isin(list(differed)), "api_rates_differ", "")
    own = {f"api_{name}": given[name] for name in API_RATES} if keep_api_rates else {}
    return assemble(carried, counts, given, kept, {"caveats": pd.Series(seen, index=index)}, where, own)


def assemble(
    carried: pd.DataFrame,
    counts: Mapping[str, pd.Series],
    given: pd.DataFrame,
    kept: Mapping[str, pd.Series],
    seen: Mapping[str, pd.Series],
    where: str,
    appended: Mapping[str, pd.Series] | None = None,
) -> pd.DataFrame:
    """Put a frame together in the order that is promised: carried columns, counts, rates, time, caveats."""
    frame = carried.assign(**counts)
    possible = [metric for metric in find_metrics(frame, None, where) if metric.name in SENT_BASED]
    frame = frame.assign(**rate_columns(frame, possible, where), **kept)
    differ = mismatched_rates(frame, given, where)
    caveats = join_caveats({"api_rates_differ": differ}, caveat_column(frame.assign(**seen), where))
    stats = frame.assign(caveats=caveats, **(appended or {}))
    try:
        _warn_about(stats, differ, inconsistent_rows(stats, where), where)
    except LeadlexWarning as raised:  # where warnings are errors, this one carries what was read
        raised.stats = stats
        raise
    return stats


def _warn_about(frame: pd.DataFrame, differ: np.ndarray, inconsistent: np.ndarray, where: str) -> None:
    """Warn of rows that cannot be right."""
    if differ.any():
        warnings.warn(
            f"{where}: {_rows(frame, differ)}: a given rate is more than 0.0005 from the quotient of its counts; "
            "ours, from the counts, is used. Rates are fractions between 0 and 1. The rows carry the caveat "
            "api_rates_differ.",
            RateMismatchWarning,
            stacklevel=callers_level(),
        )
    if inconsistent.any():
        more = int((marked(frame, "events_exceed_sends") & ~inconsistent).sum())
        clicks = f"; so {'does' if more == 1 else 'do'} {more:,} with more clicks, which may be right" if more else ""
        warnings.warn(
            f"{where}: {_rows(frame, inconsistent)}: more opens, replies, bounces or unsubscribes than emails sent. "
            f"The rows carry the caveat events_exceed_sends{clicks}.",
            InconsistentCountsWarning,
            stacklevel=callers_level(),
        )


def _rows(frame: pd.DataFrame, rows: np.ndarray) -> str:
    return f"{int(rows.sum()):,} of {len(frame):,} campaigns ({listed(frame.index[rows], NAMED)})"
