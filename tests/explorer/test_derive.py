"""What is shown: the verbs' own numbers, filtered and sorted as plain pandas would do it, and code that gives the same."""

from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from pandas.testing import assert_frame_equal

import leadlex_pandas
from leadlex_pandas import Benchmark, ColumnsError, Metric
from leadlex_pandas.explorer.code import code_text
from leadlex_pandas.explorer.derive import PAGE
from leadlex_pandas.explorer.state import SORTS
from tests.explorer.frames import empty, labelled, nasty, ran, seen

SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "metric": st.sampled_from(["reply_rate", Metric("rate", "replied_count", "sent_count", better="low")]),
        "against": st.sampled_from(["rest", "pooled", "median", 0.04, "cold-b2b-it-2026"]),
        "level": st.sampled_from([0.8, 0.95]),
        "by": st.sampled_from([None, "office"]),
        "min_sends": st.integers(0, 3000),
        "search": st.sampled_from(["", "1", "ALERT 00", "campaign 7", "(", "*", "no such", "vienna"]),
        "sort": st.sampled_from(SORTS),
        "ascending": st.booleans(),
        "page": st.integers(1, 5),
        "selected_ids": st.lists(st.sampled_from(["campaign 1", "campaign 50", "gone"]), max_size=3),
    },
)
FRAME = labelled()


@settings(derandomize=True, deadline=None, max_examples=35)
@given(SETTINGS, st.booleans())
def test_the_code_gives_the_table_as_shown(state, with_labels):
    frame = FRAME if with_labels else FRAME.drop(columns="label")
    shown = seen(frame, **state)
    found = [each for each in state.get("selected_ids", []) if each != "gone"]
    names = ran(code_text(shown), frame)
    assert_frame_equal(names["table"], shown.shown)
    if found:
        assert_frame_equal(names["selected"], frame.iloc[shown.selected])


def test_numbers_are_those_of_the_verb():
    shown = seen(FRAME, against="median", level=0.9, sort="given").shown
    assert_frame_equal(shown, leadlex_pandas.benchmark(FRAME, "reply_rate", against="median", level=0.9))


def test_hidden_campaigns_still_count_among_the_rest():
    shown = seen(FRAME, min_sends=500, search="1", sort="given")
    whole = leadlex_pandas.benchmark(FRAME)
    named = np.array(["1" in name or "1" in label for name, label in FRAME["label"].items()])
    kept = (FRAME["sent_count"] >= 500).to_numpy() & named
    assert_frame_equal(shown.shown, whole[kept])


def test_search_is_literal_and_takes_any_case():
    frame = FRAME.head(4).assign(label=["M&A (DE)", "m&a *new*", "Patent", None])
    found = {
        text: list(seen(frame, search=text, sort="given").shown.index) for text in ("M&A", "(de)", "*", ".", "N 3")
    }
    assert found == {
        "M&A": ["campaign 0", "campaign 1"], "(de)": ["campaign 0"], "*": ["campaign 1"], ".": [], "N 3": ["campaign 3"],
    }  # fmt: skip


def test_verdicts_stand_in_the_order_of_a_forest_chart_best_first():
    shown = seen(FRAME).shown
    blocks = list(dict.fromkeys(shown["verdict"]))
    assert blocks == [
        each for each in ("above", "below", "typical", "near the edge", "too few sends") if each in blocks
    ]
    assert all(rows["rate"].is_monotonic_decreasing for _, rows in shown.groupby("verdict", observed=True))


@pytest.mark.parametrize("ascending", [True, False])
def test_ties_keep_their_order(ascending):
    frame = pd.DataFrame({"sent_count": [100] * 6, "replied_count": [2, 3, 2, 3, 2, 3]}, index=list("abcdef"))
    shown = seen(frame, sort="rate", against=0.04, ascending=ascending).shown
    assert "".join(shown.index) == ("acebdf" if ascending else "bdface")


