"""Adjusted p-values, against the example of the paper, scipy and statsmodels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

from leadlex_pandas.errors import InputError
from leadlex_pandas.stats import adjust_p_values

# Benjamini and Hochberg (1995), section 4: 15 hypotheses on thrombolysis, ordered; 4 are rejected at 5 %, 3 by Bonferroni
PAPER = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0,
]
STATSMODELS = {
    "benjamini-hochberg": "fdr_bh",
    "benjamini-yekutieli": "fdr_by",
    "holm": "holm",
    "bonferroni": "bonferroni",
}


def test_the_papers_example():
    assert (adjust_p_values(PAPER) <= 0.05).sum() == 4
    assert (adjust_p_values(PAPER, method="bonferroni") <= 0.05).sum() == 3


@pytest.mark.parametrize("method", STATSMODELS)
@settings(max_examples=40)  # its Holm takes 30 ms
@given(p=st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.5, 1.0])), min_size=1, max_size=40))
def test_statsmodels_agrees(method, p):
    expected = multipletests(p, method=STATSMODELS[method])[1]
    np.testing.assert_allclose(adjust_p_values(p, method=method), expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize(("method", "short"), [("benjamini-hochberg", "bh"), ("benjamini-yekutieli", "by")])
def test_scipy_agrees(method, short):
    p = np.random.default_rng(1).uniform(size=500) ** 2
    np.testing.assert_allclose(adjust_p_values(p, method=method), false_discovery_control(p, method=short), rtol=1e-12)


def test_missing_ones_are_not_in_the_family():
    with_gaps = adjust_p_values([0.01, np.nan, 0.02, np.nan])
    assert np.isnan(with_gaps).tolist() == [False, True, False, True]
    assert with_gaps[[0, 2]].tolist() == adjust_p_values([0.01, 0.02]).tolist()


def test_empty_family():
    assert adjust_p_values([]).tolist() == []
    assert np.isnan(adjust_p_values([np.nan])).all()


@pytest.mark.parametrize(("call", "message"), [
    (lambda: adjust_p_values([0.1, 1.2]), "adjust_p_values: p_values must lie within 0 and 1, but one is 1.2."),
    (lambda: adjust_p_values([[0.1]]), "adjust_p_values: p_values must be one-dimensional, not of shape (1, 1)."),
    (lambda: adjust_p_values([0.1], method="BH"), "adjust_p_values: method must be 'benjamini-hochberg', 'benjamini-yekutieli', 'holm' or 'bonferroni', not 'BH'."),
    (lambda: adjust_p_values(["x"]), "adjust_p_values: p_values must be numbers, not ['x']."),
])  # fmt: skip
def test_errors(call, message):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value) == message
