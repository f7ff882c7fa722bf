"""Benchmarks as rows of a table, one figure each: reading them, and turning those of one benchmark into it."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from .._checks import listed
from ..errors import BaseMismatchError, InputError

Row = dict[str, str]

_QUANTILE = re.compile(r"p(\d{1,2})")
_NUMBERS = ("value", "events", "trials")


def read_rows(path: str | PathLike[str]) -> list[Row]:
    """Read a CSV file, every cell as text, an empty one where there is none."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return [{key: (cell or "").strip() for key, cell in row.items() if key} for row in csv.DictReader(file)]


def rows_as_arguments(rows: Sequence[Row], path: str | PathLike[str], name: str | None) -> dict[str, Any]:
    """Turn the rows of one benchmark, by `name` or the only one, into the arguments of `Benchmark`."""
    where, file = "Benchmark.from_csv", Path(path)
    if not rows:
        raise InputError(f"{where}: {file.name} holds no figure; it needs one row for each, with metric and value.")
    named = {row["name"] for row in rows if row.get("name")}
    chosen = [row for row in rows if row["name"] == name] if named and name is not None else list(rows)
    kinds = {(row.get("name", ""), row.get("metric", "")) for row in chosen}
    if len(kinds) != 1:
        found = f"holds {listed(sorted(named))}" if named else f"has {len(kinds)} kinds of rows"
        raise InputError(f"{where}: {file.name} {found}; choose one benchmark with name=, of one metric.")
    [(its_name, metric)] = kinds
    if not metric:
        raise InputError(f"{where}: {file.name} must have a column 'metric' that says what each figure is a rate of.")
    base, unit = _base(chosen, where)
    return {
        "name": its_name or name or file.stem,
        "metric": metric,
        **_figures(chosen, where),
        "base": base,
        "unit": unit,
        "source": "; ".join(dict.fromkeys(filter(None, map(_source, chosen)))) or None,
        "years": _years(chosen),
    }


def _base(rows: Sequence[Row], where: str) -> tuple[str, str]:
    """Give what all figures are per; a range over unlike bases would compare what nobody may compare."""
    found = dict.fromkeys((row.get("base") or "sent", row.get("unit") or "email") for row in rows)
    if len(found) > 1:
        raise BaseMismatchError(
            f"{where}: the rows of one benchmark must have one base and unit, not "
            f"{listed(f'{base} ({unit})' for base, unit in found)}. Give those of each base a name of their own."
        )
    return next(iter(found))


def _figures(rows: Sequence[Row], where: str) -> dict[str, Any]:
    """Tell counts, quantiles, one mean and a range of means from each other."""
    if all(row.get("events") and row.get("trials") for row in rows):
        sums = {count: float(sum(_number(row, count, where) for row in rows)) for count in ("events", "trials")}
        return {count: int(total) if total.is_integer() else total for count, total in sums.items()}
    statistics = [row.get("statistic", "") for row in rows]
    values = [_number(row, "value", where) for row in rows]
    shares = [_share(statistic) for statistic in statistics]
    if all(share is not None for share in shares):
        if len(set(shares)) < len(shares):
            raise InputError(f"{where}: each quantile must be given once, not {listed(statistics)}.")
        return {"quantiles": dict(zip(shares, values, strict=True))}
    if any(share is not None for share in shares):
        raise InputError(f"{where}: the rows of one benchmark must be quantiles or means, not {listed(statistics)}.")
    return {"value": values[0] if len(values) == 1 else (min(values), max(values))}


def _share(statistic: str) -> float | None:
    """Read "median" and "p90" as the share of campaigns below."""
    if statistic == "median":
        return 0.5
    found = _QUANTILE.fullmatch(statistic)
    return int(found[1]) / 100 if found else None


def _number(row: Row, column: str, where: str) -> float:
    try:
        return float(row.get(column, ""))
    except ValueError:
        raise InputError(f"{where}: {column} must be a number, not {row.get(column, '')!r}.") from None


def _source(row: Row) -> str:
    """Name the source as a caption must: with its licence, and whether opens are older than what inflates them now."""
    era = row.get("era", "")
    parts = [row.get("source", ""), "" if era.startswith("after") else era, row.get("licence", ""), row.get("url", "")]
    return ", ".join(part for part in parts if part)


def _years(rows: Sequence[Row]) -> str | None:
    years = sorted({row[column] for row in rows for column in ("year_from", "year_to") if row.get(column)})
    return None if not years else years[0] if years[0] == years[-1] else f"{years[0]}-{years[-1]}"
