"""The rule behind every verdict, for one family of campaigns, as arrays.

What a campaign is compared with (`compare_*`), what is then said of it (`judge`), and how many sends would settle it.
A verdict cannot contradict the limits it rests on: a call needs limits at `level` that exclude the benchmark, "typical"
needs those at 2 `level` - 1 inside the typical zone (two one-sided tests, each at `level`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from .._checks import Floats
from ..metrics import rates
from ..stats.comparison import target_test, target_z
from ..stats.core import Mask, compare_with_core, no_surer
from ..stats.intervals import proportion_interval
from ..stats.multiple import adjust_p_values
from ..stats.power import sends_needed

VERDICTS = (
    "below",
    "typical",
    "above",
    "near the edge",
    "too few sends",
    "no comparison",
    "not a proportion",
    "no data",
)
POWER = 0.8  # chance to settle a campaign that lies just at the edge of the typical zone

_SMALLEST_CUT = 1e-15  # 1 less this is still less than 1

_CODE = {name: code for code, name in enumerate(VERDICTS)}


@dataclass(frozen=True)
class Rule:
    """What the user asked for, checked."""

    against: str | float
    level: float
    fdr: float
    typical_ratio: float


@dataclass(frozen=True)
class Comparison:
    """What each campaign is compared with.

    A call needs limits that exclude `shown` and every rate of `also_exclude`; "typical" needs limits in the zone around
    `shown` and around every rate of `also_near`. `p_value` is NaN where `shown` is missing, 0 or 1.
    """

    shown: Floats
    p_value: Floats
    also_exclude: tuple[Floats, ...] = ()
    also_near: tuple[Floats, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """The columns of a benchmark table: arrays of one length."""

    low: Floats
    high: Floats
    benchmark: Floats
    p_value: Floats
    p_adjusted: Floats
    verdict: NDArray[np.int8]
    sends_needed: Floats
    family_size: NDArray[np.int64]
    pooled: Floats
    not_after_many_tests: Mask
    small_difference: Mask


def judge_families(k: Floats, n: Floats, phi: Floats, rule: Rule, families: list[NDArray[np.intp]]) -> Judgement:
    """Judge every family (the positions of its rows) on its own, and give the results in the order of the rows."""
    parts = [judge(k[rows], n[rows], phi[rows], rule) for rows in families]
    order = np.argsort(np.concatenate(families))
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])[order] for field in fields(Judgement)
    }
    return Judgement(**columns)


def judge(k: Floats, n: Floats, phi: Floats, rule: Rule) -> Judgement:
    """Judge one family; `k` and `n` may be missing (NaN), 0, or k > n in some rows, which then play no part.

    `phi` is the design effect of each row, at least 1.
    """
    proper = (n > 0) & (k <= n)  # False where either is NaN
    p = rates(k, n)
    comparison = _spread(compare(k[proper], n[proper], phi[proper], rule), proper)
    adjusted = adjust_p_values(comparison.p_value)
    low, high = proportion_interval(k / phi, n / phi, level=rule.level)
    excludes = _excludes(low, high, comparison.shown)
    called = (adjusted <= rule.fdr) & excludes
    for others in comparison.also_exclude:
        called &= _excludes(low, high, others)
    needed = np.ceil(_sends_needed(p, comparison, called, rule) * phi)
    calm = ~called & _inside_zone(k / phi, n / phi, comparison, rule)
    return Judgement(
        low=low,
        high=high,
        benchmark=comparison.shown,
        p_value=comparison.p_value,
        p_adjusted=adjusted,
        verdict=_verdicts(k, n, comparison, called, calm, needed),
        sends_needed=needed,
        family_size=np.full(len(k), proper.sum()),
        pooled=rates(np.full(len(k), k[proper].sum()), np.full(len(k), n[proper].sum())),
        not_after_many_tests=excludes & ~called,
        small_difference=called & _in_zone(p, p, comparison.shown, rule.typical_ratio),
    )


def compare(k: Floats, n: Floats, phi: Floats, rule: Rule) -> Comparison:
    """Compare valid campaigns with what the rule says; all is NaN where there is nothing to compare with."""
    if isinstance(rule.against, float):
        return _compare_with_target(k, n, phi, np.full(len(k), rule.against))
    if len(k) < 2:
        return Comparison(np.full(len(k), np.nan), np.full(len(k), np.nan))
    pooled = np.full(len(k), k.sum() / n.sum())
    if rule.against == "median":
        return _compare_with_target(k, n, phi, np.full(len(k), _median(k, n)))
    core = compare_with_core(k, n, fdr=rule.fdr, design_effect=phi)
    both = (core.rate_of_others, core.rate_of_core)
    if rule.against == "pooled":
        return Comparison(pooled, _tested(core.p_value, pooled), also_exclude=both)
    return Comparison(core.rate_of_core, _tested(core.p_value, core.rate_of_core), both, also_near=(pooled,))


def _median(k: Floats, n: Floats) -> float:
    """Give the median rate of the campaigns that expect an event (n >= 1 / pooled rate), if there are two of them."""
    large = n * k.sum() >= n.sum()
    if large.sum() < 2:
        large[:] = True  # the only one would be compared with itself
    return float(np.median(k[large] / n[large]))


def _compare_with_target(k: Floats, n: Floats, phi: Floats, target: Floats) -> Comparison:
    inner = _tested(target, target)
    p = np.asarray(target_test(k, n, inner))
    return Comparison(target, no_surer(p, lambda: target_z(k, n, inner), phi))


def _tested(values: Floats, shown: Floats) -> Floats:
    """Keep what belongs to a rate that can be tested against: neither 0 nor 1 nor missing."""
    return np.where((shown > 0) & (shown < 1), values, np.nan)


def _spread(comparison: Comparison, rows: Mask) -> Comparison:
    """Put values of some rows into arrays of all rows, NaN elsewhere."""

    def spread(values: Floats) -> Floats:
        out = np.full(len(rows), np.nan)
        out[rows] = values
        return out

    return Comparison(
        spread(comparison.shown),
        spread(comparison.p_value),
        tuple(map(spread, comparison.also_exclude)),
        tuple(map(spread, comparison.also_near)),
    )


def _verdicts(
    k: Floats, n: Floats, comparison: Comparison, called: Mask, calm: Mask, needed: Floats
) -> NDArray[np.int8]:
    conditions = {
        "not a proportion": (n > 0) & (k > n),
        "no data": ~((n > 0) & (k <= n)),
        "no comparison": np.isnan(comparison.shown),
        "above": called & (rates(k, n) > comparison.shown),
        "below": called,
        "typical": calm,
        "near the edge": n >= needed,  # False where needed is NaN
    }
    codes = [np.int8(_CODE[name]) for name in conditions]
    return np.select(list(conditions.values()), codes, default=np.int8(_CODE["too few sends"]))


def _sends_needed(p: Floats, comparison: Comparison, called: Mask, rule: Rule) -> Floats:
    """Give the sends that would settle each row if counts varied as a binomial's; NaN without a rate or a benchmark between 0 and 1."""
    needed = np.full(len(p), np.nan)
    rows = ~np.isnan(comparison.p_value)
    if not rows.any():
        return needed
    b = comparison.shown[rows]
    cut = max(min(1 - rule.level, rule.fdr * max(1, called.sum()) / rows.sum()), _SMALLEST_CUT)
    low, high = zone(b, rule.typical_ratio)
    edge = np.where(p[rows] >= b, high, low)
    effect = np.where((edge > 0) & (edge < 1) & (edge != b), edge / b - 1, np.nan)  # NaN beyond what a float can tell
    to_call = sends_needed(b, relative_effect=np.where(effect > -1, effect, np.nan), power=POWER, level=1 - cut)
    needed[rows] = np.maximum(_sends_for_typical(b, rule), to_call)
    return needed


