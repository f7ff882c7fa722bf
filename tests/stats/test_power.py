"""Sends needed: by the definition of power, and against figures computed elsewhere."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from leadlex_pandas.errors import InputError
from leadlex_pandas.stats import sends_needed, target_test


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
