"""Limits of one rate, against published tables, statsmodels, scipy and the definition."""

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, chi2, norm, poisson
from statsmodels.stats.proportion import proportion_confint

from leadlex_pandas.errors import InputError
from leadlex_pandas.stats import count_rate_interval, proportion_interval

# Newcombe (1998), Statistics in Medicine 17:857, table I: limits at 95 % as printed
NEWCOMBE = {
    "wilson": {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)},
    "clopper-pearson": {(81, 263): (0.2527, 0.3676), (15, 148): (0.0578, 0.1617), (0, 20): (0.0, 0.1684), (1, 29): (0.0009, 0.1776)},
}  # fmt: skip
STATSMODELS = {"wilson": "wilson", "jeffreys": "jeffreys", "clopper-pearson": "beta", "agresti-coull": "agresti_coull"}


@pytest.mark.parametrize("method", NEWCOMBE)
def test_newcombes_table(method):
    for (k, n), printed in NEWCOMBE[method].items():
        assert np.round(proportion_interval(k, n, method=method), 4).tolist() == list(printed)


@pytest.mark.parametrize("method", STATSMODELS)
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_statsmodels_agrees_inside(method, level):
    k, n = np.array([1, 5, 89, 612, 40]), np.array([30, 40, 1247, 1247, 41])
    expected = proportion_confint(k, n, alpha=1 - level, method=STATSMODELS[method])
    np.testing.assert_allclose(proportion_interval(k, n, level=level, method=method), expected, rtol=1e-9)


@pytest.mark.parametrize("method", STATSMODELS)
def test_ends_are_exact(method):
    low, high = proportion_interval([0, 20], [20, 20], method=method)
    assert low[0] == 0.0
    assert high[1] == 1.0
    assert 0 < high[0] < 0.3
    assert 0.7 < low[1] < 1


def test_clopper_pearson_by_definition():
    # at the lower limit k or more events have chance 2.5 %, at the upper one k or fewer
    k, n = np.array([0, 1, 7, 29, 30]), 30
    low, high = proportion_interval(k, n, method="clopper-pearson")
    np.testing.assert_allclose(binom.sf(k[1:] - 1, n, low[1:]), 0.025, rtol=1e-8)
    np.testing.assert_allclose(binom.cdf(k[:-1], n, high[:-1]), 0.025, rtol=1e-8)


def test_clopper_pearson_without_events_at_a_tiny_error():
    # 1 - (alpha/2)^(1/n); some releases of scipy gave about 1 here
    low, high = proportion_interval(0, 1000, level=1 - 1e-12, method="clopper-pearson")
    assert low == 0
    assert high == pytest.approx(1 - (0.5e-12) ** (1 / 1000), rel=1e-4)


def test_wilson_solves_its_equation():
    # the limits are the rates p0 at which (p - p0)^2 = z^2 p0 (1 - p0) / n
    k, n = 4, 1247
    for limit in proportion_interval(k, n):
        assert (k / n - limit) ** 2 == pytest.approx(1.959963984540054**2 * limit * (1 - limit) / n, rel=1e-9)


