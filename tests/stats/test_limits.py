"""Limits to draw: interpolated quantiles by enumeration, and control charts that others have printed."""

from fractions import Fraction
from itertools import pairwise
from statistics import mean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, betabinom, binom, norm

from leadlex_pandas.errors import InputError
from leadlex_pandas.stats import fit_beta_binomial, funnel_limits, laney_limits, p_chart_limits
from leadlex_pandas.stats import quantiles as under_test
from tests.stats.enumeration import binomial


def spiegelhalter(p, chances):
    """Appendix A.1.1: r, the smallest count with F(r) > p, less a = (F(r) - p) / P(r), over n; clipped."""
    whole, below, n = sum(chances), 0, len(chances) - 1
    for r, chance in enumerate(chances):
        below += chance
        if below > p * whole:
            return float(min(1, max(0, (r - (below - p * whole) / chance) / n)))
    return 1.0


@given(st.integers(1, 60), st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=100))
def test_funnel_by_enumeration(n, target):
    low, high = funnel_limits(float(target), n, levels=(0.95, 0.998))
    chances = binomial(n, target)
    for i, tail in enumerate((Fraction(25, 1000), Fraction(1, 1000))):
        assert low[i] == pytest.approx(spiegelhalter(tail, chances), abs=1e-9)
        assert high[i] == pytest.approx(spiegelhalter(1 - tail, chances), abs=1e-9)


def rising(start, step, times):
    """The product of start, start + step, ..., `times` of them."""
    return np.prod([start + i * step for i in range(times)], initial=Fraction(1))


@given(st.integers(1, 25), st.integers(1, 19), st.fractions(Fraction(1, 1000), 1, max_denominator=1000))
def test_overdispersed_funnel_by_enumeration(n, twentieths, theta):
    target = Fraction(twentieths, 20)
    ways = binomial(n, Fraction(1, 2))
    chances = [way * rising(target, theta, k) * rising(1 - target, theta, n - k) for k, way in enumerate(ways)]
    low, high = funnel_limits(float(target), n, theta=float(theta))
    for i, tail in enumerate((Fraction(25, 1000), Fraction(1, 1000))):
        assert low[i] == pytest.approx(spiegelhalter(tail, chances), abs=1e-9)
        assert high[i] == pytest.approx(spiegelhalter(1 - tail, chances), abs=1e-9)


@pytest.mark.parametrize("theta", [0.0, 1e-4, 0.016])
def test_funnel_holds_what_it_says_against_scipy(theta):
    n = np.array([400, 1500, 3000])
    for limits, side in zip(funnel_limits(0.04, n, levels=[0.95], theta=theta), (0.025, 0.975), strict=True):
        count = np.floor(limits[0] * n)
        law = betabinom(n, 0.04 / theta, 0.96 / theta) if theta else binom(n, 0.04)
        assert (law.cdf(count - 1) <= side).all()
        assert (law.cdf(count + 1) >= side).all()


@pytest.mark.parametrize("theta", [1e-5, 0.002, 0.02])
def test_large_campaigns_by_both_ways(monkeypatch, theta):
    # beyond some size the sum gives way to Newton's method; just there they must agree
    n = np.array([20_000, 60_000])
    summed = funnel_limits(0.05, n, theta=theta)
    monkeypatch.setattr(under_test, "_LONGEST", 10)
    np.testing.assert_allclose(funnel_limits(0.05, n, theta=theta), summed, rtol=2e-4)


def test_a_billion_sends():
    half = norm.ppf([0.975, 0.999]) * np.sqrt(0.04 * 0.96 / 1e9)
    low, high = funnel_limits(0.04, 10**9)
    np.testing.assert_allclose(low, 0.04 - half, rtol=1e-7)
    np.testing.assert_allclose(high, 0.04 + half, rtol=1e-7)
    # with so many sends all that is left is the spread of the true rates
    low, high = funnel_limits(0.04, 10**9, theta=0.02)
    np.testing.assert_allclose(low, beta.ppf([0.025, 0.001], 2, 48), rtol=1e-5)
    np.testing.assert_allclose(high, beta.ppf([0.975, 0.999], 2, 48), rtol=1e-5)
    # a spread as large as the chance of the draw: the variances add up
    low, high = funnel_limits(0.04, 10**9, levels=[0.95], theta=1e-9)
    half = norm.ppf(0.975) * np.sqrt(2 * 0.04 * 0.96 / 1e9)
    assert (float(low[0]), float(high[0])) == pytest.approx((0.04 - half, 0.04 + half), rel=1e-6)


