"""What every mark of a chart of ranks shows, and its words."""

from __future__ import annotations

import pandas as pd

from ..._checks import check_frame, check_whole
from ...errors import InputError
from ...metrics import Metric, noun, percent
from ...verbs.rank import rank
from . import verdicts, words
from .words import Facts

__all__ = ["ranks_data"]

_TABLE = ("events", "trials", "rate", "shrunk", "shrunk_low", "shrunk_high", "rank", "rank_low", "rank_high")


def ranks_data(
    df: pd.DataFrame,
    metric: str | Metric = "reply_rate",
    *,
    level: float = 0.90,
    seed: int = 0,
    design_effect: float | str | None = None,
    max_rows: int | None = 40,
) -> pd.DataFrame:
    """Say what each row of a chart of ranks shows.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `rank` takes it; or a table that `rank` gave, which is not computed again (`metric` and
        the options are then those of the table).
    metric, level, seed, design_effect
        As in `leadlex_pandas.rank`.
    max_rows : int, optional
        How many campaigns to show at most, the best first. None shows all.

    Returns
    -------
    pandas.DataFrame
        One row per campaign shown, the best first: `y` (position, 1 at the top), `name`, `rate` (raw), `shrunk`,
        `shrunk_low`, `shrunk_high` (fractions; missing if all rates are 0, or all 100 %), `rank`, `rank_low`,
        `rank_high`, `could_be_best` (its best rank within the limits is 1), `rank_text` ("2 [1, 5]"; "[1, 5]" if all
        rates are alike so) and `count` ("89 / 1,247").
        Campaigns without a proportion are not shown. `.attrs` holds what `rank` said, `shown`, `hidden`, `unranked`,
        `candidates` (campaigns that could be best), and the texts of the chart: `title`, `caption`, `axis` and
        `alt_text`.

    Raises
    ------
    InputError
        If no campaign has a proportion, or as `rank` does.
    ColumnsError
        As `rank` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [20, 1000, 1000, 1000], "replied_count": [2, 80, 20, 21]}, index=list("abcd"))
    >>> leadlex_pandas.plotting.data.ranks_data(df, "reply_rate")[["y", "rate", "rank_text", "count"]]
         y   rate rank_text       count
    b  1.0  0.080  1 [1, 2]  80 / 1,000
    a  2.0  0.100  2 [1, 3]      2 / 20
    d  3.0  0.021  3 [3, 4]  21 / 1,000
    c  4.0  0.020  4 [3, 4]  20 / 1,000
    """
    table = check_frame(df, "ranks")
    if not is_rank_table(table):
        table = rank(table, metric, level=level, seed=seed, design_effect=design_effect)
    ranked = table[table["rank"].notna()].sort_values("rank", kind="stable")
    if ranked.empty:
        raise InputError("ranks: no campaign has a proportion for this metric, so there is nothing to rank.")
    most = len(ranked) if max_rows is None else check_whole(max_rows, "max_rows", "ranks")
    alike = bool(ranked["rate"].eq(0).all() or ranked["rate"].eq(1).all())
    facts = {
        **table.attrs,
        "shown": min(most, len(ranked)),
        "hidden": max(len(ranked) - most, 0),
        "unranked": len(table) - len(ranked),
        "events": int(ranked["events"].sum()),
        "alike": alike,
        "candidates": int(ranked["rank_low"].eq(1).sum()),
        "count_heading": verdicts.count_heading(table.attrs["metric"]),
        "rank_heading": f"rank [{words.exactly(table.attrs['level'])}]",
        "mean_label": f"mean: {percent(table.attrs['mean'])}" if not alike else "",
    }
    title = _title(ranked, facts)
    return words.with_words(
        _marks(ranked.head(most), facts),
        facts,
        title=title,
        caption=_caption(facts),
        axis=words.axis_text(facts["metric"]),
        alt_text=_alt_text(ranked, facts, title),
    )


def is_rank_table(df: pd.DataFrame) -> bool:
    """Tell whether a frame is what `rank` gives; its `attrs` must still be there for title and caption."""
    return all(name in df for name in _TABLE) and "evidence" in df.attrs


