"""Ranks of campaigns in portfolios drawn from what is known of their true rates."""

from __future__ import annotations

import math

import numpy as np

from .._checks import Floats
from .posterior import Posterior

_DRAWN = 5000  # above so many campaigns the ranks in every draw would not fit into memory
_CELLS = 2_000_000  # of a matrix of campaigns by draws
_CANDIDATES = 500  # of so many, those with the highest upper limits, one is the best


def rank_by_draws(
    known: Posterior, level: float, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Give lower and upper rank and the chance to be best; campaigns in the order of (trials, events)."""
    if len(known.k) <= _DRAWN:
        low, high, best = _by_ranks(known, level, draws, rng)
    else:
        low, high, best = _by_limits(known, level, draws, rng)
    return _twins_alike(known, low, high, best)


def _by_ranks(known: Posterior, level: float, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    campaigns = len(known.k)
    ranks = np.empty((campaigns, draws), np.int32)
    size = max(1, _CELLS // campaigns)
    for first in range(0, draws, size):
        rates = known.draw(rng, min(size, draws - first))
        order = np.argsort(-rates, axis=0)
        np.put_along_axis(ranks[:, first : first + size], order, np.arange(1, campaigns + 1)[:, None], axis=0)
    best = (ranks == 1).mean(axis=1)
    tail = (1 - level) / 2
    lowest, highest = (max(0, math.ceil(round(q * draws, 6)) - 1) for q in (tail, 1 - tail))
    ranks.partition([lowest, highest], axis=1)
    return ranks[:, lowest].astype(np.float64), ranks[:, highest].astype(np.float64), best


def _by_limits(known: Posterior, level: float, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Find each campaign's own limits among rates drawn for all, pooled over some draws."""
    campaigns = len(known.k)
    repeats = max(5, _CELLS // campaigns)
    pool = np.sort(known.draw(rng, repeats), axis=None)
    low, high = known.limits(level)
    from_best, from_worst = (1 + (len(pool) - np.searchsorted(pool, limit)) / repeats for limit in (high, low))
    best = np.zeros(campaigns)
    top = np.sort(np.argsort(-high, kind="stable")[:_CANDIDATES])
    winners = known.of(known.k[top], known.n[top]).draw(rng, draws).argmax(axis=0)
    best[top] = np.bincount(winners, minlength=len(top)) / draws
    rank_low, rank_high = (np.clip(np.round(each), 1, campaigns) for each in (from_best, from_worst))
    return rank_low, rank_high, best


def _twins_alike(known: Posterior, low: Floats, high: Floats, best: Floats) -> tuple[Floats, Floats, Floats]:
    """Give campaigns with equal counts the same figures, which draws alone would not."""
    if not len(low):
        return low, high, best
    starts = np.append(True, (np.diff(known.n) != 0) | (np.diff(known.k) != 0))
    firsts, each = np.flatnonzero(starts), np.cumsum(starts) - 1
    best = np.add.reduceat(best, firsts) / np.bincount(each)
    return np.minimum.reduceat(low, firsts)[each], np.maximum.reduceat(high, firsts)[each], best[each]
