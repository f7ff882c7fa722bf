"""`explain`: a verdict in plain English, for somebody who does not read tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from .._checks import find_row
from ..metrics import Metric, noun, percent
from ..reference.benchmarks import Benchmark
from .benchmark import benchmark_table
from .judging import judge_frame

__all__ = ["explain"]

_SENTENCES = 4
_WORDS = 7  # of a campaign's name, so that its sentence stays short
_NOUN = 2  # of what is counted
_AGAINST = {"rest": "the rest of the portfolio", "pooled": "the portfolio as a whole", "median": "the median campaign"}
_OF_GROUP = {"rest": "the rest of its group", "pooled": "its group as a whole", "median": "the median of its group"}


def explain(
    df: pd.DataFrame,
    campaign_id: Any,
    metric: str | Metric = "reply_rate",
    *,
    against: str | float | Benchmark | pd.DataFrame = "rest",
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
    fdr: float = 0.05,
    typical_ratio: float = 1.5,
    design_effect: float | str | None = None,
) -> str:
    """Say in at most four sentences what `benchmark` finds about a campaign.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `benchmark` takes it: all campaigns, not the one alone.
    campaign_id : label
        The campaign, as it stands in the index.
    metric, against, by, level, fdr, typical_ratio, design_effect
        As in `benchmark`.

    Returns
    -------
    str
        Plain English, each sentence of 30 words at most. The campaign's rate stands with its limits; all figures are
        those of `benchmark`, rounded for reading.

    Raises
    ------
    InputError
        If there is not exactly one row of that id, or as `benchmark` does.
    BaseMismatchError
        If the benchmark is of something else, or over another base, than the metric.
    ColumnsError
        If the metric's counts or a name of `by` are missing.

    Warns
    -----
    SmallPortfolioWarning
        As `benchmark` does, once per process.
    UnlikeStepsWarning
        As `benchmark` does, once per process.

    References
    ----------
    Those of `benchmark`.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 120], "replied_count": [89, 5]}, index=["a", "b"])
    >>> for sentence in leadlex_pandas.explain(df, "a", against=0.041).split(". "):
    ...     print(sentence)
    Campaign a had 89 replies to 1,247 emails sent: 7.1 %, and with 95 % confidence between 5.8 % and 8.7 %
    That is above the benchmark of 4.1 %, by more than chance explains, even with 2 campaigns tested at once
    This is good news.
    """
    where = "explain"
    judged = judge_frame(
        df, metric, where, against=against, by=by, level=level, fdr=fdr, typical_ratio=typical_ratio,
        design_effect=design_effect,
    )  # fmt: skip
    place = find_row(judged.frame, campaign_id, where)
    row = benchmark_table(judged).iloc[place]
    found = judged.judgement
    facts = judged.facts() | {"family": int(found.family_size[place]), "no_zone": bool(found.no_zone[place])}
    sentences = [_counts(row, campaign_id, facts), _verdict(row, facts), *_meaning(row), *_caveats(row, facts)]
    return " ".join(sentences[:_SENTENCES])


def _counts(row: pd.Series[Any], campaign_id: object, facts: dict[Any, Any]) -> str:
    """Say how many, of how many, and how sure that is."""
    name, metric = _name(row, campaign_id), Metric(**facts["metric"])
    if row["verdict"] == "no data":
        return f"{name} has no data for this: nothing was sent, or it was not counted."
    count = f"{row['events']:,} {_counted(metric.events, plural=row['events'] != 1)}"
    base = f"{row['trials']:,} {_counted(metric.trials, plural=row['trials'] != 1)}"
    counted = f"{name} had {count} {'to' if metric.events == 'replied_count' else 'from'} {base}"
    if row["verdict"] == "not a proportion":
        return f"{counted}."
    rate, low, high = (percent(row[name], _digits(row, facts)) for name in ("rate", "low", "high"))
    return f"{counted}: {rate}, and with {_exactly(facts['level'])} confidence between {low} and {high}."


def _verdict(row: pd.Series[Any], facts: dict[Any, Any]) -> str:
    """Say what follows from it, and what does not."""
    verdict = str(row["verdict"])
    what = _what(row, facts)
    if verdict in ("above", "below"):
        tested = facts["family"]
        at_once = f", even with {tested:,} campaigns tested at once" if tested > 1 else ""
        return f"That is {verdict} {what}, by more than chance explains{at_once}."
    if verdict == "typical":
        return f"That is typical: if it differs from {what} at all, it is by too little to matter."
    if verdict == "near the edge":
        return f"That is near the edge of what is typical of {what}; more sends may not settle it."
    if verdict == "too few sends":
        return _too_few(row, what, facts)
    return {
        "no comparison": "There is no other campaign to compare it with.",
        "not a proportion": "That is more than it is counted from, so it is no proportion and is not judged.",
        "no data": "So it is not judged.",
    }[verdict]


def _too_few(row: pd.Series[Any], what: str, facts: dict[Any, Any]) -> str:
    if pd.isna(row["sends_needed"]):
        return f"Against {what} nothing can be tested, whatever the number of sends."
    unit = "sends" if facts["metric"]["trials"] == "sent_count" else _counted(facts["metric"]["trials"])
    return (
        f"That is too few {unit} to tell it from {what}: about {row['sends_needed']:,} are needed, "
        f"{row['sends_more']:,} more."
    )


def _what(row: pd.Series[Any], facts: dict[Any, Any]) -> str:
    """Name what the campaign is compared with, and its rate."""
    against, rate, digits = facts["against"], row["benchmark"], _digits(row, facts)
    if isinstance(against, float):
        return f"the benchmark of {_exactly(against)}"
    words = (_AGAINST if facts["by"] is None else _OF_GROUP).get(against) or _shortened(f"the benchmark {against}")
    published = facts["reference"]["value"] if facts["reference"] is not None else None
    if isinstance(published, tuple):
        return f"{words} ({percent(published[0], digits)} to {percent(published[1], digits)})"
    return words if pd.isna(rate) else f"{words} ({percent(rate, digits)})"


def _meaning(row: pd.Series[Any]) -> list[str]:
    if pd.isna(row["meaning"]):
        return []
    return ["This is good news." if row["meaning"] == "better" else "This is bad news."]


def _caveats(row: pd.Series[Any], facts: dict[Any, Any]) -> list[str]:
    """Say what must not be overlooked, the gravest first."""
    event = _counted(facts["metric"]["events"]).capitalize()
    said = {
        "design_effect_unknown": f"{event} come in bunches, by how much is unknown here, so the limits are too narrow.",
        "unlike_steps": "Replies per email fall as sequences get longer, and these sequences differ in length.",
        "not_after_many_tests": _excluded(facts["family"]),
        "small_difference": "The difference is real but small.",
        "small_portfolio": "Few campaigns are compared, so one odd one among them changes the picture.",
        "possible_scanners": "Its clicks may be those of a security scanner.",
    }
    codes = row["caveats"].split("|")
    if row["verdict"] in ("no comparison", "not a proportion", "no data"):  # the others are about a comparison
        codes = [code for code in codes if code == "possible_scanners"]
    unsettled = row["verdict"] in ("near the edge", "too few sends") and facts["no_zone"]
    first = (
        ["Nothing can be typical here: a few odd campaigns pull the whole far away from the rest."] if unsettled else []
    )
    return first + [text for code, text in said.items() if code in codes]


def _excluded(tested: int) -> str:
    if tested == 1:
        return "Its limits just exclude that rate, but the test does not find it beyond chance."
    return f"Its limits alone exclude that rate, but of {tested:,} campaigns some will do so by chance."


def _name(row: pd.Series[Any], campaign_id: object) -> str:
    label = row.get("label")
    return _shortened(f"“{label}”" if isinstance(label, str) and label.strip() else f"Campaign {campaign_id}")


def _shortened(text: str) -> str:
    words = text.split()
    return text if len(words) <= _WORDS else f"{' '.join(words[:_WORDS])} …"


def _counted(column: str, *, plural: bool = True) -> str:
    """Say what a column counts, in two words at most, as a column of the user's may be called anything."""
    words = noun(column, plural=plural).split()
    return " ".join(words) if len(words) <= _NOUN else f"{' '.join(words[:_NOUN])}…"


def _digits(row: pd.Series[Any], facts: dict[Any, Any]) -> int:
    """Find the decimals that tell the limits apart, and from the benchmark where they exclude it."""
    low, high, b = row["low"], row["high"], row["benchmark"]

    def rounded(rate: float, digits: int) -> float:
        return float(percent(rate, digits).removesuffix(" %"))

    def tells(digits: int) -> bool:
        shown_low, shown_high = rounded(low, digits), rounded(high, digits)
        shown = 100 * b if isinstance(facts["against"], float) else rounded(b, digits)
        return shown_low < shown_high and (shown_low > shown, shown_high < shown) == (low > b, high < b)

    return next((digits for digits in range(1, 6) if tells(digits)), 6)


def _exactly(fraction: float) -> str:
    return f"{100 * fraction:.6g} %"
