"""`benchmark` against what comes from outside the frame, with scipy and enumeration as oracles."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

import leadlex_pandas
from leadlex_pandas import (
    BaseMismatchError,
    Benchmark,
    ColumnsError,
    InputError,
    Metric,
    UnlikeStepsWarning,
    add_rates,
    benchmark,
    list_benchmarks,
    load_benchmark,
    plan,
    rank,
)
from leadlex_pandas.metrics import METRICS
from leadlex_pandas.verbs import once
from tests.stats.enumeration import fisher_mid_p


def rows_of(*pairs):
    k, n = zip(*pairs, strict=True)
    return pd.DataFrame({"replied_count": k, "sent_count": n})


DF = rows_of((30, 400), (5, 380), (9, 300), (14, 350), (0, 60))


def test_a_value_is_a_number_with_a_name():
    named, plain = benchmark(DF, against=Benchmark("x", "reply_rate", value=0.03)), benchmark(DF, against=0.03)
    pd.testing.assert_frame_equal(named, plain)
    assert (named.attrs["against"], plain.attrs["against"]) == ("x", 0.03)
    assert plain.attrs["reference"] is None
    assert named.attrs["reference"]["base"] == "sent"
    assert not named["caveats"].str.contains("small_portfolio").any()


@pytest.mark.parametrize("last", [rows_of((20, 500), (4, 200)), rows_of((60, 900), (0, 0), (5, 3))])
def test_another_frame_is_a_second_sample(last):
    table = benchmark(DF, against=last)
    proper = last[(last["sent_count"] > 0) & (last["replied_count"] <= last["sent_count"])]
    events, trials = int(proper["replied_count"].sum()), int(proper["sent_count"].sum())
    assert table["benchmark"].tolist() == [events / trials] * 5
    p = [fisher_mid_p(k, n, k + events, n + trials) for k, n in zip(DF["replied_count"], DF["sent_count"], strict=True)]
    np.testing.assert_allclose(table["p_value"], p, rtol=1e-9)
    np.testing.assert_allclose(table["p_adjusted"], multipletests(p, method="fdr_bh")[1], rtol=1e-9)
    given_counts = Benchmark("x", "reply_rate", events=events, trials=trials)
    pd.testing.assert_frame_equal(benchmark(DF, against=given_counts), table)
    assert table.attrs["against"] == "campaigns given"


def test_a_second_sample_with_a_design_effect():
    table = benchmark(DF, against=Benchmark("x", "reply_rate", events=24, trials=700), design_effect=2)
    k, n = DF["replied_count"], DF["sent_count"]
    pooled = (k + 24) / (n + 700)
    z = (k / n - 24 / 700) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / 700))
    mid = [fisher_mid_p(a, b, a + 24, b + 700) for a, b in zip(k, n, strict=True)]
    np.testing.assert_allclose(table["p_value"], np.maximum(mid, 2 * norm.sf(abs(z) / math.sqrt(2))), rtol=1e-9)


def test_a_range_calls_only_what_lies_beyond_all_of_it():
    wide = Benchmark("x", "reply_rate", value=(0.02, 0.05))
    table = benchmark(rows_of((80, 1000), (35, 1000), (5, 1000), (55, 1000)), against=wide)
    assert table["benchmark"].tolist() == [0.05, 0.035, 0.02, 0.05]
    assert table["verdict"].tolist()[:3:2] == ["above", "below"]
    assert table["p_value"].iloc[1] > 0.9
    at_the_top = benchmark(rows_of((80, 1000), (55, 1000)), against=0.05)
    np.testing.assert_allclose(table["p_value"].iloc[[0, 3]], at_the_top["p_value"])
    alone = benchmark(rows_of((35, 1000)), against=wide)["verdict"].tolist()
    low, high = proportion_confint(35, 1000, alpha=0.1, method="wilson")
    odds = 0.035 / 0.965
    inside = low / (1 - low) > odds / 1.5 and high / (1 - high) < odds * 1.5
    assert alone == ["typical" if inside else "too few sends"]


def test_quantiles_give_percentiles_between_them_and_not_beyond():
    table = benchmark(rows_of((30, 2000), (17, 1000), (259, 10_000), (300, 1000), (0, 500), (7, 5), (0, 0)),
                      against="cold-b2b-it-2026")  # fmt: skip
    assert table.columns.tolist()[-4:] == ["caveats", "percentile", "percentile_low", "percentile_high"]
    assert set(table["benchmark"].dropna()) == {0.0171}
    # log-linear by hand: 1.5 % between the quartile 1.05 % and the median 1.71 %
    share = 0.25 + 0.25 * math.log(0.015 / 0.0105) / math.log(0.0171 / 0.0105)
    assert table["percentile"].iloc[0] == pytest.approx(share)
    assert table["percentile"].iloc[2] == pytest.approx(0.75)
    assert table["percentile"].iloc[3] == 0.9
    assert table["percentile"].iloc[4] == table["percentile_low"].iloc[4] == 0.25
    assert table[["percentile", "percentile_low", "percentile_high"]].iloc[5:].isna().all(axis=None)
    low = proportion_confint(17, 1000, method="wilson")[0]
    assert table["percentile_low"].iloc[1] == (
        pytest.approx(0.25 + 0.25 * math.log(low / 0.0105) / math.log(0.0171 / 0.0105)) if low > 0.0105 else 0.25
    )
    assert "percentile" not in benchmark(DF, against=0.0171)
    pd.testing.assert_frame_equal(benchmark(DF, against="cold-b2b-it-2026"),
                                  benchmark(DF, against=load_benchmark("cold-b2b-it-2026")))  # fmt: skip


def test_groups_share_what_comes_from_outside():
    df = DF.assign(office=["a", "a", "b", "b", "b"])
    table = benchmark(df, against=rows_of((24, 700)), by="office")
    together = benchmark(DF, against=rows_of((24, 700)))
    assert table["p_value"].tolist() == together["p_value"].tolist()
    first = multipletests(together["p_value"].iloc[:2], method="fdr_bh")[1]
    np.testing.assert_allclose(table["p_adjusted"].iloc[:2], first)


def test_a_vendors_rate_over_another_base_fits_our_metric_over_that_base():
    df = add_rates(DF.assign(bounced_count=10), base="delivered").drop(columns="delivered_count")
    table = benchmark(df, "reply_rate_delivered", against=Benchmark("v", "reply_rate", value=0.03, base="delivered"))
    assert table["benchmark"].tolist() == [0.03] * 5
    mine = Metric("answers", "replied_count", "sent_count")
    assert benchmark(DF, mine, against="cold-b2b-it-2026")["benchmark"].tolist() == [0.0171] * 5


@pytest.mark.parametrize(("metric", "reference", "message"), [
    ("reply_rate", Benchmark("v", "reply_rate", value=0.03, base="delivered"), "benchmark: benchmark 'v' is per delivered email, but reply_rate is per email sent. Judge 'reply_rate_delivered' against it instead."),
    ("reply_rate_delivered", Benchmark("v", "reply_rate", value=0.03), "benchmark: benchmark 'v' is per email sent, but reply_rate_delivered is per delivered email. Judge 'reply_rate' against it instead."),
    ("reply_rate", Benchmark("v", "reply_rate", value=0.03, base="delivered", unit="contact"), "benchmark: benchmark 'v' is per delivered email (contacts), but reply_rate is per email sent. Divide its figure by the emails that each contact was sent, and pass the result as a number."),
    ("bounce_rate", Benchmark("v", "bounce_rate", value=0.03, base="delivered"), "benchmark: benchmark 'v' is per delivered email, but bounce_rate is per email sent. Convert its figure to one per email sent, and pass the result as a number."),
    ("bounce_rate", "cold-b2b-it-2026", "benchmark: benchmark 'cold-b2b-it-2026' is of reply_rate, not of bounce_rate. Judge 'reply_rate' against it, or choose another benchmark."),
])  # fmt: skip
def test_unlike_bases_are_refused(metric, reference, message):
    df = DF.assign(bounced_count=5)
    with pytest.raises(BaseMismatchError) as caught:
        benchmark(df, metric, against=reference)
    assert str(caught.value) == message
    assert isinstance(caught.value, InputError)


def test_rates_per_contact_are_refused_for_rates_per_email():
    lemlist = Benchmark("lemlist", "reply_rate", value=0.023, base="contacts", unit="contact")
    with pytest.raises(BaseMismatchError) as caught:
        benchmark(DF, against=lemlist)
    assert str(caught.value).startswith(
        "benchmark: benchmark 'lemlist' is per contact reached, but reply_rate is per email sent. "
    )
    per_contact = Metric("reply_rate_contact", "replied_count", "contacts_reached")
    table = benchmark(DF.assign(contacts_reached=[200, 190, 150, 170, 30]), per_contact, against=lemlist)
    assert table["benchmark"].tolist() == [0.023] * 5


def test_an_empty_frame_to_compare_with():
    with pytest.raises(InputError) as caught:
        benchmark(DF, against=DF.iloc[:0])
    assert str(caught.value) == "benchmark: no campaign has data for reply_rate, so there is nothing to compare with."


@pytest.fixture
def not_warned_yet():
    before = set(once._said)
    once._said.clear()
    once._said.add(leadlex_pandas.SmallPortfolioWarning)
    yield
    once._said.update(before)


@pytest.mark.usefixtures("not_warned_yet")
def test_unlike_steps_are_marked_and_warned_about_once():
    df = DF.assign(steps=[3, 3, 5, None, 3])
    with pytest.warns(UnlikeStepsWarning) as caught:
        table = benchmark(df)
    assert str(caught[0].message) == (
        "benchmark: replies per email fall as sequences get longer, and the sequences compared here differ in steps; the "
        "rows carry the caveat unlike_steps. Judge 'reply_rate_contact' (it needs contacts_reached: "
        "read_campaigns(details=True) tells it, or assign it), or compare like with like "
        '(by="steps"). This is said once per process.'
    )
    assert caught[0].filename == __file__
    assert table["caveats"].str.contains("unlike_steps").all()
    benchmark(df)  # a second warning would be an error
    once._said.discard(UnlikeStepsWarning)
    with pytest.warns(UnlikeStepsWarning, match=r"unlike_steps\. Judge 'reply_rate_contact', or compare"):
        benchmark(df.assign(contacts_reached=10), against=0.03)


@pytest.mark.usefixtures("not_warned_yet")
def test_like_steps_and_other_metrics_are_not_marked():
    alike = DF.assign(steps=[3, 3, None, 3, 3])
    assert not benchmark(alike)["caveats"].str.contains("unlike_steps").any()
    unlike = DF.assign(
        steps=[3, 3, 5, 5, 3], bounced_count=4, opened_count=20, contacts_reached=[200, 190, 150, 170, 30]
    )
    assert not benchmark(unlike, by="steps")["caveats"].str.contains("unlike_steps").any()
    assert not benchmark(unlike, "bounce_rate")["caveats"].str.contains("unlike_steps").any()
    per_contact = Metric("reply_rate_contact", "replied_count", "contacts_reached")
    assert not benchmark(unlike, per_contact)["caveats"].str.contains("unlike_steps").any()


pairs = st.lists(
    st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=10
)
outside = st.one_of(
    st.tuples(st.floats(0.001, 0.4), st.floats(0.41, 0.9)).map(lambda v: Benchmark("r", "reply_rate", value=v)),
    st.floats(0.001, 0.999).map(lambda v: Benchmark("v", "reply_rate", value=v)),
    st.integers(0, 300).map(lambda k: Benchmark("c", "reply_rate", events=k, trials=300)),
    st.floats(0.01, 0.3).map(lambda v: Benchmark("q", "reply_rate", quantiles={0.5: v, 0.9: 2 * v})),
    pairs.map(lambda p: rows_of(*p)),
    st.sampled_from(["rest", "pooled", "median"]),
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(pairs, outside, st.sampled_from([0.6, 0.95]), st.sampled_from([1.0, 1.7]))
def test_no_verdict_contradicts_its_limits(rows, against, level, phi):
    table = benchmark(rows_of(*rows), against=against, level=level, design_effect=phi)
    verdict = table["verdict"].astype(str)
    assert (table["low"] > table["benchmark"])[verdict == "above"].all()
    assert (table["high"] < table["benchmark"])[verdict == "below"].all()
    excludes = (table["low"] > table["benchmark"]) | (table["high"] < table["benchmark"])
    called = verdict.isin(["above", "below"])
    assert table["caveats"].str.contains("not_after_many_tests").tolist() == (excludes & ~called).tolist()
    for row in table[verdict == "typical"].itertuples():
        low, high = proportion_confint(row.events / phi, row.trials / phi, alpha=2 - 2 * level, method="wilson")
        odds = row.benchmark / (1 - row.benchmark)
        assert odds / 1.5 <= low / (1 - low) * (1 + 1e-9)
        assert high / (1 - high) <= odds * 1.5 * (1 + 1e-9)
    if "percentile" in table:
        assert (table["percentile_low"] <= table["percentile"]).all()
        assert (table["percentile"] <= table["percentile_high"]).all()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(pairs, outside)
def test_a_row_without_data_changes_nothing(rows, against):
    df = rows_of(*rows)
    gap = pd.DataFrame({"replied_count": [None, 5], "sent_count": [100, 3]})
    with_gap = benchmark(pd.concat([df, gap], ignore_index=True), against=against)
    pd.testing.assert_frame_equal(with_gap.iloc[: len(df)], benchmark(df, against=against))


ALLOWED = (
    "benchmark: against must be 'rest', 'pooled', 'median', a rate between 0 and 1, a Benchmark, the name of a packaged one "
    "(see list_benchmarks) or a frame of campaigns, not {!r}.{}"
)


@pytest.mark.parametrize(("against", "hint"), [
    ("5%", " Did you mean against=0.05?"),
    ("5 %", " Did you mean against=0.05?"),
    ("2,5 %", " Did you mean against=0.025?"),
    ("0.05", " Did you mean against=0.05?"),
    ("5", " Did you mean against=0.05?"),
    (".04", " Did you mean against=0.04?"),
    ("0", ""),
    ("500", ""),
    ("cold-b2b", " Did you mean 'cold-b2b-it-2026'?"),
    ("Cold B2B", " Did you mean 'cold-b2b-it-2026'?"),
    ("cold-b2b-it-2025", " Did you mean 'cold-b2b-it-2026'?"),
    ("medain", " Did you mean 'median'?"),
    ("xyz", ""),
    ("", ""),
])  # fmt: skip
def test_what_may_have_been_meant(against, hint):
    with pytest.raises(InputError) as caught:
        benchmark(DF, against=against)
    assert str(caught.value) == ALLOWED.format(against, hint)


def test_a_part_of_several_names():
    """Not also those that are named after one of them, as "click-to-open" is after "click"."""
    names = [f"law-firm-newsletters-{name}" for name in ("open", "click", "unsubscribe")]
    assert {*names, "law-firm-newsletters-click-to-open"} <= set(list_benchmarks().index)
    with pytest.raises(InputError) as caught:
        benchmark(DF, against="law-firm")
    assert str(caught.value) == ALLOWED.format("law-firm", f" Did you mean {' or '.join(map(repr, names))}?")


KNOWN = f"Known are {', '.join(METRICS)}, or a Metric of your own."


@pytest.mark.parametrize(("metric", "hint"), [
    ("replies", " Did you mean 'reply_rate'?"),
    ("Opens", " Did you mean 'open_rate'?"),
    ("bounced_count", " Did you mean 'bounce_rate'?"),
    ("CTOR", " Did you mean 'click_to_open_rate'?"),
    ("xyz", ""),
])  # fmt: skip
def test_what_people_call_a_rate(metric, hint):
    with pytest.raises(InputError) as caught:
        benchmark(DF, metric)
    assert str(caught.value) == f"benchmark: metric {metric!r} is not known.{hint} {KNOWN}"


@pytest.mark.parametrize("metrics", [["reply_rate", "bounce_rate"], None, ("reply_rate",), 5])
def test_one_metric_at_a_time(metrics):
    for verb in (benchmark, rank, plan):
        with pytest.raises(InputError) as caught:
            verb(DF, metrics)
        assert str(caught.value) == f"{verb.__name__}: metric must be one metric at a time, not {metrics!r}. {KNOWN}"


@pytest.mark.parametrize(("columns", "missing"), [
    ({}, "missing column 'contacts_reached'; the frame has 'replied_count' and 'sent_count'."),
    ({"contacts": 10}, "missing column 'status'; the frame has 'replied_count', 'sent_count' and 'contacts'."),
])  # fmt: skip
def test_what_a_rate_per_contact_needs(columns, missing):
    with pytest.raises(ColumnsError) as caught:
        benchmark(DF[["replied_count", "sent_count"]].assign(**columns), "reply_rate_contact")
    assert str(caught.value) == (
        f"benchmark: {missing} Rates per contact need contacts_reached: read_campaigns(details=True) tells it, or assign "
        "it; for completed campaigns the columns contacts and status will do."
    )


def test_columns_of_a_metric_of_ones_own():
    with pytest.raises(ColumnsError) as caught:
        benchmark(DF, Metric("positive_rate", "replied_cuont", "sent_count"))
    assert str(caught.value) == (
        "benchmark: missing column 'replied_cuont'; the frame has 'replied_count' and 'sent_count'. Did you mean "
        "'replied_count'? Metric 'positive_rate' takes names of columns."
    )


def test_the_table_of_a_verb_is_no_frame_of_campaigns():
    table = benchmark(DF, against=0.04)[["events", "trials", "verdict"]]
    with pytest.raises(ColumnsError) as caught:
        table.leadlex.benchmark()
    assert str(caught.value) == (
        "benchmark: missing columns 'replied_count' and 'sent_count'; the frame has 'events', 'trials' and 'verdict'. This "
        "looks like the table of a verb, which present takes; call other verbs on the campaigns."
    )
