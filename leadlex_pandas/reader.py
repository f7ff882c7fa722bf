"""`read_stats` and `from_frame`: many campaigns, one DataFrame."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ._checks import (
    callers_level,
    check_above,
    check_base_url,
    check_columns,
    check_frame,
    check_id,
    check_key,
    check_option,
    check_whole,
    count_column,
    flag_column,
    listed,
)
from .errors import (
    InconsistentCountsWarning,
    InputError,
    LeadlexError,
    PartialReadError,
    RateMismatchWarning,
    ReadInterrupted,
)
from .metrics import (
    API_RATES,
    COUNTS,
    RESERVED,
    SENT_BASED,
    caveat_column,
    find_metrics,
    inconsistent_rows,
    join_caveats,
    mismatched_rates,
    rate_columns,
    whole,
)

if TYPE_CHECKING:
    from .transport import Answer

__all__ = ["from_frame", "read_stats"]

OFFICIAL_URL = "https://data.leadlex.com/functions/v1/api-gateway"
_NAMED = 5  # rows named in a warning
_NOTHING = (np.nan,) * (len(COUNTS) + len(API_RATES))  # what is known of a campaign that failed
_NEVER = np.iinfo(np.int64).min  # NaT


def read_stats(
    ids: str | Iterable[str] | Mapping[str, str] | pd.DataFrame,
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    concurrency: int = 8,
    timeout: float = 30.0,
    errors: str = "raise",
    keep_api_rates: bool = False,
) -> pd.DataFrame:
    """Read the totals of many campaigns, and recompute their rates from the counts.

    Server errors and dropped connections are tried again, 4 times in all. A refusal (429) makes all calls wait as long
    as the service asks, up to 90 s; after five waits the campaign has failed. A wrong key (401) or a missing
    permission (403) stops the read at once. Whatever happens, nothing that was read is lost.

    Parameters
    ----------
    ids : str, iterable of str, mapping or pandas.DataFrame
        One campaign id; several (also a Series or Index of them); a mapping from id to label; or a frame with the ids
        as index or in a column `campaign_id`, whose other columns are carried along. An id that comes twice is read
        and kept once.
    api_key : str, optional
        Key with the permission `campaigns:read`; by default the environment variable LEADLEX_API_KEY.
    base_url : str, optional
        Where the service is; by default LEADLEX_BASE_URL, then LeadLex itself. https, or http on this machine.
    concurrency : int, default 8
        How many calls may be under way at once.
    timeout : float, default 30.0
        Seconds to wait for a connection, and for each piece of an answer.
    errors : {"raise", "coerce"}, default "raise"
        What to do when single campaigns fail: raise one error that carries the others, or keep their rows, with
        missing values and the reason in a column `read_error`.
    keep_api_rates : bool, default False
        Keep the rates the service gave, rounded to three decimals, as `api_open_rate`, `api_click_rate` and
        `api_reply_rate`.

    Returns
    -------
    pandas.DataFrame
        Index `campaign_id`, in the order given; carried columns; six counts and `delivered_count` (Int64, emails or
        recipients); nine rates (float64 fractions, NaN for 0/0 and for what was not tracked); `fetched_at` (UTC);
        `caveats` (codes joined by "|", see `add_caveats`; ``api_rates_differ`` where the service's own rate is more
        than 0.0005 from ours).

    Raises
    ------
    MissingKeyError
        If there is no key.
    InputError
        If an argument is not allowed; no call has been made then.
    InvalidKeyError, MissingPermissionError
        If the service refuses the key.
    PartialReadError
        If some campaigns failed and `errors` is "raise"; the others are in its `.stats`, the reasons in `.failures`.
    ConnectionFailedError
        If the service could not be reached at all and `errors` is "raise".
    ReadInterrupted
        On Ctrl-C; what was read is in its `.stats`.

    Warns
    -----
    RateMismatchWarning
        If the service's own rates differ from those of its counts.
    InconsistentCountsWarning
        If a campaign has more opens, replies, bounces or unsubscribes than emails sent.

    Examples
    --------
    >>> import leadlex_pandas
    >>> from leadlex_pandas import sandbox
    >>> with sandbox.start() as server:
    ...     stats = leadlex_pandas.read_stats(["cmp_abc123"], api_key=server.api_key, base_url=server.url)
    >>> stats[["sent_count", "opened_count", "open_rate"]]
                 sent_count  opened_count  open_rate
    campaign_id
    cmp_abc123         1247           612   0.490778
    >>> (stats["open_rate"] == 612 / 1247).tolist()
    [True]
    """
    where = "read_stats"
    wanted, carried = _wanted(ids, where)
    check_option(errors, "errors", where, ("raise", "coerce"))
    workers = check_whole(concurrency, "concurrency", where)
    seconds = check_above(timeout, "timeout", where, 0)
    key = check_key(api_key if api_key is not None else os.environ.get("LEADLEX_API_KEY"), where)
    elsewhere = os.environ.get("LEADLEX_BASE_URL") or OFFICIAL_URL
    url = check_base_url(elsewhere if base_url is None else base_url, where)
    workers = min(workers, max(len(wanted), 1))

    from .steering import Steering
    from .transport import Transport

    transport = Transport(key, url, timeout=seconds, connections=workers)
    steering = Steering(wanted, transport.get_stats, workers)
    try:
        steering.run()
    except KeyboardInterrupt:
        rows = [campaign_id for campaign_id in wanted if campaign_id in steering.answers]
        stats = _frame(steering.answers, rows, carried, keep_api_rates)
        raise ReadInterrupted(stats, steering.failures, len(wanted)) from None
    finally:
        transport.close()
    stopped_by = steering.stopped_by
    if not steering.heard and errors == "raise":
        stopped_by = next((steering.failures[campaign_id] for campaign_id in wanted), None)
    return _result(steering.answers, steering.failures, wanted, carried, errors, keep_api_rates, stopped_by)


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
    return _assemble(carried, counts, given, kept, seen, where)


def _wanted(ids: object, where: str) -> tuple[list[str], pd.DataFrame]:
    """Turn `ids` into the ids to read, each once, and the columns to carry along."""
    given, columns = _given(ids, where)
    checked = [check_id(value, position, where) for position, value in enumerate(given)]
    carried = pd.DataFrame(columns, index=pd.Index(checked, name="campaign_id", dtype=str))
    carried = carried[~carried.index.duplicated()]
    taken = [name for name in carried.columns if name in RESERVED]
    if taken:
        raise InputError(
            f"{where}: the frame's own {listed(taken)} would be overwritten by what is read. "
            "Pass only the ids (df.index) or drop these columns."
        )
    for name in ("track_opens", "track_clicks"):
        if name in carried:
            flag_column(carried, name, where)  # better now than after all the calls
    for name in ("contacts", "contacts_reached"):
        if name in carried and "status" in carried:
            count_column(carried, name, where)
    return list(carried.index), carried


def _given(ids: object, where: str) -> tuple[list[Any], dict[str, Any]]:
    if isinstance(ids, str):
        return [ids], {}
    if isinstance(ids, Mapping):
        return list(ids), {"label": list(ids.values())}
    if isinstance(ids, pd.DataFrame):
        frame = check_frame(ids, where)
        index = frame.get("campaign_id", frame.index)
        rest = frame.drop(columns="campaign_id", errors="ignore")
        return list(index), {name: rest[name].array for name in rest.columns}
    if isinstance(ids, pd.Series) and _is_id_like(ids.index) and not _is_id_like(ids):
        raise InputError(
            f"{where}: ids is a Series with ids in its index and something else as values; "
            "pass series.to_dict() to read them with the values as labels, or series.index to read the ids."
        )
    if isinstance(ids, Iterable) and not isinstance(ids, (bytes, bytearray)):
        return list(ids), {}
    raise InputError(
        f"{where}: ids must be one id, several ids, a mapping from id to label, or a DataFrame, "
        f"not {type(ids).__name__}."
    )


def _is_id_like(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) and value and not any(c.isspace() for c in value) for value in values)


def _result(
    answers: Mapping[str, Answer],
    failures: Mapping[str, LeadlexError],
    wanted: list[str],
    carried: pd.DataFrame,
    errors: str,
    keep_api_rates: bool,
    stopped_by: LeadlexError | None,
) -> pd.DataFrame:
    """Return the frame, or raise what stopped the read with everything that was read."""
    failures = {campaign_id: failures[campaign_id] for campaign_id in wanted if campaign_id in failures}
    coerce = errors == "coerce" and stopped_by is None
    rows = wanted if coerce else [campaign_id for campaign_id in wanted if campaign_id in answers]
    stats = _frame(answers, rows, carried, keep_api_rates)
    if coerce:
        reasons = [str(failures[campaign_id]) if campaign_id in failures else None for campaign_id in rows]
        return stats.assign(read_error=pd.Series(reasons, index=stats.index, dtype=str))
    if stopped_by is None and not failures:
        return stats
    error = stopped_by or PartialReadError(stats, failures)
    error.stats, error.failures = stats, failures
    raise error


def _frame(answers: Mapping[str, Answer], rows: list[str], carried: pd.DataFrame, keep_api_rates: bool) -> pd.DataFrame:
    carried = carried if len(rows) == len(carried) else carried.loc[rows]
    index = carried.index
    found = [answers.get(campaign_id) for campaign_id in rows]
    numbers = np.array([answer.counts + answer.api_rates if answer else _NOTHING for answer in found], dtype=np.float64)
    columns = numbers.reshape(len(rows), len(COUNTS) + len(API_RATES)).T
    counts = {name: whole(column, index) for name, column in zip(COUNTS, columns[: len(COUNTS)], strict=True)}
    given = pd.DataFrame(dict(zip(API_RATES, columns[len(COUNTS) :], strict=True)), index=index)
    times = np.array([answer.fetched_at if answer else _NEVER for answer in found], dtype=np.int64).view("M8[us]")
    kept = {"fetched_at": pd.Series(times, index=index).dt.tz_localize("UTC")}
    stats = _assemble(carried, counts, given, kept, {}, "read_stats")
    return stats.assign(**{f"api_{name}": given[name] for name in API_RATES}) if keep_api_rates else stats


def _assemble(
    carried: pd.DataFrame,
    counts: Mapping[str, pd.Series],
    given: pd.DataFrame,
    kept: Mapping[str, pd.Series],
    seen: Mapping[str, pd.Series],
    where: str,
) -> pd.DataFrame:
    """Put a frame together in the order that is promised: carried columns, counts, rates, time, caveats."""
    frame = carried.assign(**counts)
    possible = [metric for metric in find_metrics(frame, None, where) if metric.name in SENT_BASED]
    frame = frame.assign(**rate_columns(frame, possible, where), **kept)
    differ = mismatched_rates(frame, given, where)
    caveats = caveat_column(frame.assign(**seen), where)
    _warn_about(frame, differ, inconsistent_rows(frame, where), where)
    return frame.assign(caveats=join_caveats({"api_rates_differ": differ}, caveats))


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
        warnings.warn(
            f"{where}: {_rows(frame, inconsistent)}: more opens, replies, bounces or unsubscribes than emails sent. "
            "The rows carry the caveat events_exceed_sends.",
            InconsistentCountsWarning,
            stacklevel=callers_level(),
        )


def _rows(frame: pd.DataFrame, rows: np.ndarray) -> str:
    return f"{int(rows.sum()):,} of {len(frame):,} campaigns ({listed(frame.index[rows], _NAMED)})"


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
            f"{where}: each row must be one campaign with an id of its own, but {listed(wrong, _NAMED)} "
            f"{'is' if len(wrong) == 1 else 'are'} missing or there more than once. "
            "Keep one row per campaign, such as the newest."
        )
    return frame
