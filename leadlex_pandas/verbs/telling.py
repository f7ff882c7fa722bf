"""One row of a judgement in words: who it is, what it was compared with, and its figures with digits enough."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ..metrics import Metric, noun, percent
from .against import Yardstick
from .benchmark import benchmark_table
from .case import Case
from .judging import Judged
from .verdict import zone

WORDS = 30  # of a sentence
_NAME = 7  # words of a name, so that its sentence stays short
_NOUN = 2  # words for what is counted
_AGAINST = {"rest": "the rest of the portfolio", "pooled": "the portfolio as a whole", "median": "the median campaign"}
_OF_GROUP = {"rest": "the rest of its group", "pooled": "its group as a whole", "median": "the median of its group"}


@dataclass(frozen=True)
class Telling:
    """A row of `benchmark`'s table, with all that stands behind it."""

    judged: Judged
    place: int
    campaign_id: object
    row: pd.Series[Any]

    @classmethod
    def of(cls, judged: Judged, place: int, campaign_id: object) -> Telling:
        """Take a row of a judgement."""
        return cls(judged, place, campaign_id, benchmark_table(judged).iloc[place])

    @property
    def verdict(self) -> str:
        """What was decided."""
        return str(self.row["verdict"])

    @property
    def called(self) -> bool:
        """Whether it is above or below."""
        return self.verdict in ("above", "below")

    @property
    def unsettled(self) -> bool:
        """Whether more sends might settle it."""
        return self.verdict in ("too few sends", "near the edge")

    @property
    def codes(self) -> list[str]:
        """The caveats of the row."""
        return str(self.row["caveats"]).split("|")

    @property
    def metric(self) -> Metric:
        """What was judged."""
        return self.judged.metric

    def counts(self, column: str) -> bool:
        """Tell whether the metric is made of a column of counts."""
        return column in (self.metric.events, self.metric.trials)

    @property
    def against(self) -> str | Yardstick:
        """What was asked to compare with."""
        return self.judged.rule.against

    @property
    def tested(self) -> int:
        """How many campaigns were tested at once."""
        return int(self.judged.judgement.family_size[self.place])

    @property
    def unit(self) -> str:
        """What the metric's trials are called where more of them are asked for."""
        return "sends" if self.metric.trials == "sent_count" else counted(self.metric.trials)

    @cached_property
    def others(self) -> float | None:
        """The trials of those it was compared with; None where their rate is taken as known."""
        if isinstance(self.against, Yardstick):
            return self.against.trials
        if self.against == "median":
            return None
        _, others = Case.of(self.judged, self.place).others()
        return min(trials for _, trials in others.values())

    @property
    def others_are_too_few(self) -> bool:
        """Whether no number of sends of its own would settle it, as those of the others leave too much to chance."""
        if not self.unsettled or self.others is None or pd.isna(self.row["sends_needed"]):
            return False
        return self.others < int(self.row["sends_needed"])

    def zone(self) -> tuple[float, float]:
        """Give the lowest and the highest rate that count as typical."""
        near = [float(self.row["benchmark"])]
        if self.against == "rest":
            near.append(float(self.judged.judgement.pooled[self.place]))
        low, high = zone(np.array(near), self.judged.rule.typical_ratio)
        return float(low.max()), float(high.min())

    @cached_property
    def digits(self) -> int:
        """How many decimals tell the limits apart, and from the benchmark where they exclude it."""
        low, high, b = (float(self.row[name]) for name in ("low", "high", "benchmark"))
        as_given = isinstance(self.against, Yardstick) and self.against.name is None

        def rounded(rate: float, digits: int) -> float:
            return float(percent(rate, digits).removesuffix(" %"))

        def tells(digits: int) -> bool:
            shown_low, shown_high = rounded(low, digits), rounded(high, digits)
            shown = 100 * b if as_given else rounded(b, digits)
            return shown_low < shown_high and (shown_low > shown, shown_high < shown) == (low > b, high < b)

        return next((digits for digits in range(1, 6) if tells(digits)), 6)

    def percent(self, rate: float) -> str:
        """Write a rate."""
        return percent(rate, self.digits)

    def name(self, words: int = _NAME) -> str:
        """Name the campaign by its label, or the row of a summary by its group."""
        label = self.row.get("label")
        if isinstance(label, str) and label.strip():
            return shortened(f"“{label}”", words)
        summary = "summarized_by" in self.judged.frame.attrs
        if summary and self.campaign_id == "all":
            return "The portfolio"
        return shortened(f"{'The group' if summary else 'Campaign'} {self.campaign_id}", words)

    def what(self) -> str:
        """Name what it is compared with, and its rate."""
        against, rate = self.against, self.row["benchmark"]
        if isinstance(against, str):
            words = (_AGAINST if self.judged.by is None else _OF_GROUP)[against]
            return words if pd.isna(rate) else f"{words} ({self.percent(rate)})"
        if against.name is None:
            return f"the benchmark of {exactly(against.low)}"
        figure = self.percent(against.low)
        if against.low < against.high:
            figure = f"{figure} to {self.percent(against.high)}"
        population = (against.facts or {}).get("population")
        if population is None:
            return f"{shortened(f'the benchmark {against.name}')} ({figure})"
        return f"the benchmark for {shortened(population, _NAME)} ({against.name}, {figure})"


def counted(column: str, *, plural: bool = True) -> str:
    """Say what a column counts, in two words at most, as a column of the user's may be called anything."""
    words = noun(column, plural=plural).split()
    return " ".join(words) if len(words) <= _NOUN else f"{' '.join(words[:_NOUN])}…"


def shortened(text: str, words: int = _NAME) -> str:
    """Cut a text after some words."""
    found = text.split()
    return text if len(found) <= words else f"{' '.join(found[:words])} …"


def exactly(fraction: float) -> str:
    """Write a fraction that somebody gave as it was given."""
    return f"{100 * fraction:.6g} %"


def about(number: int) -> str:
    """Write a number that is known roughly: its first two digits."""
    return f"{round(number, 2 - len(str(number))) if number >= 100 else number:,}"


def fitting(*sentences: str) -> str:
    """Choose the first sentence that is short enough, else the last."""
    return next((each for each in sentences if len(each.split()) <= WORDS), sentences[-1])