@pytest.mark.parametrize("theta", [0.001, 0.005, 0.3, 20.0])
@pytest.mark.parametrize("rate", [0.002, 0.04, 0.5, 0.51, 0.97, 0.9999])
def test_limits_of_campaigns_that_differ_are_those_of_every_chance_added_up(rate, theta):
    """As scipy has the chances: rare and frequent events, rates much alike and next to nothing but 0 and 1."""
    sizes, tails = np.array([1, 2, 7, 60, 61, 900, 4001]), [0.001, 0.025, 0.975, 0.999]
    low, high = funnel_limits(rate, sizes, theta=theta)
    for tail, found in zip(tails, [low[1], low[0], high[0], high[1]], strict=True):
        for n, limit in zip(sizes, found, strict=True):
            chances = betabinom.pmf(np.arange(n + 1), n, rate / theta, (1 - rate) / theta)
            below = np.cumsum(chances)
            count = min(int(np.searchsorted(below, tail)), n)
            exact = (count - (below[count] - tail) / chances[count]) / n
            assert limit == pytest.approx(np.clip(exact, 0, 1), abs=1e-7)


@pytest.mark.parametrize(("n", "theta"), [(100_000, 1e-8), (20_000, 5e-8)])
@pytest.mark.parametrize("rate", [0.04, 0.96])
def test_the_farthest_tails_of_campaigns_that_hardly_differ_are_those_of_a_binomial(n, theta, rate):
    almost, none = (funnel_limits(rate, n, levels=[1 - 1e-6, 1 - 1e-9], theta=each) for each in (theta, 0.0))
    np.testing.assert_allclose(almost.low, none.low, rtol=1e-3)
    np.testing.assert_allclose(almost.high, none.high, rtol=1e-3)


def test_wider_with_level_and_spread_narrower_with_sends():
    n = np.unique(np.geomspace(200, 50_000, 40).round())
    low, high = funnel_limits(0.04, n)
    wide_low, wide_high = funnel_limits(0.04, n, theta=0.005)
    assert (np.diff(high - low) < 0).all()
    assert (low[1] < low[0]).all()
    assert (high[1] > high[0]).all()
    assert (wide_low < low).all()
    assert (wide_high > high).all()


def test_a_target_for_each_campaign_and_sizes_twice():
    low, high = funnel_limits([0.04, 0.05, 0.04], [500, 500, 500], theta=0.01)
    for i, target in enumerate([0.04, 0.05, 0.04]):
        one = funnel_limits(target, 500, theta=0.01)
        assert (low[:, i].tolist(), high[:, i].tolist()) == (one.low.tolist(), one.high.tolist())


def test_theta_of_a_fit():
    k, n = [2, 9, 30, 4], [100, 120, 150, 130]
    fit = fit_beta_binomial(k, n)
    low, high = funnel_limits(fit.mean, n, levels=[0.9], theta=fit.theta)
    law = betabinom(n, fit.alpha, fit.beta)
    assert (law.cdf(np.ceil(high[0] * n)) >= 0.95).all()
    assert (law.cdf(np.floor(low[0] * n) - 1) <= 0.05).all()


def test_funnel_shapes_and_gaps():
    low, high = funnel_limits(0.04, np.full((2, 3), 100), levels=[0.9, 0.95, 0.99])
    assert low.shape == high.shape == (3, 2, 3)
    assert funnel_limits(0.04, 100).low.shape == (2,)
    assert funnel_limits(0.04, 100, levels=0.9).low.shape == (1,)
    assert funnel_limits(0.04, []).low.shape == (2, 0)
    for theta in (0.0, 0.01):
        low, _ = funnel_limits([0.04, 0.04, np.nan, 0.04], [0, np.nan, 100, 100], theta=theta)
        assert np.isnan(low).tolist() == [[True, True, True, False]] * 2
        assert funnel_limits(0, 100, theta=theta).high.tolist() == [0, 0]
        assert funnel_limits(1, 100, theta=theta).low.tolist() == [1, 1]


# Montgomery (2009), Introduction to Statistical Quality Control, 6th ed., table 7.1: cans out of 50 that leak; printed
# in example 7.1: center .2313, limits .0524 and .4102
CANS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]


def test_montgomerys_chart():
    center, low, high = p_chart_limits(CANS, [50] * 30)
    assert center == pytest.approx(0.2313, abs=5e-5)
    np.testing.assert_allclose([low, high], [[0.0524] * 30, [0.4102] * 30], atol=2e-4)  # they round on the way


# Mohammed et al. (2013), BMJ Qual. Saf. 22:362, as `nhs_accidents` in the R package qicharts2:
# patients seen within 4 hours, and all patients, of 20 weeks
SEEN = [
    266501, 264225, 276532, 281461, 269071, 261215, 270409, 279778, 270483, 270320,
    267923, 271478, 255353, 256820, 261835, 259144, 255910, 260863, 264465, 260989,
]  # fmt: skip
PATIENTS = [
    280443, 276823, 291681, 296155, 282343, 275888, 283867, 295251, 284468, 282529,
    279618, 283932, 266629, 268091, 276803, 271578, 266005, 273520, 278574, 273772,
]  # fmt: skip


