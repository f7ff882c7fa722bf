"""`present`: a table as text, ready for an e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from .._checks import check_columns, check_frame, check_whole
from ..errors import InputError
from ..metrics import COUNTS, METRICS, noun
from .cells import MISSING, limits, p_text, texts
from .grouping import ALL
from .health import ALL_CAMPAIGNS, STATUSES
from .kinds import Kind, kind_of
from .notes import notes

__all__ = ["present"]

# of nine rates a reader takes in four
_RATES = ("reply_rate", "bounce_rate", "unsubscribe_rate", "open_rate")
_WORDS = {
    "sends_more": "emails still needed",
    "sends_needed": "emails needed",
    "days_since_first": "days since the first reading",
    "prob_best": "chance to be best",
    "p_value": "p",
    "p_adjusted": "p, all tests considered",
    "overall_p_value": "groups differ",
    "difference": "difference in points",
    "center": "expected",
    "new_sent_count": "new emails",
    "shrunk": "allowing for luck",
}
_ORDERED = ("rank", "compare", "stages", "trend", "changes", "growth")  # their order has a meaning of its own
_NOTE = "note"
_CHOOSE = "Choose among these."
_BASES = {"contact": "contact", "delivered": "email delivered"}


def present(
    table: pd.DataFrame, *, digits: int = 1, columns: Iterable[str] | None = None, sort: bool = True
) -> pd.DataFrame:
    """Write a table as text that can be put into an e-mail: "7.1 % [5.8, 8.7]", the verdict, the emails still needed.

    Parameters
    ----------
    table : pandas.DataFrame
        What a verb gave, such as `benchmark`, `rank`, `compare`, `compare_groups`, `summarize`, `health`, `stages`,
        `plan`, `changes`, `trend` or `growth`; or a frame of campaigns with its rates.
    digits : int, default 1
        Decimals of percentages; a column of rates most of which are below half a percent gets as many as show two
        figures of them, and so does the difference of such rates.
    columns : iterable of str, optional
        Columns of the table to write, in this order; limits come with their rate. By default those that matter to a
        reader who has not seen the table; of more than four rates those of replies, bounces, unsubscribes and opens.
    sort : bool, default True
        Whether to put the best first: what is surely better, then what is not settled, then what is surely worse, each
        by its rate. `health` puts the worst first, `rank` keeps its ranks, `compare`, `stages`, `changes`, `trend`
        and `growth` their order.

    Returns
    -------
    pandas.DataFrame
        Text only, with words for column names (they say what the brackets hold) and `label` as the index if there is
        one; "–" where there is nothing to say. A column "note" gives, in words, those caveats that touch what is shown;
        without any there is none, unless `columns` asks for "note". A percentile at the outermost quantile that its
        benchmark tells is "90th or above". `.to_string()`, `.to_html()` and `.to_markdown()` are pandas' own.

    Raises
    ------
    InputError
        If `digits` or `columns` is not allowed.
    ColumnsError
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [980, 1247], "replied_count": [31, 89]}, index=["M&A lunch", "Patent alert"])
    >>> print(leadlex_pandas.present(leadlex_pandas.benchmark(df, "reply_rate", against=0.04)).to_string())
                 reply rate [95 % limits] benchmark        verdict emails still needed
    Patent alert         7.1 % [5.8, 8.7]     4.0 %          above                   –
    M&A lunch            3.2 % [2.2, 4.5]     4.0 %  too few sends                 990
    """
    where = "present"
    frame = check_frame(table, where)
    decimals = check_whole(digits, "digits", where, least=0)
    kind = kind_of(frame)
    chosen = _chosen(frame, kind, columns, where)
    if kind is not None and kind.verb == "growth":  # a row is a reading, named by its campaign
        frame = frame.set_index("campaign_id", drop=False)
    if sort:
        frame = frame.iloc[_best_first(frame, kind)]
    remarks = notes(frame, chosen)
    added = columns is None and bool(remarks) and "caveats" not in chosen
    chosen = [*chosen, _NOTE] if added else chosen
    written = {name: _cells(frame, kind, name, decimals) for name in chosen if name in frame}
    if added or _NOTE not in frame:  # else that column is the user's own
        written[_NOTE] = [text or MISSING for text in remarks.rows]
    headers = {name: _header(frame, name) for name in chosen}
    if (added or _NOTE not in frame) and remarks.shared:
        headers[_NOTE] = f"{_NOTE} (on all rows: {remarks.shared})"
    text = pd.DataFrame({name: written[name] for name in chosen}, index=_index(frame), dtype=str)
    return text.set_axis([headers[name] for name in chosen], axis=1)


def _chosen(table: pd.DataFrame, kind: Kind | None, columns: object, where: str) -> list[str]:
    if columns is not None:
        return _checked(table, columns, where)
    if kind is not None and kind.verb == "changes":
        parts = [(f"new_{metric}", f"{metric}_difference") for metric in table.attrs.get("metrics", METRICS)]
        return [name for name in ("new_sent_count", *chain.from_iterable(parts)) if name in table]
    if kind is not None:
        return [name for name in kind.shown if name in table]
    if "sent_count" in table:
        found = [name for name in METRICS if name in table]
        few = found if len(found) <= len(_RATES) else [name for name in _RATES if name in found] or found
        return [name for name in ("campaigns", "sent_count", *few) if name in table]
    return [name for name in table.columns if name != "label"]


def _checked(table: pd.DataFrame, columns: object, where: str) -> list[str]:
    """Require names of columns, or "note"; the label is the index already."""
    if isinstance(columns, str) or not isinstance(columns, Iterable):
        raise InputError(f"{where}: columns must be several names of columns, not {columns!r}.")
    names = list(dict.fromkeys(columns))
    check_columns(table, [name for name in names if name != _NOTE or "caveats" not in table], where, advice=_CHOOSE)
    return [name for name in names if name != "label"]


def _cells(table: pd.DataFrame, kind: Kind | None, name: str, digits: int) -> list[str]:
    """Write one column."""
    if name == "overall_p_value" and kind is not None:
        return [_overall(value, table.attrs.get("level")) for value in table[name]]
    if name == "verdict" and kind is not None and kind.verb == "compare":
        names = {f"{arm} higher": f"{_arm(table, arm)} higher" for arm in ("first", "second") if arm in table.attrs}
        return [names.get(text, text) for text in texts(table, name, digits)]
    return texts(table, name, digits)


def _overall(p_value: float, level: float | None) -> str:
    """Say whether any groups differ."""
    if pd.isna(p_value):
        return MISSING
    text = p_text(p_value)
    text = f"p {text}" if text.startswith("<") else f"p = {text}"
    if level is None:
        return text
    return f"{'yes' if p_value <= 1 - level else 'cannot tell'}, {text}"


def _arm(table: pd.DataFrame, arm: str) -> str:
    """Name one of two campaigns compared, also where both bear one name."""
    names = [table.attrs.get(each) for each in ("first", "second")]
    if arm not in table.attrs:
        return f"the {arm}"
    return f"{table.attrs[arm]} ({arm})" if names[0] == names[1] else str(table.attrs[arm])


def _header(table: pd.DataFrame, name: str) -> str:
    metric = table.attrs.get("metric")
    words = _WORDS.get(name) or _counted(str(name)) or _in_words(str(name))
    if name.endswith("_difference"):
        words = f"{words} in points"
    if name in ("rate", "events", "trials") and metric:
        words = _in_words(metric["name"]) if name == "rate" else noun(metric[name])
    if name in ("first_rate", "second_rate"):
        words = _arm(table, name.removesuffix("_rate")) if "first" in table.attrs else words
    if name == "prob_first_higher":
        words = f"chance that {_arm(table, 'first')} is higher"
    if not limits(table, name):
        return words
    given = table.attrs.get("levels", {}).get(name, table.attrs.get("level"))
    level = f"{100 * given:g} % " if given is not None else ""
    side = "one-sided " if "watch_limit" in table else ""
    return f"{words} [{side}{level}limits]"


def _counted(name: str) -> str | None:
    """Say what a count of the table counts, or what is new of it: "replies", "new replies"."""
    count = name.removeprefix("new_")
    if count not in (*COUNTS, "delivered_count"):
        return None
    return f"new {noun(count)}" if name.startswith("new_") else noun(count)


def _in_words(name: str) -> str:
    """Write a name as a reader would: "reply rate per contact"."""
    words = name.replace("_", " ")
    return re.sub(r" rate (contact|delivered)$", lambda base: f" rate per {_BASES[base[1]]}", words)


def _best_first(table: pd.DataFrame, kind: Kind | None) -> np.ndarray:
    """Order the rows of a table for a reader."""
    verb = None if kind is None else kind.verb
    if verb == "health":
        first = np.array([key[0] == ALL_CAMPAIGNS for key in table.index], dtype=bool)
        return np.lexsort((table["status"].map(STATUSES.index).to_numpy(int), ~first))
    name = None if verb in _ORDERED else _judged_by(table)
    if name is None:
        return np.arange(len(table))
    metric = table.attrs.get("metric", {"better": METRICS[name].better if name in METRICS else "high"})
    rates = table[name].to_numpy(np.float64, na_value=np.nan)
    return np.lexsort((rates if metric["better"] == "low" else -rates, _classes(table, verb)))


def _judged_by(table: pd.DataFrame) -> str | None:
    """Find the rate that says which row is best."""
    limited = [name.removesuffix("_low") for name in map(str, table.columns) if name.endswith("_low")]
    names = ["rate", "reply_rate", *METRICS, *limited]
    return next((name for name in names if name in table and pd.api.types.is_numeric_dtype(table[name].dtype)), None)


def _classes(table: pd.DataFrame, verb: str | None) -> np.ndarray:
    """Put what is surely better before what is not settled, then what is surely worse, without data, and all of it."""
    classes = np.ones(len(table), dtype=int)
    if verb == "benchmark" and "meaning" in table:
        classes = np.select([table["meaning"] == "better", table["meaning"] == "worse"], [0, 2], default=1)
    if verb == "benchmark" and "verdict" in table:
        classes[table["verdict"].isin(["no comparison", "not a proportion", "no data"])] = 3
    if "campaigns" in table and len(table) > 1 and _first_level(table.index)[-1] == ALL:
        classes[-1] = 4
    return classes


def _first_level(index: pd.Index[Any]) -> list[Any]:
    return [key[0] if isinstance(key, tuple) else key for key in index]


def _index(table: pd.DataFrame) -> pd.Index[Any]:
    """Name the rows: by label if there is one, metrics in words."""
    index = table.index
    levels = [index.get_level_values(place) for place in range(index.nlevels)]
    ids = [level for level in levels if level.name != "metric"]
    words = [level.map(_in_words) for level in levels if level.name == "metric"]
    if "label" in table:
        label = table["label"].astype(object)
        ids = [pd.Index(label.where(label.notna(), list(index)).to_numpy())]
    arrays = [*ids, *words]
    return arrays[0].rename(None) if len(arrays) == 1 else pd.MultiIndex.from_arrays(arrays, names=[None] * len(arrays))
