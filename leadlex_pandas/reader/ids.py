"""What may be passed as `ids`: from any of its forms to the campaigns to read and the columns to carry along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import pandas as pd

from .._checks import check_frame, check_id, count_column, flag_column, listed
from ..errors import InputError
from ..metrics import RESERVED


def wanted(ids: object, where: str) -> tuple[list[str], pd.DataFrame]:
    """Turn `ids` into the ids to read, each once, and the columns to carry along."""
    given, columns = _given(ids, where)
    checked = [check_id(value, position, where) for position, value in enumerate(given)]
    try:
        carried = pd.DataFrame(columns, index=pd.Index(checked, name="campaign_id", dtype=str))
    except UnicodeEncodeError:
        carried = None
    if carried is None:
        raise InputError(
            f"{where}: a label holds half of a character. Mend it with label.encode('utf-8', 'replace').decode()."
        )
    carried = carried[~carried.index.duplicated()]
    taken = [name for name in carried.columns if name in RESERVED]
    if taken:
        raise InputError(
            f"{where}: the frame's own {listed(taken)} would be overwritten by what is read. "
            "Pass only the ids (df.index) or drop these columns."
        )
    for name in ("track_opens", "track_clicks"):
        if name in carried:
            flag_column(carried, name, where)  # better now than after all the calls
    for name in ("contacts", "contacts_reached"):
        if name in carried and "status" in carried:
            count_column(carried, name, where)
    return list(carried.index), carried


def _given(ids: object, where: str) -> tuple[list[Any], dict[str, Any]]:
    if isinstance(ids, (str, UUID)):
        return [ids], {}
    if isinstance(ids, Mapping):
        return list(ids), {"label": list(ids.values())}
    if isinstance(ids, pd.DataFrame):
        frame = check_frame(ids, where)
        index = frame.get("campaign_id", frame.index)
        rest = frame.drop(columns="campaign_id", errors="ignore")
        return list(index), {name: rest[name].array for name in rest.columns}
    if isinstance(ids, pd.Series) and _is_id_like(ids.index) and not _is_id_like(ids):
        raise InputError(
            f"{where}: ids is a Series with ids in its index and something else as values; "
            "pass series.to_dict() to read them with the values as labels, or series.index to read the ids."
        )
    if isinstance(ids, Iterable) and not isinstance(ids, (bytes, bytearray)):
        return list(ids), {}
    raise InputError(
        f"{where}: ids must be one id, several ids, a mapping from id to label, or a DataFrame, "
        f"not {type(ids).__name__}."
    )


def _is_id_like(values: Iterable[object]) -> bool:
    return all(
        isinstance(value, UUID) or (isinstance(value, str) and value and not any(c.isspace() for c in value))
        for value in values
    )
