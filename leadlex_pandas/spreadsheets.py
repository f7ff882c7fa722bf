"""Texts that a spreadsheet would take for formulas."""

from __future__ import annotations

from typing import Any

import pandas as pd

_FORMULAS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
)  # the wide ones count where Asian scripts are set


def harmless(df: pd.DataFrame, *, index: bool = False) -> pd.DataFrame:
    """Put an apostrophe before texts of columns that begin like a formula, as they would run when a CSV is opened.

    Numbers stay as they are, and so does the index, whose ids are to be found again; unless `index` is asked for.
    """
    texts = [name for name in df.columns if _may_hold_texts(df[name].dtype)]
    plain = df.assign(**{name: df[name].astype(object).map(_quoted) for name in texts})
    return plain.set_axis(_quoted_index(df.index)) if index else plain


def _may_hold_texts(dtype: Any) -> bool:
    types = pd.api.types
    return not (types.is_numeric_dtype(dtype) or types.is_datetime64_any_dtype(dtype))


def _quoted(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULAS) else value


def _quoted_index(index: pd.Index[Any]) -> pd.Index[Any]:
    if isinstance(index, pd.MultiIndex):
        return pd.MultiIndex.from_tuples([tuple(map(_quoted, each)) for each in index], names=index.names)
    plain: pd.Index[Any] = pd.Index([_quoted(each) for each in index], name=index.name)
    return plain
