"""Whole reads under a plan's limit on a virtual clock, against three ways of counting: time and refused calls."""

from __future__ import annotations

import random

from report import Row

from tests.reader.counters import COUNTERS, DAYS, Service, bound, play

SIZES = (0.5, 1.1, 2.5, 4)  # campaigns, in allowances of a minute


def run(short: bool) -> list[Row]:
    """Play seeds 0 to 59 (0 to 11 when short); depends on the draws alone."""
    seeds = range(12 if short else 60)
    return [row for allowance in DAYS for kind in COUNTERS for row in _rows(allowance, kind, seeds)]


def _rows(allowance: int, kind: type, seeds: range) -> list[Row]:
    alone = [_played(allowance, kind, size, seed) for size in SIZES for seed in seeds]
    beside = [_played(allowance, kind, size, seed, beside=True) for size in SIZES for seed in seeds]
    ratio, refused = max(took / least for took, least, _ in alone), max(count for *_, count in alone)
    late, most = max(max(took - 1.05 * least, 0) for took, least, _ in beside), max(count for *_, count in beside)
    name = f"simulated, {allowance} a minute, {kind.__name__}"
    return [
        Row(f"{name}: alone, of the bound; refused", f"{ratio:.2f}; {refused}", "1.05 at most; 0",
            ratio <= 1.05 and refused == 0),
        Row(f"{name}: half used by others, beyond 1.05 of the bound; refused", f"{late:.0f} s; {most}",
            "65 s at most; 15 at most", late <= 65 and most <= 15),
    ]  # fmt: skip


def _played(allowance: int, kind: type, size: float, seed: int, *, beside: bool = False) -> tuple[float, float, int]:
    """Play one read; give its seconds, the least that it could take, and how many of its calls were refused."""
    rng = random.Random(seed)
    service = Service(kind(allowance, rng.uniform(0, 60), bool(seed % 2)))
    before = rng.uniform(0, 60)  # s, over which somebody else made as many calls as half a minute allows
    for call in range(allowance // 2 if beside else 0):
        service.take(-before * (1 - 2 * call / allowance), "other")
    campaigns = int(size * allowance)
    took, _ = play(service, campaigns)
    return took, bound(campaigns, allowance), len(service.refused)
