"""`plan`: benchmark's verdicts as statuses, and sends by the closed form of two textbook formulas."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

from leadlex_pandas import InputError, benchmark, plan
from leadlex_pandas.metrics import METRICS

DF = pd.DataFrame(
    {"sent_count": [1000, 1000, 1000, 800, 40, 30_000, 7, 0], "replied_count": [120, 40, 44, 18, 2, 1300, 9, 0]},
    index=list("abcdefgh"),
)


def by_hand(b, rate, *, level=0.95, power=0.8, fdr=0.05, ratio=1.5, calls=0, tested=1):
    """METHODS section 4, with the normal distribution of scipy."""
    odds = b / (1 - b) * (ratio if rate >= b else 1 / ratio)
    edge = odds / (1 + odds)
    cut = min(1 - level, fdr * max(1, calls) / tested)
    typical = ((norm.ppf(level) + norm.ppf((1 + power) / 2)) / math.log(ratio)) ** 2 / (b * (1 - b))
    call = (norm.ppf(1 - cut / 2) * math.sqrt(b * (1 - b)) + norm.ppf(power) * math.sqrt(edge * (1 - edge))) / abs(
        edge - b
    )
    return math.ceil(max(typical, call**2))


def test_the_worked_example_of_a_benchmark_of_four_percent():
    # at b = .041 and a cut of .0083 (.0498 over six tests, one call): typical 1,325, upper edge 1,412, lower 2,479
    df = pd.DataFrame({"sent_count": [1000] * 6, "replied_count": [120, 45, 45, 45, 35, 45]})
    table = plan(df, against=0.041, fdr=0.0498)
    assert table["sends_needed"].tolist() == [1412, 1412, 1412, 1412, 2479, 1412]
    assert table["status"].tolist() == ["decided"] * 4 + ["more sends", "decided"]
    assert table["sends_more"].tolist() == [0, 0, 0, 0, 1479, 0]  # nothing is missing where it is decided


@pytest.mark.parametrize(("b", "campaigns"), [(0.04, 1), (0.04, 20), (0.04, 200), (0.02, 40), (0.45, 20)])
@pytest.mark.parametrize("side", [1, -1])
def test_the_chance_of_a_call_at_the_edge_by_the_exact_binomial(b, campaigns, side):
    df = pd.DataFrame({"sent_count": [500] * campaigns, "replied_count": [int(500 * b)] * campaigns})
    df.loc[0, "replied_count"] += side
    sends = int(plan(df, against=b)["sends_needed"].iloc[0])
    edge = b / (b + (1 - b) * 1.5**-side)
    k = np.arange(sends + 1)
    tail = binom.sf(k, sends, b) if side > 0 else binom.cdf(k - 1, sends, b)
    found = tail + binom.pmf(k, sends, b) / 2 <= 0.05 / campaigns / 2  # mid-p, and one call among so many tests
    assert 0.74 < binom.pmf(k, sends, edge)[found].sum() < 0.92


def test_statuses_are_benchmarks_verdicts():
    table, judged = plan(DF), benchmark(DF)
    assert table.columns.tolist() == ["trials", "sends_needed", "sends_more", "status"]
    status = {"above": "decided", "below": "decided", "typical": "decided", "too few sends": "more sends"}
    assert table["status"].astype(str).tolist() == [status.get(v, v) for v in judged["verdict"].astype(str)]
    assert {"decided", "more sends", "not a proportion", "no data"} <= set(table["status"])
    pd.testing.assert_frame_equal(table[["trials", "sends_needed", "sends_more"]],
                                  judged[["trials", "sends_needed", "sends_more"]])  # fmt: skip
    assert table["status"].cat.categories.tolist() == [
        "decided", "more sends", "near the edge", "no comparison", "not a proportion", "no data",
    ]  # fmt: skip
    assert table.attrs["power"] == 0.8
    assert plan(DF.iloc[:1])["status"].tolist() == ["no comparison"]
    assert plan(DF.assign(label="x")).columns[0] == "label"
    assert len(plan(DF.iloc[:0])) == 0


@pytest.mark.parametrize("options", [{"power": 0.9}, {"power": 0.5, "level": 0.9}, {"typical_ratio": 2.0, "fdr": 0.2}])
def test_sends_by_hand(options):
    table, judged = (
        plan(DF, against=0.04, **options),
        benchmark(DF, against=0.04, **{name: value for name, value in options.items() if name != "power"}),
    )
    calls = judged["verdict"].isin(["above", "below"]).sum()
    short = {"typical_ratio": "ratio"}
    words = {short.get(name, name): value for name, value in options.items()}
    expected = [by_hand(0.04, k / n, calls=calls, tested=6, **words) for k, n in
                zip(DF["replied_count"].iloc[:6], DF["sent_count"].iloc[:6], strict=True)]  # fmt: skip
    assert table["sends_needed"].dropna().tolist() == expected


def test_more_power_needs_more_sends_and_may_turn_an_edge_into_more_sends():
    df = pd.DataFrame({"sent_count": [1500], "replied_count": [76]})
    assert plan(df, against=0.041)["status"].tolist() == ["near the edge"]
    assert plan(df, against=0.041, power=0.9)["status"].tolist() == ["more sends"]


def test_a_benchmark_of_nothing_needs_no_number():
    table = plan(pd.DataFrame({"sent_count": [50, 70], "replied_count": [0, 0]}))
    assert table["status"].tolist() == ["more sends"] * 2
    assert table["sends_needed"].isna().all()


def test_others_without_events_leave_no_number_but_decide():
    df = pd.DataFrame({"sent_count": [120] * 14, "replied_count": [18, *[0] * 13]})
    table = plan(df)
    assert table["status"].tolist() == ["decided", *["more sends"] * 13]
    assert table["sends_needed"].isna().all()
    assert table["sends_more"].tolist() == [0, *[pd.NA] * 13]


def test_errors():
    with pytest.raises(InputError) as caught:
        plan(DF, power=80)
    assert str(caught.value) == "plan: power must lie between 0 and 1 (exclusive), not 80. Did you mean 0.8?"
    with pytest.raises(InputError) as caught:
        plan(DF, "replies")
    assert str(caught.value) == (
        f"plan: metric 'replies' is not known. Did you mean 'reply_rate'? Known are {', '.join(METRICS)}, or a Metric of your own."
    )


def test_frames_from_elsewhere():
    expected = plan(DF)
    for other in (DF.astype(float), DF.astype(str), DF.astype("Int64"), DF.astype(object)):
        pd.testing.assert_frame_equal(plan(other), expected)
    assert plan(DF.set_axis(["same"] * 8))["status"].tolist() == expected["status"].tolist()
    grouped = plan(
        DF.assign(office=pd.Categorical(["a"] * 5 + ["b"] * 3, categories=["a", "b", "unused"])), by="office"
    )
    assert grouped["status"].tolist()[5] == "no comparison"  # the only one of its office with data
    before = DF.copy()
    plan(DF)
    pd.testing.assert_frame_equal(DF, before)
