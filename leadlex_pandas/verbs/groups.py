"""`compare_groups`: whether practice groups, partners or offices really differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._checks import Floats, check_campaigns, check_fraction, check_frame, check_whole, group_keys
from ..errors import InputError
from ..metrics import Metric, find_metric, join_caveats, metric_counts, rates, whole
from ..stats.core import Mask
from ..stats.multiple import adjust_p_values
from .grouping import Groups, group_rows
from .steps import unlike_steps

__all__ = ["compare_groups"]


def compare_groups(
    df: pd.DataFrame,
    by: str | Sequence[str],
    metric: str | Metric = "reply_rate",
    *,
    strata: str | Sequence[str] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare groups of campaigns, allowing for the spread between the campaigns of one group.

    Campaigns differ within a group too, so ten campaigns tell less of their group than their emails suggest: taken as
    if all emails were alike, groups that are alike in mean "differ" in every second portfolio.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with the two columns of counts of `metric`.
    by : str or sequence of str
        Columns or index levels that make the groups. A missing value is a group as well.
    metric : str or Metric, default "reply_rate"
        The rate to compare.
    strata : str or sequence of str, optional
        Columns or index levels of what else makes rates differ, such as the kind of audience: groups are compared
        within each stratum, and their rates standardised to the portfolio's share of emails in each.
    level : float, default 0.95
        Confidence level of the limits, between 0 and 1.
    seed : int, default 0
        For the simulation behind the p-values: the same seed, the same values.

    Returns
    -------
    pandas.DataFrame
        One row per group, in sorted order: `campaigns` (with a proportion), `events`, `trials` (counts summed), `rate`,
        `low`, `high` (fractions; standardised with `strata`; limits are missing where no two campaigns share a group,
        and stratum, as nothing then tells of the spread), `difference` from all other groups together with its limits
        (missing for a group of one campaign), `p_value` of the same comparison, `p_adjusted` (Benjamini-Hochberg over
        the groups), `overall_p_value` (whether any groups differ; the same in every row) and `caveats`:
        ``one_campaign`` (a group that says nothing of its spread; it counts, and is not tested), ``unlike_steps``
        (replies per email of sequences that differ in length), ``stratum_missing`` (the shares of the other strata were
        used for its rate), ``order_reversed`` (standardised, it changes places with another group).

    Raises
    ------
    InputError
        If an argument is outside its range, the metric is unknown, a count is negative, fractional or no number,
        `df` is a summary of groups, or `strata` holds all names of `by`.
    ColumnsError
        If the metric's counts or a name of `by` or `strata` are missing.

    Warns
    -----
    UnlikeStepsWarning
        Once per process, if replies per email are compared of sequences whose `steps` differ.

    References
    ----------
    Limits of Wilson (1927) on effective counts with Student's t; Newcombe (1998), Stat. Med. 17:873, for differences;
    the spread by moments, the p-values by simulation from a beta-binomial distribution without differences; Benjamini
    and Hochberg (1995), JRSS B 57:289. `docs/methods.md` has the formulas.

    Examples
    --------
    One campaign of IP did very well. Taken email by email IP would be far ahead; nobody knows that of the group.

    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"practice_group": ["IP", "IP", "IP", "M&A", "M&A", "M&A"],
    ...                    "sent_count": [500] * 6, "replied_count": [95, 18, 22, 21, 19, 23]})
    >>> table = leadlex_pandas.compare_groups(df, "practice_group")
    >>> table[["events", "trials", "rate", "low", "high"]].round(3)
                    events  trials   rate    low   high
    practice_group
    IP                 135    1500  0.090  0.026  0.265
    M&A                 63    1500  0.042  0.008  0.201
    >>> bool((table["p_adjusted"] > 0.1).all())
    True
    """
    where = "compare_groups"
    frame = check_frame(df, where)
    check_campaigns(frame, where)
    chosen = find_metric(metric, where)
    check_fraction(level, "level", where)
    start = check_whole(seed, "seed", where, least=0)
    group_keys(frame, by, where)  # None would be one group
    groups = group_rows(frame, by, where)
    layers = _layers(frame, by, strata, where)
    events, trials = metric_counts(frame, chosen, where)
    proper = (trials > 0) & (events <= trials)  # False where either is NaN
    unlike = unlike_steps(frame, chosen, proper, _members(layers, len(frame)), where)
    cells = None if layers is None else layers.codes[proper]
    campaigns = _Campaigns(events[proper], trials[proper], groups.codes[proper], cells, unlike[proper])
    table = _table(campaigns, groups, float(level), start)
    table.attrs = {"metric": asdict(chosen), "level": float(level), "strata": strata, "seed": start}
    return table


