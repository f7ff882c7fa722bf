"""Groups of campaigns that differ among themselves: rates with limits, differences, and whether any groups differ.

The campaigns of a group share its rate only on average, with an intra-class correlation rho, the same in all groups and
found by moments. So a group's counts weigh as their size over a design effect, and Student's t takes the place of z.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._checks import Floats
from .intervals import wilson

_CELLS = 2_000_000  # of a matrix of draws by campaigns


class Estimates(NamedTuple):
    """Rates with limits, one a group."""

    rates: Floats
    low: Floats
    high: Floats


class Differences(NamedTuple):
    """Each group less all others together, with limits."""

    differences: Floats
    low: Floats
    high: Floats


class Tested(NamedTuple):
    """How far groups lie apart, the chance of that if all had one rate, and the correlation within campaigns.

    `p_values` are those of each group against all others together, in the order of the groups.
    """

    statistic: float
    p_value: float
    rho: float
    p_values: Floats


@dataclass(frozen=True)
class Cells:
    """Sums over the campaigns of each group (row) and stratum (column); `spread` is the sum of n (1 + (n - 1) rho)."""

    events: Floats
    trials: Floats
    spread: Floats
    shares: Floats  # of each stratum in all trials

    def others(self) -> Cells:
        """Give, in place of each group, all others together."""
        events, trials, spread = (part.sum(axis=0) - part for part in (self.events, self.trials, self.spread))
        return Cells(events, trials, spread, self.shares)

    def estimates(self, quantile: float) -> Estimates:
        """Standardise to the shares of the strata, and give Wilson's limits at the size that has the same variance."""
        there = self.trials > 0
        weights = np.where(there, self.shares, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            weights = weights / weights.sum(axis=1, keepdims=True)
            p = np.where(there, self.events / self.trials, 0.0)
            rates = (weights * p).sum(axis=1)
            each = np.where(there, weights**2 * self.spread / self.trials**2, 0.0)
            # rates of 0 or 1 in all strata have no variance: the limit of rates that are alike in all
            varying = (each * p * (1 - p)).sum(axis=1)
            size = np.where(varying > 0, rates * (1 - rates) / varying, 1 / each.sum(axis=1))
            low, high = wilson(rates * size, size, np.asarray(quantile))
        known = ~np.isnan(low)
        low = np.where(known & (rates == 0), 0.0, np.maximum(low, 0))
        return Estimates(rates, low, np.where(known & (rates == 1), 1.0, np.minimum(high, 1)))


def group_estimates(
    k: Floats, n: Floats, group: NDArray[np.intp], stratum: NDArray[np.intp] | None, level: float
) -> tuple[Estimates, Differences]:
    """Estimate every group 0, 1, ... (each with a campaign), and its difference from all others together."""
    from scipy import special

    from .differences import newcombe

    cells = _cells(k, n, group, stratum)
    freedom = len(k) - int((cells.trials > 0).sum())  # the spread is seen within groups, and there within strata
    quantile = float(special.stdtrit(freedom, (1 + level) / 2)) if freedom > 0 else np.nan
    own, others = cells.estimates(quantile), cells.others().estimates(quantile)
    low, high = newcombe(own.rates, own.low, own.high, others.rates, others.low, others.high)
    return own, Differences(own.rates - others.rates, low, high)


def groups_apart(
    k: Floats,
    n: Floats,
    group: NDArray[np.intp],
    stratum: NDArray[np.intp] | None,
    *,
    draws: int = 999,
    seed: int = 0,
) -> Tested:
    """Test whether any groups lie further apart than if all had one rate (in each stratum), by simulation.

    The portfolios simulated for that also tell how far each group lies from the others.
    """
    layer = np.zeros_like(group) if stratum is None else np.unique(stratum, return_inverse=True)[1].reshape(-1)
    order = np.lexsort((k, n, group, layer))
    k, n, group, layer = k[order], n[order], group[order], layer[order]
    common = _rates(k[None], n, layer)[0]
    if not ((common > 0) & (common < 1)).any():
        return Tested(np.nan, np.nan, np.nan, np.full(len(np.unique(group)), np.nan))
    found, rho = _statistics(k[None], n, group, layer)
    rng = np.random.default_rng(seed)
    beyond, left = np.zeros(found.shape[1]), draws
    while left:
        number = min(left, max(1, _CELLS // len(k)))
        simulated = _simulate(rng, number, n, common, float(rho[0]))
        beyond += (_statistics(simulated, n, group, layer)[0] >= found[0] * (1 - 1e-9)).sum(axis=0)
        left -= number
    p_values = (1 + beyond) / (1 + draws)
    return Tested(float(found[0, 0]), float(p_values[0]), float(rho[0]), p_values[1:])


def group_design_effects(k: Floats, n: Floats, group: NDArray[np.intp], stratum: NDArray[np.intp] | None) -> Floats:
    """Give the factor by which each group's counts weigh less than as many emails that are all alike."""
    cells = _cells(k, n, group, stratum)
    return np.asarray(cells.spread.sum(axis=1) / cells.trials.sum(axis=1))


def _cells(k: Floats, n: Floats, group: NDArray[np.intp], stratum: NDArray[np.intp] | None) -> Cells:
    groups = int(group.max()) + 1
    _, layer = np.unique(np.zeros_like(group) if stratum is None else stratum, return_inverse=True)
    shape = (groups, int(layer.max()) + 1)
    cell = group * shape[1] + layer.reshape(-1)

    def sums(values: Floats) -> Floats:
        return np.bincount(cell, weights=values, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)

    events, trials = sums(k), sums(n)
    rho = _correlation(k, n, events.ravel()[cell], trials.ravel()[cell], (events.sum(0) / trials.sum(0))[layer])
    return Cells(events, trials, sums(n * (1 + (n - 1) * rho)), trials.sum(axis=0) / n.sum())


def _correlation(k: Floats, n: Floats, events: Floats, trials: Floats, common: Floats) -> float:
    """Give the correlation of two emails of one campaign, by moments around the rate of its cell."""
    varying = (common > 0) & (common < 1)
    k, n, events, trials, common = (each[varying] for each in (k, n, events, trials, common))
    spread = ((k - n * events / trials) ** 2 / (n * common * (1 - common))).sum()
    share = 1 - n / trials
    room = ((n - 1) * share).sum()
    return float(np.clip((spread - share.sum()) / room, 0.0, 1.0)) if room > 0 else 0.0


def _simulate(rng: np.random.Generator, draws: int, n: Floats, common: Floats, rho: float) -> Floats:
    """Draw portfolios of the same sends whose campaigns differ by `rho`, and whose groups do not."""
    shape = (draws, len(n))
    if rho >= 1:
        rates = (rng.random(shape) < common).astype(np.float64)
    elif rho > 0:
        size = 1 / rho - 1
        rates = rng.beta(np.maximum(common * size, 1e-9), np.maximum((1 - common) * size, 1e-9), shape)
    else:
        rates = np.broadcast_to(common, shape)
    return rng.binomial(n.astype(np.int64), rates).astype(np.float64)


def _statistics(k: Floats, n: Floats, group: NDArray[np.intp], layer: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Give distances from the common rate in each row of `k`, and the correlation that they allow for.

    The first column is the distance of all groups, each other one that of a group and of all others together.
    """
    common = _rates(k, n, layer)
    variance = n * common * (1 - common)
    away = k - n * common
    share = 1 - n / np.bincount(layer, weights=n)[layer]
    room = ((n - 1) * share).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(variance > 0, away**2 / variance, 0.0).sum(axis=1)
        rho = np.clip((spread - share.sum()) / room, 0.0, 1.0) if room > 0 else np.zeros(len(k))
        inflated = variance * (1 + (n - 1) * rho[:, None])
        order = np.argsort(group, kind="stable")
        starts = np.flatnonzero(np.diff(group[order], prepend=-1))
        distance, own = (np.add.reduceat(each[:, order], starts, axis=1) for each in (away, inflated))
        total = own.sum(axis=1, keepdims=True)
        apart = np.nan_to_num(distance**2 / own, nan=0.0)
        from_others = (distance.sum(axis=1, keepdims=True) - distance) ** 2 / (total - own)
    known = own < total * (1 - 1e-12)  # beyond that the others' variance is what rounding left
    return np.column_stack([apart.sum(axis=1), apart + np.where(known, from_others, 0.0)]), rho


def _rates(k: Floats, n: Floats, layer: NDArray[np.intp]) -> Floats:
    """Give the rate of each campaign's stratum, in every row of `k`."""
    members = (layer[:, None] == np.arange(layer.max() + 1)).astype(np.float64)
    return np.asarray(((k @ members) / (n @ members))[:, layer])
