"""Two rates: Newcombe's table, another solver of the score limits, printed ratios, and what must hold for any counts."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import binom, norm
from statsmodels.stats.proportion import confint_proportions_2indep

from leadlex_pandas.errors import InputError
from leadlex_pandas.stats import difference_interval, ratio_interval

METHODS = ["newcombe", "miettinen-nurminen"]

# Newcombe (1998), Statistics in Medicine 17:873, table II, limits at 95 %: method 10, and Miettinen and Nurminen's
# (which SAS and the R package PropCIs print too; statsmodels 0.15.0 has .0526 to .3440 for the first)
NEWCOMBE = {
    (56, 70, 48, 80): ((0.0524, 0.3339), (0.0528, 0.3382)),
    (9, 10, 3, 10): ((0.1705, 0.8090), (0.1700, 0.8406)),
    (6, 7, 2, 7): ((0.0582, 0.8062), (0.0342, 0.8534)),
    (5, 56, 0, 29): ((-0.0381, 0.1926), (-0.0326, 0.1933)),
    (0, 10, 0, 20): ((-0.1611, 0.2775), (-0.1658, 0.2844)),
    (0, 10, 0, 10): ((-0.2775, 0.2775), (-0.2879, 0.2879)),
    (10, 10, 0, 20): ((0.6791, 1.0), (0.7156, 1.0)),
    (10, 10, 0, 10): ((0.6075, 1.0), (0.6636, 1.0)),
}

sides = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
small_sides = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize("counts", NEWCOMBE)
def test_newcombes_table(counts):
    for method, printed in zip(METHODS, NEWCOMBE[counts], strict=True):
        assert difference_interval(*counts, method=method) == pytest.approx(printed, abs=5.1e-5)


def test_the_table_at_once():
    columns = np.array(list(NEWCOMBE)).T
    for i, method in enumerate(METHODS):
        low, high = difference_interval(*columns, method=method)
        np.testing.assert_allclose(np.stack([low, high]).T, [both[i] for both in NEWCOMBE.values()], atol=5.1e-5)


@given(sides, sides, st.sampled_from([0.5, 0.8, 0.95, 0.999]))
def test_newcombe_against_statsmodels(first, second, level):
    counts = (*first, *second)
    expected = confint_proportions_2indep(*counts, method="newcomb", compare="diff", alpha=1 - level)
    assert difference_interval(*counts, level=level) == pytest.approx(expected, abs=1e-12)


def score_limits(k1, n1, k2, n2, level):
    """Limits by definition: the likeliest rates that differ by d come from the likelihood itself, not from a cubic."""
    total, difference = n1 + n2, k1 / n1 - k2 / n2

    def likeliest(d):
        def slope(p2):
            p1 = p2 + d
            parts = [(k1, p1), (-(n1 - k1), 1 - p1), (k2, p2), (-(n2 - k2), 1 - p2)]
            return sum(number / p for number, p in parts if number)

        low, high = max(0.0, -d) + 1e-13, min(1.0, 1 - d) - 1e-13
        if slope(low) <= 0:
            return low
        return high if slope(high) >= 0 else brentq(slope, low, high, xtol=1e-15)

    def beyond(d):
        p2 = likeliest(d)
        p1 = p2 + d
        variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * total / (total - 1)
        return (difference - d) ** 2 / variance - norm.ppf((1 + level) / 2) ** 2

    ends = []
    for end in (-1 + 1e-9, 1 - 1e-9):
        outside = (difference - end) * math.copysign(1, end) < 0 and beyond(end) > 0
        near = difference + 1e-9 * math.copysign(1, end)
        ends.append(brentq(beyond, near, end, xtol=1e-13) if outside else math.copysign(1, end))
    return ends


@settings(max_examples=60, derandomize=True, deadline=None)
@given(small_sides, small_sides, st.sampled_from([0.8, 0.95, 0.99]))
def test_score_limits_by_definition(first, second, level):
    counts = (*first, *second)
    found = difference_interval(*counts, level=level, method="miettinen-nurminen")
    assert found == pytest.approx(score_limits(*counts, level), abs=1e-6)


def precise_statistic(k1, n1, k2, n2, d):
    """The squared score statistic at d to 40 digits, its rates by halving the slope of the likelihood."""
    low, high = max(mpmath.mpf(0), -d), min(mpmath.mpf(1), 1 - d)
    for _ in range(140):
        p2 = (low + high) / 2
        slope = k1 / (p2 + d) - (n1 - k1) / (1 - p2 - d) + k2 / p2 - (n2 - k2) / (1 - p2)
        low, high = (p2, high) if slope > 0 else (low, p2)
    variance = ((p2 + d) * (1 - p2 - d) / n1 + p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
    return (mpmath.mpf(k1) / n1 - mpmath.mpf(k2) / n2 - d) ** 2 / variance


@pytest.mark.parametrize("counts", [
    (10, 10**9, 3, 10**9),
    (10**9 - 10, 10**9, 10**9 - 3, 10**9),
    (40_000_000, 10**9, 40_030_000, 10**9),
    (3, 1000, 7, 10**9),
])  # fmt: skip
def test_score_limits_of_a_billion_sends(counts):
    for limit in difference_interval(*counts, method="miettinen-nurminen"):
        with mpmath.workdps(40):
            statistic = precise_statistic(*counts, mpmath.mpf(float(limit)))
        assert float(statistic) == pytest.approx(norm.ppf(0.975) ** 2, rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_a_billion_sends_are_normal(method):
    k1, k2, n = 40_000_000, 40_030_000, 10**9
    half = norm.ppf(0.975) * math.sqrt((k1 * (n - k1) + k2 * (n - k2)) / n**3)
    expected = (-3e-5 - half, -3e-5 + half)
    assert difference_interval(k1, n, k2, n, method=method) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("method", METHODS)
@given(first=sides, second=sides)
@example(first=(1, 1), second=(1, 1429))  # the lower limit of the one turned round lost a digit more
def test_limits_surround_the_difference_and_mirror(method, first, second):
    low, high = difference_interval(*first, *second, method=method)
    difference = first[0] / first[1] - second[0] / second[1]
    assert -1 <= low <= difference + 1e-12
    assert difference - 1e-12 <= high <= 1
    assert difference_interval(*second, *first, method=method) == pytest.approx((-high, -low), abs=1e-9)
    others = [(n - k, n) for k, n in (first, second)]
    assert difference_interval(*others[0], *others[1], method=method) == pytest.approx((-high, -low), abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
@given(first=sides, second=sides, times=st.integers(2, 9))
def test_more_of_the_same_narrows_the_difference(method, first, second, times):
    low, high = difference_interval(*first, *second, method=method)
    lower, higher = difference_interval(*np.multiply((*first, *second), times), method=method)
    assert higher - lower < high - low


@pytest.mark.parametrize("method", METHODS)
def test_exact_coverage(method):
    # every outcome of 12 and 15 trials, at rates over the whole square: the mean chance to cover is close to 95 %
    k1, k2 = np.arange(13)[:, None], np.arange(16)
    low, high = difference_interval(k1, 12, k2, 15, method=method)
    covered = []
    for p1 in np.linspace(0.05, 0.95, 13):
        for p2 in np.linspace(0.05, 0.95, 13):
            chance = binom.pmf(k1, 12, p1) * binom.pmf(k2, 15, p2)
            covered.append(chance[(low <= p1 - p2) & (p1 - p2 <= high)].sum())
    assert 0.945 < np.mean(covered) < 0.965


# Perondi et al. (2004): 7 of 34 and 1 of 34 survived a high and a standard dose; limits as printed by the R package
# contingencytables, which goes with Fagerland, Lydersen and Laake (2017), Statistical Analysis of Contingency Tables
def test_printed_ratio():
    assert np.round(ratio_interval(7, 34, 1, 34), 4).tolist() == [1.1537, 41.9763]
    assert np.round(difference_interval(7, 34, 1, 34), 4).tolist() == [0.0189, 0.3404]


def mover_r(k1, n1, k2, n2):
    """Donner and Zou (2012) as printed, to 60 digits, from Wilson limits."""
    with mpmath.workdps(60):
        z = mpmath.sqrt(2) * mpmath.erfinv(mpmath.mpf("0.95"))
        limits = []
        for k, n in ((k1, n1), (k2, n2)):
            center, half = k + z**2 / 2, z * mpmath.sqrt(mpmath.mpf(k) * (n - k) / n + z**2 / 4)
            limits += [mpmath.mpf(k) / n, (center - half) / (n + z**2), (center + half) / (n + z**2)]
        p1, l1, u1, p2, l2, u2 = limits
        low = p1 * p2 - mpmath.sqrt((p1 * p2) ** 2 - l1 * u2 * (2 * p1 - l1) * (2 * p2 - u2))
        high = p1 * p2 + mpmath.sqrt((p1 * p2) ** 2 - u1 * l2 * (2 * p1 - u1) * (2 * p2 - l2))
        return float(low / (u2 * (2 * p2 - u2))), float(high / (l2 * (2 * p2 - l2)))


positive_sides = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))


@given(positive_sides, positive_sides)
def test_ratio_as_printed(first, second):
    assert ratio_interval(*first, *second) == pytest.approx(mover_r(*first, *second), rel=1e-8)


def test_ratio_where_the_printed_form_loses_all_digits():
    # at k2 = z^2 / 2 of endless trials u2 = 2.73 p2; about these k2 of a million u2 passes 2 p2
    for k2 in (3.84, 3.8414588, 3.85):
        low, _ = ratio_interval(20, 1000, k2, 10**6)
        below, _ = ratio_interval(20, 1000, k2 * (1 - 1e-9), 10**6)
        assert low == pytest.approx(float(below), rel=1e-7)
        assert low == pytest.approx(mover_r(20, 1000, k2, 10**6)[0], rel=1e-8)


def test_ratio_of_a_billion_sends():
    counts = (40_000_000, 10**9, 30_000_000, 10**9)
    assert ratio_interval(*counts) == pytest.approx(mover_r(*counts), rel=1e-9)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(sides, sides, st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_the_ratio_excludes_1_exactly_where_the_difference_excludes_0(first, second, level):
    below, above = difference_interval(*first, *second, level=level)
    low, high = ratio_interval(*first, *second, level=level)
    assert (low > 1, high < 1) == (below > 0, above < 0)


@given(sides, sides)
def test_ratio_surrounds_and_turns_round(first, second):
    (k1, n1), (k2, n2) = first, second
    low, high = ratio_interval(k1, n1, k2, n2)
    turned_low, turned_high = ratio_interval(k2, n2, k1, n1)
    assert (low == 0) == (k1 == 0)
    assert (high == np.inf) == (k2 == 0)
    if k2:
        assert low * (1 - 1e-12) <= (k1 / n1) / (k2 / n2) <= high * (1 + 1e-12)
    if k1 and k2:
        assert (1 / turned_high, 1 / turned_low) == pytest.approx((low, high), rel=1e-9)


@given(positive_sides, positive_sides, st.integers(2, 9))
def test_more_of_the_same_narrows_the_ratio(first, second, times):
    low, high = ratio_interval(*first, *second)
    lower, higher = ratio_interval(*np.multiply((*first, *second), times))
    assume(np.isfinite(high))
    assert higher / lower < high / low


@pytest.mark.parametrize("interval", [difference_interval, ratio_interval])
def test_what_is_no_pair_of_proportions_is_nan(interval):
    k1, n1 = [1, np.nan, 1, 6, 1, 1], [0, 10, np.nan, 5, 10, 10]
    k2, n2 = [1, 1, 1, 1, 1, 11], [10, 10, 10, 10, 0, 10]
    assert np.isnan(interval(k1, n1, k2, n2)).all()
    assert np.isfinite(interval([1, np.nan], 10, 2, 20).low).tolist() == [True, False]


def test_score_limits_leave_missing_pairs_out():
    low, high = difference_interval([56, np.nan], 70, 48, 80, method="miettinen-nurminen")
    assert np.round([low[0], high[0]], 4).tolist() == [0.0528, 0.3382]
    assert np.isnan([low[1], high[1]]).all()


def test_one_effective_send_in_all_says_nothing():
    assert difference_interval(0.5, 0.5, 0, 0.5, method="miettinen-nurminen") == (-1, 1)


@pytest.mark.parametrize("interval", [difference_interval, ratio_interval])
def test_shapes(interval):
    assert interval(np.ones((2, 1)), 20, [1, 2, 3], 30).low.shape == (2, 3)
    assert interval(1, 20, 2, 30, level=[0.8, 0.95]).high.shape == (2,)
    assert np.ndim(interval(1, 20, 2, 30).low) == 0
    assert interval([], [], [], []).low.shape == (0,)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: difference_interval(-1, 5, 1, 5), "difference_interval: k1 must be finite counts of at least 0, but one is -1."),
    (lambda: difference_interval(1, 5, 1, np.inf), "difference_interval: n2 must be finite counts of at least 0, but one is inf."),
    (lambda: difference_interval(1, 5, 1, 5, level=95), "difference_interval: level must lie between 0 and 1 (exclusive), not 95. Did you mean 0.95?"),
    (lambda: difference_interval(1, 5, 1, 5, method="newcomb"), "difference_interval: method must be 'newcombe' or 'miettinen-nurminen', not 'newcomb'. Did you mean 'newcombe'?"),
    (lambda: difference_interval([1, 2], 5, [1, 2, 3], 5), "difference_interval: the arguments do not fit each other, their shapes are (2,) and () and (3,) and ()."),
    (lambda: ratio_interval(1, 5, "x", 5), "ratio_interval: k2 must be numbers, not 'x'."),
    (lambda: ratio_interval(1, -5, 1, 5), "ratio_interval: n1 must be finite counts of at least 0, but one is -5."),
    (lambda: ratio_interval([1, 2], 5, 1, 5, level=[0.8, 0.9, 0.95]), "ratio_interval: the arguments do not fit each other, their shapes are (2,) and (2,) and (2,) and (2,) and (3,)."),
])  # fmt: skip
def test_errors(call, message):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value) == message
