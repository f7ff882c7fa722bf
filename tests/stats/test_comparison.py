"""One campaign against all others or a target, against exact enumeration; all of them at once, against scipy."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, chi2_contingency, norm
from statsmodels.stats.proportion import proportions_ztest

from leadlex_pandas.errors import InputError
from leadlex_pandas.stats import homogeneity_test, rest_test, target_test
from leadlex_pandas.stats.comparison import rest_z, target_z, z_p_value
from tests.stats.enumeration import binomial, hypergeometric, mid_p


@given(st.integers(1, 30), st.integers(1, 60), st.data())
def test_rest_by_enumeration(n, others_n, data):
    k, others_k = data.draw(st.integers(0, n)), data.draw(st.integers(0, others_n))
    expected = mid_p(hypergeometric(n, k + others_k, n + others_n), k)
    assert rest_test(k, n, k + others_k, n + others_n) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(st.integers(1, 40), st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=100), st.data())
def test_target_by_enumeration(n, target, data):
    k = data.draw(st.integers(0, n))
    assert target_test(k, n, float(target)) == pytest.approx(mid_p(binomial(n, target), k), rel=1e-9, abs=1e-12)


def test_both_sides_of_a_split_get_the_same_p():
    assert rest_test(12, 300, 40, 700) == pytest.approx(float(rest_test(28, 400, 40, 700)), rel=1e-9)


def test_a_tiny_share_is_binomial_and_close_to_exact():
    n, total_n, total_k = 90, 1_000_000, 40_000  # a share of 0.00009
    exact = mid_p(hypergeometric(n, total_k, total_n), 8)
    approximate = float(rest_test(8, n, total_k, total_n))
    assert approximate == pytest.approx(mid_p(binomial(n, Fraction(total_k, total_n)), 8), rel=1e-9)
    assert approximate == pytest.approx(exact, abs=2e-5)


def test_huge_totals_fall_back_to_z():
    k, n, total_k, total_n = 40_100_000, 10**9, 4 * 10**8, 10**10
    z, _ = proportions_ztest([k, total_k - k], [n, total_n - n])
    assert rest_test(k, n, total_k, total_n) == pytest.approx(2 * norm.sf(abs(z)), rel=1e-6)


def test_huge_totals_with_few_events_count_where_the_events_fell():
    # of three events, those on a campaign with the share s of all trials are binomial (3, s)
    share = Fraction(300_000, 2_200_000_000)
    assert rest_test(2, 3e5, 3, 2.2e9) == pytest.approx(mid_p(binomial(3, share), 2), rel=1e-6)
    assert rest_test(3, 1e9, 3, 2.2e9) == pytest.approx(mid_p(binomial(3, Fraction(10, 22)), 3), rel=1e-6)
    assert rest_test(1e9 - 3, 1e9, 2.2e9 - 3, 2.2e9) == pytest.approx(mid_p(binomial(3, Fraction(10, 22)), 3), rel=1e-6)


def test_z_of_the_rest_is_that_of_the_pool_shrunk():
    # METHODS 2.3: z against the rest = z against the pool / sqrt(1 - n_i / N)
    k, n = np.array([30.0, 12.0, 70.0]), np.array([500.0, 400.0, 1900.0])
    total_k, total_n = k.sum(), n.sum()
    pooled = total_k / total_n
    z_pool = (k / n - pooled) / np.sqrt(pooled * (1 - pooled) / n)
    np.testing.assert_allclose(rest_z(k, n, total_k, total_n), z_pool / np.sqrt(1 - n / total_n), rtol=1e-12)


def test_z_against_statsmodels():
    z, p = proportions_ztest([30, 82], [500, 2300])
    ours = rest_z(np.array([30.0]), np.array([500.0]), 112.0, 2800.0)
    assert ours[0] == pytest.approx(z)
    assert z_p_value(ours)[0] == pytest.approx(p)
    z, p = proportions_ztest(30, 500, value=0.04, prop_var=0.04)
    ours = target_z(np.array([30.0]), np.array([500.0]), np.array([0.04]))
    assert ours[0] == pytest.approx(z)
    assert z_p_value(ours, 4.0)[0] == pytest.approx(2 * norm.sf(abs(z) / 2))


def test_no_events_anywhere_is_no_difference():
    assert rest_test(0, 10, 0, 100) == 1.0
    assert rest_z(np.array([0.0]), np.array([10.0]), 0.0, 100.0)[0] == 0.0


def test_what_cannot_be_tested_is_nan():
    k = [1, 1, 6, np.nan, 3, 1]
    n = [0, 10, 5, 10, 10, 10]
    total_k = [5, 5, 9, 5, 2, 95]
    total_n = [50, 10, 50, 50, 50, 50]  # no trials; no others; k > n; missing; more than all; others k > n
    assert np.isnan(rest_test(k, n, total_k, total_n)).all()
    assert np.isnan(target_test([1, 6, np.nan, 1], [0, 5, 10, 10], [0.1, 0.1, 0.1, np.nan])).all()


def test_shapes():
    assert rest_test(np.ones((2, 1)), [10, 20, 30], 50, 1000).shape == (2, 3)
    assert np.ndim(target_test(1, 10, 0.1)) == 0


def test_homogeneity_as_printed():
    # ?prop.test of R, smokers among four groups of patients (Fleiss 1981, p. 139): X-squared = 12.6, p-value = 0.005585
    found = homogeneity_test([83, 90, 129, 70], [86, 93, 136, 82])
    assert (round(found.statistic, 1), found.df, round(found.p_value, 6)) == (12.6, 3, 0.005585)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 500)), min_size=2, max_size=30))
def test_homogeneity_against_scipy(campaigns):
    k, others = np.array(campaigns).T
    if k.sum() == 0:
        return
    expected = chi2_contingency([k, others], correction=False)
    found = homogeneity_test(k, k + others)
    assert found == pytest.approx((expected.statistic, expected.dof, expected.pvalue), rel=1e-9, abs=1e-12)


def test_homogeneity_divided_by_the_design_effect():
    k, n = [83, 90, 129, 70], [86, 93, 136, 82]
    plain, found = homogeneity_test(k, n), homogeneity_test(k, n, design_effect=1.8)
    assert found.statistic == pytest.approx(plain.statistic / 1.8)
    assert found.p_value == pytest.approx(chi2.sf(plain.statistic / 1.8, 3))
    each = homogeneity_test(k, n, design_effect=[1, 1, 2, 2])
    assert each == pytest.approx(homogeneity_test([83, 90, 64.5, 35], [86, 93, 68, 41]))


def test_homogeneity_of_what_there_is():
    with_gaps = homogeneity_test([83, np.nan, 90, 7, 129, 70, 0], [86, 50, 93, 5, 136, 82, 0])
    assert with_gaps == homogeneity_test([83, 90, 129, 70], [86, 93, 136, 82])
    for k in ([0, 0, 0], [10, 20, 30]):  # all alike
        assert homogeneity_test(k, [10, 20, 30]) == (0.0, 2, 1.0)
    for k, n in (([], []), ([3], [10]), (3, 10), ([3, np.nan], [10, 10])):
        found = homogeneity_test(k, n)
        assert np.isnan([found.statistic, found.p_value]).all()
        assert found.df == 0


def test_homogeneity_of_a_billion_sends():
    z, p = proportions_ztest([40_000_000, 40_030_000], [10**9, 10**9])
    assert homogeneity_test([40_000_000, 40_030_000], [10**9, 10**9]) == pytest.approx((z**2, 1, p), rel=1e-9)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: rest_test(-1, 5, 5, 10), "rest_test: successes must be finite counts of at least 0, but one is -1."),
    (lambda: rest_test(1, 5, 5, -10), "rest_test: total_trials must be finite counts of at least 0, but one is -10."),
    (lambda: target_test(1, -5, 0.1), "target_test: trials must be finite counts of at least 0, but one is -5."),
    (lambda: target_test(3.5, 10, 0.2), "target_test: successes must be whole counts, but one is 3.5."),
    (lambda: rest_test([3, 4], [10, 10.5], 20, 100), "rest_test: trials must be whole counts, but one is 10.5."),
    (lambda: target_test(1, 5, 1.5), "target_test: target must lie within 0 and 1, but one is 1.5."),
    (lambda: homogeneity_test([1, -2], [5, 5]), "homogeneity_test: successes must be finite counts of at least 0, but one is -2."),
    (lambda: homogeneity_test([1, 2], [5, 5], design_effect=0.5), "homogeneity_test: design_effect must be at least 1, but one is 0.5."),
    (lambda: homogeneity_test([1, 2], [5, 5, 5]), "homogeneity_test: the arguments do not fit each other, their shapes are (2,) and (3,) and ()."),
])  # fmt: skip
def test_errors(call, message):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value) == message
