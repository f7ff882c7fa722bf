"""The settings: what is allowed, what a change brings with it, and that they can be kept."""

import json

import numpy as np
import pandas as pd
import pytest

from leadlex_pandas import Benchmark, InputError, Metric
from leadlex_pandas.explorer.state import NAMES, ExplorerState


def test_it_begins_with_the_question_that_is_asked_most():
    assert ExplorerState().state() == {
        "metric": "reply_rate", "against": "rest", "level": 0.95, "min_sends": 0, "search": "", "by": None,
        "sort": "verdict", "ascending": True, "page": 1, "chart": "funnel", "selected_ids": [], "theme": "auto",
    }  # fmt: skip


def test_state_opens_the_same_again():
    given = {
        "metric": Metric("meeting_rate", "meetings", "sent_count"), "against": Benchmark("ours", "reply_rate", value=0.04),
        "level": 0.8, "min_sends": 50, "search": "(a)", "by": "office", "sort": "rate", "ascending": False, "page": 3,
        "chart": "ranks", "selected_ids": ["b", ("x", 1)], "theme": "dark",
    }  # fmt: skip
    assert set(given) == set(NAMES)
    state = ExplorerState(**given)
    assert state.state() == given
    assert ExplorerState(**state.state()).state() == given


@pytest.mark.parametrize("name", ["metric", "against", "level", "min_sends", "search", "by", "sort", "ascending"])
def test_other_rows_begin_at_the_first_page(name):
    other = {
        "metric": "open_rate", "against": 0.1, "level": 0.9, "min_sends": 5, "search": "a", "by": "x", "sort": "name",
        "ascending": False,
    }[name]  # fmt: skip
    state = ExplorerState(page=4, selected_ids=["a"])
    setattr(state, name, other)
    assert (state.page, state.selected_ids) == (1, ("a",))
    state = ExplorerState(page=4)
    state.update(**{name: other})
    assert state.page == 1
    state.update(**{name: ExplorerState().state()[name], "page": 3})
    assert state.page == 3


@pytest.mark.parametrize("change", [{"chart": "forest"}, {"selected_ids": ["a"]}, {"theme": "dark"}])
def test_the_same_rows_stay_at_their_page(change):
    state = ExplorerState(page=4)
    state.update(**change)
    assert state.page == 4


def test_several_changes_are_told_once_each_when_all_are_there():
    state, told = ExplorerState(page=2), []
    state.observe(lambda change: told.append((change.name, state.metric, state.min_sends, state.page)), NAMES)
    state.update(metric="open_rate", min_sends=10, page=3)
    assert {name for name, *_ in told} == {"metric", "min_sends", "page"}
    assert {tuple(rest) for _, *rest in told} == {("open_rate", 10, 3)}


def test_nothing_changes_if_one_of_several_is_wrong():
    state = ExplorerState()
    with pytest.raises(InputError):
        state.update(metric="open_rate", level=95)
    assert state.state() == ExplorerState().state()


def test_an_id_is_selected_once():
    assert ExplorerState(selected_ids=["b", "a", "b", ["x", 1]]).selected_ids == ("b", "a", ("x", 1))


KNOWN = "Known are metric, against, level, min_sends, search, by, sort, ascending, page, chart, selected_ids, theme."


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"levle": 0.9}, f"explore: 'levle' is no setting of the explorer. Did you mean 'level'? {KNOWN}"),
        ({"level": 95}, "explore: level must lie between 0.5 and 1 (exclusive), not 95. Did you mean 0.95?"),
        ({"min_sends": -1}, "explore: min_sends must be a whole number of at least 0, not -1."),
        ({"page": 0}, "explore: page must be a whole number of at least 1, not 0."),
        ({"search": None}, "explore: search must be a text, '' for none, not None."),
        ({"by": 3}, "explore: by must be a non-empty text, not 3."),
        ({"ascending": 1}, "explore: ascending must be True or False, not 1."),
        (
            {"chart": "funel"},
            "explore: chart must be 'funnel', 'forest', 'ranks' or 'trend', not 'funel'. Did you mean 'funnel'?",
        ),
        ({"theme": "black"}, "explore: theme must be 'auto', 'light' or 'dark', not 'black'."),
        ({"selected_ids": "a"}, "explore: selected_ids must be a list of ids, not 'a'."),
        ({"selected_ids": [{"a": 1}]}, "explore: selected_ids must be a list of ids, not [{'a': 1}]."),
        ({"selected_ids": b"a"}, "explore: selected_ids must be a list of ids, not b'a'."),
        (
            {"selected_ids": pd.DataFrame(index=["a"])},
            "explore: selected_ids must be a list of ids, not a DataFrame. Those of a frame are its .index.",
        ),
        ({"against": 4}, "explore: against must lie between 0 and 1 (exclusive), not 4. Did you mean 0.04?"),
        (
            {"against": ["rest"]},
            "explore: against must be a word, a rate between 0 and 1, a Benchmark or the name of one, not list. Of a frame "
            "of campaigns make one: Benchmark.from_campaigns(frame, metric, name=...).",
        ),
    ],
)
def test_what_is_not_allowed_is_said(wrong, text):
    for attempt in (lambda: ExplorerState(**wrong), lambda: ExplorerState().update(**wrong)):
        with pytest.raises(InputError) as caught:
            attempt()
        assert str(caught.value) == text


def test_an_assignment_is_checked_too():
    state = ExplorerState()
    with pytest.raises(InputError):
        state.level = 95
    with pytest.raises(InputError):
        state.metric = "ctr"
    assert (state.level, state.metric) == (0.95, "reply_rate")


def test_ids_may_come_as_arrays_and_the_state_is_json():
    for given in (np.array([3, 5]), pd.Index([3, 5]), pd.Series([3, 5]), (np.int64(3), np.int64(5))):
        assert json.loads(json.dumps(ExplorerState(selected_ids=given).state()))["selected_ids"] == [3, 5]
    pairs = ExplorerState(selected_ids=[("A", 1)])
    back = json.loads(json.dumps(pairs.state()))
    assert ExplorerState(**back).selected_ids == pairs.selected_ids


def test_numbers_and_texts_of_numpy_become_plain():
    given = {
        "min_sends": np.int64(5),
        "level": np.float32(0.5625),
        "ascending": np.bool_(False),
        "search": np.str_("a"),
    }
    kept = ExplorerState(**given).state()
    assert {name: type(kept[name]) for name in given} == {
        "min_sends": int, "level": float, "ascending": bool, "search": str,
    }  # fmt: skip
    assert json.loads(json.dumps(kept)) == kept
