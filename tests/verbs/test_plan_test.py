"""`plan_test` against published sample sizes and statsmodels."""

import math

import pytest
from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

from leadlex_pandas import InputError, plan_test


@pytest.mark.parametrize(("before", "after", "sends"), [
    # R: ceiling(power.prop.test(p1 = before, p2 = after, power = 0.8)$n)
    (0.03, 0.05, 1506), (0.04, 0.06, 1863), (0.04, 0.08, 553), (0.02, 0.04, 1141), (0.45, 0.50, 1565),
])  # fmt: skip
def test_sends_as_of_r(before, after, sends):
    assert plan_test(before, lift=after / before - 1) == sends


@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
@pytest.mark.parametrize(("rate", "lift"), [(0.04, 0.5), (0.04, -0.5), (0.3, 1.0), (0.002, 2.0)])
def test_sends_as_of_statsmodels(rate, lift, power, level):
    expected = samplesize_proportions_2indep_onetail(rate * lift, rate, power, ratio=1, alpha=1 - level)
    assert plan_test(rate, lift=lift, power=power, level=level) == math.ceil(expected)


def test_it_is_a_whole_number():
    assert type(plan_test(0.04, lift=0.5)) is int


@pytest.mark.parametrize(("options", "message"), [
    ({"rate": 4, "lift": 0.5}, "plan_test: rate must lie between 0 and 1 (exclusive), not 4. Did you mean 0.04?"),
    ({"rate": 0.04, "lift": 0}, "plan_test: lift must not be 0; it is relative, 0.5 means rate x 1.5."),
    ({"rate": 0.04, "lift": -1}, "plan_test: lift must be a number above -1, not -1."),
    ({"rate": 0.6, "lift": 1}, "plan_test: rate x (1 + lift) must lie below 1, but is 1.2. lift is relative: 0.5 means rate x 1.5."),
    ({"rate": 0.04, "lift": 50}, "plan_test: rate x (1 + lift) must lie below 1, but is 2.04. lift is relative: 0.5 means rate x 1.5."),
    ({"rate": 0.04, "lift": 0.5, "power": 80}, "plan_test: power must lie between 0 and 1 (exclusive), not 80. Did you mean 0.8?"),
    ({"rate": 0.04, "lift": 0.5, "level": 1}, "plan_test: level must lie between 0 and 1 (exclusive), not 1."),
])  # fmt: skip
def test_errors(options, message):
    with pytest.raises(InputError) as caught:
        plan_test(**options)
    assert str(caught.value) == message
