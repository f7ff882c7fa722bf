"""The steps of `working`: each with its formula, the figures in it as an expression, and its result.

The results are those of the judgement itself; the expressions are written from the counts, so that whoever evaluates
them checks the judgement.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .against import Yardstick
from .case import Case, Step, text, wilson_steps
from .chances import two_samples, versus_rate
from .comparing import compare
from .deciding import call_steps, reason, sends_steps, typical_steps

_SOURCES = {"assumed": "the metric's default", "unknown": "could not be estimated"}


def steps_of(case: Case) -> Iterator[Step]:
    """Give all steps, the verdict last."""
    if case.verdict in ("no data", "not a proportion"):
        yield from _not_judged(case)
        return
    yield from _rate_and_limits(case)
    if case.verdict == "no comparison":
        yield Step("verdict", "no other campaign in the family", "1 campaign", case.verdict, "nothing to compare with")
        return
    yield from _benchmark(case)
    if np.isnan(case.found("p_value")):
        shown, nothing = text(case.found("benchmark")), "a rate of exactly 0 or 1, in all campaigns or taken as known"
        yield Step("verdict", "no test", shown, case.verdict, nothing)
        return
    comparison = compare(*case.family(), case.judged.rule)
    yield from _p_value(case)
    yield from _adjusted(case)
    yield from call_steps(case, comparison)
    yield from typical_steps(case, comparison)
    yield from sends_steps(case)
    yield Step("verdict", "the first that holds", reason(case), case.verdict, "above, below; typical; else by sends")


def _not_judged(case: Case) -> Iterator[Step]:
    metric, verdict = case.judged.metric, case.verdict
    columns = f"{metric.events}, {metric.trials}"
    if verdict == "no data":
        counts = ["missing" if np.isnan(each) else text(each) for each in (case.k, case.n)]
        yield Step("verdict", "events or trials missing, or no trials", " of ".join(counts), verdict, columns)
        return
    k, n = text(case.k), text(case.n)
    yield Step("rate", "k / n", f"{k} / {n}", case.k / case.n, columns)
    yield Step("verdict", "k > n", f"{k} > {n}", verdict, "more events than trials")


def _rate_and_limits(case: Case) -> Iterator[Step]:
    metric, source = case.judged.metric, case.judged.effects.source
    k, n, phi = map(text, (case.k, case.n, case.phi))
    yield Step("events", "k", k, case.k, metric.events)
    yield Step("trials", "n", n, case.n, metric.trials)
    yield Step("rate", "k / n", f"{k} / {n}", case.k / case.n, "the counts")
    yield Step("design_effect", "phi", phi, case.phi, _SOURCES.get(source, source))
    limits = (case.found("low"), case.found("high"))
    yield from wilson_steps(case, ("low", "high"), (1 + case.judged.rule.level) / 2, limits)


def _benchmark(case: Case) -> Iterator[Step]:
    """Give the rate that is shown, and those of the others that a call must be clear of."""
    against, shown = case.judged.rule.against, case.found("benchmark")
    if isinstance(against, Yardstick):
        yield _given(case, against, shown)
    elif against == "median":
        yield _median(case, shown)
    else:
        yield from _from_the_family(case, against, shown)
    values = f"{text(case.k)} / {text(case.n)} - {text(shown)}"
    yield Step("difference", "k / n - b", values, case.k / case.n - shown, "rate less benchmark")


def _given(case: Case, against: Yardstick, shown: float) -> Step:
    source = "given" if against.name is None else against.name
    if against.events is not None and against.trials is not None:
        return Step("benchmark", "K / N", f"{text(against.events)} / {text(against.trials)}", shown, source)
    if against.low < against.high:
        nearest = f"min(max({text(case.k)} / {text(case.n)}, {against.low!r}), {against.high!r})"
        return Step("benchmark", "the nearest rate of the range", nearest, shown, source)
    return Step("benchmark", "b", repr(against.low), shown, source)


def _median(case: Case, shown: float) -> Step:
    k, n, _ = case.family()
    large = n * k.sum() >= n.sum()
    rates = k[large] / n[large] if large.sum() > 1 else k / n
    source = "campaigns that expect an event, or all; taken as known"
    return Step("benchmark", "median of k / n", f"median([{', '.join(map(text, rates))}])", shown, source)


def _from_the_family(case: Case, against: str, shown: float) -> Iterator[Step]:
    k, n, _ = case.family()
    aside, others = case.others()
    yield Step(
        "campaigns put aside", "the odd ones, oddest first", f"{aside}", aside, "while one of those left stands out"
    )
    values = pooled = f"{text(k.sum())} / {text(n.sum())}"
    yield Step("pooled rate", "K / N", pooled, k.sum() / n.sum(), "the whole family")
    for name, (others_k, others_n) in others.items():
        values = f"{text(others_k)} / {text(others_n)}"
        yield Step(f"rate of {name}", "K / N", values, others_k / others_n, "without this campaign")
    if against == "pooled":
        yield Step("benchmark", "K / N", pooled, shown, "the whole family")
    else:
        yield Step("benchmark", "K / N", values, shown, "the others kept")


def _p_value(case: Case) -> Iterator[Step]:
    """Give each test's tails and mid-p, and the largest p."""
    against = case.judged.rule.against
    if isinstance(against, Yardstick) and against.events is not None and against.trials is not None:
        tests = {"the benchmark": two_samples(case.k, case.n, against.events, against.trials, case.phi)}
    elif isinstance(against, Yardstick) or against == "median":
        tests = {"the benchmark": versus_rate(case.k, case.n, case.found("benchmark"), case.phi)}
    else:
        _, others = case.others()
        tests = {name: two_samples(case.k, case.n, *counts, case.phi) for name, counts in others.items()}
    chances = []
    for name, chance in tests.items():
        yield from chance.steps(name)
        chances.append(chance.p_value)
    largest = f"max({', '.join(map(repr, chances))})" if len(chances) > 1 else repr(chances[0])
    yield Step("p_value", "the largest", largest, case.found("p_value"), "it must stand out in every test")


def _adjusted(case: Case) -> Iterator[Step]:
    """Give Benjamini and Hochberg's adjustment: the smallest p M / rank from the row's rank upward."""
    p = np.sort(case.judged.judgement.p_value[case.mates])
    p = p[~np.isnan(p)]
    rank = int(np.searchsorted(p, case.found("p_value"), side="right"))
    scaled = p[rank - 1 :] * len(p) / np.arange(rank, len(p) + 1)
    best = rank - 1 + int(np.argmin(scaled))
    values = f"min(1, {float(p[best])!r} * {len(p)} / {best + 1})"
    formula = "min(1, p M / rank), at this rank or a later one"
    yield Step("p_adjusted", formula, values, case.found("p_adjusted"), "Benjamini and Hochberg (1995)")
