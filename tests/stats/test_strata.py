"""Groups within strata: Berkeley's admissions as printed elsewhere, statsmodels, and what no library says."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from leadlex_pandas.errors import InputError
from leadlex_pandas.stats import stratified_comparison

# Bickel, Hammel and O'Connell (1975), Science 187:398; the six largest departments, R's data set UCBAdmissions: men
# admitted and applied, women admitted and applied
BERKELEY = (
    [512, 353, 120, 138, 53, 22],
    [825, 560, 325, 417, 191, 373],
    [89, 17, 202, 131, 94, 24],
    [108, 25, 593, 375, 393, 341],
)


def test_berkeley():
    found = stratified_comparison(*BERKELEY)
    assert found.crude_odds_ratio == pytest.approx(1.84108, abs=5e-6)
    # mantelhaen.test(UCBAdmissions, correct = FALSE) of R
    assert found.odds_ratio == pytest.approx(0.9046968, abs=5e-8)
    assert (found.odds_ratio_low, found.odds_ratio_high) == pytest.approx((0.7719074, 1.0603298), abs=5e-8)
    assert (found.cmh_statistic, found.cmh_p_value) == pytest.approx((1.5246, 0.2169), abs=5e-5)
    # BreslowDayTest(UCBAdmissions) of the R package DescTools
    assert found.breslow_day_statistic == pytest.approx(18.826, abs=5e-4)
    assert found.breslow_day_p_value == pytest.approx(0.002071, abs=5e-7)
    assert found.sign_reversal is True


def plain_weights(k1, n1, k2, n2):
    """Risk difference and ratio of Greenland and Robins (1985), with fractions."""
    tables = list(zip(*(map(Fraction, column) for column in (k1, n1, k2, n2)), strict=True))
    apart = sum((a / m - b / n) * m * n / (m + n) for a, m, b, n in tables)
    first, second = (sum(x * y / (m + n) for x, y, m, n in cells) for cells in (
        [(a, n, m, n) for a, m, b, n in tables], [(b, m, m, n) for a, m, b, n in tables])
    )  # fmt: skip
    return float(apart / sum(m * n / (m + n) for a, m, b, n in tables)), float(first / second)


def test_risk_difference_and_ratio_by_definition():
    found = stratified_comparison(*BERKELEY)
    assert (found.risk_difference, found.risk_ratio) == pytest.approx(plain_weights(*BERKELEY), rel=1e-12)


cell = st.integers(1, 400)
strata = st.lists(st.tuples(cell, cell, cell, cell), min_size=2, max_size=6)


@given(strata)
def test_statsmodels_agrees(cells):
    table = StratifiedTable([np.array([[a, b], [c, d]]) for a, b, c, d in cells])
    assume(abs(table.oddsratio_pooled - 1) > 1e-3)  # it divides by the difference
    a, b, c, d = np.array(cells).T
    found = stratified_comparison(a, a + b, c, c + d)
    assert found.odds_ratio == pytest.approx(table.oddsratio_pooled, rel=1e-9)
    expected = table.oddsratio_pooled_confint()
    assert (found.odds_ratio_low, found.odds_ratio_high) == pytest.approx(expected, rel=1e-9)
    assert found.risk_ratio == pytest.approx(table.riskratio_pooled, rel=1e-9)
    null, equal = table.test_null_odds(correction=False), table.test_equal_odds(adjust=False)
    assert found.cmh_statistic == pytest.approx(null.statistic, rel=1e-9, abs=1e-12)
    assert found.cmh_p_value == pytest.approx(null.pvalue, rel=1e-6, abs=1e-12)
    assert found.breslow_day_statistic == pytest.approx(equal.statistic, rel=1e-6, abs=1e-9)
    assert found.breslow_day_p_value == pytest.approx(equal.pvalue, rel=1e-6, abs=1e-9)


@given(strata)
def test_turned_round(cells):
    a, b, c, d = np.array(cells).T
    one, other = stratified_comparison(a, a + b, c, c + d), stratified_comparison(c, c + d, a, a + b)
    assert other.odds_ratio == pytest.approx(1 / one.odds_ratio)
    assert other.odds_ratio_low == pytest.approx(1 / one.odds_ratio_high)
    assert other.risk_difference == pytest.approx(-one.risk_difference, abs=1e-12)
    assert other.risk_ratio == pytest.approx(1 / one.risk_ratio)
    assert other.cmh_statistic == pytest.approx(one.cmh_statistic, abs=1e-9)
    assert other.breslow_day_statistic == pytest.approx(one.breslow_day_statistic, rel=1e-6, abs=1e-9)
    assert other.sign_reversal == one.sign_reversal


def test_odds_ratio_the_same_in_every_stratum():
    # odds 1/3 against 1/9 and 3 against 1: three times as high in both
    found = stratified_comparison([25, 75], [100, 100], [10, 50], [100, 100])
    assert found.odds_ratio == pytest.approx(3)
    assert found.breslow_day_statistic == pytest.approx(0, abs=1e-9)
    assert found.breslow_day_p_value == pytest.approx(1)
    assert not found.sign_reversal


def test_strata_without_both_groups_change_nothing():
    extra = ([3, np.nan, 9, 4], [10, 20, 8, 0], [0, 2, 3, 1], [0, 30, 9, 9])  # no second, missing, k > n, no first
    with_extra = [[*own, *more] for own, more in zip(BERKELEY, extra, strict=True)]
    assert stratified_comparison(*with_extra) == stratified_comparison(*BERKELEY)


def test_order_of_strata_changes_nothing():
    turned = stratified_comparison(*([*column[::-1]] for column in BERKELEY))
    assert turned.odds_ratio == pytest.approx(stratified_comparison(*BERKELEY).odds_ratio, rel=1e-12)


def test_counts_of_a_billion():
    found = stratified_comparison(*np.array(BERKELEY, dtype=float) * 10**6)
    assert found.odds_ratio == pytest.approx(0.9046968, abs=5e-8)
    assert found.breslow_day_statistic == pytest.approx(18.825514e6, rel=1e-6)


def test_extreme_odds():
    # the common odds ratio is near 1e18, so that the small stratum is expected to be all for the first
    found = stratified_comparison([10**9 - 1, 10], [10**9, 10], [1, 0], [10**9, 10])
    assert found.odds_ratio == pytest.approx(1e18, rel=1e-6)
    assert found.breslow_day_statistic == pytest.approx(0, abs=1e-6)


def test_one_stratum_is_the_crude_table():
    found = stratified_comparison(30, 100, 20, 100)
    assert found.odds_ratio == pytest.approx(found.crude_odds_ratio)
    assert found.odds_ratio == pytest.approx(30 / 70 / (20 / 80))
    assert found.risk_difference == pytest.approx(0.1)
    assert np.isnan(found.breslow_day_statistic)


def test_what_cannot_be_computed_is_nan():
    empty = vars(stratified_comparison([], [], [], []))
    assert empty.pop("sign_reversal") is False
    assert np.isnan(list(empty.values())).all()
    none = stratified_comparison([0, 0], [10, 20], [0, 0], [10, 20])
    assert np.isnan([none.odds_ratio, none.risk_ratio, none.cmh_p_value, none.breslow_day_p_value]).all()
    assert none.risk_difference == 0
    only_first = stratified_comparison([3, 4], [10, 20], [0, 0], [10, 20])
    assert only_first.odds_ratio == only_first.risk_ratio == only_first.crude_odds_ratio == np.inf
    assert np.isnan([only_first.odds_ratio_low, only_first.odds_ratio_high, only_first.breslow_day_statistic]).all()
    assert 0 < only_first.cmh_p_value < 0.05
    only_second = stratified_comparison([0, 0], [10, 20], [3, 4], [10, 20])
    assert only_second.odds_ratio == only_second.risk_ratio == 0


def test_campaigns_that_differ_mislead_it():
    # the docstring's warning: two groups without difference, 3 strata, 4 campaigns a cell from Beta(4, 96)
    rng = np.random.default_rng(0)
    called, runs = 0, 400
    for _ in range(runs):
        n = np.exp(rng.uniform(np.log(30), np.log(3000), (2, 3, 4))).astype(int)
        k = rng.binomial(n, rng.beta(4, 96, n.shape))
        (k1, k2), (n1, n2) = k.sum(axis=2), n.sum(axis=2)
        called += stratified_comparison(k1, n1, k2, n2).cmh_p_value <= 0.05
    assert called / runs > 0.4


@pytest.mark.parametrize(("arguments", "message"), [
    (([-1], [5], [1], [5]), "stratified_comparison: k1 must be finite counts of at least 0, but one is -1."),
    (([1], [5], [1.5], [5]), "stratified_comparison: k2 must be whole counts, but one is 1.5."),
    (([1], [5], [1], ["x"]), "stratified_comparison: n2 must be numbers, not ['x']."),
    (([1, 2], [5, 5], [1, 2, 3], [5]), "stratified_comparison: the arguments do not fit each other, their shapes are (2,) and (2,) and (3,) and (1,)."),
])  # fmt: skip
def test_errors(arguments, message):
    with pytest.raises(InputError) as error:
        stratified_comparison(*arguments)
    assert str(error.value) == message