def test_no_overflow_at_a_billion():
    low, high = proportion_interval(10**9 // 2, 10**9)
    assert low == pytest.approx(0.5 - 1.96 * 0.5 / 10**4.5, abs=1e-8)
    assert high == pytest.approx(0.5 + 1.96 * 0.5 / 10**4.5, abs=1e-8)


def test_what_is_no_proportion_is_nan():
    k, n = [1, np.nan, 1, 6], [0, 10, np.nan, 5]
    assert np.isnan(proportion_interval(k, n)).all()


def test_shapes_and_scalars():
    low, high = proportion_interval(np.ones((3, 1)), np.full(4, 20))
    assert low.shape == high.shape == (3, 4)
    assert np.ndim(proportion_interval(1, 20).low) == 0
    nullable = proportion_interval(pd.Series([1, None], dtype="Int64"), pd.Series([20, 20], dtype="Int64"))
    assert np.isnan(nullable.low).tolist() == [False, True]


def test_levels_broadcast():
    low, _ = proportion_interval(5, 50, level=[0.8, 0.95])
    assert low[0] > low[1]


@given(st.integers(1, 5000), st.data(), st.sampled_from(sorted(STATSMODELS)), st.floats(0.5, 0.999))
def test_limits_surround_the_rate_and_mirror(n, data, method, level):
    k = data.draw(st.integers(0, n))
    low, high = proportion_interval(k, n, level=level, method=method)
    assert 0 <= low <= k / n <= high <= 1
    mirrored_low, mirrored_high = proportion_interval(n - k, n, level=level, method=method)
    assert (1 - mirrored_high, 1 - mirrored_low) == pytest.approx((low, high), abs=1e-9)


@given(st.integers(1, 5000), st.data(), st.sampled_from(["wilson", "clopper-pearson"]), st.floats(0.001, 0.999))
def test_limits_surround_the_rate_at_any_level(n, data, method, level):
    k = data.draw(st.integers(0, n))
    low, high = proportion_interval(k, n, level=level, method=method)
    # at a level near 0 both limits are the rate but for the last digits
    assert 0 <= low <= k / n * (1 + 1e-12)
    assert k / n * (1 - 1e-12) <= high <= 1


@given(st.integers(1, 3000), st.data(), st.sampled_from(sorted(STATSMODELS)), st.floats(0.5, 0.999), st.integers(2, 50))
def test_more_of_the_same_narrows(n, data, method, level, times):
    k = data.draw(st.integers(0, n))
    low, high = proportion_interval(k, n, level=level, method=method)
    lower, higher = proportion_interval(k * times, n * times, level=level, method=method)
    assert higher - lower < high - low


@given(st.integers(1, 3000), st.data(), st.floats(0.5, 0.999))
def test_which_interval_contains_which(n, data, level):
    # Brown, Cai and DasGupta (2001): Agresti-Coull contains Wilson, Clopper-Pearson contains Jeffreys
    k = data.draw(st.integers(0, n))
    for outer, inner in (("agresti-coull", "wilson"), ("clopper-pearson", "jeffreys")):
        low, high = proportion_interval(k, n, level=level, method=outer)
        lower, higher = proportion_interval(k, n, level=level, method=inner)
        assert low <= lower + 1e-12
        assert higher <= high + 1e-12


@pytest.mark.parametrize(("k", "n"), [(0, 20), (1, 29), (15, 148), (81, 263), (148, 148)])
def test_jeffreys_by_definition(k, n):
    # Brown, Cai and DasGupta (2001): quantiles of Beta(k + 1/2, n - k + 1/2), but 0 and 1 at the ends
    low, high = map(float, proportion_interval(k, n, method="jeffreys"))
    below = [float(mpmath.betainc(k + 0.5, n - k + 0.5, 0, limit, regularized=True)) for limit in (low, high)]
    assert below == pytest.approx([0.0 if k == 0 else 0.025, 1.0 if k == n else 0.975], rel=1e-8)


def test_coverage_by_enumeration():
    # Brown, Cai and DasGupta (2001): at 50 trials Clopper-Pearson never covers less than it says; the others
    # are close to it in the mean over all rates
    n = 50
    k, p = np.arange(n + 1), np.linspace(0.0005, 0.9995, 1000)[:, None]
    chance = binom.pmf(k, n, p)
    mean = {}
    for method in STATSMODELS:
        low, high = proportion_interval(k, n, method=method)
        covered = (chance * ((low <= p) & (p <= high))).sum(axis=1)
        mean[method] = covered.mean()
        assert method != "clopper-pearson" or covered.min() >= 0.95
    assert mean["wilson"] == pytest.approx(0.95, abs=0.006)
    assert mean["jeffreys"] == pytest.approx(0.95, abs=0.006)
    assert 0.95 < mean["agresti-coull"] < mean["clopper-pearson"]


@pytest.mark.parametrize("method", STATSMODELS)
def test_a_billion_sends(method):
    n = 10**9
    half = norm.ppf(0.975) * np.sqrt(0.04 * 0.96 / n)
    assert proportion_interval(n // 25, n, method=method) == pytest.approx((0.04 - half, 0.04 + half), rel=1e-7)
    low, high = proportion_interval([0, n], n, method=method)
    assert (low[0], high[1]) == (0, 1)
    assert 1e-9 < high[0] < 6e-9
    assert 1e-9 < 1 - low[1] < 6e-9


@pytest.mark.parametrize(("arguments", "message"), [
    (dict(successes=-1, trials=5), "proportion_interval: successes must be finite counts of at least 0, but one is -1."),
    (dict(successes=1, trials=np.inf), "proportion_interval: trials must be finite counts of at least 0, but one is inf."),
    (dict(successes="a", trials=5), "proportion_interval: successes must be numbers, not 'a'."),
    (dict(successes=1, trials=5, level=95), "proportion_interval: level must lie between 0 and 1 (exclusive), not 95. Did you mean 0.95?"),
    (dict(successes=1, trials=5, level=0), "proportion_interval: level must lie between 0 and 1 (exclusive), not 0."),
    (dict(successes=1, trials=5, level=np.nan), "proportion_interval: level must lie between 0 and 1 (exclusive), not nan."),
    (dict(successes=[1, 2], trials=[3, 4, 5]), "proportion_interval: the arguments do not fit each other, their shapes are (2,) and (3,)."),
    (dict(successes=[1, 2], trials=5, level=[0.8, 0.9, 0.95]), "proportion_interval: the arguments do not fit each other, their shapes are (2,) and (3,)."),
    (dict(successes=1, trials=5, method="wison"), "proportion_interval: method must be 'wilson', 'jeffreys', 'clopper-pearson' or 'agresti-coull', not 'wison'. Did you mean 'wilson'?"),
])  # fmt: skip
def test_errors(arguments, message):
    with pytest.raises(InputError) as error:
        proportion_interval(**arguments)
    assert str(error.value) == message


# Garwood (1936), as in Pearson and Hartley, Biometrika Tables for Statisticians, table 40: limits at 95 %
GARWOOD = {0: (0.0, 3.689), 1: (0.0253, 5.572), 5: (1.623, 11.668), 10: (4.795, 18.390), 20: (12.217, 30.888)}


def test_garwoods_table():
    for k, printed in GARWOOD.items():
        assert count_rate_interval(k, 1) == pytest.approx(printed, abs=6e-4)


def test_garwood_is_chi_square_and_scales_with_the_base():
    k, n = np.array([0, 3, 1500]), np.array([10, 2, 1000])
    low, high = count_rate_interval(k, n, level=0.9)
    np.testing.assert_allclose(low[1:], chi2.ppf(0.05, 2 * k[1:]) / 2 / n[1:], rtol=1e-10)
    np.testing.assert_allclose(high, chi2.ppf(0.95, 2 * k + 2) / 2 / n, rtol=1e-10)
    assert low[0] == 0
    np.testing.assert_allclose(poisson.cdf(k, high * n), 0.05, rtol=1e-8)


def test_count_rates_that_do_not_exist():
    assert np.isnan(count_rate_interval([1, np.nan, 2], [0, 5, np.nan])).all()


@pytest.mark.parametrize(("arguments", "message"), [
    (dict(events=-2, base=5), "count_rate_interval: events must be finite counts of at least 0, but one is -2."),
    (dict(events=2, base=-5), "count_rate_interval: base must be finite counts of at least 0, but one is -5."),
    (dict(events=2, base=5, level=1), "count_rate_interval: level must lie between 0 and 1 (exclusive), not 1."),
])  # fmt: skip
def test_count_rate_errors(arguments, message):
    with pytest.raises(InputError) as error:
        count_rate_interval(**arguments)
    assert str(error.value) == message
