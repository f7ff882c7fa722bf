"""The common core, against a plain re-reading of its rule with exact p-values."""

import math
from fractions import Fraction

import numpy as np
import pytest

from leadlex_pandas.stats import core
from leadlex_pandas.stats.core import compare_with_core, find_core
from tests.stats.enumeration import benjamini_hochberg, fisher_mid_p, pooled_z


def plain_core(rows, fdr):
    """METHODS 2.4 word by word, for up to 200 campaigns, on a list of (events, trials)."""
    kept = list(rows)
    while len(kept) > max(3, len(rows) / 2):
        total_k, total_n = sum(k for k, _ in kept), sum(n for _, n in kept)
        p = [fisher_mid_p(k, n, total_k, total_n) for k, n in kept]
        q = benjamini_hochberg(p)
        odd = [i for i in range(len(kept)) if q[i] <= fdr]
        if not odd:
            break
        first = min(odd, key=lambda i: (p[i], -abs(pooled_z(*kept[i], total_k, total_n)), kept[i][1], kept[i][0]))
        rest = [row for row in kept if row != kept[first]]  # equal rows go together
        if len(kept) - len(rest) > 1 and len(rest) < math.floor(max(3, len(rows) / 2)):
            break
        kept = rest
    return sorted(kept)


@pytest.mark.parametrize("seed", range(25))
def test_plain_reading_agrees(seed):
    rng = np.random.default_rng(seed)
    m = int(rng.integers(2, 16))
    n = rng.integers(5, 200, m)
    k = rng.binomial(n, np.where(rng.uniform(size=m) < 0.4, rng.choice([0.02, 0.5]), 0.15))
    if seed % 3 == 0:  # equal rows
        n[: m // 2], k[: m // 2] = n[0], k[0]
    kept = find_core(k.astype(float), n.astype(float), fdr=0.05, design_effect=1.0)
    ours = sorted(zip(k[kept].tolist(), n[kept].tolist(), strict=True))
    assert ours == plain_core(list(zip(k.tolist(), n.tolist(), strict=True)), 0.05)


def test_twins_are_dropped_together_or_not_at_all():
    k, n = np.array([60.0, 60, 4, 5, 6, 4]), np.full(6, 100.0)
    assert find_core(k, n, fdr=0.05, design_effect=1).tolist() == [False, False, True, True, True, True]
    k = np.array([60.0, 60, 60, 60, 4, 5])  # dropping the four would leave two
    assert find_core(k, n, fdr=0.05, design_effect=1).sum() >= 3


def test_nobody_is_dropped_where_all_are_alike_or_few():
    assert find_core(np.full(10, 4.0), np.full(10, 100.0), fdr=0.05, design_effect=1).all()
    assert find_core(np.array([0.0, 50, 99]), np.full(3, 100.0), fdr=0.05, design_effect=1).all()


def test_large_portfolios_find_the_odd_ones_and_keep_half():
    rng = np.random.default_rng(0)
    n = np.full(1000, 2000.0)
    odd = np.arange(1000) < 200
    k = rng.binomial(2000, np.where(odd, 0.1, 0.04)).astype(float)
    kept = find_core(k, n, fdr=0.05, design_effect=1)
    assert not kept[odd].any()
    assert kept[~odd].mean() > 0.97
    most_odd = rng.binomial(2000, np.where(np.arange(1000) < 480, rng.choice([0.01, 0.2], 1000), 0.04)).astype(float)
    assert find_core(most_odd, n, fdr=0.05, design_effect=1).sum() >= 500


def test_beyond_ten_thousand_z_steers_to_the_same_core(monkeypatch):
    rng = np.random.default_rng(1)
    n = rng.integers(200, 3000, 800).astype(float)
    k = rng.binomial(n.astype(int), np.where(np.arange(800) < 80, 0.12, 0.04)).astype(float)
    exact = find_core(k, n, fdr=0.05, design_effect=1)
    monkeypatch.setattr(core, "_BY_Z", 100)
    by_z = find_core(k, n, fdr=0.05, design_effect=1)
    assert (exact == by_z).mean() > 0.98


def test_both_comparisons():
    k, n = np.array([60.0, 4, 5, 6, 4, 5]), np.full(6, 100.0)
    result = compare_with_core(k, n, fdr=0.05, design_effect=1)
    assert result.kept.tolist() == [False] + [True] * 5
    assert result.rate_of_others[1] == (84 - 4) / 500
    assert result.rate_of_core[1] == (24 - 4) / 400
    assert result.rate_of_core[0] == 24 / 500
    # campaign 1 looks low beside all others, and like its peers beside the core: the larger p counts
    among_all, among_core = fisher_mid_p(4, 100, 84, 600), fisher_mid_p(4, 100, 24, 500)
    assert among_all < 0.001 < among_core
    assert result.p_value[1] == pytest.approx(among_core)
    assert result.p_value[0] == pytest.approx(fisher_mid_p(60, 100, 84, 600), rel=1e-9)


def test_design_effect_can_only_raise_p():
    k, n = np.array([9.0, 4, 5, 6, 4, 5]), np.full(6, 100.0)  # alike enough that both keep all
    plain = compare_with_core(k, n, fdr=0.05, design_effect=1.0).p_value
    inflated = compare_with_core(k, n, fdr=0.05, design_effect=2.5).p_value
    assert (inflated >= plain).all()
    z = pooled_z(9, 100, 33, 600) / math.sqrt(2.5)
    assert inflated[0] == pytest.approx(math.erfc(abs(z) / math.sqrt(2)))


def test_enumeration_itself():
    assert fisher_mid_p(3, 4, 4, 8) == pytest.approx(float(Fraction(18, 70)))
