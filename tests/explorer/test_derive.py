"""What is shown: the verbs' own numbers, filtered and sorted as plain pandas would do it, and code that gives the same."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from pandas.testing import assert_frame_equal

import leadlex_pandas
from leadlex_pandas import Benchmark, Metric
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


def test_the_frame_is_left_alone():
    before = FRAME.copy(deep=True)
    seen(FRAME, search="a", sort="name", by="office")
    assert_frame_equal(FRAME, before)
