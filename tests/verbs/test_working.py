"""`working`: every figure is evaluated anew from the expression beside it, and is `benchmark`'s own."""

import math
import statistics

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom, norm

from leadlex_pandas import Benchmark, InputError, benchmark, working

WORDS = {
    "sqrt": math.sqrt, "log": math.log, "ceil": math.ceil, "z": norm.ppf, "Phi": norm.cdf, "binom": binom,
    "hypergeom": hypergeom, "median": statistics.median, "min": min, "max": max, "abs": abs,
}  # fmt: skip
CELLS = ["rate", "low", "high", "benchmark", "difference", "p_value", "p_adjusted", "design_effect", "sends_needed"]


def rows_of(*pairs):
    k, n = zip(*pairs, strict=True)
    return pd.DataFrame({"replied_count": k, "sent_count": n}, index=[f"c{i}" for i in range(len(k))])


def check(df, campaign_id, **options):
    """Evaluate every expression; compare with its result and with benchmark's cell."""
    steps, row = working(df, campaign_id, **options), benchmark(df, **options).loc[campaign_id]
    assert steps.columns.tolist() == ["step", "formula", "values", "result", "source"]
    assert steps["step"].iloc[-1] == "verdict"
    assert steps["step"].is_unique
    assert steps["result"].iloc[-1] == row["verdict"]
    for step in steps.iloc[:-1].itertuples():
        worked = eval(step.values, {"__builtins__": {}}, dict(WORDS))
        if isinstance(step.result, bool | np.bool_):
            assert worked == step.result, step
        else:
            assert worked == pytest.approx(step.result, rel=1e-7, abs=1e-12, nan_ok=True), step
    results = steps.set_index("step")["result"]
    for cell in CELLS:
        if cell in results:
            assert results[cell] == row[cell], cell
    return steps, results, row


PORTFOLIO = rows_of((120, 1000), (40, 1000), (4, 1000), (30, 800), (35, 900), (60, 1500), (2, 40), (300, 7000), (1, 30),
                    (4, 0), (7, 5))  # fmt: skip


@pytest.mark.parametrize("options", [
    {}, {"against": "pooled"}, {"against": "median"}, {"against": 0.05}, {"design_effect": 1.6},
    {"against": "median", "design_effect": 2.0}, {"against": "cold-b2b-it-2026"}, {"level": 0.8, "fdr": 0.2},
    {"against": Benchmark("r", "reply_rate", value=(0.03, 0.06))}, {"typical_ratio": 2.5},
    {"against": Benchmark("c", "reply_rate", events=40, trials=900), "design_effect": 1.3},
])  # fmt: skip
@pytest.mark.parametrize("campaign_id", PORTFOLIO.index)
def test_every_figure_can_be_worked_out_again(campaign_id, options):
    check(PORTFOLIO, campaign_id, **options)


def test_a_call_rests_on_its_two_tests_and_three_exclusions():
    steps, results, row = check(PORTFOLIO, "c0")
    assert row["verdict"] == "above"
    assert results["campaigns put aside"] >= 1
    assert results["found by the tests"]
    assert steps.loc[steps["step"].str.startswith("limits exclude"), "result"].tolist() == [True, True]
    both = results["mid-p, v all others"], results["mid-p, v the others kept"]
    assert results["p_value"] == pytest.approx(max(both), rel=1e-12)  # the tails shown are summed in another way
    assert results["sends_more"] == row["sends_more"]


def test_the_limits_are_written_without_powers_of_long_numbers():
    steps = working(PORTFOLIO, "c0").set_index("step")["values"]
    assert steps["z of low and high"] == "z(0.975)"
    z = float(norm.ppf(0.975))
    assert (
        steps["low"]
        == f"(120 + {z * z!r} / 2 - {z!r} * sqrt(120 * (1000 - 120) / 1000 + {z * z!r} / 4)) / (1000 + {z * z!r})"
    )


def test_typical_rests_on_the_inner_limits():
    steps, results, row = check(PORTFOLIO, "c7")
    assert row["verdict"] == "typical"
    assert not results["found by the tests"]
    inside = steps.loc[steps["step"].str.startswith("within the zone"), "result"]
    assert len(inside) == 2  # around the benchmark, and around the whole portfolio
    assert inside.all()


