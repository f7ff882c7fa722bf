"""Where ticks of rates stand; imported only when a chart is drawn, as it needs matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.ticker import AutoLocator

_ROOM = 0.6  # of matplotlib's guess of how many labels find room: "12.5 %" is wider than a number


class RateLocator(AutoLocator):
    """Round numbers, as many as their labels find room beside each other, or above: there they are all as high."""

    def __init__(self, *, above: bool = False, most: int = 9) -> None:
        super().__init__()
        self._share, self._most = 1.0 if above else _ROOM, most

    def __call__(self) -> Any:
        """Give the places of the ticks."""
        room = self.axis.get_tick_space()  # type: ignore[union-attr]
        self.set_params(nbins=int(np.clip(self._share * room, 1, self._most)))
        return super().__call__()
