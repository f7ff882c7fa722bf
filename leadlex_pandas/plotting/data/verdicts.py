"""What the charts of verdicts share: the table of `benchmark`, what it found, and how that is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...errors import InputError
from ...metrics import Metric, noun, percent
from ...verbs.benchmark import benchmark
from . import words
from .words import Facts

# in this order the blocks of a forest stand, from the top
BLOCKS = ("above", "below", "typical", "near the edge", "too few sends", "no comparison", "not a proportion")
CALLS = ("above", "below")

_TABLE = ("events", "trials", "rate", "low", "high", "benchmark", "p_value", "verdict", "meaning", "sends_needed")


def judged_table(df: pd.DataFrame, metric: str | Metric, **options: Any) -> pd.DataFrame:
    """Give the table of `benchmark`: the one given, which is not computed again, or a new one."""
    return df if is_benchmark_table(df) else benchmark(df, metric, **options)


def is_benchmark_table(df: pd.DataFrame) -> bool:
    """Tell whether a frame is what `benchmark` gives; its `attrs` must still be there for title and caption."""
    return all(name in df for name in _TABLE) and "typical_ratio" in df.attrs


def without_facts(table: pd.DataFrame) -> pd.DataFrame:
    """Give the same table without its `attrs`, which pandas would copy, deeply, with every column that is taken."""
    plain = table.copy(deep=False)
    plain.attrs = {}
    return plain


def with_data(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Leave out the campaigns without data."""
    judged = table[table["verdict"] != "no data"]
    if judged.empty:
        raise InputError(f"{where}: no campaign has data for this metric, so there is nothing to draw.")
    return judged


def tally(table: pd.DataFrame, judged: pd.DataFrame, shown: int) -> dict[Any, Any]:
    """Count what title and caption say, over the rows given: a table may have been cut down."""
    verdicts = judged["verdict"].value_counts()
    return {
        **table.attrs,
        "shown": shown,
        "hidden": len(judged) - shown,
        "compared": int(judged["p_value"].notna().sum()),
        "no_data": len(table) - len(judged),
        "events": int(judged["events"].sum()),
        "alike": bool(judged["rate"].eq(0).all() or judged["rate"].eq(1).all()),
        "need_more": int((judged["verdict"].eq("too few sends") & judged["sends_needed"].notna()).sum()),
        "verdicts": {name: int(verdicts.get(name, 0)) for name in BLOCKS},
    }


def names(table: pd.DataFrame) -> list[str]:
    """Give each campaign's label, or its id where it has none."""
    ids = [" / ".join(map(str, each)) if isinstance(each, tuple) else str(each) for each in table.index.tolist()]
    if "label" not in table:
        return ids
    labels = table["label"]
    told = zip(labels.tolist(), labels.isna().tolist(), ids, strict=True)
    return [name if missing or not str(label).strip() else str(label) for label, missing, name in told]


def counts(table: pd.DataFrame) -> list[str]:
    """Write events and trials of each campaign: "89 / 1,247"."""
    return [f"{k:,} / {n:,}" for k, n in zip(table["events"], table["trials"], strict=True)]


def count_heading(metric: Facts) -> str:
    """Name what stands beside each row: "replies / emails sent"."""
    return f"{noun(metric['events'])} / {noun(metric['trials'])}"


def title(facts: Facts) -> str:
    """State the finding: how many are really above or below, and how many cannot be told yet."""
    return f"{finding_title(facts)}{_more_sends(facts)}{_not_drawn(facts['hidden'])}"


def finding_title(facts: Facts) -> str:
    """State how many are really above or below."""
    return f"{Metric(**facts['metric']).title}: {_finding(facts)}"