def _layers(df: pd.DataFrame, by: str | Sequence[str], strata: str | Sequence[str] | None, where: str) -> Groups | None:
    """Put rows into strata; such that tell the groups apart leave nothing to compare within one."""
    if strata is None:
        return None
    layers = group_rows(df, strata, where, "strata")
    groups, within = ({names} if isinstance(names, str) else set(names) for names in (by, strata))
    if groups <= within:
        raise InputError(
            f"{where}: strata={strata!r} holds by={by!r}, so each stratum would have one group and nothing to compare "
            "it with. Name another column, of what else makes rates differ, such as the audience."
        )
    return layers


@dataclass(frozen=True)
class _Campaigns:
    """Campaigns that have a proportion: events, trials, the position of their group and, if any, of their stratum.

    `unlike` marks those whose sequences are known to differ in length from others they are compared with.
    """

    k: Floats
    n: Floats
    group: NDArray[np.intp]
    stratum: NDArray[np.intp] | None
    unlike: Mask

    def sums(self, values: Floats, size: int) -> Floats:
        """Add up per group."""
        return np.bincount(self.group, weights=values, minlength=size).astype(np.float64)


def _members(layers: Groups | None, size: int) -> list[NDArray[np.intp]]:
    """Give the rows that are compared with each other: those of each stratum, or all."""
    if layers is None:
        return [np.arange(size)]
    return [np.flatnonzero(layers.codes == layer) for layer in range(len(layers.index))]


def _table(campaigns: _Campaigns, groups: Groups, level: float, seed: int) -> pd.DataFrame:
    size = len(groups.index)
    number = np.bincount(campaigns.group, minlength=size)
    events, trials = campaigns.sums(campaigns.k, size), campaigns.sums(campaigns.n, size)
    estimates = _estimates(campaigns, size, level)
    for name in ("difference_low", "difference_high"):  # one campaign is no evidence of its group, however large
        estimates[name][number == 1] = np.nan
    overall, p_values = _p_values(campaigns, number, seed)
    columns: dict[str, Any] = {
        "campaigns": number,
        "events": whole(events, groups.index),
        "trials": whole(trials, groups.index),
        **estimates,
        "p_value": p_values,
        "p_adjusted": adjust_p_values(p_values),
        "overall_p_value": overall,
    }
    table = pd.DataFrame(columns, index=groups.index)
    table["caveats"] = _caveats(campaigns, number, rates(events, trials), estimates["rate"], groups.index)
    return table


def _p_values(campaigns: _Campaigns, number: NDArray[np.intp], seed: int) -> tuple[float, Floats]:
    """Test whether any groups differ, and each group of several campaigns against all others."""
    from ..stats.between import groups_apart

    p_values, present = np.full(len(number), np.nan), number > 0
    if present.sum() < 2 or number.max() < 2:
        return np.nan, p_values
    tested = groups_apart(campaigns.k, campaigns.n, campaigns.group, campaigns.stratum, seed=seed)
    p_values[present] = tested.p_values
    return tested.p_value, np.where(number > 1, p_values, np.nan)


def _estimates(campaigns: _Campaigns, size: int, level: float) -> dict[str, Floats]:
    """Give rate and difference of each group, with their limits; NaN where there is nothing to estimate from."""
    from ..stats.between import group_estimates

    names = ("rate", "low", "high", "difference", "difference_low", "difference_high")
    columns = {name: np.full(size, np.nan) for name in names}
    present, group = np.unique(campaigns.group, return_inverse=True)
    if len(present):
        own, differences = group_estimates(campaigns.k, campaigns.n, group, campaigns.stratum, level)
        for name, values in zip(names, (*own, *differences), strict=True):
            columns[name][present] = values
    return columns


def _caveats(
    campaigns: _Campaigns, number: NDArray[np.intp], crude: Floats, fair: Floats, index: pd.Index[Any]
) -> pd.Series[str]:
    unlike = np.bincount(campaigns.group[campaigns.unlike], minlength=len(number)) > 0
    marks = {"unlike_steps": unlike, "one_campaign": number == 1}
    if campaigns.stratum is not None:
        strata = len(np.unique(campaigns.stratum))
        cells = np.unique(np.column_stack([campaigns.group, campaigns.stratum]), axis=0)
        marks["stratum_missing"] = (number > 0) & (np.bincount(cells[:, 0], minlength=len(number)) < strata)
        marks["order_reversed"] = _reversed(crude, fair)
    return join_caveats(marks, pd.Series("", index=index))


def _reversed(crude: Floats, fair: Floats) -> Mask:
    """Tell which groups change places with another one once rates are standardised."""
    turned = np.zeros(len(crude), dtype=bool)
    for group in range(len(crude)):
        turned[group] = ((crude - crude[group]) * (fair - fair[group]) < 0).any()  # False where NaN
    return turned
