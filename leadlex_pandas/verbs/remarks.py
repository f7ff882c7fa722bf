"""What must not be overlooked about a verdict, one sentence each, the gravest first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from .._checks import count_column
from .case import Case
from .telling import Telling, counted

_FEW = 8  # campaigns below which "a few odd ones" would be most of them
_UNJUDGED = ("no comparison", "not a proportion", "no data")


def remarks(told: Telling) -> Iterator[str]:
    """Say what follows, or why nothing does, then what else to know."""
    if told.verdict in _UNJUDGED:  # what else there is to know is about a comparison
        if told.verdict != "no data" and _scanned(told):
            yield _SCANNERS
        return
    yield from _taken_alone(told)
    yield from _meaning(told)
    no_zone = told.unsettled and told.judged.judgement.no_zone[told.place]
    if no_zone and not told.others_are_too_few and told.tested >= _FEW:
        yield "Nothing can be typical here: a few odd campaigns pull the whole far away from the rest."
    yield from _caveats(told)


_SCANNERS = "Its clicks may be those of a security scanner."


def _taken_alone(told: Telling) -> Iterator[str]:
    """Say why limits that exclude the benchmark are no verdict."""
    if "not_after_many_tests" not in told.codes:
        return
    rule, row, tested = told.judged.rule, told.row, told.tested
    by_luck = round((1 - rule.level) * tested)
    if row["p_value"] > 1 - rule.level:
        if not told.others_are_too_few:  # which was said
            yield "Its limits just exclude that rate, but the test does not find it beyond chance."
    elif row["p_adjusted"] <= rule.fdr or tested < 2:
        yield "Its limits exclude that rate, but that alone is not enough for a verdict."
    elif by_luck < 2:
        yield f"Taken alone it would count as different, but with {tested:,} campaigns tested at once it may be luck."
    else:
        yield f"Taken alone it would count as different, but of {tested:,} campaigns about {by_luck:,} do so by luck."


def _meaning(told: Telling) -> Iterator[str]:
    """Say whether it is good news, unless what was counted, or compared with, does not bear that."""
    news = "" if pd.isna(told.row["meaning"]) else "good" if told.row["meaning"] == "better" else "bad"
    if _scanned(told):
        yield f"{_SCANNERS[:-1]}, not of people, so this says little about the campaign." if news else _SCANNERS
    elif "older_than_prefetch" in told.codes:
        yield (
            "The benchmark is older than mail programs that fetch images by themselves, which inflate opens now, so "
            "the two are not comparable."
        )
    elif told.counts("opened_count"):
        far = f"This is {news} news as far as opens tell: they" if news else "Opens"
        yield f"{far} count mail programs that fetch images, too."
    elif news:
        yield f"This is {news} news."


def _scanned(told: Telling) -> bool:
    return told.counts("clicked_count") and not {"possible_scanners", "clicks_exceed_opens"}.isdisjoint(told.codes)


def _caveats(told: Telling) -> Iterator[str]:
    codes, events = told.codes, counted(told.metric.events).capitalize()
    if "design_effect_unknown" in codes:
        yield f"{events} come in bunches, by how much is unknown here, so the limits are too narrow."
    if "unlike_steps" in codes and told.called and isinstance(told.against, str):
        yield from _steps(told)
    if "small_difference" in codes:
        yield "The difference is real but small."
    if "small_portfolio" in codes:
        yield "Few campaigns are compared, so one odd one among them changes the picture."


def _steps(told: Telling) -> Iterator[str]:
    """Say how long the sequence is where that may be why it is above or below."""
    fall = "Replies per email fall as sequences get longer"
    steps = count_column(told.judged.frame, "steps", told.judged.where)
    own, mates = steps[told.place], Case.of(told.judged, told.place).mates
    others = steps[mates[mates != told.place]]
    others = others[~np.isnan(others)]
    if np.isnan(own):
        yield f"{fall}, and those of the others differ in length."
    elif len(others) and (own < np.median(others) if told.verdict == "above" else own > np.median(others)):
        low, high = others.min(), others.max()
        length = f"{low:.0f} to {high:.0f}" if low < high else f"{low:.0f}"
        yield f"{fall}: this one has {own:.0f} {'email' if own == 1 else 'emails'}, the others {length}."
