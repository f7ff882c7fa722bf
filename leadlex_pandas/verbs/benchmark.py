"""`benchmark`: which campaigns are really above or below, which are typical, which need more sends."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._checks import (
    Floats,
    callers_level,
    check_above,
    check_fraction,
    check_frame,
    check_option,
    group_keys,
    is_number,
)
from ..errors import SmallPortfolioWarning
from ..metrics import Metric, caveat_column, find_metric, join_caveats, metric_counts, rates, whole
from ..stats.core import Mask
from .effects import Effects, check_design_effect, find_effects
from .verdict import VERDICTS, Judgement, Rule, judge_families

__all__ = ["benchmark"]

_AGAINST = ("rest", "pooled", "median")
_SMALL = 20  # below so many campaigns one odd campaign moves what the others are compared with

_warned: set[str] = set()


def benchmark(
    df: pd.DataFrame,
    metric: str | Metric = "reply_rate",
    *,
    against: str | float = "rest",
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
    fdr: float = 0.05,
    typical_ratio: float = 1.5,
    design_effect: float | str | None = None,
) -> pd.DataFrame:
    """Judge every campaign against the rest of the portfolio or a given rate, allowing for chance and for many tests.

    A campaign is called "above" or "below" only if it would survive the false-discovery test against all other
    campaigns, with and without the odd ones among them, and its limits exclude what it is compared with.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with the two columns of counts of `metric`. An empty frame gives an empty table.
    metric : str or Metric, default "reply_rate"
        The rate to judge.
    against : {"rest", "pooled", "median"} or float, default "rest"
        "rest" is all other campaigns, the odd ones put aside (if those had no event at all there is no rate to compare
        with, and no call); "pooled" all campaigns together; "median" the median
        rate of the campaigns large enough to expect one event (of all if fewer than two are); or a rate of your own, a
        fraction between 0 and 1. The median is taken as if it were known, so false calls may exceed `fdr` a little,
        and more than a little where events are rare.
    by : str or sequence of str, optional
        Columns or index levels: campaigns are compared within their group only. A missing value is a group as well.
    level : float, default 0.95
        Confidence level of the limits, between 0.5 and 1.
    fdr : float, default 0.05
        Share of false calls among all calls of a family that is aimed at, between 0 and 1.
    typical_ratio : float, default 1.5
        A campaign is "typical" if its limits at 2 `level` - 1 lie within odds this many times smaller and larger than
        the benchmark's (with "rest" also than the whole family's); above 1.
    design_effect : float or "auto", optional
        How many times the variance of the counts is that of a binomial, at least 1. "auto" estimates it from how the
        scatter of the rates falls as campaigns grow, over the whole frame: from 50 campaigns on, or fewer where a
        column `steps` says how many emails each sequence has, if the largest is at least 10 times the smallest; else it
        is 1, with the caveat ``design_effect_unknown``. None is "auto" for opens and clicks, of which one recipient can
        make several, and 1 for all others.

    Returns
    -------
    pandas.DataFrame
        Rows and index as `df`; `label` first if `df` has one, then `events`, `trials` (counts), `rate`, `low`, `high`
        (fractions, limits at `level`), `benchmark` and `difference` (fractions), `p_value`, `p_adjusted`
        (Benjamini-Hochberg within the family), `design_effect`, `verdict` (below, typical, above, near the edge, too
        few sends, no comparison, not a proportion, no data), `meaning` (better, worse or missing), `sends_needed` and
        `sends_more` (emails), and `caveats`. What was asked stands in `.attrs`. With `sends_needed` emails (opens, for
        rates per open) a row at
        the edge of the typical zone has an 80 % chance to be settled; for rows settled already it is a planning figure.
        The caveat ``not_after_many_tests`` marks limits that exclude the benchmark without a call, ``small_difference``
        a call whose rate lies within the typical zone. The rates of called rows tend to overstate their distance from
        the benchmark: they were called for being far from it.

    Raises
    ------
    InputError
        If an argument is outside its range, the metric is unknown, or a count is negative, fractional or no number.
    ColumnsError
        If the metric's counts or a name of `by` are missing.

    Warns
    -----
    SmallPortfolioWarning
        Once per process, if fewer than 20 campaigns are compared with each other.

    References
    ----------
    Fisher (1935) mid-p, Lancaster (1961), against all others and against the others kept; binomial mid-p for a given
    rate; Benjamini and Hochberg (1995), JRSS B 57:289; limits of Wilson (1927). "Typical" is the two one-sided tests
    procedure of Schuirmann (1987) on the odds.

    Examples
    --------
    >>> import leadlex_pandas
    >>> from leadlex_pandas import sandbox
    >>> with sandbox.start() as server:
    ...     stats = leadlex_pandas.read_stats(server.campaigns, api_key=server.api_key, base_url=server.url)
    >>> table = leadlex_pandas.benchmark(stats, "reply_rate")
    >>> called = table[table["verdict"].isin(["above", "below"])]
    >>> called[["label", "events", "trials", "verdict"]].reset_index(drop=True)
                                     label  events  trials verdict
    0       Deal lessons for repeat buyers     106    1750   above
    1        UPC opt-out briefing for SMEs      42     600   above
    2      NIS2 scoping session, utilities      21    1225   below
    3  Transparency register: annual check      41     594   above
    >>> leadlex_pandas.benchmark(stats, "reply_rate", against=0.04)["benchmark"].dropna().unique().tolist()
    [0.04]
    """
    where = "benchmark"
    frame = check_frame(df, where)
    chosen = find_metric(metric, where)
    rule = _checked_rule(against, level, fdr, typical_ratio)
    asked = check_design_effect(design_effect, where)
    events, trials = metric_counts(frame, chosen, where)
    families = _families(frame, by, where)
    effects = find_effects(frame, chosen, events, trials, asked, where)
    judged = judge_families(events, trials, effects.phi, rule, families)
    table = _table(frame, events, trials, effects, judged)
    table["meaning"] = _meaning(table["verdict"], chosen)
    table["sends_needed"] = whole(judged.sends_needed, frame.index)
    table["sends_more"] = whole(np.maximum(judged.sends_needed - trials, 0), frame.index)
    table["caveats"] = _caveats(frame, rule, judged, effects.unknown)
    table.attrs = _facts(chosen, rule, by, len(families), table, judged)
    table.attrs["design_effect"] = effects.facts(trials > 0)
    return table


def _checked_rule(against: object, level: object, fdr: object, typical_ratio: object) -> Rule:
    where = "benchmark"
    return Rule(
        against=_checked_against(against, where),
        level=check_fraction(level, "level", where, above=0.5),
        fdr=check_fraction(fdr, "fdr", where),
        typical_ratio=check_above(typical_ratio, "typical_ratio", where, 1),
    )


def _checked_against(against: object, where: str) -> str | float:
    if is_number(against):
        return check_fraction(against, "against", where)
    return check_option(against, "against", where, _AGAINST, also=" or a rate between 0 and 1")


def _families(df: pd.DataFrame, by: object, where: str) -> list[NDArray[np.intp]]:
    """Split the row positions into the groups of `by`, or leave them in one."""
    if by is None or df.empty:
        return [np.arange(len(df))]
    keys = group_keys(df, by, where)
    codes = pd.MultiIndex.from_arrays([pd.factorize(key, use_na_sentinel=False)[0] for key in keys]).factorize()[0]
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def _table(df: pd.DataFrame, events: Floats, trials: Floats, effects: Effects, judged: Judgement) -> pd.DataFrame:
    rate = rates(events, trials)
    columns: dict[str, Any] = {"label": df["label"]} if "label" in df else {}
    columns |= {
        "events": whole(events, df.index),
        "trials": whole(trials, df.index),
        "rate": rate,
        "low": judged.low,
        "high": judged.high,
        "benchmark": judged.benchmark,
        "difference": rate - judged.benchmark,
        "p_value": judged.p_value,
        "p_adjusted": judged.p_adjusted,
        "design_effect": effects.phi,
        "verdict": pd.Categorical.from_codes(judged.verdict, pd.Index(VERDICTS)),
    }
    return pd.DataFrame(columns, index=df.index)


def _meaning(verdict: pd.Series[Any], metric: Metric) -> Any:
    good, bad = ("above", "below") if metric.better == "high" else ("below", "above")
    meanings = np.select([verdict == good, verdict == bad], [0, 1], default=-1)
    return pd.Categorical.from_codes(meanings, pd.Index(["better", "worse"]))


def _caveats(df: pd.DataFrame, rule: Rule, judged: Judgement, unknown: Mask) -> pd.Series[str]:
    # a family's own rate, however it is taken, is poorly known if the family is small; a given one is not
    small = (judged.family_size < _SMALL) & isinstance(rule.against, str)
    if small.any():
        _warn_small()
    found = {
        "design_effect_unknown": unknown,
        "small_portfolio": small,
        "not_after_many_tests": judged.not_after_many_tests,
        "small_difference": judged.small_difference,
    }
    return join_caveats(found, caveat_column(df, "benchmark"))


def _warn_small() -> None:
    if "small" in _warned:
        return
    _warned.add("small")
    warnings.warn(
        f"benchmark: fewer than {_SMALL} campaigns are compared with each other, so one odd campaign moves what the "
        "others are compared with; the rows carry the caveat small_portfolio. Compare with a rate of your own "
        "(against=0.04) or with more campaigns. This is said once per process.",
        SmallPortfolioWarning,
        stacklevel=callers_level(),
    )


def _facts(
    metric: Metric, rule: Rule, by: object, families: int, table: pd.DataFrame, judged: Judgement
) -> dict[Any, Any]:
    """Collect what a caption has to say about the whole table; plain values, so that `attrs` stay cheap to copy."""
    return {
        "metric": asdict(metric),
        "by": by if by is None or isinstance(by, str) else list(by),  # type: ignore[call-overload]
        **asdict(rule),
        "pooled": float(judged.pooled[0]) if by is None and len(table) else None,
        "families": families,
        "campaigns": int(np.count_nonzero(~np.isnan(judged.low))),
        "tested": int(np.count_nonzero(~np.isnan(judged.p_value))),
        "calls": int(table["verdict"].isin(["above", "below"]).sum()),
    }
