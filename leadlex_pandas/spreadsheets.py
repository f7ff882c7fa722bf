"""Texts that a spreadsheet would take for formulas."""

from __future__ import annotations

import pandas as pd

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def harmless(df: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before texts of columns that begin like a formula, as they would run when a CSV is opened.

    Numbers stay as they are, and so does the index: its ids are to be found again.
    """
    texts = [name for name in df.columns if pd.api.types.is_string_dtype(df[name].dtype)]
    return df.assign(**{name: df[name].map(_quoted, na_action="ignore") for name in texts})


def _quoted(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value
