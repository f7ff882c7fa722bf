"""The last steps of `working`: is it a call, is it typical, how many sends would settle it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..stats.intervals import proportion_interval
from ..stats.power import sends_needed
from .case import Case, Step, text, wilson_steps
from .comparing import Comparison
from .verdict import CALLS, SMALLEST_CUT, sends_for_typical, zone

_REASONS = {
    "above": "found by the tests, all limits exclude, rate above the benchmark",
    "below": "found by the tests, all limits exclude, rate below the benchmark",
    "typical": "no call, and the inner limits lie within the zone",
    "near the edge": "no call, not typical, and as many sends as needed",
    "too few sends": "no call, not typical, and fewer sends than needed",
}


_EXCLUDED = ("the benchmark", "the rate of all others", "the rate of the others kept")


def reason(case: Case) -> str:
    """Say which condition gave the verdict."""
    return _REASONS[case.verdict]


def call_steps(case: Case, comparison: Comparison) -> Iterator[Step]:
    """Give the two conditions of a call."""
    fdr, low, high, q = case.judged.rule.fdr, case.found("low"), case.found("high"), case.found("p_adjusted")
    values = f"{q!r} <= {fdr!r}"
    yield Step("found by the tests", "p_adjusted <= fdr", values, q <= fdr, "Benjamini and Hochberg (1995)")
    said = set()
    for name, rates in zip(_EXCLUDED, (comparison.shown, *comparison.also_exclude), strict=False):
        b = float(rates[case.own])
        if b in said:  # nobody was put aside, or the benchmark is one of the others
            continue
        said.add(b)
        values, excludes = f"{low!r} > {b!r} or {high!r} < {b!r}", low > b or high < b
        yield Step(f"limits exclude {name}", "low > b or high < b", values, excludes, "else they contradict a call")


def typical_steps(case: Case, comparison: Comparison) -> Iterator[Step]:
    """Give the limits that decide about "typical", and the zones they must lie in."""
    rule = case.judged.rule
    level, c = 2 * rule.level - 1, rule.typical_ratio
    low, high = (float(limit) for limit in proportion_interval(case.k / case.phi, case.n / case.phi, level=level))
    yield from wilson_steps(case, ("inner low", "inner high"), rule.level, (low, high))
    for around, near in zip(("", ", around the pooled rate"), (comparison.shown, *comparison.also_near), strict=False):
        b = float(near[case.own])
        start, end = (float(edge[0]) for edge in zone(np.array([b]), c))
        values = f"{b!r} / ({b!r} + {c!r} * (1 - {b!r}))"
        yield Step(f"zone from{around}", "b / (b + c (1 - b))", values, start, "odds c times smaller")
        values = f"{c!r} * {b!r} / ({c!r} * {b!r} + 1 - {b!r})"
        yield Step(f"zone to{around}", "c b / (c b + 1 - b)", values, end, "odds c times larger")
        values, within = f"{start!r} <= {low!r} and {high!r} <= {end!r}", start <= low and high <= end
        source = "Schuirmann (1987), two one-sided tests"
        yield Step(f"within the zone{around}", "from <= inner low and inner high <= to", values, within, source)


def sends_steps(case: Case) -> Iterator[Step]:
    """Give the sends that would settle the row."""
    rule, b = case.judged.rule, case.found("benchmark")
    judgement = case.judged.judgement
    tested = int(np.count_nonzero(~np.isnan(judgement.p_value[case.mates])))
    calls = int(np.isin(judgement.verdict[case.mates], CALLS).sum())
    cut = max(min(1 - rule.level, rule.fdr * max(1, calls) / tested), SMALLEST_CUT)
    values = f"min(1 - {rule.level!r}, {rule.fdr!r} * max(1, {calls}) / {tested})"
    yield Step("cut", "min(1 - level, fdr max(1, calls) / M)", values, cut, "what is left to one of so many tests")
    needed = case.found("sends_needed")
    if np.isnan(needed):  # no zone, or one whose edge cannot be told from the benchmark
        return
    low, high = (float(edge[0]) for edge in zone(np.array([b]), rule.typical_ratio))
    edge = high if case.k / case.n >= b else low
    typical, call = _for_typical(case, b), _for_a_call(case, b, edge, cut)
    yield from (typical, call)
    values = f"ceil({text(case.phi)} * max({typical.result!r}, {call.result!r}))"
    yield Step("sends_needed", "phi times the larger, rounded up", values, needed, f"for a chance of {rule.power:g}")
    yield _sends_more(case, needed)


def _sends_more(case: Case, needed: float) -> Step:
    more = float(case.judged.judgement.sends_more(case.judged.n)[case.place])
    if case.verdict in ("above", "below", "typical"):
        return Step("sends_more", "0", "0", more, "it is decided")
    values = f"max(0, {text(needed)} - {text(case.n)})"
    return Step("sends_more", "max(0, needed - n)", values, more, "still to send")


def _for_typical(case: Case, b: float) -> Step:
    rule = case.judged.rule
    values = (
        f"((z({rule.level!r}) + z((1 + {rule.power!r}) / 2)) / log({rule.typical_ratio!r}))**2 / ({b!r} * (1 - {b!r}))"
    )
    sends = float(sends_for_typical(np.array([b]), rule)[0])
    formula = "((z(level) + z((1 + power)/2)) / log c)² / (b (1 - b))"
    return Step("sends for typical", formula, values, sends, "Schuirmann (1987), two one-sided tests")


def _for_a_call(case: Case, b: float, edge: float, cut: float) -> Step:
    power = case.judged.rule.power
    at_b = f"z(1 - {cut!r} / 2) * sqrt({b!r} * (1 - {b!r}))"
    at_edge = f"z({power!r}) * sqrt({edge!r} * (1 - {edge!r}))"
    sends = float(sends_needed(b, relative_effect=edge / b - 1, power=power, level=1 - cut))
    formula = "((z(1 - cut/2) √(b (1 - b)) + z(power) √(e (1 - e))) / (e - b))², e the zone's edge"
    values = f"(({at_b} + {at_edge}) / ({edge!r} - {b!r}))**2"
    return Step("sends for a call", formula, values, sends, "Fleiss, Levin and Paik (2003), section 2.5")