def test_laneys_chart():
    # the steps of qic(..., chart = "pp") in qicharts2, but in plain Python; sigma z about 10.6
    center = sum(SEEN) / sum(PATIENTS)
    deviations = [(center * (1 - center) / n) ** 0.5 for n in PATIENTS]
    z = [(k / n - center) / s for k, n, s in zip(SEEN, PATIENTS, deviations, strict=True)]
    sigma_z = mean(abs(b - a) for a, b in pairwise(z)) / 1.128
    found = laney_limits(SEEN, PATIENTS)
    assert found.sigma_z == pytest.approx(10.6, abs=0.05)
    assert found.sigma_z == pytest.approx(sigma_z)
    assert found.center == pytest.approx(center)
    np.testing.assert_allclose(found.low, [center - 3 * sigma_z * s for s in deviations])
    np.testing.assert_allclose(found.high, [center + 3 * sigma_z * s for s in deviations])
    rates = np.divide(SEEN, PATIENTS)
    plain = p_chart_limits(SEEN, PATIENTS)
    # what it is for: most weeks lie outside the p-chart, none outside this one
    assert ((rates < plain.low) | (rates > plain.high)).sum() > 10
    assert ((rates > found.low) & (rates < found.high)).all()


def test_laneys_chart_never_narrower():
    k, n = [40] * 20, [1000] * 20  # no spread at all
    found, plain = laney_limits(k, n), p_chart_limits(k, n)
    assert found.sigma_z == 1
    assert found.high.tolist() == plain.high.tolist()


@pytest.mark.parametrize("limits", [p_chart_limits, laney_limits])
def test_gaps_are_passed_over(limits):
    k, n = np.array(SEEN, dtype=float), np.array(PATIENTS, dtype=float)
    with_gaps = limits(np.insert(k, [5, 9, 9], [np.nan, 0, 8]), np.insert(n, [5, 9, 9], [100, 0, 5]))
    without = limits(k, n)
    assert np.flatnonzero(np.isnan(with_gaps.low)).tolist() == [5, 10, 11]
    assert with_gaps.low[~np.isnan(with_gaps.low)].tolist() == without.low.tolist()
    assert with_gaps.center == without.center


def test_too_few_points_have_no_limits():
    for k, n in ((CANS[:11], [50] * 11), ([*CANS[:11], np.nan], [50] * 12)):
        plain, laney = p_chart_limits(k, n), laney_limits(k, n)
        assert plain.center == laney.center == pytest.approx(sum(CANS[:11]) / 550)
        assert np.isnan([*plain.low, *plain.high, *laney.low, *laney.high, laney.sigma_z]).all()
        assert len(plain.low) == len(k)
    assert np.isnan(p_chart_limits([], []).center)
    assert np.isnan(laney_limits([1], [0]).center)
    assert np.isfinite(laney_limits(CANS[:12], [50] * 12).low).all()


@pytest.mark.parametrize(("events", "rate"), [(0, 0.0), (50, 1.0)])
def test_all_or_nothing_has_no_width(events, rate):
    center, low, high, sigma_z = laney_limits([events] * 12, [50] * 12)
    assert (center, sigma_z) == (rate, 1)
    assert low.tolist() == high.tolist() == [rate] * 12


def test_limits_of_few_events_stay_within_0_and_1():
    low, high = p_chart_limits([0, 1] * 6, [20] * 12)[1:]
    assert (low == 0).all()
    low, high = p_chart_limits([20, 19] * 6, [20] * 12)[1:]
    assert (high == 1).all()


def test_a_billion_sends_in_time():
    center, low, high = p_chart_limits([40_000_000] * 12, [10**9] * 12)
    half = 3 * np.sqrt(0.04 * 0.96 / 1e9)
    np.testing.assert_allclose([low, high], [[0.04 - half] * 12, [0.04 + half] * 12], rtol=1e-12)
    assert center == 0.04


@pytest.mark.parametrize(("call", "message"), [
    (lambda: funnel_limits(4, 100), "funnel_limits: target must lie within 0 and 1, but one is 4."),
    (lambda: funnel_limits(0.04, -1), "funnel_limits: trials must be finite counts of at least 0, but one is -1."),
    (lambda: funnel_limits(0.04, 10.5), "funnel_limits: trials must be whole counts, but one is 10.5."),
    (lambda: funnel_limits(0.04, 100, levels=(0.95, 99.8)), "funnel_limits: levels must lie between 0 and 1 (exclusive), not 99.8. Did you mean 0.998?"),
    (lambda: funnel_limits(0.04, 100, theta=-0.1), "funnel_limits: theta must be a number of at least 0, not -0.1."),
    (lambda: funnel_limits([0.04, 0.05], [1, 2, 3]), "funnel_limits: the arguments do not fit each other, their shapes are (2,) and (3,)."),
    (lambda: p_chart_limits([[1]], [[2]]), "p_chart_limits: successes and trials must be one-dimensional, not of shape (1, 1)."),
    (lambda: p_chart_limits([1.5], [2]), "p_chart_limits: successes must be whole counts, but one is 1.5."),
    (lambda: laney_limits([1], [-2]), "laney_limits: trials must be finite counts of at least 0, but one is -2."),
])  # fmt: skip
def test_errors(call, message):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value) == message
