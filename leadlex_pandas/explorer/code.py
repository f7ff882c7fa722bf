"""The Python that gives the table as shown: what was clicked together can be kept, run and changed."""

from __future__ import annotations

from ..metrics import METRICS, Metric
from ..reference import Benchmark
from .derive import ORDER, View, column_of

_MOST = 20  # selected ids that are written out


def code_text(view: View) -> str:
    """Write the code for a view; `stats` in it is the frame that the explorer was opened on."""
    lines = ["import leadlex_pandas", "", f"table = leadlex_pandas.benchmark({', '.join(_arguments(view))})"]
    lines += _filters(view)
    lines += _sort(view)
    ids = list(view.data.index[view.selected])
    if ids:
        more = f"  # and {len(ids) - _MOST:,} more" if len(ids) > _MOST else ""
        lines.append(f"selected = stats.loc[{ids[:_MOST]!r}]{more}")
    return "\n".join([*lines, f"# the chart: {_chart(view)}", "table"])


def _arguments(view: View) -> list[str]:
    state = view.state
    given = ["stats", _written(state["metric"]), f"against={_written(state['against'])}"]
    given += [] if state["by"] is None else [f"by={state['by']!r}"]
    return [*given, f"level={state['level']!r}"]


def _written(value: object) -> str:
    if isinstance(value, Metric) and METRICS.get(value.name) == value:
        return repr(value.name)
    # both are written as the calls that make them
    return f"leadlex_pandas.{value!r}" if isinstance(value, (Metric, Benchmark)) else repr(value)


def _filters(view: View) -> list[str]:
    text, least = view.state["search"], view.state["min_sends"]
    lines, masks = [], []
    if text:
        options = f"{text!r}, case=False, regex=False"
        lines.append(f"found = stats.index.map(str).str.contains({options})")
        lines += [
            f"found = found | stats[{name!r}].astype(str).str.contains({options}).to_numpy(bool)"
            for name in ("label", view.state["by"])
            if name in view.data
        ]
        masks.append("found")
    if least:
        masks.append(f'(stats["sent_count"] >= {least}).fillna(False).to_numpy(bool)')
    return [*lines, f"table = table[{' & '.join(masks)}]"] if masks else []


def _chart(view: View) -> str:
    """Write the call that draws the chart, for those who want it with its words or in a report."""
    chart, metric = view.state["chart"], _written(view.state["metric"])
    arguments = {
        "ranks": f"stats, {metric}, level={view.state['level']!r}",
        "trend": f"history, {metric}",
    }.get(chart, "table")
    return f"leadlex_pandas.plotting.{chart}({arguments})"


def _sort(view: View) -> list[str]:
    sort, ascending = view.state["sort"], view.state["ascending"]
    how = f'ascending={ascending}, kind="stable"'
    if sort == "given":
        return [] if ascending else ["table = table[::-1]"]
    if sort == "name" and "label" in view.table:
        return [f'table = table.sort_values("label", key=lambda label: label.astype(str).str.casefold(), {how})']
    if sort == "name":
        return [f"table = table.sort_index(key=lambda index: index.map(str).str.casefold(), {how})"]
    if sort == "verdict":
        return [
            'table = table.sort_values("rate", ascending=False, kind="stable")',
            f"order = {list(ORDER)!r}",
            f'table = table.sort_values("verdict", key=lambda verdict: verdict.cat.set_categories(order), {how})',
        ]
    return [f'table = table.sort_values("{column_of(sort)}", {how})']
