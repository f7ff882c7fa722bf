"""`benchmark` against a plain reading of its rule, row by row, with other libraries doing the statistics."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

import leadlex_pandas
from leadlex_pandas import ColumnsError, InputError, Metric, SmallPortfolioWarning, benchmark
from leadlex_pandas.stats.core import find_core
from leadlex_pandas.verbs import once
from tests.stats.enumeration import fisher_mid_p

COLUMNS = [
    "events", "trials", "rate", "low", "high", "benchmark", "difference", "p_value", "p_adjusted", "design_effect",
    "verdict", "meaning", "sends_needed", "sends_more", "caveats",
]  # fmt: skip
VERDICTS = [
    "below", "typical", "above", "near the edge", "too few sends", "no comparison", "not a proportion", "no data",
]  # fmt: skip


def portfolio(seed, campaigns=30, odd=5, rate=0.05, most=2000):
    """A frame of campaigns, most of them alike."""
    rng = np.random.default_rng(seed)
    sends = np.exp(rng.uniform(np.log(30), np.log(most), campaigns)).astype(int)
    rates = np.where(np.arange(campaigns) < odd, rate * rng.choice([0.4, 2.5], campaigns), rate)
    return pd.DataFrame(
        {"sent_count": sends, "replied_count": rng.binomial(sends, rates)},
        index=pd.Index([f"c{i}" for i in range(campaigns)], name="campaign_id"),
    )


def wilson(k, n, level):
    return proportion_confint(k, n, alpha=1 - level, method="wilson")


def binomial_mid_p(k, n, p):
    point = binom.pmf(k, n, p) / 2
    return min(1.0, 2 * min(binom.cdf(k, n, p) - point, binom.sf(k - 1, n, p) - point))


def odds_zone(b, ratio):
    odds = b / (1 - b)
    return odds / ratio / (1 + odds / ratio), odds * ratio / (1 + odds * ratio)


def plain_benchmark(rows, against="rest", level=0.95, fdr=0.05, ratio=1.5):
    """METHODS section 4, for rows of whole (events, trials) with trials > 0: one dict per row."""
    total_k, total_n = sum(k for k, _ in rows), sum(n for _, n in rows)
    k, n = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    kept = find_core(k, n, fdr=fdr, design_effect=1.0)  # held against a plain reading in tests/stats/test_core.py
    core_k, core_n = k[kept].sum(), n[kept].sum()
    out = []
    for i, (ki, ni) in enumerate(rows):
        others = (total_k - ki) / (total_n - ni)
        own_k, own_n = (core_k - ki, core_n - ni) if kept[i] else (core_k, core_n)
        core_rate = own_k / own_n
        if against in ("rest", "pooled"):
            p = max(fisher_mid_p(ki, ni, total_k, total_n), fisher_mid_p(ki, ni, int(own_k) + ki, int(own_n) + ni))
            shown = core_rate if against == "rest" else total_k / total_n
            excluded = [shown, others, core_rate]
            near = [shown, total_k / total_n] if against == "rest" else [shown]
        else:
            large = [a / b for a, b in rows if b >= total_n / total_k]
            shown = float(np.median(large)) if against == "median" else against
            p, excluded, near = binomial_mid_p(ki, ni, shown), [shown], [shown]
        low, high = wilson(ki, ni, level)
        out.append({"k": ki, "n": ni, "rate": ki / ni, "low": low, "high": high, "benchmark": shown, "p_value": p,
                    "excluded": excluded, "near": near})  # fmt: skip
    for row, q in zip(out, multipletests([row["p_value"] for row in out], method="fdr_bh")[1], strict=True):
        row["p_adjusted"] = q
        row["called"] = q <= fdr and all(row["low"] > b or row["high"] < b for b in row["excluded"])
    calls = sum(row["called"] for row in out)
    for row in out:
        b = row["benchmark"]
        low, high = wilson(row["k"], row["n"], 2 * level - 1)
        calm = all(odds_zone(c, ratio)[0] <= low and high <= odds_zone(c, ratio)[1] for c in row["near"])
        cut = min(1 - level, fdr * max(1, calls) / len(out))
        for_typical = ((norm.ppf(level) + norm.ppf(0.9)) / math.log(ratio)) ** 2 / (b * (1 - b))
        p1 = odds_zone(b, ratio)[1 if row["rate"] >= b else 0]
        for_call = (
            (norm.ppf(1 - cut / 2) * math.sqrt(b * (1 - b)) + norm.ppf(0.8) * math.sqrt(p1 * (1 - p1))) / (p1 - b)
        ) ** 2
        row["sends_needed"] = math.ceil(max(for_typical, for_call))
        if row["called"]:
            row["verdict"] = "above" if row["rate"] > b else "below"
        elif calm:
            row["verdict"] = "typical"
        else:
            row["verdict"] = "too few sends" if row["n"] < row["sends_needed"] else "near the edge"
    return out


@pytest.mark.parametrize("against", ["rest", "pooled", "median", 0.05])
@pytest.mark.parametrize("seed", range(6))
def test_plain_reading_agrees(seed, against):
    df = portfolio(seed, campaigns=24, odd=seed, rate=0.2, most=300)
    table = benchmark(df, against=against)
    plain = plain_benchmark(list(zip(df["replied_count"].tolist(), df["sent_count"].tolist(), strict=True)), against)
    for column in ("rate", "low", "high", "benchmark", "p_value", "p_adjusted"):
        np.testing.assert_allclose(table[column], [row[column] for row in plain], rtol=1e-7, atol=1e-12, err_msg=column)
    assert table["verdict"].tolist() == [row["verdict"] for row in plain]
    assert table["sends_needed"].tolist() == [row["sends_needed"] for row in plain]


@pytest.mark.parametrize(("level", "fdr", "ratio"), [(0.9, 0.1, 1.5), (0.99, 0.01, 2.0), (0.6, 0.3, 1.1)])
def test_plain_reading_agrees_with_other_settings(level, fdr, ratio):
    df = portfolio(99, campaigns=24, rate=0.2, most=300)
    table = benchmark(df, level=level, fdr=fdr, typical_ratio=ratio)
    rows = list(zip(df["replied_count"].tolist(), df["sent_count"].tolist(), strict=True))
    plain = plain_benchmark(rows, "rest", level, fdr, ratio)
    assert table["verdict"].tolist() == [row["verdict"] for row in plain]
    np.testing.assert_allclose(table["low"], [row["low"] for row in plain], rtol=1e-9)
    assert table["sends_needed"].tolist() == [row["sends_needed"] for row in plain]


def test_shape_of_the_table():
    df = portfolio(0)
    table = benchmark(df)
    assert list(table.columns) == COLUMNS
    assert list(benchmark(df.assign(label="x")).columns) == ["label", *COLUMNS]
    pd.testing.assert_index_equal(table.index, df.index)
    assert {
        name: str(table[name].dtype) for name in ("events", "trials", "sends_needed", "sends_more")
    } == dict.fromkeys(("events", "trials", "sends_needed", "sends_more"), "Int64")
    assert table["verdict"].cat.categories.tolist() == VERDICTS
    assert table["meaning"].cat.categories.tolist() == ["better", "worse"]
    np.testing.assert_allclose(table["difference"], table["rate"] - table["benchmark"])
    missing = (table["sends_needed"] - table["trials"]).clip(lower=0)
    assert (table["sends_more"] == missing.mask(table["verdict"].isin(["above", "below", "typical"]), 0)).all()
    facts = {"against": "rest", "by": None, "level": 0.95, "fdr": 0.05, "typical_ratio": 1.5,
             "design_effect": {"smallest": 1.0, "largest": 1.0, "source": "assumed"},
             "campaigns": 30, "tested": 30, "calls": int(table["verdict"].isin(["above", "below"]).sum())}  # fmt: skip
    assert {name: table.attrs[name] for name in facts} == facts
    assert Metric(**table.attrs["metric"]) == leadlex_pandas.METRICS["reply_rate"]


def test_empty_frame_gives_an_empty_table():
    table = benchmark(portfolio(0).iloc[:0])
    assert list(table.columns) == COLUMNS
    assert len(table) == 0
    assert table["verdict"].cat.categories.tolist() == VERDICTS
    assert len(benchmark(portfolio(0).assign(g=1).iloc[:0], by="g")) == 0


def rows_of(*pairs):
    k, n = zip(*pairs, strict=True)
    return pd.DataFrame({"replied_count": k, "sent_count": n})


def test_median_of_campaigns_too_small_to_expect_an_event():
    # nobody expects an event (n >= 1 / pooled): the median of all, and 0 is no rate to test against
    table = benchmark(rows_of((0, 40), (1, 30), (0, 30), (0, 50)), against="median")
    assert table["benchmark"].tolist() == [0.0] * 4
    assert table["verdict"].tolist() == ["too few sends"] * 4
    assert benchmark(rows_of((0, 1), (1, 1), (0, 1), (1, 1)), against="median")["benchmark"].tolist() == [0.5] * 4
    # the only one that does is not compared with itself
    alone = benchmark(rows_of((60, 1000), (1, 10), (0, 10)), against="median")
    assert alone["benchmark"].tolist() == [0.06] * 3
    assert benchmark(rows_of(*[(0, 100)] * 30), against="median")["verdict"].tolist() == ["too few sends"] * 30


@pytest.mark.parametrize("options", [
    {"typical_ratio": 1 + 1e-9}, {"typical_ratio": 1e300}, {"fdr": 1e-300}, {"against": 1e-300}, {"against": 1 - 1e-16},
    {"design_effect": 1e300}, {"level": 1 - 1e-16}, {"level": 0.5 + 1e-16 * 4},
])  # fmt: skip
def test_extreme_options_end_in_rows_not_in_errors(options):
    table = benchmark(portfolio(0), **options)
    assert set(table["verdict"]) <= set(VERDICTS)
    assert (table["sends_needed"].dropna() > 0).all()


def test_sums_that_no_float_can_count():
    assert benchmark(rows_of((2**52, 2**53), (1, 1)))["verdict"].notna().all()


def test_one_campaign():
    table = benchmark(rows_of((5, 100)))
    assert table["verdict"].tolist() == ["no comparison"]
    assert (
        table[["benchmark", "p_value", "p_adjusted", "difference", "sends_needed", "sends_more"]].isna().all(axis=None)
    )
    assert table.loc[0, ["low", "high"]].tolist() == pytest.approx(wilson(5, 100, 0.95))
    assert benchmark(rows_of((5, 100)), against="median")["verdict"].tolist() == ["no comparison"]
    assert benchmark(rows_of((15, 100)), against=0.05)["verdict"].tolist() == ["above"]


def test_rows_without_data_play_no_part():
    df = portfolio(3)
    alone = benchmark(df)
    extra = pd.DataFrame(
        {"sent_count": pd.array([0, None, 100, 10], "Int64"), "replied_count": pd.array([0, 3, None, 11], "Int64")},
        index=["nothing", "no sends", "no replies", "too many"],
    )
    table = benchmark(pd.concat([df, extra]))
    assert table["verdict"].tolist()[-4:] == ["no data", "no data", "no data", "not a proportion"]
    assert table["rate"].iloc[-1] == 1.1
    assert table.iloc[-4:][["low", "high", "p_value", "benchmark", "sends_needed"]].isna().all(axis=None)
    assert table["caveats"].iloc[-4] == "nothing_sent"
    assert table["caveats"].iloc[-1] == "events_exceed_sends"
    pd.testing.assert_frame_equal(table.iloc[:-4], alone, check_index_type=False, check_names=False)


def test_nothing_happened_anywhere():
    table = benchmark(rows_of((0, 100), (0, 2000), (0, 50)))
    assert table["verdict"].tolist() == ["too few sends"] * 3
    assert table["benchmark"].tolist() == [0.0] * 3
    assert table[["p_value", "sends_needed"]].isna().all(axis=None)


def test_everything_happened_everywhere():
    table = benchmark(rows_of((100, 100), (2000, 2000)))
    assert table["verdict"].tolist() == ["too few sends"] * 2
    assert table["benchmark"].tolist() == [1.0] * 2


def test_pooled_still_tests_the_only_campaign_with_events():
    df = rows_of((60, 1000), *[(0, 1000)] * 20)
    pooled = benchmark(df, against="pooled")
    assert pooled["verdict"].iloc[0] == "above"


@pytest.mark.parametrize("turned", [False, True])
def test_others_without_any_event_can_be_tested_against(turned):
    # 18 of 120 emails bounced, and none of thirteen times 120; turned: all but 18, and all
    k = [18, *[0] * 13]
    df = pd.DataFrame({"sent_count": 120, "bounced_count": [120 - each for each in k] if turned else k})
    table = benchmark(df, "bounce_rate")
    assert table["verdict"].tolist() == ["below" if turned else "above", *["too few sends"] * 13]
    assert table["meaning"].iloc[0] == ("better" if turned else "worse")
    assert table["caveats"].tolist() == ["small_portfolio"] * 14
    chance = math.comb(120, 18) / math.comb(14 * 120, 18)  # all 18 on one campaign: half of it, doubled
    assert table["p_value"].tolist() == pytest.approx([chance, *[1.0] * 13], rel=1e-9)
    assert table["p_adjusted"].iloc[0] == pytest.approx(14 * chance, rel=1e-9)  # the others are in the family too
    assert table["benchmark"].tolist() == [float(turned)] * 14
    assert table["sends_needed"].isna().all()
    assert table["sends_more"].tolist() == [0, *[pd.NA] * 13]
    assert table.attrs["without_zone"] == 0


def test_one_event_against_none_is_no_call():
    table = benchmark(rows_of((1, 100), *[(0, 100)] * 20))
    assert table["verdict"].tolist() == ["too few sends"] * 21
    assert table["p_value"].iloc[0] == pytest.approx(1 / 21)  # the one event fell on one of 21 alike
    assert table["caveats"].iloc[0] == "not_after_many_tests"  # limits of 1 of 100 exclude 0


def test_another_frame_without_any_event_can_be_tested_against():
    quiet = rows_of((0, 400), (0, 500))
    table = benchmark(rows_of((12, 100), (0, 100)), against=quiet)
    assert table["p_value"].tolist() == pytest.approx([math.comb(100, 12) / math.comb(1000, 12), 1.0])
    assert table["verdict"].tolist() == ["above", "too few sends"]
    assert benchmark(rows_of((0, 100), (0, 90)), against=quiet)["p_value"].isna().all()


def test_meaning_follows_what_is_good():
    df = rows_of((200, 1000), *[(40, 1000)] * 20, (5, 1000)).assign(bounced_count=lambda d: d["replied_count"])
    assert benchmark(df)["meaning"].dropna().tolist() == ["better", "worse"]
    assert benchmark(df, "bounce_rate")["meaning"].dropna().tolist() == ["worse", "better"]
    mine = Metric("reply_rate", "replied_count", "sent_count", better="low")
    assert benchmark(df, mine)["meaning"].dropna().tolist() == ["worse", "better"]


def test_metric_of_ones_own():
    df = pd.DataFrame({"sent_count": [100, 200], "meetings": [20, 3], "replied_count": [40, 60]})
    table = benchmark(df, Metric("meeting_rate", "meetings", "replied_count"), against=0.1)
    assert table["trials"].tolist() == [40, 60]
    assert table["verdict"].tolist() == ["above", "too few sends"]


def test_groups_are_families_of_their_own():
    df = pd.concat([portfolio(1), portfolio(2, rate=0.2)], ignore_index=True)
    df["office"] = ["Munich"] * 30 + ["Hamburg"] * 30
    shuffled = df.sample(frac=1, random_state=0)
    table = benchmark(shuffled, by="office").sort_index()
    for office, rows in df.groupby("office"):
        expected = benchmark(rows.drop(columns="office"))
        pd.testing.assert_frame_equal(table.loc[rows.index], expected, check_like=True)
        assert office in ("Munich", "Hamburg")
    by_level = benchmark(df.set_index("office", append=True), by=["office"])
    assert by_level["verdict"].tolist() == table["verdict"].tolist()


def test_groups_of_several_columns_and_missing_names():
    df = portfolio(1, campaigns=8).assign(a=["x", "x", "x", "x", None, None, None, "y"], b=[1, 1, 2, 2, 1, 1, 1, 1])
    table = benchmark(df, by=["a", "b"])
    assert table["verdict"].tolist()[-1] == "no comparison"  # alone in its group
    only_missing = benchmark(df.iloc[4:7][["sent_count", "replied_count"]])
    assert table["p_value"].tolist()[4:7] == only_missing["p_value"].tolist()


def test_categories_without_rows_make_no_family():
    df = portfolio(1, campaigns=6).assign(g=pd.Categorical(["a"] * 6, categories=["a", "unused"]))
    assert benchmark(df, by="g")["p_value"].tolist() == benchmark(df)["p_value"].tolist()


def test_design_effect():
    df = portfolio(5)
    plain, wide = benchmark(df), benchmark(df, design_effect=2)
    assert (wide["design_effect"] == 2).all()
    assert (wide["high"] - wide["low"] > plain["high"] - plain["low"]).all()
    np.testing.assert_allclose(wide["low"], wilson(df["replied_count"] / 2, df["sent_count"] / 2, 0.95)[0], rtol=1e-9)
    assert wide["events"].tolist() == plain["events"].tolist()
    target = benchmark(df, against=0.05, design_effect=2)
    z = (df["replied_count"] / df["sent_count"] - 0.05) / np.sqrt(0.05 * 0.95 / df["sent_count"])
    floor = 2 * norm.sf(abs(z) / math.sqrt(2))
    mid = [binomial_mid_p(k, n, 0.05) for k, n in zip(df["replied_count"], df["sent_count"], strict=True)]
    np.testing.assert_allclose(target["p_value"], np.maximum(floor, mid), rtol=1e-9)
    ratio = target["sends_needed"] / benchmark(df, against=0.05)["sends_needed"]
    assert ratio.min() > 1.99


def test_untracked_opens_are_no_data():
    df = pd.DataFrame({"sent_count": [100] * 3, "opened_count": [40, 0, 45], "replied_count": [4, 5, 3]})
    table = benchmark(df, "open_rate", against=0.4)
    assert table["verdict"].tolist()[1] == "no data"
    assert table.loc[1, ["events", "trials"]].isna().all()
    assert table.loc[1, "caveats"] == "tracking_off|design_effect_unknown"


def test_caveats_of_near_contradictions():
    df = portfolio(0, campaigns=60, odd=0)
    table = benchmark(df, against=0.05, level=0.6)
    excludes = (table["low"] > 0.05) | (table["high"] < 0.05)
    called = table["verdict"].isin(["above", "below"])
    assert (excludes & ~called).any()
    assert table["caveats"].str.contains("not_after_many_tests").tolist() == (excludes & ~called).tolist()
    large = benchmark(rows_of((4400, 100_000), (40, 1000)), against=0.04)
    assert large.loc[0, "verdict"] == "above"
    assert large.loc[0, "caveats"] == "small_difference"


@pytest.fixture
def not_warned_yet():
    before = set(once._said)
    once._said.clear()
    yield
    once._said.update(before)


@pytest.mark.usefixtures("not_warned_yet")
def test_small_portfolios_are_marked_and_warned_about_once():
    df = portfolio(0, campaigns=19)
    with pytest.warns(SmallPortfolioWarning) as caught:
        table = benchmark(df)
    assert str(caught[0].message) == (
        "benchmark: fewer than 20 campaigns are compared with each other, so one odd campaign moves what the others are "
        "compared with; the rows carry the caveat small_portfolio. Compare with a rate of your own (against=0.04) or "
        "with more campaigns. This is said once per process."
    )
    assert caught[0].filename == __file__
    assert table["caveats"].str.contains("small_portfolio").all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        benchmark(df, against="pooled")


@pytest.mark.parametrize("call", [
    lambda df: benchmark(df),
    lambda df: df.leadlex.benchmark(),
    lambda df: df.leadlex.plot.forest(),
    lambda df: leadlex_pandas.plotting.forest(df),
])  # fmt: skip
@pytest.mark.usefixtures("not_warned_yet")
def test_the_warning_names_the_callers_line(call):
    with pytest.warns(SmallPortfolioWarning) as caught:
        call(portfolio(0, campaigns=19))
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.usefixtures("not_warned_yet")
def test_what_no_odd_campaign_can_move_is_not_marked():
    df = portfolio(0, campaigns=19)
    assert not benchmark(df, against=0.04)["caveats"].str.contains("small_portfolio").any()
    assert not benchmark(portfolio(0, campaigns=20))["caveats"].str.contains("small_portfolio").any()


def test_frames_from_elsewhere():
    plain = portfolio(4)
    expected = benchmark(plain)
    for other in (
        plain.astype(float),
        plain.astype(str),
        plain.astype("Int64"),
        plain.astype(object),
        plain.convert_dtypes(),
    ):
        pd.testing.assert_frame_equal(benchmark(other), expected)
    assert benchmark(plain.set_axis(["same"] * 30))["verdict"].tolist() == expected["verdict"].tolist()


def test_the_callers_frame_is_left_alone():
    df = portfolio(4).assign(label="x", caveats="")
    before = df.copy(deep=True)
    benchmark(df)
    pd.testing.assert_frame_equal(df, before)
    assert df.attrs == {}


def test_a_billion_sends():
    table = benchmark(rows_of((40_000_000, 10**9), (39_990_000, 10**9), (4, 100)))
    assert table["p_value"].notna().all()
    assert table["verdict"].tolist() == ["typical", "typical", "too few sends"]


counts = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(counts, min_size=1, max_size=12),
    st.sampled_from(["rest", "pooled", "median", 0.1]),
    st.sampled_from([0.6, 0.95]),
)
def test_verdicts_never_contradict_the_limits(pairs, against, level):
    table = benchmark(rows_of(*pairs), against=against, level=level)
    verdict = table["verdict"].astype(str)
    assert (table["low"] > table["benchmark"])[verdict == "above"].all()
    assert (table["high"] < table["benchmark"])[verdict == "below"].all()
    for row in table[verdict == "typical"].itertuples():
        low, high = wilson(row.events, row.trials, 2 * level - 1)
        assert odds_zone(row.benchmark, 1.5)[0] <= low <= high <= odds_zone(row.benchmark, 1.5)[1]
    excludes = (table["low"] > table["benchmark"]) | (table["high"] < table["benchmark"])
    assert (
        table["caveats"].str.contains("not_after_many_tests").tolist()
        == (excludes & ~verdict.isin(["above", "below"])).tolist()
    )
    assert (verdict == "no data").tolist() == (table["trials"] == 0).tolist()


@settings(max_examples=30, deadline=None)
@given(st.lists(counts, min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_row_order_changes_nothing(pairs, random):
    df = rows_of(*pairs)
    order = list(range(len(df)))
    random.shuffle(order)
    straight, shuffled = benchmark(df), benchmark(df.iloc[order])
    np.testing.assert_allclose(shuffled["p_adjusted"], straight["p_adjusted"].iloc[order], rtol=1e-9)
    assert shuffled["verdict"].tolist() == straight["verdict"].iloc[order].tolist()


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda df: benchmark([1]), InputError, "benchmark: df must be a pandas DataFrame, not list."),
    (lambda df: benchmark(df, "replyrate"), InputError, "benchmark: metric 'replyrate' is not known. Did you mean 'reply_rate'? Known are open_rate, click_rate, reply_rate, bounce_rate, unsubscribe_rate, delivery_rate, click_to_open_rate, reply_to_open_rate, unsubscribe_to_open_rate, open_rate_delivered, click_rate_delivered, reply_rate_delivered, unsubscribe_rate_delivered, reply_rate_contact, unsubscribe_rate_contact, or a Metric of your own."),
    (lambda df: benchmark(df, "open_rate"), ColumnsError, "benchmark: missing column 'opened_count'; the frame has 'sent_count' and 'replied_count'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    (lambda df: benchmark(df, level=95), InputError, "benchmark: level must lie between 0.5 and 1 (exclusive), not 95. Did you mean 0.95?"),
    (lambda df: benchmark(df, level=0.5), InputError, "benchmark: level must lie between 0.5 and 1 (exclusive), not 0.5."),
    (lambda df: benchmark(df, level="high"), InputError, "benchmark: level must lie between 0.5 and 1 (exclusive), not 'high'."),
    (lambda df: benchmark(df, level=True), InputError, "benchmark: level must lie between 0.5 and 1 (exclusive), not True."),
    (lambda df: benchmark(df, fdr=5), InputError, "benchmark: fdr must lie between 0 and 1 (exclusive), not 5. Did you mean 0.05?"),
    (lambda df: benchmark(df, fdr=float("nan")), InputError, "benchmark: fdr must lie between 0 and 1 (exclusive), not nan."),
    (lambda df: benchmark(df, typical_ratio=1), InputError, "benchmark: typical_ratio must be a number above 1, not 1."),
    (lambda df: benchmark(df, typical_ratio=float("inf")), InputError, "benchmark: typical_ratio must be a number above 1, not inf."),
    (lambda df: benchmark(df, against="Rest"), InputError, "benchmark: against must be 'rest', 'pooled', 'median', a rate between 0 and 1, a Benchmark, the name of a packaged one (see list_benchmarks) or a frame of campaigns, not 'Rest'. Did you mean 'rest'?"),
    (lambda df: benchmark(df, against=None), InputError, "benchmark: against must be 'rest', 'pooled', 'median', a rate between 0 and 1, a Benchmark, the name of a packaged one (see list_benchmarks) or a frame of campaigns, not None."),
    (lambda df: benchmark(df, against=4), InputError, "benchmark: against must lie between 0 and 1 (exclusive), not 4. Did you mean 0.04?"),
    (lambda df: benchmark(df, against=0), InputError, "benchmark: against must lie between 0 and 1 (exclusive), not 0."),
    (lambda df: benchmark(df, by="office"), ColumnsError, "benchmark: by='office' is no column and no index level; there are 'sent_count', 'replied_count' and 'campaign_id'."),
    (lambda df: benchmark(df, by="campaignid"), ColumnsError, "benchmark: by='campaignid' is no column and no index level; there are 'sent_count', 'replied_count' and 'campaign_id'. Did you mean 'campaign_id'?"),
    (lambda df: benchmark(df, by=[]), InputError, "benchmark: by must be the name of a column or index level, or a list of names, not []."),
    (lambda df: benchmark(df, by=3), InputError, "benchmark: by must be the name of a column or index level, or a list of names, not 3."),
    (lambda df: benchmark(df, design_effect=0.5), InputError, "benchmark: design_effect must be 'auto' or a number of at least 1, not 0.5."),
    (lambda df: benchmark(df, design_effect="Auto"), InputError, "benchmark: design_effect must be 'auto' or a number of at least 1, not 'Auto'."),
    (lambda df: benchmark(df.assign(replied_count=-1)), InputError, "benchmark: column 'replied_count' must hold whole numbers of at least 0 or missing values, but row 'c0' (position 0) has -1."),
    (lambda df: benchmark(df.assign(replied_count=1.5)), InputError, "benchmark: column 'replied_count' must hold whole numbers of at least 0 or missing values, but row 'c0' (position 0) has 1.5."),
    (lambda df: benchmark(df.assign(replied_count="many")), InputError, "benchmark: column 'replied_count' must hold whole numbers of at least 0 or missing values, but row 'c0' (position 0) has 'many'."),
    (lambda df: benchmark(df.assign(sent_count="1,247")), InputError, "benchmark: column 'sent_count' must hold whole numbers of at least 0 or missing values, but row 'c0' (position 0) has '1,247'. Read the file with pandas.read_csv(..., thousands=',')."),
    (lambda df: benchmark(df.assign(sent_count="12.000")), InputError, "benchmark: column 'sent_count' must hold whole numbers of at least 0 or missing values, but row 'c0' (position 0) has '12.000'. Read the file with pandas.read_csv(..., thousands='.')."),
    (lambda df: benchmark(df.assign(sent_count=float("inf"))), InputError, "benchmark: column 'sent_count' must hold whole numbers of at least 0 or missing values, but row 'c0' (position 0) has inf."),
    (lambda df: benchmark(df.assign(replied_count=True)), InputError, "benchmark: column 'replied_count' must hold counts, not True and False."),
    (lambda df: benchmark(pd.concat([df, df], axis=1)), InputError, "benchmark: the frame has more than one column 'sent_count' and 'replied_count'. Drop or rename all but one."),
    (lambda df: benchmark(df.assign(track_opens="perhaps")), InputError, "benchmark: column 'track_opens' must hold True, False or missing values."),
])  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call(portfolio(0))
    assert str(caught.value) == message
