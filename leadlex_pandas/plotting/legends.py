"""A legend above the axes, in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def legend_above(ax: Axes, texts: Mapping[str, str], *, left: float = 0.0, up: float = 0.0) -> None:
    """Say what the marks with these labels mean, in this order; without a mark there is no entry.

    The line begins `left` inches left of the axes, `up` inches above them.
    """
    from matplotlib.transforms import ScaledTranslation

    handles = {str(line.get_label()): line for line in ax.get_lines()}
    shown = {label: text for label, text in texts.items() if label in handles}
    if not shown:
        return
    ax.legend(
        [handles[label] for label in shown],
        list(shown.values()),
        loc="lower left",
        bbox_to_anchor=(0, 1),
        bbox_transform=ax.transAxes + ScaledTranslation(-left, up, ax.figure.dpi_scale_trans),
        ncols=len(shown),
        frameon=False,
        fontsize=style.TEXT,
        labelcolor=style.INK,
        borderaxespad=0.3,
        borderpad=0,
        handletextpad=0.3,
        columnspacing=1.4,
    )
