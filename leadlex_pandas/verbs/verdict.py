"""The rule behind every verdict, for one family of campaigns, as arrays.

What a campaign is compared with is found in `comparing`; here is what is then said of it (`judge`), and how many sends
would settle it.
A verdict cannot contradict the limits it rests on: a call needs limits at `level` that exclude the benchmark, "typical"
needs those at 2 `level` - 1 inside the typical zone (two one-sided tests, each at `level`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from .._checks import Floats
from ..metrics import rates
from ..stats.core import Mask
from ..stats.intervals import proportion_interval
from ..stats.multiple import adjust_p_values
from ..stats.power import sends_needed
from .comparing import Comparison, Rule, compare

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
SMALLEST_CUT = 1e-15  # 1 less this is still less than 1

_CODE = {name: code for code, name in enumerate(VERDICTS)}
CALLS = (_CODE["above"], _CODE["below"])
_DECIDED = (*CALLS, _CODE["typical"])


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
    no_zone: Mask  # rows where no limits at all could be typical

    def sends_more(self, n: Floats) -> Floats:
        """Give how many of the sends needed are missing: none of what is decided; NaN where nobody can say."""
        return np.where(np.isin(self.verdict, _DECIDED), 0.0, np.maximum(self.sends_needed - n, 0))


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
    comparison = compare(k[proper], n[proper], phi[proper], rule).spread(proper)
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
        no_zone=_no_zone(comparison, rule.typical_ratio),
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
    """Give the sends that would settle each row if counts varied as a binomial's; NaN where there is no zone."""
    needed = np.full(len(p), np.nan)
    tested = ~np.isnan(comparison.p_value)
    rows = tested & _has_zone(comparison.shown)
    if not rows.any():
        return needed
    b = comparison.shown[rows]
    cut = max(min(1 - rule.level, rule.fdr * max(1, called.sum()) / tested.sum()), SMALLEST_CUT)
    low, high = zone(b, rule.typical_ratio)
    edge = np.where(p[rows] >= b, high, low)
    effect = np.where((edge > 0) & (edge < 1) & (edge != b), edge / b - 1, np.nan)  # NaN beyond what a float can tell
    to_call = sends_needed(b, relative_effect=np.where(effect > -1, effect, np.nan), power=rule.power, level=1 - cut)
    needed[rows] = np.maximum(sends_for_typical(b, rule), to_call)
    return needed


def sends_for_typical(b: Floats, rule: Rule) -> Floats:
    """Give the sends at which a campaign exactly at its benchmark is typical with the chance wanted."""
    from scipy import special

    z = special.ndtri(rule.level) + special.ndtri((1 + rule.power) / 2)
    return np.asarray((z / np.log(rule.typical_ratio)) ** 2 / (b * (1 - b)))


def zone(benchmark: Floats, typical_ratio: float) -> tuple[Floats, Floats]:
    """Give the rates whose odds are `typical_ratio` times smaller, and larger, than the benchmark's."""
    lower, upper = benchmark, typical_ratio * benchmark
    return lower / (lower + typical_ratio * (1 - benchmark)), upper / (upper + 1 - benchmark)


def _has_zone(benchmark: Floats) -> Mask:
    """Tell which benchmarks have a zone around them: not 0 and 1, of whose odds there is no multiple."""
    return (benchmark > 0) & (benchmark < 1)


def _inside_zone(k: Floats, n: Floats, comparison: Comparison, rule: Rule) -> Mask:
    """Tell whether the limits at 2 level - 1 (90 % at 95 %) lie inside the typical zone."""
    low, high = proportion_interval(k, n, level=2 * rule.level - 1)
    inside = _in_zone(low, high, comparison.shown, rule.typical_ratio)
    for others in comparison.also_near:
        inside &= _in_zone(low, high, others, rule.typical_ratio)
    return inside & ~np.isnan(comparison.p_value)


def _no_zone(comparison: Comparison, typical_ratio: float) -> Mask:
    """Tell where the zones have nothing in common: odd campaigns pull the whole far away from the rest."""
    zones = [zone(near, typical_ratio) for near in (comparison.shown, *comparison.also_near)]
    lowest, highest = np.max([low for low, _ in zones], axis=0), np.min([high for _, high in zones], axis=0)
    return np.asarray((lowest > highest) & _has_zone(comparison.shown) & ~np.isnan(comparison.p_value))


def _in_zone(low: Floats, high: Floats, benchmark: Floats, typical_ratio: float) -> Mask:
    zone_low, zone_high = zone(benchmark, typical_ratio)
    return (low >= zone_low) & (high <= zone_high)


def _excludes(low: Floats, high: Floats, other: Floats) -> Mask:
    return (low > other) | (high < other)
