"""A rate from elsewhere to compare campaigns with, and what it is a rate of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike

import numpy as np
import pandas as pd

from .._checks import check_fraction, check_frame, check_option, check_text, check_whole, is_number
from ..errors import InputError
from ..metrics import Metric, find_metric, metric_counts, percent
from .rows import read_rows, rows_as_arguments

__all__ = ["Benchmark"]

WORDS = ("rest", "pooled", "median")  # what a portfolio offers of itself to be compared with; no benchmark is called so

# what the trials of a metric are: the base, and what one of them is
_BASES = {
    "sent_count": ("sent", "email"),
    "delivered_count": ("delivered", "email"),
    "opened_count": ("opened", "email"),
    "contacts_reached": ("contacts", "contact"),
}
_PER = {"sent": "email sent", "delivered": "delivered email", "opened": "open", "contacts": "contact reached"}

_CAMPAIGNS = "Benchmark.from_campaigns"


@dataclass(frozen=True)
class Benchmark:
    """A rate from elsewhere, with its base: figures over unlike bases are never compared.

    Give exactly one of `value`, `quantiles`, and `events` with `trials`.

    Parameters
    ----------
    name : str
        What captions call it.
    metric : str or Metric
        What it is a rate of; a vendor's reply rate is a "reply_rate" whatever its base.
    value : float or pair of floats, optional
        The rate, a fraction between 0 and 1, taken as known; or the lowest and the highest of several published ones:
        a campaign is then above if it is above them all, below if it is below them all.
    quantiles : mapping of float to float, optional
        Rates that a share of all campaigns do not exceed, such as ``{0.25: 0.0105, 0.5: 0.0171, 0.75: 0.0259}``. The
        median must be among them: it is what campaigns are compared with; the others give percentiles.
    events, trials : int, optional
        Counts (recipients or emails), so that the benchmark's own chance is allowed for.
    base : str, default "sent"
        What the events are divided by: "sent", "delivered", "opened", "contacts", or the column that a metric of your
        own is over.
    unit : {"email", "contact"}, default "email"
        What one trial is. A sequence of k emails has about k emails per contact.
    source : str, optional
        Where it comes from, for captions.
    years : str or int, optional
        The years of the data, such as "2024-2026".

    Raises
    ------
    InputError
        If not exactly one kind of figure is given, a figure is outside its range, the metric is unknown, or base and
        unit do not fit the metric or each other.

    Examples
    --------
    >>> from leadlex_pandas import Benchmark
    >>> print(Benchmark("our 2025", "reply_rate", events=812, trials=20_300, years=2025))
    our 2025: reply_rate 4.0 % per email sent, 2025
    """

    name: str
    metric: str | Metric
    value: float | tuple[float, float] | None = field(default=None, kw_only=True)
    quantiles: Mapping[float, float] | None = field(default=None, kw_only=True)
    events: int | None = field(default=None, kw_only=True)
    trials: int | None = field(default=None, kw_only=True)
    base: str = field(default="sent", kw_only=True)
    unit: str = field(default="email", kw_only=True)
    source: str | None = field(default=None, kw_only=True)
    years: str | int | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        where = "Benchmark"
        check_text(self.name, "name", where)
        if self.name in WORDS:
            raise InputError(f"{where}: name must not be {self.name!r}, which already means something to `against`.")
        _check_base(find_metric(self.metric, where), self.base, self.unit)
        kinds = [self.value is not None, self.quantiles is not None, not self.events is self.trials is None]
        if sum(kinds) != 1:
            raise InputError(f"{where}: give exactly one of value, quantiles, and events with trials.")
        if self.value is not None:
            object.__setattr__(self, "value", _checked_value(self.value))
        elif self.quantiles is not None:
            object.__setattr__(self, "quantiles", _checked_quantiles(self.quantiles))
        else:
            _check_counts(self.events, self.trials)

    @classmethod
    def from_campaigns(cls, df: pd.DataFrame, metric: str | Metric, *, name: str) -> Benchmark:
        """Make a benchmark of campaigns of your own, such as last quarter's: all their events over all their trials.

        Parameters
        ----------
        df : pandas.DataFrame
            One row per campaign, with the two columns of counts of `metric`. Rows without data, and such with more
            events than trials, are left out.
        metric : str or Metric
            The rate.
        name : str
            What captions call it.

        Returns
        -------
        Benchmark
            With `events` and `trials`, over the base of `metric`.

        Raises
        ------
        InputError
            If no row has data, the metric is unknown, or a count is negative, fractional or no number.
        ColumnsError
            If the metric's counts are missing.

        Examples
        --------
        >>> import pandas as pd
        >>> from leadlex_pandas import Benchmark
        >>> last = pd.DataFrame({"sent_count": [900, 1100], "replied_count": [36, 52]})
        >>> print(Benchmark.from_campaigns(last, "reply_rate", name="second quarter"))
        second quarter: reply_rate 4.4 % per email sent, 2 campaigns
        """
        return pooled_benchmark(df, find_metric(metric, _CAMPAIGNS), name, _CAMPAIGNS)

    @classmethod
    def from_csv(cls, path: str | PathLike[str], *, name: str | None = None) -> Benchmark:
        r"""Read a benchmark from a CSV file with one row per figure.

        Parameters
        ----------
        path : str or path
            A file with the columns `metric` and either `value` (a fraction) or `events` and `trials`; and, where known,
            `statistic` ("mean"; "median", "p25" and the like for quantiles), `base`, `unit`, `source`, `year_from`,
            `year_to`, and `name`. Several means are a range. `list_benchmarks` shows how the packaged ones look.
        name : str, optional
            Which benchmark, if the file holds several; also what to call the one of a file without names.

        Returns
        -------
        Benchmark
            What the rows say.

        Raises
        ------
        InputError
            If the file holds no or several benchmarks, a column is missing, or a figure is outside its range.
        BaseMismatchError
            If the rows of one benchmark are over unlike bases or units.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> from leadlex_pandas import Benchmark
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "ours.csv"
        ...     _ = path.write_text("metric,statistic,value\nreply_rate,median,0.02\nreply_rate,p90,0.05\n")
        ...     print(Benchmark.from_csv(path))
        ours: reply_rate 2.0 % per email sent (median)
        """
        return cls(**rows_as_arguments(read_rows(path), path, name))

    def __str__(self) -> str:
        low, high = figures(self)
        text = percent(low) if low == high else f"{percent(low)} to {percent(high)}"
        metric = self.metric.name if isinstance(self.metric, Metric) else self.metric
        what = f"{self.name}: {metric} {text} per {base_words(self.base, self.unit)}"
        what += " (median)" if self.quantiles is not None else ""
        return ", ".join(str(part) for part in (what, self.source, self.years) if part is not None)


def pooled_benchmark(df: object, metric: Metric, name: str, where: str) -> Benchmark:
    """Make a benchmark of all events over all trials of a frame's campaigns."""
    k, n = metric_counts(check_frame(df, where), metric, where)
    rows = (n > 0) & (k <= n)
    if not rows.any():
        raise InputError(f"{where}: no campaign has data for {metric.name}, so there is nothing to compare with.")
    base, unit = base_of(metric)
    campaigns = int(np.count_nonzero(rows))
    return Benchmark(
        name, metric, events=int(k[rows].sum()), trials=int(n[rows].sum()), base=base, unit=unit,
        source=f"{campaigns:,} campaign{'' if campaigns == 1 else 's'}",
    )  # fmt: skip