def test_where_nothing_is_tested():
    assert check(PORTFOLIO, "c9")[0]["step"].tolist() == ["verdict"]
    assert check(PORTFOLIO, "c10")[0]["step"].tolist() == ["rate", "verdict"]
    steps, _, row = check(rows_of((3, 60)), "c0")
    assert row["verdict"] == "no comparison"
    assert steps["step"].tolist()[-2:] == ["high", "verdict"]
    steps, results, row = check(rows_of((0, 50), (0, 70)), "c0")
    assert row["verdict"] == "too few sends"
    assert results["benchmark"] == 0
    assert "p_value" not in results
    missing = rows_of((3, 60), (5, 80)).astype("Int64")
    missing.loc["c1", "replied_count"] = pd.NA
    assert working(missing, "c1")["values"].tolist() == ["missing of 80"]


@pytest.mark.parametrize("options", [
    {"typical_ratio": 1 + 1e-9}, {"typical_ratio": 1e300}, {"fdr": 1e-300}, {"against": 1e-300}, {"against": 1 - 1e-16},
    {"design_effect": 1e300}, {"level": 1 - 1e-16},
])  # fmt: skip
@pytest.mark.parametrize("campaign_id", ["c0", "c2", "c6"])
def test_extreme_options_end_in_a_verdict(campaign_id, options):
    steps, row = working(PORTFOLIO, campaign_id, **options), benchmark(PORTFOLIO, **options).loc[campaign_id]
    assert steps["result"].iloc[-1] == row["verdict"]


@pytest.mark.parametrize("phi", [1.0, 1.7])
def test_others_without_any_event(phi):
    df = rows_of((18, 120), *[(0, 120)] * 13)
    assert check(df, "c0", design_effect=phi)[2]["verdict"] == "above"
    _, results, row = check(df, "c1", design_effect=phi)
    assert row["verdict"] == "too few sends"
    assert results["mid-p, v the others kept"] == 1
    assert "sends_needed" not in results
    check(df, "c0", against="pooled", design_effect=phi)
    check(df, "c1", against=rows_of((0, 900)), design_effect=phi)


def test_groups_are_families_of_their_own():
    df = PORTFOLIO.iloc[:9].assign(office=list("ababababa"))
    steps, results, _ = check(df, "c0", by="office")
    assert results["rate of all others"] == (4 + 35 + 2 + 1) / (1000 + 900 + 40 + 30)
    assert steps.attrs["by"] == "office"


@pytest.mark.parametrize("pair", [(40_000_000, 10**9), (90, 3 * 10**9), (3 * 10**9 - 90, 3 * 10**9), (5, 100)])
def test_billions_of_sends(pair):
    df = rows_of(pair, (39_000_000, 10**9) if pair[0] < 10**9 else (10**9 - 20, 10**9), (41_000, 10**6))
    check(df, "c0")
    rare = rows_of((90, 2 * 10**9), (60, 10**9))
    check(rare, "c0")


counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(counts, min_size=1, max_size=10),
    st.sampled_from(["rest", "pooled", "median", 0.1]),
    st.sampled_from([0.6, 0.95]),
    st.sampled_from([1.0, 1.7]),
)
def test_any_verdict_can_be_worked_out(pairs, against, level, phi):
    check(rows_of(*pairs), "c0", against=against, level=level, design_effect=phi)


def test_an_unknown_campaign():
    with pytest.raises(InputError) as caught:
        working(PORTFOLIO, "c99")
    assert str(caught.value) == "working: campaign_id 'c99' is not in the index of the frame. Did you mean 'c9'?"
    with pytest.raises(InputError) as caught:
        working(PORTFOLIO.set_axis(["x"] * 11), "x")
    assert str(caught.value) == "working: campaign_id 'x' stands for 11 rows. Make the index unique."
    labelled = PORTFOLIO.assign(label=["Alert", None, *["x"] * 9])
    pd.testing.assert_frame_equal(working(labelled, "Alert"), working(labelled, "c0"))


def test_the_callers_frame_is_left_alone():
    df = PORTFOLIO.copy()
    working(df, "c0")
    pd.testing.assert_frame_equal(df, PORTFOLIO)