def _marks(rows: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    shrunk = ["shrunk", "shrunk_low", "shrunk_high"]
    ranks = rows[["rank", "rank_low", "rank_high"]]
    known = not facts["alike"]  # else there is no mean to be drawn to, and no order
    texts = [
        f"{place:,} [{low:,}, {high:,}]" if known else f"[{low:,}, {high:,}]" for place, low, high in ranks.to_numpy()
    ]
    return pd.DataFrame(
        {
            "y": [float(place) for place in range(1, len(rows) + 1)],
            "name": verdicts.names(rows),
            "rate": rows["rate"],
            **{name: rows[name] if known else float("nan") for name in shrunk},
            **ranks,
            "could_be_best": rows["rank_low"].eq(1).to_numpy(bool),
            "rank_text": texts,
            "count": verdicts.counts(rows),
        },
        index=rows.index,
    )


def _title(ranked: pd.DataFrame, facts: Facts) -> str:
    """State the finding: how many could be the best, and how likely the first one is."""
    name = Metric(**facts["metric"]).title
    total, candidates = len(ranked), facts["candidates"]
    not_drawn = f" ({words.campaigns(facts['hidden'])} not drawn)" if facts["hidden"] else ""
    if total == 1:
        return f"{name}: 1 campaign, with no other to rank it against"
    if facts["alike"]:
        rate = "100 %" if facts["events"] else f"no {noun(facts['metric']['events'])}"
        return f"{name}: {rate} in {words.campaigns(total)}, so none is better{not_drawn}"
    if facts["evidence"]:
        return f"{name}: no evidence that {words.campaigns(total)} differ; any of them could be best{not_drawn}"
    first, chance = verdicts.names(ranked.head(1))[0], ranked["prob_best"].iloc[0]
    how_sure = "" if pd.isna(chance) else f" (chance {_chance(chance)})"
    if candidates <= 1:
        return f"{name}: {first} is the best of {words.campaigns(total)}{how_sure}{not_drawn}"
    return f"{name}: {candidates:,} of {words.campaigns(total)} could be best; first is {first}{how_sure}{not_drawn}"


def _chance(chance: float) -> str:
    return "over 99 %" if chance > 0.99 else "under 1 %" if chance < 0.01 else f"{100 * chance:.0f} %"


def _caption(facts: Facts) -> str:
    level, hidden = words.exactly(facts["level"]), facts["hidden"]
    better = "highest" if Metric(**facts["metric"]).better == "high" else "lowest"
    best = [] if facts["evidence"] or facts["alike"] else [f"Star: could be best ({better} true rate)."]
    drawn = (
        " Arrow: how far it is drawn towards the portfolio's mean because few sends leave doubt (beta-binomial); line: "
        f"{level} limits of the true rate."
    )
    parts = [
        f"Hollow: raw rate.{'' if facts['alike'] else drawn}",
        *best,
        f"Rank 1 is best; in brackets the ranks that remain at {level}.",
        *words.variance_text(facts["design_effect"]),
        *([f"Not drawn: the {'last' if hidden == 1 else f'last {hidden:,}'} of the order."] if hidden else []),
        *([f"Without a proportion: {words.campaigns(facts['unranked'])}."] if facts["unranked"] else []),
        *words.read_text(facts.get("read")),
    ]
    return " ".join(parts)


def _alt_text(ranked: pd.DataFrame, facts: Facts, title: str) -> str:
    rows = ranked.head(3)
    limits = zip(verdicts.names(rows), rows["shrunk"], rows["shrunk_low"], rows["shrunk_high"], strict=True)
    first = "; ".join(f"{name}, {words.with_limits(*each)}" for name, *each in limits)
    shown = f"Chart of ranks of {words.campaigns(facts['shown'])}, {words.axis_text(facts['metric'])}."
    if facts["alike"]:
        return f"{shown} {title}."
    return f"{shown} {title}. {'From the top' if facts['evidence'] else 'First'}: {first}."