def figures(benchmark: Benchmark) -> tuple[float, float]:
    """Give the lowest and the highest rate that a benchmark stands for; the same unless it is a range."""
    if benchmark.quantiles is not None:
        return benchmark.quantiles[0.5], benchmark.quantiles[0.5]
    if benchmark.events is not None and benchmark.trials is not None:
        return benchmark.events / benchmark.trials, benchmark.events / benchmark.trials
    value = benchmark.value
    return value if isinstance(value, tuple) else (value, value)  # type: ignore[return-value]


def older_than_prefetch(benchmark: Benchmark) -> bool:
    """Tell whether a benchmark is, or in part, from before mail programs fetched images by themselves (2021).

    Only the source of a packaged one, or one of a CSV file, says so; of others the years do.
    """
    years = [int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", str(benchmark.years))]
    told = any(f"{when} mail-privacy prefetch" in (benchmark.source or "") for when in ("before", "partly after"))
    return told or (bool(years) and max(years) < 2021)


def base_of(metric: Metric) -> tuple[str, str]:
    """Give what a metric is over, and what one of those is."""
    return _BASES.get(metric.trials, (metric.trials, "email"))


def base_words(base: str, unit: str) -> str:
    """Say what a rate is per: "email sent"."""
    words = _PER.get(base, base)
    return f"{words} (contacts)" if unit == "contact" and base != "contacts" else words


def _check_base(metric: Metric, base: object, unit: object) -> None:
    """Refuse a base that contradicts the metric's name; a metric over emails sent may stand for any base."""
    where = "Benchmark"
    check_text(base, "base", where)
    check_option(unit, "unit", where, ("email", "contact"))
    own, _ = base_of(metric)
    if own not in ("sent", base):
        raise InputError(
            f"{where}: {metric.name} is per {base_words(own, 'email')}, so base must be {own!r}, not {base!r}."
        )
    if base == "contacts" and unit != "contact":
        raise InputError(f"{where}: over contacts one trial is a contact, so unit must be 'contact', not {unit!r}.")


def _checked_value(value: object) -> float | tuple[float, float]:
    where = "Benchmark"
    if isinstance(value, (tuple, list)) and len(value) == 2:
        low, high = (check_fraction(each, "value", where) for each in value)
        if low > high:
            raise InputError(f"{where}: value must be the lowest and the highest rate, not {value!r}.")
        return low, high
    return check_fraction(value, "value", where)


def _checked_quantiles(quantiles: object) -> dict[float, float]:
    where = "Benchmark"
    if not isinstance(quantiles, Mapping) or not all(map(is_number, quantiles)):
        raise InputError(f"{where}: quantiles must map shares to rates, such as {{0.5: 0.0171}}, not {quantiles!r}.")
    checked = {
        check_fraction(share, "a share in quantiles", where): check_fraction(rate, "a rate in quantiles", where)
        for share, rate in sorted(quantiles.items())
    }
    if 0.5 not in checked:
        raise InputError(f"{where}: quantiles must hold the median, such as {{0.5: 0.0171}}, not {quantiles!r}.")
    if np.any(np.diff(list(checked.values())) <= 0):
        raise InputError(f"{where}: the rates in quantiles must rise with their shares, not {quantiles!r}.")
    return checked


def _check_counts(events: object, trials: object) -> None:
    where = "Benchmark"
    n = check_whole(trials, "trials", where)
    if check_whole(events, "events", where, least=0) > n:
        raise InputError(f"{where}: events must not exceed trials, but {events!r} of {trials!r} do.")
