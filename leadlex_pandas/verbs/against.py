"""What `against` means: a word, a rate, a benchmark of one's own or a packaged one, or another frame of campaigns."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from .._checks import Floats, check_fraction, check_option, did_you_mean, is_number
from ..errors import BaseMismatchError
from ..metrics import METRICS, Metric, find_metric
from ..reference.benchmarks import WORDS, Benchmark, base_of, base_words, figures, older_than_prefetch, pooled_benchmark
from ..reference.packaged import is_packaged, load_benchmark, packaged_names, population_of

_ALSO = (
    ", a rate between 0 and 1, a Benchmark, the name of a packaged one (see list_benchmarks) or a frame of campaigns"
)

_RATE = re.compile(r"(\d*[.,]?\d+)\s*(%?)")
_ENOUGH = 3  # letters that make a part of a name
_NAMED = 3  # benchmarks named in a question


@dataclass(frozen=True)
class Yardstick:
    """Rates from outside the frame: one that is known (low and high alike), a range, or counts with their own chance.

    `name` is None for a number; `quantiles` are (share, rate) pairs, `facts` what a caption may say.
    """

    low: float
    high: float
    events: float | None = None
    trials: float | None = None
    quantiles: tuple[tuple[float, float], ...] = ()
    name: str | None = None
    facts: dict[str, Any] | None = None

    def nearest(self, rate: Floats) -> Floats:
        """Give the rate of the range that lies nearest to each of some rates: what they are compared with."""
        return np.clip(rate, self.low, self.high)


def resolve_against(against: object, metric: Metric, where: str) -> str | Yardstick:
    """Turn `against` into one of the words, or into rates over the same base as the metric."""
    if is_number(against):
        rate = check_fraction(against, "against", where)
        return Yardstick(rate, rate)
    if isinstance(against, str) and is_packaged(against):
        against = load_benchmark(against)
    if isinstance(against, pd.DataFrame):
        against = pooled_benchmark(against, metric, "campaigns given", where)
    if isinstance(against, Benchmark):
        _check_match(against, metric, where)
        return _yardstick(against)
    return check_option(against, "against", where, WORDS, also=_ALSO, hint=_hint(against))


def _hint(against: object) -> str:
    """Guess what was meant: a rate written as text, a part of the name of a benchmark, or a word spelt otherwise."""
    if not isinstance(against, str):
        return ""
    number = _RATE.fullmatch(against.strip())
    if number is not None:
        given = float(number[1].replace(",", "."))
        rate = given / 100 if number[2] or given >= 1 else given
        return f" Did you mean against={rate:g}?" if 0 < rate < 1 else ""
    text = against.strip().lower().replace(" ", "-").replace("_", "-")
    parts = [name for name in packaged_names() if len(text) >= _ENOUGH and text in name]
    if parts:
        # a benchmark goes before its own parts, as "-it-2026" before "-it-2026-energy"
        heads = [name for name in parts if not any(name.startswith(f"{other}-") for other in parts)]
        return f" Did you mean {' or '.join(map(repr, heads[:_NAMED]))}?"
    return did_you_mean(against, [*WORDS, *packaged_names()])


def told(against: str | Yardstick) -> str | float:
    """Say what was compared with as a plain value: a word, a rate, or a benchmark's name."""
    if isinstance(against, str):
        return against
    return against.low if against.name is None else against.name


def percentiles(yardstick: Yardstick, rate: Floats) -> Floats:
    """Give the share of a benchmark's campaigns at or below a rate: log-linear between its quantiles, not beyond."""
    shares, rates = np.array(yardstick.quantiles).T
    with np.errstate(divide="ignore"):  # the logarithm of 0 lies below all quantiles, as it should
        return np.asarray(np.interp(np.log(rate), np.log(rates), shares))


def _yardstick(benchmark: Benchmark) -> Yardstick:
    low, high = figures(benchmark)
    facts = asdict(benchmark)
    facts["metric"] = find_metric(benchmark.metric, "Benchmark").name
    facts |= {"population": population_of(benchmark), "older_than_prefetch": older_than_prefetch(benchmark)}
    return Yardstick(
        low, high, benchmark.events, benchmark.trials, tuple((benchmark.quantiles or {}).items()), benchmark.name, facts
    )


def _check_match(benchmark: Benchmark, metric: Metric, where: str) -> None:
    """Refuse to compare different events, or the same over unlike bases."""
    theirs = find_metric(benchmark.metric, where)
    if theirs.events != metric.events:
        raise BaseMismatchError(
            f"{where}: benchmark {benchmark.name!r} is of {theirs.name}, not of {metric.name}. "
            f"Judge {theirs.name!r} against it, or choose another benchmark."
        )
    base, unit = base_of(metric)
    if (benchmark.base, benchmark.unit) != (base, unit):
        raise BaseMismatchError(
            f"{where}: benchmark {benchmark.name!r} is per {base_words(benchmark.base, benchmark.unit)}, but "
            f"{metric.name} is per {base_words(base, unit)}. {_way_out(benchmark, metric)}"
        )


def _way_out(benchmark: Benchmark, metric: Metric) -> str:
    """Name our metric over the benchmark's base, or say how to convert its figure."""
    alike = [
        name
        for name, ours in METRICS.items()
        if ours.events == metric.events and base_of(ours) == (benchmark.base, benchmark.unit)
    ]
    if alike:
        needs = " (it needs the column contacts_reached)" if benchmark.base == "contacts" else ""
        return f"Judge {alike[0]!r} against it instead{needs}."
    if benchmark.unit == "contact":
        return "Divide its figure by the emails that each contact was sent, and pass the result as a number."
    return f"Convert its figure to one per {base_words(*base_of(metric))}, and pass the result as a number."
