"""`stages`: where people are lost, from the email sent to the reply."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._checks import callers_level, check_columns, check_fraction, check_frame, listed
from ..errors import InconsistentCountsWarning
from ..metrics import Metric, metric_counts, missing_columns, noun, rates, whole
from .effects import check_design_effect, find_effects
from .grouping import Groups, group_rows
from .intervals import rate_limits
from .reading import read_times

__all__ = ["stages"]

# column of counts -> what the stage is called, and what is counted
STAGES = {
    "sent_count": ("sent", "emails"),
    "delivered_count": ("delivered", "emails, estimated"),
    "opened_count": ("opened", "recipients, once per email"),
    "clicked_count": ("clicked", "link clicks"),
    "replied_count": ("replied", "recipients"),
}


def stages(
    df: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
    design_effect: float | str | None = None,
) -> pd.DataFrame:
    """Count what is left at each stage: sent, delivered, opened, clicked, replied.

    The stages do not count the same things, and nobody has to click before replying: `unit` says what is counted. Only
    what cannot be is warned of: more than emails were sent, or more clicks than opens where both are tracked.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with `sent_count` and any of the other counts.
    by : str or sequence of str, optional
        Columns or index levels to group by; by default all campaigns are one group, "all".
    level : float, default 0.95
        Confidence level of the limits, between 0 and 1.
    design_effect : float or "auto", optional
        How many times the variance of the counts is that of a binomial, at least 1; as in `benchmark`.

    Returns
    -------
    pandas.DataFrame
        Index (group, stage), the stages that the frame has counts of: `count`; `unit` (what is counted); `of_sent` and
        `of_previous` (fractions of the first stage and of the one before, with `low` and `high` the limits of
        `of_previous`; they may exceed 1); `design_effect` (what the limits allow for; None is an estimate for opens and
        clicks, which come in bunches, and 1 for the other stages). Each rests on the campaigns that have both counts,
        for opens and clicks on those that were tracked, so it need not be the quotient of two counts of the table.
        `.attrs["of_sent_limits"]` has the limits of `of_sent` and the design effect they allow for.

    Raises
    ------
    InputError
        If an argument is outside its range or a count is negative, fractional or no number.
    ColumnsError
        If `sent_count` or a name of `by` is missing.

    Warns
    -----
    InconsistentCountsWarning
        If a stage has more than emails were sent, or more clicks than opens where both are tracked.

    References
    ----------
    Wilson (1927), JASA 22:209; Garwood (1936), Biometrika 28:437, for counts above those of the stage before.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247], "opened_count": [612], "replied_count": [89], "bounced_count": [12]})
    >>> leadlex_pandas.stages(df)[["count", "of_sent", "of_previous"]].round(3)
                     count  of_sent  of_previous
    group stage
    all   sent        1247    1.000          NaN
          delivered   1235    0.990        0.990
          opened       612    0.491        0.496
          replied       89    0.071        0.145
    """
    where = "stages"
    frame = check_frame(df, where)
    check_columns(frame, ["sent_count"], where)
    check_fraction(level, "level", where)
    asked = check_design_effect(design_effect, where)
    groups = group_rows(frame, by, where)
    columns = [name for name in STAGES if not missing_columns(frame, [name])]
    parts = [
        _stage(frame, groups, column, columns[max(place - 1, 0)], level, asked, where)
        for place, column in enumerate(columns)
    ]
    table = _ordered(pd.concat(parts), groups, [STAGES[column][0] for column in columns])
    _warn_of_the_impossible(table, grouped=by is not None)
    of_sent = ["of_sent_low", "of_sent_high", "of_sent_effect"]
    known = ~np.isnan(metric_counts(frame, Metric("sent", "sent_count", "sent_count"), where)[0])
    table.attrs = {
        "level": float(level),
        # by group and stage as text, so that the table can be written to a file with its facts
        "of_sent_limits": {_text(key): limits for key, *limits in table[of_sent].itertuples(name=None)},
        "campaigns": int(known.sum()),
        "no_data": int((~known).sum()),
        "read": read_times(frame),
    }
    return table.drop(columns=of_sent)


def _stage(
    df: pd.DataFrame,
    groups: Groups,
    column: str,
    previous: str,
    level: float,
    asked: float | str | None,
    where: str,
) -> pd.DataFrame:
    """Count one stage in every group, over what was sent and over the stage before; the first has none before."""
    of_sent = Metric(f"{column} of sent", column, "sent_count")
    of_previous = Metric(f"{column} of {previous}", column, previous)
    k, n = metric_counts(df, of_previous, where)
    totals, effect = groups.totals(k, n), groups.effects(k, n, find_effects(df, of_previous, k, n, asked, where).phi)
    low, high = rate_limits(*totals, level=level, design_effect=effect)
    first = column == previous
    counted = metric_counts(df, of_sent, where)
    sent = groups.totals(*counted)
    spread = groups.effects(*counted, find_effects(df, of_sent, *counted, asked, where).phi)
    sent_low, sent_high = rate_limits(*sent, level=level, design_effect=spread)
    columns: dict[str, Any] = {
        "count": whole(groups.sums(counted[0]), groups.index),
        "unit": STAGES[column][1],
        "of_sent": rates(*sent),
        "of_previous": np.nan if first else rates(*totals),
        "low": np.nan if first else low,
        "high": np.nan if first else high,
        "design_effect": np.nan if first else effect,
        "of_sent_low": sent_low,
        "of_sent_high": sent_high,
        "of_sent_effect": spread,
    }
    return pd.DataFrame(columns, index=groups.index)


def _ordered(table: pd.DataFrame, groups: Groups, names: list[str]) -> pd.DataFrame:
    """Put the stages of one group together, in their order."""
    order = np.arange(len(table)).reshape(len(names), -1).T.ravel()
    keys = [key if isinstance(key, tuple) else (key,) for key in groups.index]
    rows = [(*key, name) for key in keys for name in names]
    levels = [*groups.index.names, "stage"]
    index = (
        pd.MultiIndex.from_tuples(rows, names=levels)
        if rows
        else pd.MultiIndex.from_arrays([[]] * len(levels), names=levels)
    )
    return table.iloc[order].set_axis(index)


def _text(key: tuple[object, ...]) -> str:
    return " / ".join(map(str, key))


def _warn_of_the_impossible(table: pd.DataFrame, *, grouped: bool) -> None:
    """Warn where more is counted than can be; more replies than clicks are usual."""
    stage = table.index.get_level_values("stage")
    of_opens = (stage == "clicked") & ("opened" in stage)
    said: dict[str, list[str]] = {}
    for key, of_sent, of_previous, opens in zip(
        table.index, table["of_sent"], table["of_previous"], of_opens, strict=True
    ):
        if of_sent > 1 or (opens and of_previous > 1):
            than = noun("sent_count") if of_sent > 1 else noun("opened_count")
            said.setdefault(f"more {noun(f'{key[-1]}_count')} than {than}", []).append(_text(key[:-1]))
    if said:
        where = [f"{what} in {listed(groups, 3)}" if grouped else what for what, groups in said.items()]
        warnings.warn(
            f"stages: {'; '.join(where)}. Clicks count links and may come from security software; add_caveats marks "
            "such campaigns (events_exceed_sends, clicks_exceed_opens).",
            InconsistentCountsWarning,
            stacklevel=callers_level(),
        )
