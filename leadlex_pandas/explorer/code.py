"""The Python that gives the table as shown: what was clicked together can be kept, run and changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from math import isfinite
from typing import Any

import pandas as pd

from .._checks import plain
from ..metrics import METRICS, Metric
from ..reference import Benchmark
from .derive import ORDER, View, column_of, is_text

_MOST = 20  # selected ids that are written out


def code_text(view: View) -> str:
    """Write the code for a view; `stats` in it is the frame that the explorer was opened on."""
    lines = ["import leadlex_pandas", "", f"table = leadlex_pandas.benchmark({', '.join(_arguments(view))})"]
    lines += _filters(view)
    lines += _unnamed(view, _sort(view))
    if len(view.selected):
        lines.append(_selection(view))
    return "\n".join([*lines, f"# the chart: {_chart(view)}", "table"])


def _selection(view: View) -> str:
    """Write how to take what is selected: by id, where ids can be written so that they are read again."""
    index = view.data.index
    ids = [_own(each) for each in dict.fromkeys(index[view.selected])]
    how = "stats.loc[{}]" if index.is_unique else "stats[stats.index.isin({})]"
    if not all(map(_can_be_written, ids)):
        how, ids = "stats.iloc[{}]", view.selected.tolist()
    more = f"  # and {len(ids) - _MOST:,} more" if len(ids) > _MOST else ""
    return f"selected = {how.format(repr(ids[:_MOST]))}{more}"


def _own(value: object) -> object:
    return tuple(map(_own, value)) if isinstance(value, tuple) else plain(value)


def _can_be_written(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_can_be_written, value))
    return type(value) in (str, int) or (type(value) is float and isfinite(value))


def _arguments(view: View) -> list[str]:
    state = view.state
    given = ["stats", _written(state["metric"]), f"against={_written(state['against'])}"]
    given += [] if state["by"] is None else [f"by={state['by']!r}"]
    return [*given, f"level={state['level']!r}"]


def _written(value: object) -> str:
    if isinstance(value, Metric) and METRICS.get(value.name) == value:
        return repr(value.name)
    if isinstance(value, (Metric, Benchmark)):  # as the call that makes it
        told = [(each.name, getattr(value, each.name)) for each in fields(value) if not _is_default(value, each)]
        return f"leadlex_pandas.{type(value).__name__}({', '.join(f'{name}={_written(what)}' for name, what in told)})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_written(key)}: {_written(each)}' for key, each in value.items())}}}"
    return repr(_own(value))


def _is_default(value: object, field: Field[Any]) -> bool:
    return field.default is not MISSING and getattr(value, field.name) == field.default


def _filters(view: View) -> list[str]:
    text, least = view.state["search"], view.state["min_sends"]
    lines, masks = [], []
    if text:
        options = f"{text!r}, case=False, regex=False"
        lines.append(f"found = stats.index{_as_texts(view)}.str.contains({options})")
        lines += [f"found = found | {column}.str.contains({options}).to_numpy(bool)" for column in _searched(view)]
        masks.append("found")
    if least:
        sends = 'stats["sent_count"]' + (".astype(float)" if is_text(view.data["sent_count"]) else "")
        masks.append(f"({sends} >= {least}).fillna(False).to_numpy(bool)")
    return [*lines, f"table = table[{' & '.join(masks)}]"] if masks else []


def _searched(view: View) -> list[str]:
    """Write the columns in which a text is looked for, beside the index, whose levels are there already."""
    names = dict.fromkeys(["label", view.state["by"]])
    return [f"stats[{name!r}].astype(str)" for name in names if name in view.data]


def _chart(view: View) -> str:
    """Write the call that draws the chart, for those who want it with its words or in a report."""
    chart, metric = view.state["chart"], _written(view.state["metric"])
    arguments = {
        "ranks": f"stats, {metric}, level={view.state['level']!r}",
        "trend": f"history, {metric}",
    }.get(chart, "table")
    return f"leadlex_pandas.plotting.{chart}({arguments})"


def _as_texts(view: View) -> str:
    """Write how ids become texts; of no rows left, those of other ids would be no texts."""
    return ".map(str)" if isinstance(view.data.index.dtype, pd.StringDtype) else ".map(str).astype(object)"


def _unnamed(view: View, lines: list[str]) -> list[str]:
    """Put the names of the index aside while it is sorted by a column of the same name, which pandas refuses."""
    names = list(view.table.index.names)
    if not lines or not {*names} & {*view.table.columns}:
        return lines
    none, back = ("None", repr(names[0])) if len(names) == 1 else (repr([None] * len(names)), repr(names))
    return [f"table = table.rename_axis(index={none})", *lines, f"table = table.rename_axis(index={back})"]


def _sort(view: View) -> list[str]:
    sort, ascending = view.state["sort"], view.state["ascending"]
    how = f'ascending={ascending}, kind="stable"'
    if sort == "given":
        return [] if ascending else ["table = table[::-1]"]
    if sort == "name" and "label" in view.table:
        return [f'table = table.sort_values("label", key=lambda label: label.astype(str).str.casefold(), {how})']
    if sort == "name":
        return [f"table = table.sort_index(key=lambda index: index{_as_texts(view)}.str.casefold(), {how})"]
    if sort == "verdict":
        return [
            'table = table.sort_values("rate", ascending=False, kind="stable")',
            f"order = {list(ORDER)!r}",
            f'table = table.sort_values("verdict", key=lambda verdict: verdict.cat.set_categories(order), {how})',
        ]
    return [f'table = table.sort_values("{column_of(sort)}", {how})']
