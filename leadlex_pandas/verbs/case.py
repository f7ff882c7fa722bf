"""One row of a judgement, with the family it was judged in, and how the steps of `working` are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._checks import Floats
from ..stats.core import find_core
from .judging import Judged
from .verdict import VERDICTS


class Step(NamedTuple):
    """A row of `working`: `values` is `formula` with the figures in it, an expression that gives `result`."""

    step: str
    formula: str
    values: str
    result: object
    source: str


@dataclass(frozen=True)
class Case:
    """One row of a judgement and the campaigns of its family that can be compared.

    `mates` are their positions in the frame, in rising order, and `own` is the row's place among them.
    """

    judged: Judged
    place: int
    k: float
    n: float
    phi: float
    mates: NDArray[np.intp]
    own: int

    @classmethod
    def of(cls, judged: Judged, place: int) -> Case:
        """Find a row's family."""
        family = next(rows for rows in judged.families if place in rows)
        mates = np.sort(family[judged.proper[family]])
        k, n, phi = (float(values[place]) for values in (judged.k, judged.n, judged.effects.phi))
        return cls(judged, place, k, n, phi, mates, int(np.searchsorted(mates, place)))

    def found(self, column: str) -> float:
        """Give the judgement's value of a column."""
        return float(getattr(self.judged.judgement, column)[self.place])

    @property
    def verdict(self) -> str:
        """What was decided."""
        return VERDICTS[self.judged.judgement.verdict[self.place]]

    def family(self) -> tuple[Floats, Floats, Floats]:
        """Give counts and design effects of the family's proper rows."""
        judged = self.judged
        return judged.k[self.mates], judged.n[self.mates], judged.effects.phi[self.mates]

    def others(self) -> tuple[int, dict[str, tuple[float, float]]]:
        """Give how many campaigns were put aside, and events and trials of all others and of the others kept."""
        k, n, phi = self.family()
        kept = find_core(k, n, fdr=self.judged.rule.fdr, design_effect=phi)
        others = {"all others": (float(k.sum() - self.k), float(n.sum() - self.n))}
        if not kept.all():
            own = bool(kept[self.own])
            others["the others kept"] = float(k[kept].sum() - own * self.k), float(n[kept].sum() - own * self.n)
        return int(np.sum(~kept)), others


def text(number: float) -> str:
    """Write a number so that nothing of it is lost, counts without a decimal point."""
    return f"{number:.0f}" if float(number).is_integer() and abs(number) < 2**53 else repr(float(number))


def wilson_steps(case: Case, names: tuple[str, str], share: float, limits: tuple[float, float]) -> Iterator[Step]:
    """Give Wilson's limits on effective counts; `share` is how much of the normal distribution lies below z."""
    from scipy import special

    k, n = text(case.k / case.phi), text(case.n / case.phi)
    z = float(special.ndtri(share))
    square = z * z
    name = f"z of {names[0]} and {names[1]}"
    yield Step(name, "quantile of the normal distribution", f"z({share!r})", z, "so much lies below it")
    root = f"{z!r} * sqrt({k} * ({n} - {k}) / {n} + {square!r} / 4)"
    for name, sign, limit in zip(names, "-+", limits, strict=True):
        formula = f"(k + z²/2 {sign} z √(k (n - k)/n + z²/4)) / (n + z²), k and n divided by phi"
        yield Step(name, formula, f"({k} + {square!r} / 2 {sign} {root}) / ({n} + {square!r})", limit, "Wilson (1927)")