def test_pages_hold_25_rows_and_the_last_one_the_others():
    assert PAGE == 25
    pages = [seen(FRAME, page=page).on_page for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [25, 25, 10]
    assert sorted(np.concatenate(pages)) == list(range(60))
    beyond = seen(FRAME, page=9)
    assert (beyond.page, beyond.pages, list(beyond.on_page)) == (3, 3, list(pages[2]))


def test_what_is_selected_is_kept_by_id_whatever_is_shown():
    for state in (
        {},
        {"page": 2},
        {"search": "no such"},
        {"sort": "rate"},
        {"metric": "reply_rate", "min_sends": 10**6},
    ):
        shown = seen(FRAME, selected_ids=["campaign 7", "campaign 55", "gone"], **state)
        assert list(shown.selected) == [7, 55]
        assert set(shown.pinned) == {7, 55} - set(shown.on_page)


def test_counts_are_of_what_is_shown():
    shown = seen(FRAME, min_sends=300)
    assert {verdict: count for verdict, count in shown.counts.items() if count} == (
        shown.shown["verdict"].value_counts().loc[lambda n: n > 0].to_dict()
    )


def test_empty_one_and_ids_of_other_kinds():
    assert len(seen(empty()).places) == 0
    assert seen(FRAME.head(1)).counts["no comparison"] == 1
    numbers = FRAME.head(3).set_axis([5, 6, 6])
    assert seen(numbers, selected_ids=[6]).keys == ["5", "6", "6"]
    assert list(seen(numbers, selected_ids=[6]).selected) == [1, 2]
    pairs = FRAME.head(2).set_axis(
        pd.MultiIndex.from_tuples([("A", "x"), ("B", "x")], names=["account", "campaign_id"])
    )
    shown = seen(pairs, selected_ids=[["B", "x"]])
    assert list(shown.selected) == [1]
    assert_frame_equal(ran(code_text(shown), pairs)["table"], shown.shown)


@pytest.mark.parametrize("chart", ["funnel", "forest", "ranks"])
def test_the_code_names_a_call_that_draws_the_chart(chart):
    shown = seen(FRAME, chart=chart, min_sends=100)
    code = code_text(shown)
    [call] = [line.removeprefix("# the chart: ") for line in code.splitlines() if line.startswith("# the chart: ")]
    names = ran(f"{code}\nax = {call}", FRAME)
    assert names["ax"].get_title(loc="left").startswith("Reply rate: ")
    plt.close(names["ax"].figure)


def test_code_of_a_benchmark_and_of_any_label_runs():
    mine = Benchmark("our \"2025\" 'set'", "reply_rate", events=812, trials=20_300, years=2025)
    frame = nasty()
    for search in ["", *frame["label"]]:
        shown = seen(frame, against=mine, search=search, selected_ids=list(frame.index))
        names = ran(code_text(shown), frame)
        assert_frame_equal(names["table"], shown.shown)
        assert_frame_equal(names["selected"], frame)


def test_code_of_any_benchmark_and_metric_runs_and_gives_the_same():
    own = Metric("rate 'x'", "replied_count", "sent_count", better="low")
    for metric, against in (
        ("reply_rate", Benchmark.from_campaigns(FRAME, "reply_rate", name="ours")),
        ("reply_rate", Benchmark("counts", "reply_rate", events=np.int64(800), trials=np.int64(20_000))),
        ("reply_rate", Benchmark("a range", "reply_rate", value=(np.float64(0.01), np.float64(0.02)), source='a "b"')),
        ("reply_rate", Benchmark("shares", "reply_rate", quantiles={0.25: 0.01, np.float64(0.5): np.float64(0.017)})),
        (own, Benchmark.from_campaigns(FRAME, own, name="mine")),
    ):
        shown = seen(FRAME, metric=metric, against=against)
        assert_frame_equal(ran(code_text(shown), FRAME)["table"], shown.shown)
        assert f"against=leadlex_pandas.Benchmark(name='{against.name}'" in code_text(shown)


def test_the_frame_is_left_alone():
    before = FRAME.copy(deep=True)
    seen(FRAME, search="a", sort="name", by="office")
    assert_frame_equal(FRAME, before)


KINDS = {
    "numbers": lambda n: list(range(n)),
    "halves and a gap": lambda n: [*(each / 2 for each in range(n - 1)), np.nan],
    "texts and a gap": lambda n: [*map(str, range(n - 1)), None],
    "ids of the standard library": lambda n: [UUID(int=each) for each in range(n)],
    "days": lambda n: pd.date_range("2026-01-01", periods=n),
    "twice": lambda n: [f"c{each % 4}" for each in range(n)],
    "twice, with gaps": lambda n: [1.0, np.nan] * (n // 2),
    "numbers of numpy": lambda n: pd.Index([np.int64(each) for each in range(n)], dtype=object),
    "all kinds": lambda n: pd.Index([5, "5", (1, 2), None, 3.5, *range(7, n + 2)], dtype=object, tupleize_cols=False),
    "pairs": lambda n: pd.MultiIndex.from_product([["A", "B"], range(n // 2)], names=["account", "campaign_id"]),
    "called like a column": lambda n: pd.Index([f"c{each}" for each in range(n)], name="label"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_ids_of_any_kind_are_shown_and_their_code_runs_by_itself(kind):
    frame = FRAME.head(12)
    frame = frame.set_axis(KINDS[kind](12))
    ids = [frame.index[each] for each in (0, 3, 11)]
    written = [repr(frame.index[each]) for each in range(12)]  # a missing id is not equal to itself
    chosen = frame[[each in [*map(repr, ids)] for each in written]]
    for state in (
        {"sort": "name", "ascending": False, "search": "1"},
        {"sort": "rate", "min_sends": 200},
        {"sort": "verdict", "search": "a", "min_sends": 10**6},
        {"sort": "name", "search": "nothing"},
    ):
        shown = seen(frame, selected_ids=[*ids, "gone", ("gone", 1)], **state)
        names = ran(code_text(shown), frame)
        assert_frame_equal(names["table"], shown.shown)
        assert_frame_equal(names["selected"], chosen)
        assert {0, 3, 11} <= set(shown.selected)


def test_no_rows_of_any_kind_of_ids():
    for frame in (
        empty(),
        empty().reset_index(drop=True),
        FRAME.head(0),
        labelled(12).set_axis(KINDS["pairs"](12)).head(0),
    ):
        for state in (
            {"search": "a"},
            {"sort": "name"},
            {"min_sends": 5},
            {"by": "office"} if "office" in frame else {},
        ):
            shown = seen(frame, selected_ids=["a"], **state)
            assert_frame_equal(ran(code_text(shown), frame)["table"], shown.shown)


def test_settings_of_numpy_are_written_as_plain_ones():
    state = {
        "metric": np.str_("reply_rate"), "search": np.str_("1"), "level": np.float64(0.9), "min_sends": np.int64(5),
        "against": np.float64(0.04), "ascending": np.bool_(False), "by": np.str_("office"), "sort": np.str_("rate"),
    }  # fmt: skip
    shown = seen(FRAME, **state)
    assert "np." not in code_text(shown)
    assert_frame_equal(ran(code_text(shown), FRAME)["table"], shown.shown)


def test_counts_kept_as_texts_are_compared_as_numbers():
    frame = FRAME.assign(sent_count=FRAME["sent_count"].astype(str))
    shown = seen(frame, min_sends=500)
    assert set(shown.shown.index) == set(seen(FRAME, min_sends=500).shown.index)
    assert_frame_equal(ran(code_text(shown), frame)["table"], shown.shown)


def test_least_sends_of_a_frame_without_sends_say_what_is_missing():
    frame = FRAME.rename(columns={"sent_count": "visits"})
    own = Metric("own_rate", "replied_count", "visits")
    assert len(seen(frame, metric=own).places) == 60
    with pytest.raises(ColumnsError) as caught:
        seen(frame, metric=own, min_sends=1)
    assert str(caught.value).startswith("explore: missing column 'sent_count'; the frame has 'visits'")
