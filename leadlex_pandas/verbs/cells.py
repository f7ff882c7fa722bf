"""The cells of a table as text: which columns are percentages, which have limits, and how many decimals they need."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ..metrics import METRICS

MISSING = "–"
_PERCENT = {
    "rate",
    "benchmark",
    "shrunk",
    "of_sent",
    "of_previous",
    "watch_limit",
    "breach_limit",
    "prob_best",
    "center",
}
_PERCENT |= {"prob_first_higher", "first_rate", "second_rate", "percentile", "center"}
_UNSETTLED = ("too few sends", "not enough data", "more sends")


def texts(table: pd.DataFrame, name: str, digits: int) -> list[str]:
    """Write one column, with its limits if it has any."""
    if name == "percentile":
        return _percentiles(table)
    kind = _kind(table, name)
    decimals = _decimals(table[_rates_of(table, name, kind)], digits)
    cells = zip(_shown(table, name), table[name], *limits(table, name), strict=True)
    return [
        _cell(kind, decimals, value, ends) if here and not _is_missing(value) else MISSING
        for here, value, *ends in cells
    ]


def _cell(kind: str, decimals: int, value: Any, ends: list[Any]) -> str:
    text = _write(kind, value, decimals)
    if not ends or any(map(_is_missing, ends)):
        return text
    low, high = (_write(kind, end, decimals).removesuffix(" %") for end in ends)
    return f"{text} [{low}, {high}]"


def _percentiles(table: pd.DataFrame) -> list[str]:
    """Write where campaigns stand among a benchmark's, which tells nothing beyond its outermost quantiles."""
    quantiles = (table.attrs.get("reference") or {}).get("quantiles") or {}
    lowest, highest = min(quantiles, default=-1.0), max(quantiles, default=2.0)

    def written(share: float) -> str:
        beyond = " or above" if share >= highest else " or below" if share <= lowest else ""
        return f"{_ordinal(round(100 * share))}{beyond}"

    cells = []
    for value, *ends in zip(table["percentile"], *limits(table, "percentile"), strict=True):
        text = MISSING if _is_missing(value) else written(value)
        around = [] if _is_missing(value) or any(map(_is_missing, ends)) else [written(end) for end in ends]
        cells.append(f"{text} [{', '.join(around)}]" if set(around) - {text} else text)
    return cells


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number}{ending}"


def p_text(p_value: float) -> str:
    """Write a p-value."""
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def _shown(table: pd.DataFrame, name: str) -> Iterable[bool]:
    """Tell where a column has something to say: how many emails are missing matters only where nothing is settled."""
    outcome = next((column for column in ("verdict", "status") if column in table), None)
    if name in ("sends_more", "sends_needed") and outcome is not None:
        return list(table[outcome].isin(_UNSETTLED))
    return [True] * len(table)


def limits(table: pd.DataFrame, name: str) -> list[pd.Series[Any]]:
    """Find the two columns that hold the limits of a column; nothing if there are none."""
    stems = {"rate": "", "of_previous": "", "first_rate": "first_", "second_rate": "second_"}
    if "center" in table and "signal" in table:  # the limits of a chart over time
        stems = {"center": "", "rate": "rate_"}
    stem = stems.get(name, f"{name}_")
    low, high = f"{stem}low", f"{stem}high"
    return [table[low], table[high]] if low in table and high in table else []


def _kind(table: pd.DataFrame, name: str) -> str:
    """Tell how a column is written."""
    if name in ("p_value", "p_adjusted", "overall_p_value"):
        return "p"
    if name == "difference" or name.endswith("_difference"):
        return "points"
    if not pd.api.types.is_float_dtype(table[name].dtype):
        return "whole" if pd.api.types.is_integer_dtype(table[name].dtype) else "text"
    if name == "ratio":
        return "ratio"
    return "percent" if name in _PERCENT or name in METRICS or limits(table, name) else "number"


def _write(kind: str, value: Any, decimals: int) -> str:
    match kind:
        case "p":
            return p_text(value)
        case "points":
            return f"{100 * value:+.{decimals}f}"
        case "percent":
            return f"{100 * value:.{decimals}f} %"
        case "ratio":
            return f"{value:.{decimals + 1}f}"
        case "number":
            return f"{value:,.{decimals}f}"
        case "whole":
            return f"{value:,}"
        case _:
            return str(value)


def _rates_of(table: pd.DataFrame, name: str, kind: str) -> list[str]:
    """Name the rates that a column takes its decimals from: a difference from those that differ."""
    if kind == "points":
        return [rate for rate in ("rate", "first_rate", "second_rate") if rate in table]
    return [name] if kind == "percent" else []


def _decimals(rates: pd.DataFrame, digits: int) -> int:
    """Give the decimals of percentages: `digits`, or more where most of them are below half a percent."""
    sizes = np.abs(rates.to_numpy(np.float64, na_value=np.nan))
    sizes = sizes[sizes > 0]
    middle = float(np.median(sizes)) if len(sizes) else 1.0
    return max(digits, 1 - math.floor(math.log10(100 * middle))) if middle < 0.005 else digits


def _is_missing(value: Any) -> bool:
    return pd.api.types.is_scalar(value) and bool(pd.isna(value))
