"""What every bar of a chart of stages shows, and its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..._checks import check_frame, check_whole
from ...errors import InputError
from ...metrics import noun, percent
from ...verbs.stages import stages
from ..names import all_shortened
from . import words
from .words import Facts

__all__ = ["stages_data"]

_GAP = 0.5  # rows between one group and the heading of the next
_BASES = {"delivered": "sent", "opened": "delivered", "clicked": "opened"}  # nobody has to click before replying


def stages_data(
    df: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
    design_effect: float | str | None = None,
    max_groups: int | None = 6,
) -> pd.DataFrame:
    """Say what each bar of a chart of stages shows.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `stages` takes it; or a table that `stages` gave, which is not computed again.
    by, level, design_effect
        As in `leadlex_pandas.stages`.
    max_groups : int, optional
        How many groups to show at most, those with the most emails. None shows all.

    Returns
    -------
    pandas.DataFrame
        One row per bar, from the top, index as `stages` gives it: `y` (position, 0 at the top, one unit per row),
        `group`, `name` (the stage), `rate`, `low`, `high` (share of the emails sent and its limits, fractions), `text`
        ("44.5 % [43.8, 45.2]"), `before` (the same over the stage before, empty after clicks, as a reply needs none),
        `count` ("11,041"), `unit`, and `exceeds` (whether it is more than the stage before it had). Stages without
        counts have no bar. `.attrs` holds what `stages` said and the texts of the chart: `title`, `caption`, `axis`
        and `alt_text`.

    Raises
    ------
    InputError
        If there is no email to draw, or as `stages` does.
    ColumnsError
        As `stages` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 980], "replied_count": [89, 41]}, index=["a", "b"])
    >>> leadlex_pandas.plotting.data.stages_data(df)[["y", "text", "count"]].reset_index(drop=True)
         y              text  count
    0  0.0           100.0 %  2,227
    1  1.0  5.8 % [4.9, 6.9]    130
    """
    frame = check_frame(df, "stages")
    table = frame if is_stage_table(frame) else stages(frame, by=by, level=level, design_effect=design_effect)
    most = None if max_groups is None else check_whole(max_groups, "max_groups", "stages")
    sizes = _sizes(table)
    shown = sizes if most is None else sizes[sizes.rank(method="first", ascending=False) <= most]
    data = _marks(table, list(shown.index))
    facts = {
        **table.attrs, "groups": len(sizes), "hidden": len(sizes) - len(shown), "sent": int(sizes.sum()),
        "exceeding": int(data["exceeds"].sum()),
    }  # fmt: skip
    facts["column_headings"] = ("per email sent", "of stage before", "count")
    title = _title(data, facts)
    return words.with_words(
        data,
        facts,
        title=title,
        caption=_caption(data, facts),
        axis="share of the emails sent",
        alt_text=f"Bar chart of stages, shares of the emails sent. {title}.{_shares(data)}",
    )


def is_stage_table(df: pd.DataFrame) -> bool:
    """Tell whether a frame is what `stages` gives; its `attrs` must still be there for limits and caption."""
    return {"count", "unit", "of_sent", "of_previous"} <= set(df.columns) and "of_sent_limits" in df.attrs


def _sizes(table: pd.DataFrame) -> pd.Series[Any]:
    """Give the emails of each group, in the order of the table."""
    names = _group_names(table)
    sent = pd.Series(table["count"].to_numpy(np.float64, na_value=0.0), index=names)
    sent = sent[table.index.get_level_values("stage") == "sent"]
    if not (sent > 0).any():
        raise InputError("stages: no email was sent by these campaigns, so there is nothing to draw.")
    return sent[sent > 0]


def _group_names(table: pd.DataFrame) -> list[str]:
    keys = [key[:-1] for key in table.index]
    return [" / ".join("(missing)" if pd.isna(part) else str(part) for part in key) for key in keys]


def _marks(table: pd.DataFrame, shown: list[str]) -> pd.DataFrame:
    """Place one bar for each stage of the groups shown."""
    names = pd.Series(_group_names(table), index=table.index)
    rows = table[names.isin(shown).to_numpy() & table["of_sent"].notna().to_numpy()]
    group, stage = names[rows.index], rows.index.get_level_values("stage").astype(str)
    place = {name: number for number, name in enumerate(dict.fromkeys(group))}
    headed = len(place) > 1
    gaps = group.map(place).to_numpy(np.float64) * (1 + _GAP) + 1 if headed else 0.0
    limits = [table.attrs["of_sent_limits"].get(" / ".join(map(str, key)), [np.nan] * 3) for key in rows.index]
    low, high, _ = np.array(limits, dtype=np.float64).reshape(-1, 3).T
    before, first = _before(rows, stage), stage == "sent"
    low, high = np.where(first, np.nan, low), np.where(first, np.nan, high)
    return pd.DataFrame(
        {
            "y": np.arange(len(rows)) + gaps,
            "group": group.to_numpy(),
            "name": stage,
            "rate": rows["of_sent"],
            "low": low,
            "high": high,
            "text": _texts(rows["of_sent"], low, high),
            "before": before,
            "count": [f"{count:,}" for count in rows["count"]],
            "unit": rows["unit"],
            "exceeds": [bool(text) and ratio > 1 for text, ratio in zip(before, rows["of_previous"], strict=True)],
        },
        index=rows.index,
    )


def _texts(rates: Any, lows: Any, highs: Any) -> list[str]:
    each = zip(rates, lows, highs, strict=True)
    return [percent(rate) if pd.isna(low) else words.with_limits(rate, low, high) for rate, low, high in each]


def _before(rows: pd.DataFrame, stage: pd.Index[Any]) -> list[str]:
    """Write each stage over the one before it, where that is a condition of it."""
    texts = _texts(rows["of_previous"], rows["low"], rows["high"])
    before = [None, *stage[:-1]]
    return [
        text if pd.notna(rate) and last is not None and _BASES.get(name) == last else ""
        for text, rate, name, last in zip(texts, rows["of_previous"], stage, before, strict=True)
    ]


def _title(data: pd.DataFrame, facts: Facts) -> str:
    """State the finding: what is left at each stage, or from which group to which replies range."""
    number = f"{facts['sent']:,} email{'' if facts['sent'] == 1 else 's'}"
    if facts["groups"] == 1:
        rates = dict(zip(data["name"].astype(str), data["rate"], strict=True))
        told = [
            f"{percent(rates[name]).removesuffix(' %')} {noun(f'{name}_count')}"
            for name in ("opened", "clicked", "replied") if name in rates
        ]  # fmt: skip
        told = told or [f"{percent(rate).removesuffix(' %')} {name}" for name, rate in rates.items() if name != "sent"]
        return f"Per 100 emails sent: {', '.join(told)} ({number})" if told else f"{number} sent"
    last = data["name"].iloc[-1]
    rows = data[data["name"] == last].sort_values("rate", kind="stable")
    groups = all_shortened(rows["group"])
    lowest, highest = (f"{rows['text'].iloc[place]} ({groups[place]})" for place in (0, -1))
    hidden = f" ({facts['hidden']:,} group{'' if facts['hidden'] == 1 else 's'} not drawn)" if facts["hidden"] else ""
    what = noun(f"{last}_count").capitalize()
    return f"{what} per email sent: from {lowest} to {highest} among {len(rows):,} groups, {number}{hidden}"


def _caption(data: pd.DataFrame, facts: Facts) -> str:
    level = words.exactly(facts["level"])
    effects = [limits[2] for limits in facts["of_sent_limits"].values() if limits[2] > 1]
    units = dict(zip(data["name"], data["unit"], strict=True))
    parts = [
        f"In brackets, and as lines: {level} limits (Wilson).",
        *([f"Variance taken as up to {max(effects):.3g} times a binomial's."] if effects else []),
        f"Counted are {'; '.join(f'{name}: {unit}' for name, unit in units.items())}.",
        *(["A reply needs no click, so it is not set against clicks."] if {"clicked", "replied"} <= set(units) else []),
        *([f"Hatched: more than at the stage before ({facts['exceeding']:,})."] if facts["exceeding"] else []),
        *(["Whether groups differ beyond chance: compare_groups."] if facts["groups"] > 1 else []),
        *([_hidden(facts["hidden"])] if facts["hidden"] else []),
        f"{words.campaigns(facts['campaigns'])}.",
        *words.left_out_text(facts["no_data"]),
        *words.read_text(facts.get("read")),
    ]
    return " ".join(parts)


def _hidden(hidden: int) -> str:
    return f"Not drawn: {'the smallest group' if hidden == 1 else f'the {hidden:,} smallest groups'}."


def _shares(data: pd.DataFrame) -> str:
    """Tell the shares of each group, of the first three, for readers without the picture."""
    groups = list(dict.fromkeys(data["group"]))
    said = []
    for group in groups[:3]:
        rows = data[data["group"] == group]
        shares = "; ".join(f"{name} {text}" for name, text in zip(rows["name"][1:], rows["text"][1:], strict=True))
        said.append(f" {group}: {shares}." if len(groups) > 1 else f" {shares.capitalize()}.")
    return "".join(said)
