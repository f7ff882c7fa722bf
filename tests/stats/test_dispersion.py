"""The spread between campaigns: published fits, scipy's beta-binomial, mpmath and sums over pairs by definition."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from scipy.stats import betabinom, binom, norm

from leadlex_pandas.errors import InputError
from leadlex_pandas.stats import dispersion_score, fit_beta_binomial

# Boys among the first 12 children of 6,115 families in Saxony (Geissler 1889; Lindsey and Altham 1998, Applied Statistics
# 47:149). The fit as published, from a general optimiser: alpha 34.09558, beta 31.5715, AIC 24989.74
FAMILIES = [3, 24, 104, 286, 670, 1033, 1343, 1112, 829, 478, 181, 45, 7]


def log_likelihood(k, n, mu, theta):
    return betabinom.logpmf(k, n, mu / theta, (1 - mu) / theta).sum()


def portfolio(seed, campaigns, alpha=2, beta=60):
    rng = np.random.default_rng(seed)
    n = np.exp(rng.uniform(np.log(30), np.log(3000), campaigns)).astype(int)
    return rng.binomial(n, rng.beta(alpha, beta, campaigns)), n


def test_published_fit():
    boys = np.repeat(np.arange(13), FAMILIES)
    fit = fit_beta_binomial(boys, 12)
    assert fit.alpha == pytest.approx(34.09558, abs=0.01)
    assert fit.beta == pytest.approx(31.5715, abs=0.01)
    assert 2 * 2 - 2 * fit.log_likelihood == pytest.approx(24989.74, abs=0.01)
    assert fit.campaigns == 6115


@pytest.mark.parametrize(("seed", "campaigns"), [(0, 10), (1, 50), (2, 400), (3, 3000)])
def test_scipys_beta_binomial_is_highest_there(seed, campaigns):
    k, n = portfolio(seed, campaigns)
    fit = fit_beta_binomial(k, n)
    assert fit.log_likelihood == pytest.approx(betabinom.logpmf(k, n, fit.alpha, fit.beta).sum(), rel=1e-10)
    found = optimize.minimize(
        lambda at: -log_likelihood(k, n, 1 / (1 + np.exp(-at[0])), np.exp(at[1])),
        [np.log(0.03), np.log(0.02)],
        method="Nelder-Mead",
        options=dict(xatol=1e-9, fatol=1e-9, maxiter=2000),
    )
    assert fit.log_likelihood >= -found.fun - 1e-7
    assert fit.theta == pytest.approx(np.exp(found.x[1]), rel=1e-4)
    assert (fit.alpha + fit.beta) * fit.theta == pytest.approx(1)
    assert fit.alpha * fit.theta == pytest.approx(fit.mean)


def mean_gradient(k, n, mu, theta):
    """Slopes of the mean log-likelihood in logit mu and log theta, by sums as in its definition with 40 digits."""
    with mpmath.workdps(40):
        m, t = mpmath.mpf(mu), mpmath.mpf(theta)
        in_mu = in_theta = mpmath.mpf(0)
        for kk, nn in zip(k.tolist(), n.tolist(), strict=True):
            in_mu += sum(1 / (m + r * t) for r in range(kk)) - sum(1 / (1 - m + r * t) for r in range(nn - kk))
            in_theta += sum(r / (m + r * t) for r in range(kk)) + sum(r / (1 - m + r * t) for r in range(nn - kk))
            in_theta -= sum(r / (1 + r * t) for r in range(nn))
        return float(in_mu * m * (1 - m) / len(k)), float(in_theta * t / len(k))


@pytest.mark.parametrize("seed", range(3))
def test_gradient_vanishes(seed):
    k, n = portfolio(seed, 12)
    fit = fit_beta_binomial(k, np.minimum(n, 400).clip(k))
    assert np.abs(mean_gradient(k, np.minimum(n, 400).clip(k), fit.mean, fit.theta)).max() < 1e-9


def test_a_billion_sends():
    rng = np.random.default_rng(0)
    n = np.full(14, 10**9)
    k = rng.binomial(n, rng.beta(200, 6000, 14))
    fit = fit_beta_binomial(k, n)

    def value(mu, theta):  # terms of about 1e10 cancel to hundreds
        with mpmath.workdps(50):
            a, b = mpmath.mpf(mu) / theta, (1 - mpmath.mpf(mu)) / theta
            parts = [
                mpmath.log(mpmath.beta(a + kk, b + int(nn) - kk) / mpmath.beta(a, b))
                - mpmath.log(nn + 1)
                - mpmath.log(mpmath.beta(int(nn) - kk + 1, kk + 1))
                for kk, nn in zip(k.tolist(), n.tolist(), strict=True)
            ]
            return float(sum(parts))

    top = value(fit.mean, fit.theta)
    assert fit.log_likelihood == pytest.approx(top, abs=1e-3)
    for mu, theta in [(1.001, 1), (0.999, 1), (1, 1.01), (1, 0.99)]:
        assert value(fit.mean * mu, fit.theta * theta) < top
    alike = fit_beta_binomial(np.full(14, 3 * 10**7), n)
    assert (alike.theta, alike.mean) == (0.0, 0.03)


def test_the_two_ways_to_sum_agree(monkeypatch):
    from leadlex_pandas.stats import likelihood

    k, n = portfolio(5, 60)
    by_histogram = fit_beta_binomial(k, n)
    monkeypatch.setattr(likelihood, "_LONGEST", 0)
    by_rows = fit_beta_binomial(k, n)
    assert by_rows.theta == pytest.approx(by_histogram.theta, rel=1e-9)
    assert by_rows.mean == pytest.approx(by_histogram.mean, rel=1e-9)
    assert by_rows.log_likelihood == pytest.approx(by_histogram.log_likelihood, rel=1e-12)


@pytest.mark.parametrize(("c", "theta"), [(0.03, 1e-9), (0.03, 1e-4), (0.97, 0.02), (0.5, 3.0), (1.0, 1.0)])
def test_sums_and_slopes_by_definition(c, theta):
    from leadlex_pandas.stats.likelihood import Histogram, Rows

    counts = [0, 1, 7, 7, 350]
    with mpmath.workdps(40):
        cc, tt = mpmath.mpf(c), mpmath.mpf(theta)
        terms = [(r, cc + r * tt) for m in counts for r in range(m)]
        value = float(sum(mpmath.log(at) for _, at in terms))
        first = [float(sum(r**p / at for r, at in terms)) for p in (0, 1)]
        second = [float(-sum(r**p / at**2 for r, at in terms)) for p in (0, 1, 2)]
    for way, exact in ((Histogram, 1e-12), (Rows, 1e-6 if theta > 1e-6 else None)):
        slopes = way(np.array(counts, float)).slopes(c, theta)
        assert slopes.value == pytest.approx(value, rel=1e-12)
        assert slopes.c == pytest.approx(first[0], rel=1e-9)
        if exact:  # gamma functions lose the higher slopes where theta is far below 1 / m
            found = [slopes.theta, slopes.cc, slopes.c_theta, slopes.theta_theta]
            assert found == pytest.approx([first[1], *second], rel=exact)


def test_alike_campaigns_have_no_spread():
    fit = fit_beta_binomial([3, 30, 6], [100, 1000, 200])
    assert (fit.theta, fit.alpha, fit.beta, fit.mean) == (0.0, np.inf, np.inf, 39 / 1300)
    assert fit.log_likelihood == pytest.approx(binom.logpmf([3, 30, 6], [100, 1000, 200], 0.03).sum())
    assert fit_beta_binomial(5, 40).theta == 0.0  # one campaign
    assert fit_beta_binomial([0, 1, 1], 1).theta == 0.0  # one email each


def test_the_maximum_may_lie_inside_although_the_slope_at_zero_is_negative():
    # three large campaigns alike, a thousand small ones far apart
    small = np.random.default_rng(0).binomial(10, np.random.default_rng(1).beta(0.5, 4.5, 1000))
    k, n = np.append(small, [10_000] * 3), np.append(np.full(1000, 10), [100_000] * 3)
    assert dispersion_score(k, n).score < 0
    fit = fit_beta_binomial(k, n)
    assert fit.log_likelihood > binom.logpmf(k, n, k.sum() / n.sum()).sum() + 100
    assert fit.theta == pytest.approx(1 / 5, rel=0.2)


def test_all_or_nothing():
    fit = fit_beta_binomial([0, 10, 0, 0], 10)
    assert (fit.theta, fit.alpha, fit.beta, fit.mean) == (np.inf, 0.0, 0.0, 0.25)
    assert fit.log_likelihood == pytest.approx(betabinom.logpmf([0, 10, 0, 0], 10, 0.25e-9, 0.75e-9).sum(), rel=1e-6)


@pytest.mark.parametrize("k", [0, 20])
def test_no_or_only_successes(k):
    fit = fit_beta_binomial([k, k], 20)
    assert (fit.theta, fit.mean, fit.log_likelihood, fit.campaigns) == (0.0, k / 20, 0.0, 2)
    assert dispersion_score([k, k], 20) == (0.0, 0.0, 0.5)


def test_rows_that_cannot_be_used_change_nothing():
    k, n = portfolio(4, 30)
    with_gaps = fit_beta_binomial([*k, 5, np.nan, 0, 9], [*n, np.nan, 10, 0, 8])
    assert with_gaps == fit_beta_binomial(k, n)
    assert with_gaps.campaigns == 30
    assert dispersion_score([*k, np.nan], [*n, 5]) == dispersion_score(k, n)
    empty = fit_beta_binomial([np.nan], [5])
    assert np.isnan([empty.alpha, empty.beta, empty.mean, empty.theta]).all()
    assert empty.campaigns == 0
    assert np.isnan(dispersion_score([], [])).all()


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 60)), min_size=2, max_size=12), st.randoms())
def test_order_does_not_matter_and_sides_mirror(rows, random):
    k, n = np.array([k for k, _ in rows]), np.array([k + others for k, others in rows])
    fit = fit_beta_binomial(k, n)
    order = random.sample(range(len(rows)), len(rows))
    shuffled, mirrored = fit_beta_binomial(k[order], n[order]), fit_beta_binomial(n - k, n)
    assert shuffled.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-9, abs=1e-9)
    assert mirrored.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-9, abs=1e-9)
    if n.sum():
        pooled = k.sum() / n.sum()
        assert fit.log_likelihood >= binom.logpmf(k, n, pooled)[n > 0].sum() - 1e-9
        for theta in (0.001, 0.03, 1.0):  # nowhere is it higher
            if 0 < pooled < 1:
                assert fit.log_likelihood >= log_likelihood(k, n, pooled, theta) - 1e-8


def tarone(k, n):
    """Score by pairs of events and z of Tarone (1979), with fractions."""
    pooled = Fraction(sum(k), sum(n))
    pairs = [Fraction(m * (m - 1), 2) for m in n]
    events = sum(Fraction(m * (m - 1), 2) for m in k) / pooled
    others = sum(Fraction((nn - kk) * (nn - kk - 1), 2) for kk, nn in zip(k, n, strict=True)) / (1 - pooled)
    score = float(events + others - sum(pairs))
    return score, 2 * score / np.sqrt(float(4 * sum(pairs)))


@pytest.mark.parametrize("seed", range(3))
def test_score_by_pairs(seed):
    k, n = portfolio(seed, 20)
    score, z = tarone(k.tolist(), n.tolist())
    found = dispersion_score(k, n)
    assert (found.score, found.z, found.p_value) == pytest.approx((score, z, norm.sf(z)), rel=1e-9)


def test_score_at_a_billion_sends():
    k, n = [30_000_000, 30_020_000, 29_990_000], [10**9] * 3
    assert dispersion_score(k, n)[:2] == pytest.approx(tarone(k, n), rel=1e-9)


def test_score_is_the_slope_at_zero():
    k, n = portfolio(7, 20)
    pooled, step = k.sum() / n.sum(), 1e-7
    slope = (log_likelihood(k, n, pooled, step) - binom.logpmf(k, n, pooled).sum()) / step
    assert dispersion_score(k, n).score == pytest.approx(slope, rel=0.01)


def test_alike_campaigns_are_rejected_as_often_as_promised():
    rng = np.random.default_rng(0)
    n = np.exp(rng.uniform(np.log(30), np.log(3000), 100)).astype(int)
    p = np.array([dispersion_score(rng.binomial(n, 0.04), n).p_value for _ in range(2000)])
    assert 0.03 < (p < 0.05).mean() < 0.075


@pytest.mark.parametrize(("call", "message"), [
    (lambda: fit_beta_binomial([-1], [5]), "fit_beta_binomial: successes must be finite counts of at least 0, but one is -1."),
    (lambda: fit_beta_binomial([1.5], [5]), "fit_beta_binomial: successes must be whole counts, but one is 1.5."),
    (lambda: fit_beta_binomial([1, 2], [5, 6, 7]), "fit_beta_binomial: the arguments do not fit each other, their shapes are (2,) and (3,)."),
    (lambda: dispersion_score([1], [np.inf]), "dispersion_score: trials must be finite counts of at least 0, but one is inf."),
])  # fmt: skip
def test_errors(call, message):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value) == message