def _sends_for_typical(b: Floats, rule: Rule) -> Floats:
    from scipy import special

    z = special.ndtri(rule.level) + special.ndtri((1 + POWER) / 2)
    return np.asarray((z / np.log(rule.typical_ratio)) ** 2 / (b * (1 - b)))


def zone(benchmark: Floats, typical_ratio: float) -> tuple[Floats, Floats]:
    """Give the rates whose odds are `typical_ratio` times smaller, and larger, than the benchmark's."""
    lower, upper = benchmark, typical_ratio * benchmark
    return lower / (lower + typical_ratio * (1 - benchmark)), upper / (upper + 1 - benchmark)


def _inside_zone(k: Floats, n: Floats, comparison: Comparison, rule: Rule) -> Mask:
    """Tell whether the limits at 2 level - 1 (90 % at 95 %) lie inside the typical zone."""
    low, high = proportion_interval(k, n, level=2 * rule.level - 1)
    inside = _in_zone(low, high, comparison.shown, rule.typical_ratio)
    for others in comparison.also_near:
        inside &= _in_zone(low, high, others, rule.typical_ratio)
    return inside & ~np.isnan(comparison.p_value)


def _in_zone(low: Floats, high: Floats, benchmark: Floats, typical_ratio: float) -> Mask:
    zone_low, zone_high = zone(benchmark, typical_ratio)
    return (low >= zone_low) & (high <= zone_high)


def _excludes(low: Floats, high: Floats, other: Floats) -> Mask:
    return (low > other) | (high < other)
