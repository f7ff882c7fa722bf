"""Verbs over portfolios whose true rates are known: a small share of what `tests/benchmarks/worlds.py` runs at full size.

A figure may stray from its goal by two standard errors, as portfolios are few here; what gives wrong answers strays by
far more.
"""

import numpy as np
import pytest

from leadlex_pandas import benchmark
from tests.verbs import spreads
from tests.verbs.worlds import FIGURES, WORLDS, drawn_and_scored, events, figures, goals, portfolio, score

ERRORS = 2
OPENS = [name for name, world in WORLDS.items() if world.metric == "open_rate"]


def assert_goals(of, found, within):
    told = dict(zip(of, found, strict=True))
    missed = {name: (str(told[name]), goal) for name, goal in within.items() if not told[name].holds(goal, ERRORS)}
    assert not missed


def scored(name, campaigns, portfolios, phi_given=False):
    one = dict(name=name, campaigns=campaigns, phi_given=phi_given)
    return figures(drawn_and_scored(seed, **one) for seed in range(portfolios))


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize(("campaigns", "portfolios"), [(14, 30), (50, 6)])
def test_calls_are_right_and_limits_cover(name, campaigns, portfolios):
    assert_goals(FIGURES, scored(name, campaigns, portfolios), goals(name, campaigns, False))


@pytest.mark.parametrize("name", ["W5", "W9", "W10"])
def test_typical_is_right_where_phi_is(name):
    assert_goals(FIGURES, scored(name, 14, 30, phi_given=True), goals(name, 14, True))


def test_large_differences_are_found():
    assert_goals(FIGURES, scored("W11 up", 200, 3), goals("W11 up", 200, False))


@pytest.mark.parametrize("name", OPENS)
def test_without_steps_few_campaigns_tell_no_design_effect(name):
    table = benchmark(portfolio(name, 14, 0).df.drop(columns="steps"), "open_rate")
    assert (table["design_effect"] == 1).all()
    assert table["caveats"].str.contains("design_effect_unknown").all()


def test_a_rule_without_design_effect_is_found_out():
    # opens all equal, phi 1.8: taken for independent, more than half of the portfolios have a false call
    false_calls = figures(score(portfolio("W9", 50, seed), design_effect=1.0) for seed in range(16))[0]
    assert not false_calls.holds(goals("W9", 50, False)["false calls"], ERRORS)


def test_counts_have_phi_times_the_variance_of_a_binomial():
    rng = np.random.default_rng(0)
    sends, rate = np.full(20_000, 60), np.full(20_000, 0.45)
    for phi in (1.0, 1.6, 1.8):
        counts = events(rng, sends, rate, phi)
        assert counts.mean() == pytest.approx(60 * 0.45, rel=0.01)
        assert counts.var() == pytest.approx(phi * 60 * 0.45 * 0.55, rel=0.04)  # four standard errors


@pytest.mark.parametrize("bulk", spreads.BULKS)
@pytest.mark.parametrize("campaigns", [10, 50])
def test_shrunk_limits_cover(bulk, campaigns):
    found = figures(spreads.score_shrunk(seed, bulk=bulk, campaigns=campaigns) for seed in range(120 // campaigns))
    assert_goals(["cover"], found, spreads.SHRUNK_GOALS)


def test_rank_limits_cover_and_chances_hold():
    found = figures(spreads.score_ranks(seed, campaigns=50) for seed in range(12))
    assert_goals(spreads.RANKS, found, spreads.RANK_GOALS)


@pytest.mark.parametrize(("sizes", "large"), spreads.DESIGNS)
def test_groups_alike_in_mean_are_seldom_told_apart(sizes, large):
    found = figures(spreads.score_groups(seed, sizes=sizes, large=large) for seed in range(20))
    assert_goals(spreads.GROUPS, found, spreads.GROUP_GOALS)
