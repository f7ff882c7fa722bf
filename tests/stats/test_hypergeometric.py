"""The outer-tail sum beside exact fractions, and where it hands over to scipy."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadlex_pandas.stats import rest_test
from leadlex_pandas.stats.hypergeometric import FACTORED, hypergeometric_mid_p


def exact(k, n, total_k, total_n):
    """Both tails with half of the point, in whole numbers."""
    ways = [comb(total_k, x) * comb(total_n - total_k, n - x) for x in range(min(total_k, n) + 1)]
    lower, point = sum(ways[:k]), ways[k]
    tail = min(2 * lower + point, 2 * (sum(ways) - lower) - point)
    return float(min(Fraction(tail, sum(ways)), 1))


def ours(*numbers):
    return hypergeometric_mid_p(*(np.array([number], dtype=np.float64) for number in numbers))[0]


def test_every_table_of_up_to_twelve_trials():
    for total_n in range(2, 13):
        for total_k in range(total_n + 1):
            for n in range(1, total_n):
                for k in range(max(0, n - total_n + total_k), min(total_k, n) + 1):
                    assert ours(k, n, total_k, total_n) == pytest.approx(exact(k, n, total_k, total_n), rel=1e-12)


@st.composite
def tables(draw):
    total_n = draw(st.integers(2, 1000))
    total_k = draw(st.integers(0, total_n))
    n = draw(st.integers(1, total_n - 1))
    return draw(st.integers(max(0, n - total_n + total_k), min(total_k, n))), n, total_k, total_n


@given(tables())
@settings(derandomize=True, deadline=None, max_examples=150)
def test_also_far_out(table):
    """Down to the smallest number that keeps its digits."""
    assert ours(*table) == pytest.approx(exact(*table), rel=1e-11, abs=1e-290)


def test_many_terms_are_summed():
    """Two halves of 4,000 sends, from the mean and from 13 standard deviations above it: more than one round of terms."""
    for k in (1000, 1200):
        assert ours(k, 2000, 2000, 4000) == pytest.approx(exact(k, 2000, 2000, 4000), rel=1e-11)


def test_where_scipy_takes_over_nothing_jumps():
    k = np.arange(20, 60)
    below, above = (rest_test(k, 1000, 4240, total) for total in (FACTORED - 1, FACTORED))
    assert below == pytest.approx(above, rel=2e-3)
    assert below[20] > 0.95
    rare = np.arange(8)
    assert rest_test(rare, 500, 7, FACTORED) == pytest.approx([exact(k, 7, 500, FACTORED) for k in range(8)], rel=1e-8)
