"""`summarize`: the portfolio, or each of its groups, in one row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._checks import Floats, check_campaigns, check_columns, check_fraction, check_frame, count_column
from ..metrics import COUNTS, SENT_BASED, Metric, find_metrics, join_caveats, metric_counts, rates, tracking_off, whole
from .effects import check_design_effect, find_effects, shown_effects
from .grouping import Groups, group_rows, with_total
from .intervals import rate_limits

__all__ = ["summarize"]


def summarize(
    df: pd.DataFrame,
    metrics: str | Metric | Iterable[str | Metric] | None = None,
    *,
    by: str | Sequence[str] | None = None,
    total: bool = False,
    level: float = 0.95,
    design_effect: float | str | None = None,
) -> pd.DataFrame:
    """Put the whole portfolio, or each group of campaigns, into one row: counts are summed, then divided.

    A rate is never a mean of rates, which would let a campaign of 20 emails weigh as much as one of 2,000.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with `sent_count` and the counts of the metrics (emails, recipients).
    metrics : str, Metric or iterable of these, optional
        Which rates; by default those per email sent and per open whose counts the frame has.
    by : str or sequence of str, optional
        Columns or index levels to group by; by default all campaigns are one row, "all". A missing value is a group as
        well; a category without campaigns is none.
    total : bool, default False
        Whether a last row "all" sums up all groups.
    level : float, default 0.95
        Confidence level of the limits, between 0 and 1.
    design_effect : float or "auto", optional
        How many times the variance of the counts is that of a binomial, at least 1; as in `benchmark`.

    Returns
    -------
    pandas.DataFrame
        One row per group, in sorted order: `campaigns` (their number), the counts summed (missing ones left out), then
        `<metric>`, `<metric>_low` and `<metric>_high` (fractions; Poisson limits where a sum of events exceeds its
        base); for opens and clicks, and for all if `design_effect` is given, also `<metric>_design_effect`, that of the
        campaigns weighed by their trials. A rate rests on the campaigns that have both its counts, and for opens and
        clicks on those that were tracked; so it need not be the quotient of two sums in the row. If a campaign has only
        one of the two, a column `caveats` marks its group ``counts_missing``. Where some were not
        tracked a column `track_opens` or `track_clicks` says so, and verbs called on the summary take those rates for
        unknown. The limits say how well the rate of these emails is known; how far campaigns differ is for
        `compare_groups`. So `benchmark`, `plan`, `explain` and `working` take a summary only against a fixed rate or
        benchmark, and `rank`, `compare_groups` and `summarize` not at all (`.attrs["summarized_by"]` tells them).

    Raises
    ------
    InputError
        If an argument is outside its range, a metric is unknown, a count is negative, fractional or no number, or `df`
        is a summary already.
    ColumnsError
        If `sent_count`, a metric's counts or a name of `by` are missing.

    References
    ----------
    Wilson (1927), JASA 22:209; Garwood (1936), Biometrika 28:437, for counts above their base.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"office": ["Munich", "Hamburg", "Munich"],
    ...                    "sent_count": [1247, 980, 20], "replied_count": [89, 31, 2]})
    >>> summary = leadlex_pandas.summarize(df, "reply_rate", by="office", total=True)
    >>> summary[["campaigns", "sent_count", "reply_rate", "reply_rate_low", "reply_rate_high"]].round(4)
             campaigns  sent_count  reply_rate  reply_rate_low  reply_rate_high
    office
    Hamburg          1         980      0.0316          0.0224           0.0445
    Munich           2        1267      0.0718          0.0589           0.0874
    all              3        2247      0.0543          0.0457           0.0644
    """
    where = "summarize"
    frame = check_frame(df, where)
    check_campaigns(frame, where)
    check_columns(frame, ["sent_count"], where)
    check_fraction(level, "level", where)
    asked = check_design_effect(design_effect, where)
    chosen = find_metrics(frame, metrics, where)
    if metrics is None:
        chosen = [metric for metric in chosen if metric.name in SENT_BASED]
    groups = group_rows(frame, by, where)
    columns: dict[str, Any] = _counts(frame, chosen, groups, where)
    effects, halves = {}, np.zeros(len(frame), dtype=bool)
    for metric in chosen:
        events, trials = metric_counts(frame, metric, where)
        halves |= np.isnan(events) != np.isnan(trials)
        found = find_effects(frame, metric, events, trials, asked, where)
        effects[metric.name] = found.facts((trials > 0) & (events <= trials))
        columns |= _rate_columns(metric, groups, events, trials, found.phi, level, asked)
    summary = pd.DataFrame(columns | _untracked(frame, groups, where), index=groups.index)
    if halves.any():
        marks = {"counts_missing": groups.sums(halves.astype(np.float64)) > 0}
        summary["caveats"] = join_caveats(marks, pd.Series("", index=groups.index))
    if total and by is not None:
        everything = summarize(frame, chosen, level=level, design_effect=asked)
        summary = pd.concat([summary, everything]).set_axis(with_total(groups.index))
    names = by if by is None or isinstance(by, str) else list(by)
    summary.attrs = {"level": float(level), "design_effect": effects, "summarized_by": names}
    return summary


def _counts(df: pd.DataFrame, metrics: list[Metric], groups: Groups, where: str) -> dict[str, Any]:
    """Count the campaigns, and add up the columns of counts that the frame has, those of one's own metrics as well."""
    own = [column for metric in metrics for column in (metric.events, metric.trials)]
    names = [name for name in dict.fromkeys([*COUNTS, "delivered_count", *own]) if name in df]
    sums = {name: whole(groups.sums(count_column(df, name, where)), groups.index) for name in names}
    return {"campaigns": groups.sizes(), **sums}


def _rate_columns(
    metric: Metric,
    groups: Groups,
    events: Floats,
    trials: Floats,
    phi: Floats,
    level: float,
    asked: float | str | None,
) -> dict[str, Floats]:
    name, (k, n) = metric.name, groups.totals(events, trials)
    effect = groups.effects(events, trials, phi)
    low, high = rate_limits(k, n, level=level, design_effect=effect)
    return {name: rates(k, n), f"{name}_low": low, f"{name}_high": high, **shown_effects(metric, effect, asked)}


def _untracked(df: pd.DataFrame, groups: Groups, where: str) -> dict[str, Any]:
    """Say of groups with an untracked campaign that their sums do not belong together; nothing if there is none."""
    flags = {}
    for name, off in zip(("track_opens", "track_clicks"), tracking_off(df, where), strict=True):
        if off.any():
            flags[name] = groups.sums(off.astype(np.float64)) == 0
    return flags
