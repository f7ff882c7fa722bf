"""Sends needed: by the definition of power, and against figures computed elsewhere."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom, norm
from statsmodels.stats.proportion import power_proportions_2indep, samplesize_proportions_2indep_onetail

from leadlex_pandas.errors import InputError
from leadlex_pandas.stats import detectable_rate, power_two_rates, sends_needed, sends_per_arm, target_test


def test_known_figures():
    # METHODS 2.8 and 4: 3.2 % against 4.8 %; at 4.1 % the edges of odds 1.5 times apart, for one comparison and for many
    assert np.ceil(sends_needed(0.032)) == 1077
    b = 0.041
    up, down = (odds / (1 + odds) for odds in (1.5 * b / (1 - b), b / (1 - b) / 1.5))
    assert round(float(sends_needed(b, relative_effect=up / b - 1))) == 935
    cut = 1 / 120
    assert np.ceil(sends_needed(b, relative_effect=up / b - 1, level=1 - cut)) == pytest.approx(1412, abs=2)
    assert np.ceil(sends_needed(b, relative_effect=down / b - 1, level=1 - cut)) == pytest.approx(2479, abs=4)


@pytest.mark.parametrize("effect", [-0.4, -0.2, 0.3, 1.0])
def test_power_is_met_by_the_normal_test(effect):
    b, level, power = 0.05, 0.9, 0.75
    n = float(sends_needed(b, relative_effect=effect, level=level, power=power))
    p1 = b * (1 + effect)
    reach = (abs(p1 - b) * np.sqrt(n) - norm.ppf((1 + level) / 2) * np.sqrt(b * (1 - b))) / np.sqrt(p1 * (1 - p1))
    assert norm.cdf(reach) == pytest.approx(power, abs=1e-9)


def test_power_is_met_by_the_exact_test():
    n = int(np.ceil(sends_needed(0.04)))
    k = np.arange(n + 1)
    rejected = target_test(k, n, 0.04) <= 0.05
    assert binom.pmf(k[rejected], n, 0.06).sum() == pytest.approx(0.8, abs=0.04)


def test_missing_ones_stay_missing():
    assert np.isnan(sends_needed([0.03, np.nan])).tolist() == [False, True]
    assert np.isnan(sends_needed(0.03, relative_effect=[np.nan, 0.5])).tolist() == [True, False]


def test_design_effect_multiplies_and_arguments_broadcast():
    assert sends_needed(0.04, design_effect=2) == pytest.approx(2 * float(sends_needed(0.04)))
    assert sends_needed([0.02, 0.04], level=[[0.9], [0.95]]).shape == (2, 2)


def test_the_examples_of_power_prop_test():
    # ?power.prop.test of R gives these with its three calls
    assert round(float(power_two_rates(0.50, 0.75, 50)), 3) == 0.740
    assert round(float(sends_per_arm(0.50, 0.75, power=0.90)), 1) == 76.7
    assert round(float(detectable_rate(0.50, 50, power=0.90)), 3) == 0.803


@pytest.mark.parametrize(("h", "printed"), [(0.2, 392), (0.5, 63)])
def test_cohens_table(h, printed):
    # Cohen (1988), Statistical Power Analysis, table 6.4.1 (two-sided 5 %, power .80): sends per group by the difference h
    # of arcsines, which agrees with the difference of rates where those lie on either side of a half
    low, high = (np.sin(np.pi / 4 + sign * h / 4) ** 2 for sign in (-1, 1))
    assert sends_per_arm(low, high) == pytest.approx(printed, rel=0.01)
    assert power_two_rates(low, high, printed) == pytest.approx(0.80, abs=0.005)


rates = st.floats(0.001, 0.999)


@given(rates, rates, st.floats(0.5, 0.99), st.sampled_from([0.8, 0.95, 0.99]))
def test_statsmodels_agrees_on_sends(rate1, rate2, power, level):
    assume(abs(rate1 - rate2) > 1e-4)
    expected = samplesize_proportions_2indep_onetail(rate1 - rate2, rate2, power, alpha=1 - level)
    assert sends_per_arm(rate1, rate2, power=power, level=level) == pytest.approx(expected, rel=1e-9)


@given(rates, rates, st.integers(1, 100_000), st.sampled_from([0.8, 0.95, 0.99]))
def test_statsmodels_agrees_on_power(rate1, rate2, sends, level):
    high, low = max(rate1, rate2), min(rate1, rate2)
    expected = power_proportions_2indep(
        high - low, low, sends, alpha=(1 - level) / 2, alternative="larger", return_results=False
    )
    assert power_two_rates(rate1, rate2, sends, level=level) == pytest.approx(float(expected), rel=1e-9, abs=1e-12)


@given(st.floats(0.001, 0.9), st.floats(1.01, 5), st.floats(0.5, 0.99))
def test_each_undoes_the_others(rate, times, power):
    higher = rate * times
    assume(higher < 0.999)
    sends = sends_per_arm(rate, higher, power=power)
    assert power_two_rates(rate, higher, sends) == pytest.approx(power, abs=1e-9)
    assert detectable_rate(rate, sends, power=power) == pytest.approx(higher, rel=1e-9)
    assert sends_per_arm(higher, rate, power=power) == pytest.approx(float(sends))


def test_power_by_enumeration():
    # every outcome of two campaigns of 200 sends at 10 % and 20 %, tested by z with the pooled variance
    n, p1, p2 = 200, 0.10, 0.20
    k1, k2 = np.arange(n + 1)[:, None], np.arange(n + 1)
    pooled = (k1 + k2) / (2 * n)
    with np.errstate(invalid="ignore"):
        z = (k2 - k1) / n / np.sqrt(2 * pooled * (1 - pooled) / n)
    chance = binom.pmf(k1, n, p1) * binom.pmf(k2, n, p2)
    assert power_two_rates(p1, p2, n) == pytest.approx(chance[z > norm.ppf(0.975)].sum(), abs=0.01)


def test_edges_of_two_rates():
    assert sends_per_arm(0.04, 0.04) == np.inf
    assert power_two_rates(0.04, 0.04, 1000) == pytest.approx(0.025)
    assert np.isnan(sends_per_arm([0.04, np.nan], 0.06)).tolist() == [False, True]
    assert np.isnan(power_two_rates(0.04, [0.06, 0.06, np.nan], [0, np.nan, 50])).all()
    assert np.isnan(detectable_rate([0.04, 0.04, np.nan, 0.04], [0, np.nan, 50, 2])).all()  # the last: too few sends
    assert detectable_rate(0.04, 10**9) == pytest.approx(0.04 + 2.8016 * np.sqrt(2 * 0.04 * 0.96 / 1e9), rel=1e-6)
    assert power_two_rates(0.04, 0.0401, 10**9) > 0.999
    assert sends_per_arm([0.02, 0.04], 0.06, level=[[0.9], [0.95]]).shape == (2, 2)
    assert np.ndim(detectable_rate(0.04, 500)) == np.ndim(power_two_rates(0.04, 0.05, 500)) == 0


@pytest.mark.parametrize(("call", "message"), [
    (lambda: sends_per_arm(4, 0.06), "sends_per_arm: rate1 must lie between 0 and 1 (exclusive), not 4. Did you mean 0.04?"),
    (lambda: sends_per_arm(0.04, 0), "sends_per_arm: rate2 must lie between 0 and 1 (exclusive), not 0."),
    (lambda: sends_per_arm(0.04, 0.06, power=80), "sends_per_arm: power must lie between 0 and 1 (exclusive), not 80. Did you mean 0.8?"),
    (lambda: power_two_rates(0.04, 0.06, -5), "power_two_rates: sends must be finite counts of at least 0, but one is -5."),
    (lambda: power_two_rates(0.04, 0.06, 50, level=95), "power_two_rates: level must lie between 0 and 1 (exclusive), not 95. Did you mean 0.95?"),
    (lambda: detectable_rate([0.1, 0.2], [50, 60, 70]), "detectable_rate: the arguments do not fit each other, their shapes are (2,) and (3,) and () and ()."),
])  # fmt: skip
def test_errors_of_two_rates(call, message):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value) == message


@pytest.mark.parametrize(("arguments", "message"), [
    (dict(benchmark=4), "sends_needed: benchmark must lie between 0 and 1 (exclusive), not 4. Did you mean 0.04?"),
    (dict(benchmark=0.04, power=80), "sends_needed: power must lie between 0 and 1 (exclusive), not 80. Did you mean 0.8?"),
    (dict(benchmark=0.04, level=95), "sends_needed: level must lie between 0 and 1 (exclusive), not 95. Did you mean 0.95?"),
    (dict(benchmark=0.04, relative_effect=0), "sends_needed: relative_effect must be above -1 and not 0, but one is 0."),
    (dict(benchmark=0.04, relative_effect=-1), "sends_needed: relative_effect must be above -1 and not 0, but one is -1."),
    (dict(benchmark=0.8, relative_effect=0.5), "sends_needed: benchmark x (1 + relative_effect) must lie below 1, but one is 1.2."),
    (dict(benchmark=0.04, design_effect=0.5), "sends_needed: design_effect must be at least 1, but one is 0.5."),
])  # fmt: skip
def test_errors(arguments, message):
    with pytest.raises(InputError) as error:
        sends_needed(**arguments)
    assert str(error.value) == message