def _finding(facts: Facts) -> str:
    total, drawn = facts["compared"], facts["shown"] + facts["hidden"]
    above, below = (facts["verdicts"][call] for call in CALLS)
    against = words.against_text(facts["against"], facts["by"])
    if facts["events"] == 0:
        return f"no {noun(facts['metric']['events'])} in {words.campaigns(drawn)}"
    if not total:
        only_one = drawn == facts["verdicts"]["no comparison"] == 1
        if only_one:
            return "1 campaign, with no other to compare with"
        if facts["alike"]:
            return f"100 % in {words.campaigns(drawn)}, so none is better"
        return f"{words.campaigns(drawn)} that cannot be compared"
    if above and below:
        return f"{above:,} of {words.campaigns(total)} above {against}, {below:,} below"
    if total == 1 and above + below:
        return f"the campaign is {'above' if above else 'below'} {against}"
    if above or below:
        return f"{above + below:,} of {words.campaigns(total)} {'above' if above else 'below'} {against}"
    if total == 1:
        return f"the campaign cannot be told from {against}"
    return f"none of {words.campaigns(total)} can be told from {against}"


def block_name(verdict: str, facts: Facts) -> str:
    """Name a verdict; where all rates are 0, or all 100 %, what is missing is not more sends."""
    if verdict == "too few sends" and not facts["compared"] and facts["alike"]:
        return "nothing to tell apart"
    return verdict


def _more_sends(facts: Facts) -> str:
    few = facts["need_more"]
    return f"; {few:,} {'needs' if few == 1 else 'need'} more {words.sends_word(facts['metric'])}" if few else ""


def _not_drawn(hidden: int) -> str:
    return f" ({words.campaigns(hidden)} not drawn)" if hidden else ""


def rule_text(facts: Facts, typical: str) -> list[str]:
    """Say when a campaign is called above or below; `typical` tells how to see what is typical."""
    if not facts["compared"]:
        return []
    tests = f"{facts['tested']:,} test{'' if facts['tested'] == 1 else 's'}"
    family = f"over {tests}" if facts["families"] == 1 else f"within each of {facts['families']:,} groups ({tests})"
    return [f"Called above or below at a false discovery rate of {words.exactly(facts['fdr'])} {family}{typical}."]


def rest_of_caption(facts: Facts) -> list[str]:
    """Say what else a reader must know: variance, the benchmark's source, who is not in it, and when it was read."""
    untested = facts["shown"] + facts["hidden"] - facts["compared"]
    return [
        *words.variance_text(facts["design_effect"]),
        *words.reference_text(facts["reference"]),
        *([f"Not compared: {words.campaigns(untested)}."] if facts["compared"] and untested else []),
        *([_hidden_text(facts["hidden"])] if facts["hidden"] else []),
        *words.left_out_text(facts["no_data"]),
        *words.read_text(facts.get("read")),
    ]


def _hidden_text(hidden: int) -> str:
    return (
        f"Not drawn: {'the smallest campaign' if hidden == 1 else f'the {hidden:,} smallest campaigns'} with no call."
    )


def stand_outs(judged: pd.DataFrame, most: int = 3) -> str:
    """Name the calls farthest from what they are compared with, with their limits, for readers without the picture."""
    said = []
    for call in CALLS:
        rows = np.flatnonzero(judged["verdict"] == call)
        rates = judged["rate"].to_numpy(np.float64)[rows]
        first = judged.iloc[rows[np.argsort(rates if call == "below" else -rates, kind="stable")[:most]]]
        each = [
            f"{name}, {words.with_limits(*limits)}"
            for name, *limits in zip(names(first), first["rate"], first["low"], first["high"], strict=True)
        ]
        more = f" and {len(rows) - most:,} more" if len(rows) > most else ""
        said += [f" {call.capitalize()}: {'; '.join(each)}{more}."] if each else []
    return "".join(said)


def benchmark_label(benchmarks: pd.Series[float], facts: Facts) -> str:
    """Name the benchmark line; with a rest or a group of its own each campaign's differs a little, or a lot."""
    shown = benchmarks.dropna()
    if shown.empty:
        return ""
    low, high = percent(shown.min()), percent(shown.max())
    against = words.against_text(facts["against"], facts["by"])
    if isinstance(facts["against"], float):
        return against
    return f"{against}: {low}" if low == high else f"{against}: {low} to {high}"
