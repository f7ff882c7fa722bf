"""The spread within campaigns, against a plain re-reading with statsmodels' regressions and against worlds that are known."""

import numpy as np
import pytest
import statsmodels.api as sm

from leadlex_pandas.errors import InputError
from leadlex_pandas.stats import design_effect


def plain_reading(k, n, steps=None):
    """METHODS 2.6 step by step, the line and the fit of (r, t) by statsmodels."""
    pooled, p = k.sum() / n.sum(), k / n
    unit, most = (np.ones(len(n)), 2.0) if steps is None else (steps - 1.0, 1.0)
    r = t = 0.0
    for _ in range(12):
        phi = 1 + r * unit
        line = sm.WLS(p, sm.add_constant(np.log(n)), weights=1 / (phi / n + t)).fit()
        h = np.diag(line.model.wexog @ line.model.pinv_wexog)
        m = np.clip(line.fittedvalues, pooled / 4, 1 - (1 - pooled) / 4)
        y = (p - m) ** 2 * n / (m * (1 - m) * (1 - h)) - 1
        weights = 1 / (phi + n * t) ** 2
        r, t = sm.WLS(y, np.column_stack([unit, n]), weights=weights).fit().params
        if t < 0:
            r, t = sm.WLS(y, unit, weights=weights).fit().params[0], 0.0
        if not 0 <= r <= most:
            r = min(max(r, 0.0), most)
            t = max(0.0, sm.WLS(y - r * unit, n, weights=weights).fit().params[0])
    return 1 + r * unit


def sends(rng, campaigns):
    return np.exp(rng.uniform(np.log(30), np.log(3000), campaigns)).astype(int)


def clustered(rng, n, rate, steps, rho):
    """Opens of recipients who get `steps` emails each and differ in how readily they open: phi = 1 + (steps - 1) rho."""
    of_recipient = [rng.beta(p / rho - p, (1 - p) / rho - 1 + p, m) for p, m in zip(rate, n // steps, strict=True)]
    return np.array([rng.binomial(s, p).sum() for s, p in zip(steps, of_recipient, strict=True)]), n // steps * steps


@pytest.mark.parametrize("seed", range(8))
def test_plain_reading_agrees(seed):
    rng = np.random.default_rng(seed)
    n = sends(rng, 60)
    steps = rng.integers(1, 6, 60)
    k, n = clustered(rng, n, rng.beta(20, 22, 60), steps, 0.2)
    np.testing.assert_allclose(design_effect(k, n), plain_reading(k, n), rtol=1e-6)
    np.testing.assert_allclose(design_effect(k, n, steps=steps), plain_reading(k, n, steps), rtol=1e-6)


def test_one_correlation_within_and_none_between():
    # METHODS 2.6: true 1.8, opens all equal; median 1.7 at 200 campaigns
    rng = np.random.default_rng(0)
    found, with_steps = [], []
    for _ in range(30):
        three = np.full(200, 3)
        k, n = clustered(rng, sends(rng, 200), np.full(200, 0.45), three, 0.4)
        found.append(design_effect(k, n)[0])
        with_steps.append(design_effect(k, n, steps=three)[0])
    assert np.median(found) == pytest.approx(1.75, abs=0.15)
    assert np.median(with_steps) == pytest.approx(1.75, abs=0.15)


def test_spread_between_campaigns_and_a_drift_with_size_are_not_taken_for_it():
    rng = np.random.default_rng(0)
    between, drift = [], []
    for _ in range(30):
        n = sends(rng, 200)
        between.append(design_effect(rng.binomial(n, rng.beta(20, 22, 200)), n)[0])
        drift.append(design_effect(rng.binomial(n, 0.08 - 0.018 * np.log10(n)), n)[0])
    assert np.median(between) < 1.4
    assert np.median(drift) < 1.3


def test_with_steps_the_effect_grows_from_one_to_the_steps():
    steps, found = np.repeat([1, 2, 5], 20), []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        k, n = clustered(rng, sends(rng, 60), np.full(60, 0.45), steps, 0.3)
        phi = design_effect(k, n, steps=steps)
        assert (phi[:20] == 1).all()
        np.testing.assert_allclose(phi, 1 + (steps - 1) * (phi[20] - 1))
        found.append(phi[20] - 1)
    assert np.median(found) == pytest.approx(0.3, abs=0.06)


def test_no_effect_exceeds_the_steps_or_three():
    # a recipient opens all emails or none, and recipients come in herds: more spread than any steps explain
    rng = np.random.default_rng(1)
    n = np.repeat([100, 1000], 40)
    herds = 50 * rng.binomial(n // 50, 0.45)
    steps = np.tile([1, 2, 5], 27)[:80]
    assert design_effect(herds, n, steps=steps).tolist() == steps.tolist()
    assert (design_effect(herds, n) == 3).all()


def test_one_missing_steps_makes_all_unknown():
    rng = np.random.default_rng(2)
    n = sends(rng, 60)
    k = 2 * rng.binomial(n // 2, 0.4)
    steps = np.r_[np.nan, np.full(59, 2.0)]
    assert design_effect(k, n, steps=steps).tolist() == design_effect(k, n).tolist()
    assert (design_effect(k[:20], n[:20], steps=steps[:20]) == 1).all()


def test_where_it_cannot_be_told_it_is_one():
    rng = np.random.default_rng(3)
    few, alike = sends(rng, 49), rng.integers(200, 1900, 80)
    for n in (few, alike):
        assert (design_effect(3 * rng.binomial(n // 3, 0.4), n) == 1).all()
    for k in (np.zeros(49), few):  # no or only successes
        assert (design_effect(k, few, steps=np.full(49, 3)) == 1).all()
    n = np.array([10, 100, 1000])
    assert (design_effect(n // 2, n, steps=[3, 3, 3]) == 1).all()
    assert (design_effect(few // 3, few, steps=np.ones(49)) == 1).all()  # one step: one email a recipient


def test_rows_that_cannot_be_used_are_nan_and_change_nothing():
    rng = np.random.default_rng(4)
    n = sends(rng, 60)
    k = 2 * rng.binomial(n // 2, 0.4)
    phi = design_effect([*k, 5, np.nan, 0, 9], [*n, np.nan, 10, 0, 8])
    np.testing.assert_array_equal(phi[:60], design_effect(k, n))
    assert np.isnan(phi[60:]).all()
    assert design_effect([], []).tolist() == []
    assert np.ndim(design_effect(4, 10)) == 0


def test_order_and_size():
    rng = np.random.default_rng(5)
    n = sends(rng, 60)
    k = 2 * rng.binomial(n // 2, 0.4)
    assert design_effect(k[::-1], n[::-1])[0] == pytest.approx(design_effect(k, n)[0], rel=1e-9)
    huge = n * 10**9 // n.max()
    assert 1 <= design_effect(rng.binomial(huge, rng.beta(20, 22, 60)), huge)[0] <= 3


@pytest.mark.parametrize(("call", "message"), [
    (lambda: design_effect([1], [-5]), "design_effect: trials must be finite counts of at least 0, but one is -5."),
    (lambda: design_effect([1], [5], steps=[0]), "design_effect: steps must be finite numbers of at least 1, but one is 0."),
    (lambda: design_effect([1, 2], [5, 5], steps=[1, 2, 3]), "design_effect: the arguments do not fit each other, their shapes are (2,) and (2,) and (3,)."),
])  # fmt: skip
def test_errors(call, message):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value) == message
