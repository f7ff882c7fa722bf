"""The common core of a portfolio: the campaigns that are left once the odd ones are put aside.

All others of a campaign include the odd ones, and a few of those pull the pool so far that campaigns which are truly
alike look "below" it. So each campaign is tested twice: against all others, and against the others of the core.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._checks import Floats
from ..metrics import rates
from .comparison import rest_test, rest_z, z_p_value
from .multiple import adjust_p_values

_BATCHED = 200  # above so many campaigns they are dropped a tenth of the odd ones at a time
_BY_Z = 10_000  # above so many the dropping is steered by z; the final p-values are exact all the same

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class CoreComparison:
    """Every campaign against all others and against the others of the core; `p_value` is the larger of both tests'."""

    kept: Mask
    rate_of_others: Floats
    rate_of_core: Floats
    p_value: Floats


def compare_with_core(k: Floats, n: Floats, *, fdr: float, design_effect: float | Floats) -> CoreComparison:
    """Compare each of at least two campaigns (valid counts, k <= n, n > 0) with all others and with the core's.

    `design_effect` is one for all or one per campaign.
    """
    kept = find_core(k, n, fdr=fdr, design_effect=design_effect)
    others_k, others_n = k.sum() - k, n.sum() - n
    core_k = k[kept].sum() - np.where(kept, k, 0.0)
    core_n = n[kept].sum() - np.where(kept, n, 0.0)
    p_value = others_test(k, n, others_k, others_n, design_effect)
    if not kept.all():  # else both tests are the same
        p_value = np.maximum(p_value, others_test(k, n, core_k, core_n, design_effect))
    return CoreComparison(kept, rates(others_k, others_n), rates(core_k, core_n), p_value)


def others_test(
    k: Floats, n: Floats, others_k: Floats | float, others_n: Floats | float, design_effect: float | Floats
) -> Floats:
    """Test campaigns against others: mid-p, and no smaller than the z test where the variance is inflated."""
    total_k, total_n = k + others_k, n + others_n
    p = np.asarray(rest_test(k, n, total_k, total_n))
    return no_surer(p, lambda: rest_z(k, n, total_k, total_n), design_effect)


def no_surer(p: Floats, z: Callable[[], Floats], design_effect: float | Floats) -> Floats:
    """Raise p-values to those of the z test with the variance inflated, where it is."""
    inflated = np.greater(design_effect, 1)
    if not np.any(inflated):
        return p
    return np.where(inflated, np.maximum(p, z_p_value(z(), design_effect)), p)


def find_core(k: Floats, n: Floats, *, fdr: float, design_effect: float | Floats) -> Mask:
    """Tell which campaigns are left when those that stand out from the others kept are dropped, oddest first."""
    phi = np.broadcast_to(np.asarray(design_effect, np.float64), k.shape)
    kept = np.ones(len(k), dtype=bool)
    half = max(3.0, len(k) / 2)
    least = math.ceil(half) if len(k) > _BATCHED else math.floor(half)
    while kept.sum() > half:
        drop = _odd_ones(k, n, phi, kept, least, fdr)
        if not len(drop):
            break
        kept[drop] = False
    return kept


def _odd_ones(k: Floats, n: Floats, phi: Floats, kept: Mask, least: int, fdr: float) -> NDArray[np.intp]:
    """Choose whom to drop next among the kept ones; nobody where none stands out or fewer than `least` would stay."""
    rows = np.flatnonzero(kept)
    kk, nn, phi = k[rows], n[rows], phi[rows]
    z = rest_z(kk, nn, kk.sum(), nn.sum())
    p = z_p_value(z, phi) if len(k) > _BY_Z else others_test(kk, nn, kk.sum() - kk, nn.sum() - nn, phi)
    odd = np.flatnonzero(adjust_p_values(p) <= fdr)
    if not len(odd):
        return rows[:0]
    odd = odd[np.lexsort((kk[odd], nn[odd], -np.abs(z[odd]), p[odd]))]
    batch = math.ceil(len(odd) / 10) if len(k) > _BATCHED else 1
    return rows[odd[: _whole_ties(kk[odd], nn[odd], batch, len(rows) - least)]]


def _whole_ties(k: Floats, n: Floats, wanted: int, most: int) -> int:
    """Give how many of the first rows to take: equal (trials, events) together, `most` at the most."""
    last_of_tie = np.append((k[1:] != k[:-1]) | (n[1:] != n[:-1]), True)
    ends = np.flatnonzero(last_of_tie) + 1
    end = ends[np.searchsorted(ends, wanted)]
    if end <= most:
        return int(end)
    allowed = ends[ends <= min(most, wanted)]
    return int(allowed[-1]) if len(allowed) else 0
