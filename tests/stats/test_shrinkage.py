"""Shrunk rates, chances and ranks: scipy's beta distribution, closed forms with fractions, mpmath, and known worlds."""

from fractions import Fraction
from itertools import pairwise
from math import comb, factorial

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats

from leadlex_pandas.errors import InputError
from leadlex_pandas.stats import expected_loss, fit_beta_binomial, prob_greater, rank_intervals, shrink
from leadlex_pandas.stats.dispersion import BetaBinomial

PRIOR = BetaBinomial(alpha=2.0, beta=60.0, mean=2 / 62, theta=1 / 62, log_likelihood=0.0, campaigns=100)
NO_SPREAD = BetaBinomial(alpha=np.inf, beta=np.inf, mean=0.04, theta=0.0, log_likelihood=0.0, campaigns=3)


def world(rng, campaigns, alpha, beta):
    n = np.exp(rng.uniform(np.log(30), np.log(3000), campaigns)).astype(int)
    rate = rng.beta(alpha, beta, campaigns)
    return rng.binomial(n, rate), n, rate


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_plug_in_posterior_is_a_beta(level):
    k, n = np.array([0, 3, 3, 30, 100]), np.array([50, 50, 50, 1000, 100])
    posterior = stats.beta(2 + k, 60 + n - k)
    rate, low, high = shrink(k, n, fit=PRIOR, level=level)
    np.testing.assert_allclose(rate, posterior.mean(), rtol=1e-12)
    np.testing.assert_allclose([low, high], posterior.interval(level), rtol=1e-9)


def averaged(k, n, tail):
    """The mixture of METHODS 2.7 by scipy's beta-binomial, its quantiles by bisection."""
    pooled = (k.sum() + 0.5) / (n.sum() + 1)
    s, shift = np.meshgrid(np.linspace(0.004, 0.6, 45), np.linspace(-1.2, 1.2, 41))
    mu, theta = special.expit(special.logit(pooled) + shift).ravel(), s.ravel() ** 2
    a, b = mu / theta, (1 - mu) / theta
    weight = sum(stats.betabinom.logpmf(kk, nn, a, b) for kk, nn in zip(k, n, strict=True)) - np.log1p(theta / 0.01)
    weight = np.exp(weight - weight.max())
    weight /= weight.sum()
    for kk, nn in zip(k, n, strict=True):
        mixture = stats.beta(a + kk, b + nn - kk)
        quantile = [
            optimize.brentq(lambda x, q=q, mixture=mixture: weight @ mixture.cdf(x) - q, 0, 1, xtol=1e-14)
            for q in (tail, 1 - tail)
        ]
        yield weight @ mixture.mean(), *quantile


@pytest.mark.parametrize("seed", range(2))
def test_averaged_posterior_by_its_definition(seed):
    k, n, _ = world(np.random.default_rng(seed), 8, 2, 60)
    found = shrink(k, n, fit=fit_beta_binomial(k, n), average=True)
    np.testing.assert_allclose(np.transpose(found), list(averaged(k, n, 0.025)), rtol=2e-4, atol=1e-6)


def test_above_2000_campaigns_alike_the_moments_stand_in(monkeypatch):
    from leadlex_pandas.stats import posterior

    k, n = np.array([3, 30, 7, 1, 33]), np.array([100, 900, 200, 40, 1000])
    exact = shrink(k, n, fit=NO_SPREAD, average=True)
    monkeypatch.setattr(posterior, "_MATCHED", 0)
    np.testing.assert_allclose(shrink(k, n, fit=NO_SPREAD, average=True), exact, rtol=0.12)


