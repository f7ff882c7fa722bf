"""`trend`: whether a rate drifts, period by period."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._checks import Floats, check_fraction
from ..metrics import Metric, find_metric, join_caveats, rates, raw_counts, untracked, whole
from ..stats.core import Mask
from ..stats.limits import laney_limits, limits_around
from .increments import counted, new_counts
from .periods import Segments, check_breaks, check_frequency, ends, segmented, spanned
from .reading import recorded_times
from .snapshots import Snapshots, as_snapshots, in_utc, recorded, with_known

__all__ = ["trend"]

SIGNALS = ("below", "above")


def trend(
    history: pd.DataFrame | Snapshots,
    metric: str | Metric = "reply_rate",
    *,
    freq: str = "W",
    level: float | None = None,
    breaks: Mapping[str | date, str] | None = None,
) -> pd.DataFrame:
    """Give the rate of what was new in each period, over all campaigns, and the limits within which it should lie.

    A period's figures are increments: what came between a campaign's newest snapshot of that period and the one before.
    So running totals, which hardly move once campaigns are large, do not hide a drift.

    Parameters
    ----------
    history : History or pandas.DataFrame
        Recorded snapshots; or a frame of them with the index levels `campaign_id` and `fetched_at` (times with a zone)
        and the counts as columns, in any order.
    metric : str or Metric, default "reply_rate"
        The rate.
    freq : str, default "W"
        "D", "W" (Monday to Sunday; "W-FRI" ends on Fridays), "M", "Q" or "Y", or several as in "2W". Periods are those
        of UTC, whatever the zone of the snapshots; "MS" or "ME" and the like mean the same as "M".
    level : float, optional
        Share of periods within the limits if nothing but chance is at work, between 0 and 1; by default the limits are
        3 standard deviations away, as is usual for such charts.
    breaks : mapping of date to str, optional
        When something was counted or done otherwise from then on, and what: ``{"2026-09-01": "bot filter"}``. A time
        with its zone, or a date, which is midnight UTC. Periods before and after are judged separately.

    Returns
    -------
    pandas.DataFrame
        One row per period (index `period`) from that of the first snapshot to that of the last: `campaigns`, how many
        were read in it and before it; `events`, `trials`, their new counts (missing if none was read); `rate`;
        `center`, `low`, `high` (fractions), pooled rate and limits; `signal`, "below" or "above" the limits, or
        missing; with `breaks` also `segment`, the last break before the period's end ("" before the first); `caveats`.

        - A campaign's first snapshot is a baseline, never an increment. An increment belongs to the period of its later
          snapshot, however long ago the one before was read; so read at least once a period. Replies count when they
          come, not when their email was sent.
        - A period without new trials has no rate. One with more events than trials (``not_a_proportion``: replies come
          after the sending has stopped) keeps its ratio; neither takes part in center and limits, or has any.
        - A campaign one of whose two counts fell within a period is left out of it (``counts_fell``). Campaigns that
          do not track opens or clicks are left out of the rates that need them.
        - A period with a break within it (``definition_break``) is part of neither side, and has no limits.
        - Fewer than 12 periods with a rate have no limits. `.attrs["segments"]` tells of each stretch between breaks
          its label, how many periods and points (periods that count) it has, whether it has limits, and `sigma_z`,
          how many times as wide they are as those of a binomial.
        - `.attrs["not_read"]` names the periods in which no campaign was read, `.attrs["first_reads"]` those in which
          campaigns were read only for the first time: nothing is known of what was new in them.

    Raises
    ------
    InputError
        If an argument is not allowed, a time has no zone, the metric is unknown, or a count is negative, fractional or
        no number.
    ColumnsError
        If a frame has other index levels, or the metric's counts are missing.

    References
    ----------
    Laney (2002), Quality Engineering 14:531 (p' chart).

    Examples
    --------
    One campaign, read each Monday; from the 14th week on fewer reply.

    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> mondays = pd.date_range("2026-01-05 09:00", periods=16, freq="7D", tz="UTC")
    >>> replies = [0, 4, 6, 5, 3, 5, 4, 6, 5, 4, 5, 6, 4, 0, 0, 0]
    >>> history = pd.DataFrame({
    ...     "campaign_id": "alert", "fetched_at": mondays, "sent_count": range(0, 1600, 100),
    ...     "replied_count": pd.Series(replies).cumsum(),
    ... }).set_index(["campaign_id", "fetched_at"])
    >>> table = leadlex_pandas.trend(history, level=0.95)
    >>> table[["events", "trials", "rate", "center", "low", "high", "signal"]].round(3).tail(4)
                           events  trials  rate  center    low   high signal
    period
    2026-03-30/2026-04-05       4     100  0.04   0.038  0.001  0.075    NaN
    2026-04-06/2026-04-12       0     100  0.00   0.038  0.001  0.075  below
    2026-04-13/2026-04-19       0     100  0.00   0.038  0.001  0.075  below
    2026-04-20/2026-04-26       0     100  0.00   0.038  0.001  0.075  below
    """
    where = "trend"
    snapshots = as_snapshots(history, where)
    chosen = find_metric(metric, where)
    frequency = check_frequency(freq, where)
    sigmas = 3.0 if level is None else _sigmas(check_fraction(level, "level", where))
    dated = check_breaks(breaks, where)
    campaigns = recorded(snapshots)
    periods = spanned(campaigns["first_fetched_at"].min(), campaigns["last_fetched_at"].max(), frequency)
    segments = segmented(periods, dated)
    sums = _sums(_boundaries(snapshots, campaigns, periods), chosen, periods, where)
    limits = _limits(sums, segments, sigmas)
    table = _table(sums, limits, segments if dated else None, periods)
    table.attrs = {
        "metric": asdict(chosen),
        "freq": frequency,
        "level": None if level is None else float(level),
        "sigmas": sigmas,
        "breaks": {when.isoformat(): label for when, label in dated.items()},
        "segments": limits.facts,
        **_unknown(sums, periods),
        "read": recorded_times(campaigns),
    }
    return table


def _sigmas(level: float) -> float:
    from scipy import special

    return float(special.ndtri((1 + level) / 2))


def _boundaries(snapshots: Snapshots, campaigns: pd.DataFrame, periods: pd.PeriodIndex) -> pd.DataFrame:
    """Give each campaign's first snapshot and its newest of each period, by campaign and time, each once."""
    first = snapshots.as_of(campaigns["first_fetched_at"])
    newest = snapshots.as_of(ends(periods))
    parts = [each.droplevel("time") for each in (first, newest)]
    rows = pd.concat(parts) if len(newest) else parts[0]
    rows = with_known(rows.assign(fetched_at=in_utc(rows["fetched_at"])), campaigns)
    rows = rows.iloc[np.lexsort((rows["fetched_at"], campaigns.index.get_indexer(rows.index)))]
    times = rows["fetched_at"].to_numpy("M8[us]")
    again = (rows.index[1:] == rows.index[:-1]) & (times[1:] == times[:-1])
    return rows[~np.append(False, again)[: len(rows)]]


@dataclass(frozen=True)
class _Sums:
    """What was new in each period."""

    campaigns: NDArray[np.intp]
    events: Floats
    trials: Floats
    fell: Mask
    firsts: NDArray[np.intp]  # first snapshots of campaigns
    others: NDArray[np.intp]  # campaigns with a later one

    @property
    def points(self) -> Mask:
        """Which periods have a rate that is a proportion."""
        return (self.trials > 0) & (self.events <= self.trials)  # False where missing


def _sums(rows: pd.DataFrame, metric: Metric, periods: pd.PeriodIndex, where: str) -> _Sums:
    """Subtract each snapshot from the next of its campaign, and add up by the period of the later one."""
    raw_counts(rows, metric, where)  # names the columns that are missing
    campaign = pd.factorize(rows.index)[0]
    later = np.flatnonzero(campaign[1:] == campaign[:-1]) + 1
    now, before = rows.iloc[later], rows.iloc[later - 1]
    new, _ = new_counts(now, before, counted(now, [metric]), where)
    events, trials = raw_counts(new, metric, where)
    known = ~np.isnan(events) & ~np.isnan(trials) & ~_off(rows, metric, where)[later]
    places = ends(periods).searchsorted(pd.DatetimeIndex(rows["fetched_at"]))
    place, size = places[later], len(periods)
    read = np.bincount(place[known], minlength=size)
    k, n = (np.where(read > 0, np.bincount(place[known], each[known], size), np.nan) for each in (events, trials))
    fell = np.bincount(place[_fell(now, before, metric, where)], minlength=size) > 0
    firsts = np.bincount(np.delete(places, later), minlength=size)
    return _Sums(read, k, n, fell, firsts, np.bincount(place, minlength=size))


def _unknown(sums: _Sums, periods: pd.PeriodIndex) -> dict[Hashable, Any]:
    """Name the periods in which nothing was read, and those in which counting only began."""
    names = periods.astype(str)
    unread = (sums.firsts == 0) & (sums.others == 0)
    begun = (sums.firsts > 0) & (sums.others == 0)
    return {"not_read": names[unread].tolist(), "first_reads": names[begun].tolist()}


def _off(rows: pd.DataFrame, metric: Metric, where: str) -> Mask:
    """Tell which campaigns do not track what the metric is made of, by their newest snapshot, for each row."""
    campaign = pd.factorize(rows.index)[0]
    last = np.flatnonzero(np.diff(campaign, append=-1))
    # by the totals: a week without opens says nothing
    off: Mask = untracked(rows.iloc[last], metric, where)[campaign]
    return off


def _fell(now: pd.DataFrame, before: pd.DataFrame, metric: Metric, where: str) -> Mask:
    """Tell where a count fell that the metric is made of."""
    parts = {"delivered_count": ("sent_count", "bounced_count")}
    columns = [
        name for column in (metric.events, metric.trials) for name in parts.get(column, (column,)) if name in now
    ]
    return new_counts(now, before, columns, where)[1]


@dataclass(frozen=True)
class _Limits:
    """Center and limits of each period, and what is to be said of each segment."""

    center: Floats
    low: Floats
    high: Floats
    facts: list[dict[str, Any]]


def _limits(sums: _Sums, segments: Segments, sigmas: float) -> _Limits:
    """Find limits within each segment; periods that are no points, and mixed ones, have none."""
    center, low, high = (np.full(len(sums.events), np.nan) for _ in range(3))
    facts = []
    for code, label in enumerate(segments.labels):
        there = segments.codes == code
        rows = there & sums.points & ~segments.mixed
        found = laney_limits(sums.events[rows], sums.trials[rows])
        center[there & ~segments.mixed] = found.center
        low[rows], high[rows] = limits_around(found.center, sums.trials[rows], sigmas * found.sigma_z)
        sigma_z = None if np.isnan(found.sigma_z) else found.sigma_z
        points = int(rows.sum())
        facts.append({
            "label": label, "periods": int(there.sum()), "points": points, "limits": sigma_z is not None,
            "sigma_z": sigma_z,
        })  # fmt: skip
    return _Limits(center, low, high, facts)


def _table(sums: _Sums, limits: _Limits, segments: Segments | None, periods: pd.PeriodIndex) -> pd.DataFrame:
    rate = rates(sums.events, sums.trials)
    signal = np.select([rate < limits.low, rate > limits.high], [0, 1], default=-1)
    columns: dict[str, Any] = {
        "campaigns": sums.campaigns,
        "events": whole(sums.events, periods),
        "trials": whole(sums.trials, periods),
        "rate": rate,
        "center": limits.center,
        "low": limits.low,
        "high": limits.high,
        "signal": pd.Categorical.from_codes(signal, pd.Index(SIGNALS)),
    }
    marks = {"counts_fell": sums.fell, "not_a_proportion": sums.events > sums.trials}
    if segments is not None:
        columns["segment"] = pd.Series(np.array(segments.labels, dtype=object)[segments.codes], periods, dtype=str)
        marks["definition_break"] = segments.mixed
    return pd.DataFrame(columns | {"caveats": join_caveats(marks, pd.Series("", index=periods))}, index=periods)
