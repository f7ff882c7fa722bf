"""What each campaign of a family is compared with, and how likely chance alone would put it as far from that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._checks import Floats
from ..stats.comparison import target_test, target_z
from ..stats.core import Mask, compare_with_core, no_surer, others_test
from .against import Yardstick

POWER = 0.8  # chance to settle a campaign that lies just at the edge of the typical zone


@dataclass(frozen=True)
class Rule:
    """What the user asked for, checked."""

    against: str | Yardstick
    level: float
    fdr: float
    typical_ratio: float
    power: float = POWER


@dataclass(frozen=True)
class Comparison:
    """What each campaign is compared with.

    A call needs limits that exclude `shown` and every rate of `also_exclude`; "typical" needs limits in the zone around
    `shown` and around every rate of `also_near`. `p_value` is NaN where nothing can be tested.
    """

    shown: Floats
    p_value: Floats
    also_exclude: tuple[Floats, ...] = ()
    also_near: tuple[Floats, ...] = ()

    def spread(self, rows: Mask) -> Comparison:
        """Put the values of some rows into arrays of all rows, NaN elsewhere."""

        def spread(values: Floats) -> Floats:
            out = np.full(len(rows), np.nan)
            out[rows] = values
            return out

        return Comparison(
            spread(self.shown),
            spread(self.p_value),
            tuple(map(spread, self.also_exclude)),
            tuple(map(spread, self.also_near)),
        )


def compare(k: Floats, n: Floats, phi: Floats, rule: Rule) -> Comparison:
    """Compare valid campaigns with what the rule says; all is NaN where there is nothing to compare with."""
    if isinstance(rule.against, Yardstick):
        return _compare_with_yardstick(k, n, phi, rule.against)
    if len(k) < 2:
        return Comparison(np.full(len(k), np.nan), np.full(len(k), np.nan))
    pooled = np.full(len(k), k.sum() / n.sum())
    if rule.against == "median":
        return _compare_with_target(k, n, phi, np.full(len(k), _median(k, n)))
    core = compare_with_core(k, n, fdr=rule.fdr, design_effect=phi)
    both = (core.rate_of_others, core.rate_of_core)
    p_value = _tested(core.p_value, pooled)
    if rule.against == "pooled":
        return Comparison(pooled, p_value, also_exclude=both)
    return Comparison(core.rate_of_core, p_value, both, also_near=(pooled,))


def _compare_with_yardstick(k: Floats, n: Floats, phi: Floats, yardstick: Yardstick) -> Comparison:
    """Compare with rates from outside: with the nearest one of a range, and by two samples where counts are given."""
    target = yardstick.nearest(k / n)
    if yardstick.events is None or yardstick.trials is None:
        return _compare_with_target(k, n, phi, target)
    pooled = np.full(len(k), (k.sum() + yardstick.events) / (n.sum() + yardstick.trials))
    return Comparison(target, _tested(others_test(k, n, yardstick.events, yardstick.trials, phi), pooled))


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


def _tested(values: Floats, rate: Floats) -> Floats:
    """Keep what belongs to a rate strictly between 0 and 1.

    That of a fixed target must be. Others that had no event are a sample too, and can be tested against: there it is
    the rate of all together, which is 0 only where nothing happened anywhere.
    """
    return np.where((rate > 0) & (rate < 1), values, np.nan)
