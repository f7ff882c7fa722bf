"""`benchmark`: which campaigns are really above or below, which are typical, which need more sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import SmallPortfolioWarning
from ..metrics import Metric, caveat_column, join_caveats, rates, whole
from ..reference.benchmarks import Benchmark
from .against import Yardstick, percentiles
from .judging import Judged, judge_frame
from .once import warn_once
from .steps import unlike_steps
from .verdict import VERDICTS

__all__ = ["benchmark"]

_SMALL = 20  # below so many campaigns one odd campaign moves what the others are compared with


def benchmark(
    df: pd.DataFrame,
    metric: str | Metric = "reply_rate",
    *,
    against: str | float | Benchmark | pd.DataFrame = "rest",
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
    against : {"rest", "pooled", "median"}, float, str, Benchmark or pandas.DataFrame, default "rest"
        "rest" is all other campaigns, the odd ones put aside; "pooled" all campaigns together; "median" the median rate
        of the campaigns large enough to expect one event (of all if fewer than two are); or a rate of your own, a
        fraction between 0 and 1; a `Benchmark`, or the name of a packaged one (`list_benchmarks`); or another frame,
        such as last quarter's campaigns, taken together. The median is estimated from the same campaigns but taken as
        if it were known: of portfolios of 8 to 14 alike campaigns up to one in six had a false call, where one in
        twenty is aimed at; from 50 campaigns on that is made up for.
    by : str or sequence of str, optional
        Columns or index levels: campaigns are compared within their group only. A missing value is a group as well.
        What comes from outside the frame is the same for all groups; then `by` only splits the families of tests.
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
        `sends_more` (emails), and `caveats`. Against a benchmark that has quantiles also `percentile`,
        `percentile_low`, `percentile_high`: the share of its campaigns (a fraction) whose rate the campaign's rate and
        limits reach, log-linear between the quantiles given and not beyond them. What was asked stands in `.attrs`.
        With `sends_needed` emails (opens, for rates per open) a row at the edge of the typical zone has a chance of
        about 80 % to be settled; `sends_more` is the part not sent yet, 0 for rows that are decided (above, below,
        typical), so that its sum is what the others need. Where the others had no event at all a campaign can still be
        called, by the test; but such a benchmark has no typical zone, and `sends_needed` is missing.
        Against the rest, a few large odd campaigns may pull the whole family's rate so far away that nothing lies in
        both zones; then nobody is typical (`.attrs["without_zone"]` counts the rows), and the median or a rate of your
        own is the better benchmark.
        Caveats that `df` brings along are kept, such as ``still_sending`` of `add_caveats`, which an active `status`
        gives as well.
        The caveat ``not_after_many_tests`` marks limits that exclude the benchmark without a call, ``small_difference``
        a call whose rate lies within the typical zone, ``older_than_prefetch`` opens compared with a benchmark from
        before mail programs fetched images by themselves (2021), which is no fair comparison. The rates of called rows
        tend to overstate their distance from the benchmark: they were called for being far from it.

    Raises
    ------
    InputError
        If an argument is outside its range, the metric is unknown, a count is negative, fractional or no number, or
        `df` is a summary of groups and to be compared with its own rows.
    BaseMismatchError
        If the benchmark is of something else, or over another base, than the metric.
    ColumnsError
        If the metric's counts or a name of `by` are missing.

    Warns
    -----
    SmallPortfolioWarning
        Once per process, if fewer than 20 campaigns are compared with each other.
    UnlikeStepsWarning
        Once per process, if replies per email are judged of sequences whose `steps` differ (caveat ``unlike_steps``).

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
    >>> table = leadlex_pandas.benchmark(stats, "reply_rate", against="cold-b2b-it-2026")
    >>> table["benchmark"].dropna().unique().tolist()
    [0.0171]
    """
    judged = judge_frame(
        df, metric, "benchmark", against=against, by=by, level=level, fdr=fdr, typical_ratio=typical_ratio,
        design_effect=design_effect,
    )  # fmt: skip
    return benchmark_table(judged)


def benchmark_table(judged: Judged) -> pd.DataFrame:
    """Write a judgement as the table of `benchmark`, with what was asked in its `attrs`."""
    table = _table(judged)
    if isinstance(judged.rule.against, Yardstick) and judged.rule.against.quantiles:
        table = table.assign(**_percentiles(judged, judged.rule.against))
    table.attrs = judged.facts()
    return table


def _table(judged: Judged) -> pd.DataFrame:
    df, found = judged.frame, judged.judgement
    rate = rates(judged.k, judged.n)
    verdict = pd.Categorical.from_codes(found.verdict, pd.Index(VERDICTS))
    columns: dict[str, Any] = {"label": df["label"]} if "label" in df else {}
    columns |= {
        "events": whole(judged.k, df.index),
        "trials": whole(judged.n, df.index),
        "rate": rate,
        "low": found.low,
        "high": found.high,
        "benchmark": found.benchmark,
        "difference": rate - found.benchmark,
        "p_value": found.p_value,
        "p_adjusted": found.p_adjusted,
        "design_effect": judged.effects.phi,
        "verdict": verdict,
        "meaning": _meaning(verdict, judged.metric),
        "sends_needed": whole(found.sends_needed, df.index),
        "sends_more": whole(found.sends_more(judged.n), df.index),
        "caveats": _caveats(judged),
    }
    return pd.DataFrame(columns, index=df.index)


def _percentiles(judged: Judged, yardstick: Yardstick) -> dict[str, Any]:
    """Say where each campaign and its limits stand among the benchmark's campaigns; missing where there is no limit."""
    found = judged.judgement
    rate = np.where(judged.proper, rates(judged.k, judged.n), np.nan)
    columns = {"percentile": rate, "percentile_low": found.low, "percentile_high": found.high}
    return {name: percentiles(yardstick, values) for name, values in columns.items()}


def _meaning(verdict: Any, metric: Metric) -> Any:
    good, bad = ("above", "below") if metric.better == "high" else ("below", "above")
    meanings = np.select([verdict == good, verdict == bad], [0, 1], default=-1)
    return pd.Categorical.from_codes(meanings, pd.Index(["better", "worse"]))


def _caveats(judged: Judged) -> pd.Series[str]:
    found = judged.judgement
    # a family's own rate, however it is taken, is poorly known if the family is small; a given one is not
    small = (found.family_size < _SMALL) & isinstance(judged.rule.against, str)
    unlike = unlike_steps(judged.frame, judged.metric, judged.proper, judged.families, judged.where)
    if small.any():
        _warn_small(judged.where)
    marks = {
        "unlike_steps": unlike,
        "older_than_prefetch": judged.proper & _older_than_prefetch(judged),
        "design_effect_unknown": judged.effects.unknown,
        "small_portfolio": small,
        "not_after_many_tests": found.not_after_many_tests,
        "small_difference": found.small_difference,
    }
    return join_caveats(marks, caveat_column(judged.frame, judged.where))


def _older_than_prefetch(judged: Judged) -> bool:
    """Tell whether opens are compared with those of a time when mail programs fetched no images by themselves."""
    against, metric = judged.rule.against, judged.metric
    facts = (against.facts if isinstance(against, Yardstick) else None) or {}
    return "opened_count" in (metric.events, metric.trials) and bool(facts.get("older_than_prefetch"))


def _warn_small(where: str) -> None:
    warn_once(
        f"{where}: fewer than {_SMALL} campaigns are compared with each other, so one odd campaign moves what the "
        "others are compared with; the rows carry the caveat small_portfolio. Compare with a rate of your own "
        "(against=0.04) or with more campaigns.",
        SmallPortfolioWarning,
    )