@pytest.mark.parametrize(("alpha", "beta"), [(2, 60), (20, 605)])
@pytest.mark.parametrize("campaigns", [10, 14, 50])
def test_limits_cover_also_in_small_portfolios(alpha, beta, campaigns):
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(800 // campaigns):
        k, n, rate = world(rng, campaigns, alpha, beta)
        _, low, high = shrink(k, n, fit=fit_beta_binomial(k, n), average=True)
        inside += [(low <= rate) & (rate <= high)]
    assert 0.92 <= np.mean(inside) <= 0.98


def test_no_interval_without_width_and_none_without_events():
    k, n = [0, 0, 0], [100, 1000, 50]
    rate, low, high = shrink(k, n, fit=fit_beta_binomial(k, n), average=True)
    assert (low < rate).all()
    assert (rate < high).all()
    assert (high < 0.1).all()
    whole = shrink([4, 40, 4], [100, 1000, 100], fit=fit_beta_binomial([4, 40, 4], [100, 1000, 100]), average=True)
    assert (whole.high - whole.low > 0.005).all()
    nothing_left = shrink([0, 10], 10, fit=fit_beta_binomial([0, 10], 10), average=True)
    assert (nothing_left.high - nothing_left.low > 0.05).all()


def test_plug_in_without_spread_is_the_mean():
    assert [each.tolist() for each in shrink([3, 40], [100, 1000], fit=NO_SPREAD)] == [[0.04, 0.04]] * 3
    everything = shrink([0, 10, 10], 10, fit=fit_beta_binomial([0, 10, 10], 10))
    assert [each.tolist() for each in everything] == [[0.0, 1.0, 1.0]] * 3


def test_a_billion_sends():
    n = np.full(4, 10**9)
    k = np.array([30, 31, 32, 35]) * 10**6
    rate, low, high = shrink(k, n, fit=fit_beta_binomial(k, n), average=True)
    np.testing.assert_allclose(rate, k / n, rtol=1e-4)
    width = 2 * stats.norm.ppf(0.975) * np.sqrt(k / n * (1 - k / n) / n)
    np.testing.assert_allclose(high - low, width, rtol=0.01)


def test_fractions_shapes_and_gaps():
    low, high = shrink(3.5, 41.25, fit=PRIOR)[1:]
    assert (low, high) == pytest.approx(stats.beta(5.5, 97.75).interval(0.95))
    assert shrink(np.ones((2, 1)), [10, 20, 30], fit=PRIOR).rate.shape == (2, 3)
    k, n = [3, np.nan, 0, 9, 5], [50, 10, 0, 8, np.nan]
    for average in (True, False):
        one = shrink(3, 50, fit=PRIOR, average=average)
        for alone, among in zip(one, shrink(k, n, fit=PRIOR, average=average), strict=True):
            assert among[0] == pytest.approx(float(alone))
            assert np.isnan(among[1:]).all()
    empty = fit_beta_binomial([], [])
    assert shrink([], [], fit=empty).rate.tolist() == []
    assert np.isnan(shrink([np.nan], [4], fit=empty, average=True).rate).all()


def exact_chance(a1, b1, a2, b2):
    """P(Beta(a1, b1) > Beta(a2, b2)) for whole parameters: of a1 + b1 - 1 uniform draws the a1-th, and so on."""

    def beta(a, b):
        return Fraction(factorial(a - 1) * factorial(b - 1), factorial(a + b - 1))

    return sum(beta(a2 + i, b1 + b2) / ((b1 + i) * beta(1 + i, b1) * beta(a2, b2)) for i in range(a1))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(*[st.integers(1, 60)] * 4)
def test_chance_and_loss_with_whole_parameters(a1, b1, a2, b2):
    assert prob_greater(a1, b1, a2, b2) == pytest.approx(float(exact_chance(a1, b1, a2, b2)), abs=1e-11)
    loss = Fraction(a2, a2 + b2) * exact_chance(a2 + 1, b2, a1, b1) - Fraction(a1, a1 + b1) * exact_chance(
        a2, b2, a1 + 1, b1
    )
    assert expected_loss(a1, b1, a2, b2) == pytest.approx(float(loss), abs=1e-11)


def test_exact_chance_itself():
    # among a1 + b1 - 1 and a2 + b2 - 1 uniform draws: 2 of 2 and 1 of 1; the larger of two exceeds a third in 2 of 3 orders
    assert exact_chance(2, 1, 1, 1) == Fraction(comb(3, 1) - 1, comb(3, 1))


@pytest.mark.parametrize("parameters", [
    (0.5, 20.5, 1.5, 19.5), (0.05, 3, 0.2, 5), (0.2, 0.3, 0.5, 2), (3.2, 100.4, 40.5, 1000.25), (6.01, 940, 41.5, 1207.5),
])  # fmt: skip
def test_chance_and_loss_with_real_parameters(parameters):
    a1, b1, a2, b2 = parameters

    def in_logit(of):  # where densities are smooth, also those without bound at 0 or 1
        knots = np.concatenate([[-700, -100, -40], np.arange(-20.0, 20.5, 0.5), [40, 100]])
        parts = (integrate.quad(of, left, right, epsabs=1e-14, epsrel=1e-12)[0] for left, right in pairwise(knots))
        return sum(parts)

    def density(y, a, b):
        return np.exp(a * special.log_expit(y) + b * special.log_expit(-y) - special.betaln(a, b))

    def below(y, a, b):
        return special.betainc(a, b, special.expit(y))

    chance = in_logit(lambda y: density(y, a1, b1) * below(y, a2, b2))
    loss = in_logit(lambda y: below(y, a1, b1) * below(-y, b2, a2) * special.expit(y) * special.expit(-y))
    assert prob_greater(*parameters) == pytest.approx(chance, abs=1e-8)
    assert expected_loss(*parameters) == pytest.approx(loss, abs=1e-8)


@pytest.mark.parametrize("parameters", [(0.02, 0.03, 0.04, 0.05), (0.05, 0.02, 0.5, 0.02), (0.02, 0.02, 3, 0.1)])
def test_chance_and_loss_where_most_rates_round_to_0_or_1(parameters):
    a1, b1, a2, b2 = map(mpmath.mpf, parameters)

    def half(a, b, of):  # of p below 1/2, over u = p^a, in which the density has no pole
        return mpmath.quad(lambda u: (1 - u ** (1 / a)) ** (b - 1) * of(u ** (1 / a)) / a, [0, 0.25**a, 0.4**a, 0.5**a])

    def chance(a1, b1, a2, b2):
        low = half(a1, b1, lambda p: mpmath.betainc(a2, b2, 0, p, regularized=True))
        high = half(b1, a1, lambda q: 1 - mpmath.betainc(b2, a2, 0, q, regularized=True))
        return (low + high) / mpmath.beta(a1, b1)

    with mpmath.workdps(25):
        expected = chance(a1, b1, a2, b2)
        loss = a2 / (a2 + b2) * chance(a2 + 1, b2, a1, b1) - a1 / (a1 + b1) * chance(a2, b2, a1 + 1, b1)
    assert prob_greater(*parameters) == pytest.approx(float(expected), abs=1e-10)
    assert prob_greater(*parameters[::-1]) == pytest.approx(float(expected), abs=1e-10)  # of 1 less each rate
    assert expected_loss(*parameters) == pytest.approx(float(loss), abs=1e-10)


def test_chance_by_mpmath():
    # P(Beta(5/2, 30) > Beta(3/2, 25)) by mpmath, which knows nothing of scipy's functions
    with mpmath.workdps(25):
        a1, b1, a2, b2 = mpmath.mpf(5) / 2, 30, mpmath.mpf(3) / 2, 25
        chance = mpmath.quad(
            lambda p: (
                p ** (a1 - 1)
                * (1 - p) ** (b1 - 1)
                / mpmath.beta(a1, b1)
                * mpmath.betainc(a2, b2, 0, p, regularized=True)
            ),
            [0, 0.05, 0.1, 0.2, 0.4, 1],
        )
    assert prob_greater(2.5, 30, 1.5, 25) == pytest.approx(float(chance), abs=1e-12)


@pytest.mark.parametrize("n", [10**7, 10**9])
@pytest.mark.parametrize("rate", [0.001, 0.03, 0.5])
def test_chances_at_a_billion_sends(n, rate):
    # by the density alone, as a sum of products over one grid: older scipy's distribution function is wrong here
    sd = np.sqrt(rate * (1 - rate) / n)
    p = rate + np.linspace(-14, 14, 4001) * sd

    def density(a, b):
        log = (a - 1) * np.log(p / rate) + (b - 1) * np.log1p((rate - p) / (1 - rate))
        return np.exp(log - log.max()) / np.exp(log - log.max()).sum()

    for shift in (-1.0, 0.0, 2.0):
        a1, a2 = n * rate, n * (rate + shift * sd)
        first, second = density(a1, n - a1), density(a2, n - a2)
        expected = first @ (np.cumsum(second) - second / 2)
        assert prob_greater(a1, n - a1, a2, n - a2) == pytest.approx(expected, abs=5e-7)


def test_chances_mirror_and_broadcast():
    a, b = np.array([[0.5], [3.0], [900.0]]), np.array([1.0, 40.0])
    first, second = prob_greater(a, b, 4, 90), prob_greater(4, 90, a, b)
    assert first.shape == (3, 2)
    np.testing.assert_allclose(first + second, 1, atol=1e-9)
    assert prob_greater(7, 90, 7, 90) == pytest.approx(0.5, abs=1e-12)
    assert np.isnan(prob_greater(1, 1, [1, np.nan], 1)).tolist() == [False, True]
    assert np.isnan(expected_loss(1, np.nan, 1, 1))


def test_two_campaigns_rank_by_the_chance_to_be_greater():
    k, n = np.array([29, 50]), np.array([1200, 1200])
    found = rank_intervals(k, n, fit=PRIOR, average=False, draws=20000)
    expected = prob_greater(2 + 29, 60 + 1171, 2 + 50, 60 + 1150)
    assert found.prob_best == pytest.approx([expected, 1 - expected], abs=4 * np.sqrt(0.25 / 20000))
    assert found.rank_low.tolist() == [2, 1]
    assert found.rank_high.tolist() == [2, 1]


def test_ranks_cover_in_a_known_world():
    # METHODS 2.7 and the goals: 90 % intervals cover .90 to .97 at M = 50, with a mean width of at most 0.8 M
    rng = np.random.default_rng(0)
    inside, width, promised, best = [], [], [], []
    for _ in range(60):
        k, n, rate = world(rng, 50, 2, 60)
        rank = stats.rankdata(-rate)
        found = rank_intervals(k, n, fit=fit_beta_binomial(k, n), draws=1000)
        inside.append(((found.rank_low <= rank) & (rank <= found.rank_high)).mean())
        width.append((found.rank_high - found.rank_low).mean())
        favourite = np.argmax(found.prob_best)
        promised.append(found.prob_best[favourite])
        best.append(rank[favourite] == 1)
    assert 0.90 <= np.mean(inside) <= 0.97
    assert np.mean(width) <= 40
    assert np.mean(promised) == pytest.approx(np.mean(best), abs=0.15)


def test_ranks_of_large_portfolios_agree_with_those_by_draws(monkeypatch):
    from leadlex_pandas.stats import ranking

    k, n, _ = world(np.random.default_rng(1), 300, 2, 60)
    fit = fit_beta_binomial(k, n)
    drawn = rank_intervals(k, n, fit=fit)
    monkeypatch.setattr(ranking, "_DRAWN", 100)
    by_limits = rank_intervals(k, n, fit=fit)
    assert np.abs(by_limits.rank_low - drawn.rank_low).max() <= 12
    assert np.abs(by_limits.rank_high - drawn.rank_high).max() <= 12
    assert np.abs(by_limits.prob_best - drawn.prob_best).max() < 0.04


def test_without_evidence_every_rank_is_possible():
    k, n = [4, 5, 4, np.nan], [100, 100, 90, 80]
    found = rank_intervals(k, n, fit=fit_beta_binomial(k, n))
    np.testing.assert_array_equal(found.rank_low, [1, 1, 1, np.nan])
    np.testing.assert_array_equal(found.rank_high, [3, 3, 3, np.nan])
    assert np.isnan(found.prob_best).all()
    assert rank_intervals([4, 90], 100, fit=NO_SPREAD, average=False).rank_high.tolist() == [2, 2]


def test_row_order_and_unrelated_rows_change_no_rank():
    rng = np.random.default_rng(2)
    k, n, _ = world(rng, 30, 2, 60)
    k[:5], n[:5] = k[5], n[5]  # twins
    fit = fit_beta_binomial(k, n)
    whole = np.array(rank_intervals(k, n, fit=fit, draws=500))
    order = rng.permutation(30)
    np.testing.assert_array_equal(np.array(rank_intervals(k[order], n[order], fit=fit, draws=500)), whole[:, order])
    with_gap = np.array(rank_intervals([np.nan, *k], [50, *n], fit=fit, draws=500))
    np.testing.assert_array_equal(with_gap[:, 1:], whole)
    assert np.isnan(with_gap[:, 0]).all()
    assert not np.array_equal(np.array(rank_intervals(k, n, fit=fit, draws=500, seed=1)), whole)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: shrink([1], [5], fit=PRIOR, level=95), "shrink: level must lie between 0 and 1 (exclusive), not 95. Did you mean 0.95?"),
    (lambda: shrink([1], [5], fit=(2, 60)), "shrink: fit must be what fit_beta_binomial gives, not tuple."),
    (lambda: shrink([-1], [5], fit=PRIOR), "shrink: successes must be finite counts of at least 0, but one is -1."),
    (lambda: rank_intervals([1], [5], fit=PRIOR, draws=0), "rank_intervals: draws must be a whole number of at least 1, not 0."),
    (lambda: rank_intervals([1], [5], fit=PRIOR, seed=-1), "rank_intervals: seed must be a whole number of at least 0, not -1."),
    (lambda: prob_greater(1, 0, 1, 1), "prob_greater: b1 must be finite and above 0, but one is 0."),
    (lambda: expected_loss(1, 1, [1, 2], [1, 2, 3]), "expected_loss: the arguments do not fit each other, their shapes are () and () and (2,) and (3,)."),
])  # fmt: skip
def test_errors(call, message):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value) == message
