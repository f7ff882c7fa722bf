"""The vocabulary: what a metric is, the metrics of the package, and the rates and caveats of each row of a frame.

Reader and verbs both build their columns here, so that a rate means the same wherever it is met.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._checks import LARGEST_COUNT, Floats, check_columns, check_option, count_column, did_you_mean, flag_column
from .errors import InputError

__all__ = ["METRICS", "Metric"]

COUNTS = ("sent_count", "opened_count", "clicked_count", "replied_count", "bounced_count", "unsubscribed_count")
API_RATES = ("open_rate", "click_rate", "reply_rate")
RATE_TOLERANCE = 0.0005 + 1e-9  # the service rounds to three decimals

# in this order they stand in a `caveats` text
CAVEATS = (
    "tracking_off",
    "nothing_sent",
    "events_exceed_sends",
    "clicks_exceed_opens",
    "possible_scanners",
    "api_rates_differ",
    "counts_fell",
    "first_seen",
    "still_sending",
    "still_growing",
    "too_soon_to_tell",
    "not_read_since",
    "definition_break",
    "not_a_proportion",
    "combined",
    "counts_missing",
    "contacts_pending",
    "unlike_steps",
    "design_effect_unknown",
    "older_than_prefetch",
    "small_portfolio",
    "one_campaign",
    "stratum_missing",
    "order_reversed",
    "not_after_many_tests",
    "small_difference",
)

_NOUNS = {
    "sent_count": ("emails sent", "email sent"),
    "opened_count": ("opens", "open"),
    "clicked_count": ("clicks", "click"),
    "replied_count": ("replies", "reply"),
    "bounced_count": ("bounces", "bounce"),
    "unsubscribed_count": ("unsubscribes", "unsubscribe"),
    "delivered_count": ("delivered emails", "delivered email"),
    "contacts_reached": ("contacts reached", "contact reached"),
}
# columns that can stand in for one that is not there
_MADE_OF = {"delivered_count": ("sent_count", "bounced_count"), "contacts_reached": ("contacts", "status")}
# what people call the rate of something
_CALLED = {
    **dict.fromkeys(("opens", "open", "opened", "opened_count"), "open_rate"),
    **dict.fromkeys(("clicks", "click", "clicked", "clicked_count"), "click_rate"),
    **dict.fromkeys(("replies", "reply", "replied", "replied_count", "response_rate", "answers"), "reply_rate"),
    **dict.fromkeys(("bounces", "bounce", "bounced", "bounced_count"), "bounce_rate"),
    **dict.fromkeys(("unsubscribes", "unsubscribed", "unsubscribed_count", "unsubs"), "unsubscribe_rate"),
    **dict.fromkeys(("delivered", "delivered_count", "deliverability"), "delivery_rate"),
    "ctor": "click_to_open_rate",
}
NEEDS_CONTACTS = (
    "Rates per contact need contacts_reached: read_campaigns(details=True) tells it, or assign it; for completed "
    "campaigns the columns contacts and status will do."
)
# the trade uses each of these for two different things, so they name no metric here
_AMBIGUOUS = {
    "ctr": "'click_rate' (per email sent) or 'click_to_open_rate'",
    "click_through_rate": "'click_rate' (per email sent) or 'click_to_open_rate'",
    "conversion_rate": "'reply_rate' or 'click_to_open_rate'",
}

_COUNTS_OF: dict[str, tuple[str, str]] = {}  # of the package's own metrics, once they are made


@dataclass(frozen=True)
class Metric:
    """A rate: events divided by trials, both columns of counts.

    Parameters
    ----------
    name : str
        Column the rate is kept in, and what the verbs call it.
    events : str
        Column with the number of events.
    trials : str
        Column with the number of trials.
    better : {"high", "low"}, default "high"
        Whether a high or a low rate is good news.

    Raises
    ------
    InputError
        If a name is not a non-empty text, `better` is neither "high" nor "low", or the name is one of the package's own
        for a rate of other counts.

    Examples
    --------
    >>> from leadlex_pandas import Metric
    >>> meetings = Metric("meeting_rate", events="meetings", trials="replied_count")
    >>> meetings.better
    'high'
    """

    name: str
    events: str
    trials: str
    better: str = "high"

    def __post_init__(self) -> None:
        for field in ("name", "events", "trials"):
            value = getattr(self, field)
            if not isinstance(value, str) or not value:
                raise InputError(f"Metric: {field} must be a non-empty text, not {value!r}.")
        own = _COUNTS_OF.get(self.name, (self.events, self.trials))
        if own != (self.events, self.trials):
            raise InputError(
                f"Metric: {self.name!r} is {own[0]} / {own[1]}, not {self.events} / {self.trials}; "
                "choose another name for a rate of yours."
            )
        check_option(self.better, "better", "Metric", ("high", "low"))

    @property
    def ratio_text(self) -> str:
        """What is divided by what, in words: "replies per email sent"."""
        return f"{noun(self.events)} per {noun(self.trials, plural=False)}"

    @property
    def title(self) -> str:
        """The name as a reader would write it: "Reply rate"."""
        return self.name.replace("_", " ").capitalize()

    @property
    def clustered(self) -> bool:
        """Whether one recipient can count several times, which makes counts vary more than a binomial's."""
        return self.events in ("opened_count", "clicked_count")


def _table(*rows: tuple[str, str, str, str]) -> dict[str, Metric]:
    return {name: Metric(name, f"{events}_count", f"{trials}_count", better) for name, events, trials, better in rows}


SENT_BASED = _table(
    ("open_rate", "opened", "sent", "high"),
    ("click_rate", "clicked", "sent", "high"),
    ("reply_rate", "replied", "sent", "high"),
    ("bounce_rate", "bounced", "sent", "low"),
    ("unsubscribe_rate", "unsubscribed", "sent", "low"),
    ("delivery_rate", "delivered", "sent", "high"),
    ("click_to_open_rate", "clicked", "opened", "high"),
    ("reply_to_open_rate", "replied", "opened", "high"),
    ("unsubscribe_to_open_rate", "unsubscribed", "opened", "low"),
)
DELIVERED_BASED = _table(
    ("open_rate_delivered", "opened", "delivered", "high"),
    ("click_rate_delivered", "clicked", "delivered", "high"),
    ("reply_rate_delivered", "replied", "delivered", "high"),
    ("unsubscribe_rate_delivered", "unsubscribed", "delivered", "low"),
)
CONTACT_BASED = {
    name: Metric(name, events, "contacts_reached", better)
    for name, events, better in (
        ("reply_rate_contact", "replied_count", "high"),
        ("unsubscribe_rate_contact", "unsubscribed_count", "low"),
    )
}
METRICS = SENT_BASED | DELIVERED_BASED | CONTACT_BASED
_COUNTS_OF.update({metric.name: (metric.events, metric.trials) for metric in METRICS.values()})

# Written at the head of every frame of ours, so a carried column must not be called one of these.
RESERVED = (
    *COUNTS,
    "delivered_count",
    *METRICS,
    *(f"api_{r}" for r in API_RATES),
    "fetched_at",
    "caveats",
    "read_error",
)


def noun(column: str, *, plural: bool = True) -> str:
    """Say what a column counts: "replies", or "reply" for one; a column of the user's by its own name."""
    words = column.replace("_", " ")
    many, one = _NOUNS.get(column, (words, words))
    return many if plural else one


def percent(rate: float, digits: int = 1) -> str:
    """Write a fraction as people read it: 0.0714 is "7.1 %"; two digits of a very small one: 0.00012 is "0.012 %"."""
    if 0 < rate < 0.5 * 10 ** (-digits - 2) * 10:
        return f"{100 * rate:.2g} %"
    return f"{100 * rate:.{digits}f} %"


def find_metric(metric: object, where: str) -> Metric:
    """Return the metric that was named or given."""
    if isinstance(metric, Metric):
        return metric
    if isinstance(metric, str) and metric in METRICS:
        return METRICS[metric]
    if not isinstance(metric, str):
        raise InputError(f"{where}: metric must be one metric at a time, not {metric!r}. {_known()}")
    name = metric.strip().lower()
    meant = _AMBIGUOUS.get(name) or (repr(_CALLED[name]) if name in _CALLED else None)
    hint = f" Did you mean {meant}?" if meant else did_you_mean(metric, METRICS)
    raise InputError(f"{where}: metric {metric!r} is not known.{hint} {_known()}")


def _known() -> str:
    return f"Known are {', '.join(METRICS)}, or a Metric of your own."


def find_metrics(df: pd.DataFrame, metrics: object, where: str) -> list[Metric]:
    """Return the metrics that were named; None means all whose counts the frame has."""
    if metrics is None:
        return [metric for metric in METRICS.values() if _has(df, metric.events) and _has(df, metric.trials)]
    if isinstance(metrics, (str, Metric)):
        return [find_metric(metrics, where)]
    if not isinstance(metrics, Iterable):
        raise InputError(f"{where}: metrics must be one metric or several, not {metrics!r}.")
    return [find_metric(metric, where) for metric in metrics]


def metric_counts(
    df: pd.DataFrame, metric: Metric, where: str, off: tuple[np.ndarray, np.ndarray] | None = None
) -> tuple[Floats, Floats]:
    """Return events and trials of every row as float64; both are NaN where they were not tracked."""
    events, trials = raw_counts(df, metric, where)
    gone = untracked(df, metric, where, off)
    return np.where(gone, np.nan, events), np.where(gone, np.nan, trials)


def raw_counts(df: pd.DataFrame, metric: Metric, where: str) -> tuple[Floats, Floats]:
    """Return events and trials as they were counted, tracked or not."""
    advice = None if metric == METRICS.get(metric.name) else f"Metric {metric.name!r} takes names of columns."
    if "contacts_reached" in (metric.events, metric.trials) and not _has(df, "contacts_reached"):
        advice = NEEDS_CONTACTS
    check_columns(df, missing_columns(df, (metric.events, metric.trials)), where, advice=advice)
    return _counts(df, metric.events, where), _counts(df, metric.trials, where)


def missing_columns(df: pd.DataFrame, columns: Iterable[str]) -> list[str]:
    """Name the columns of counts that are not there; of contacts that lack only their status, that."""
    missing = [column for column in columns if not _has(df, column)]
    return ["status" if column == "contacts_reached" and "contacts" in df else column for column in missing]


def rates(events: Floats, trials: Floats) -> Floats:
    """Divide, with NaN where there are no trials."""
    return np.asarray(np.divide(events, trials, out=np.full(len(trials), np.nan), where=trials > 0))


def rate_columns(df: pd.DataFrame, metrics: Iterable[Metric], where: str) -> dict[str, pd.Series]:
    """Compute the columns that `metrics` need: delivered_count where one is over or of it, and each rate."""
    columns: dict[str, pd.Series] = {}
    wanted = list(metrics)
    if "delivered_count" not in df and any("delivered_count" in (metric.events, metric.trials) for metric in wanted):
        columns["delivered_count"] = whole(_counts(df, "delivered_count", where), df.index)
    off = tracking_off(df, where) if wanted else None
    for metric in wanted:
        columns[metric.name] = pd.Series(rates(*metric_counts(df, metric, where, off)), index=df.index)
    return columns


def whole(numbers: Floats, index: pd.Index) -> pd.Series:
    """Turn whole float64 numbers into nullable integers; NaN, and what no float64 can count exactly, into missing."""
    missing = ~(numbers <= LARGEST_COUNT)
    integers = np.where(missing, 0, numbers).astype(np.int64)
    return pd.Series(pd.arrays.IntegerArray(integers, missing), index=index)


def caveat_column(df: pd.DataFrame, where: str) -> pd.Series:
    """Tell of every row what the counts themselves give away, keeping the caveats that already stand there."""
    found = _row_caveats(df, where)
    return join_caveats(found, given_caveats(df))


def given_caveats(df: pd.DataFrame) -> pd.Series:
    """Give the caveats that stand in a frame; a CSV file of rows without any gives numbers back."""
    if "caveats" not in df:
        return pd.Series("", index=df.index)
    return df["caveats"].astype(object).where(df["caveats"].notna(), "").astype(str)


def marked(df: pd.DataFrame, code: str) -> np.ndarray:
    """Tell which rows carry a caveat."""
    return given_caveats(df).map(lambda text: code in text.split("|")).to_numpy(bool)


def join_caveats(found: dict[str, np.ndarray], given: pd.Series) -> pd.Series:
    """Write codes as text, joined by "|", in the order of the vocabulary, codes of others last."""
    marks = dict(found)
    texts_of = {text: text.split("|") for text in given.unique()}  # few, however many rows there are
    for code in {code for codes in texts_of.values() for code in codes} - {""}:
        here = given.isin([text for text, codes in texts_of.items() if code in codes]).to_numpy(bool)
        marks[code] = marks.get(code, False) | here
    order = sorted(marks, key=lambda code: (CAVEATS.index(code) if code in CAVEATS else len(CAVEATS), code))
    texts = np.full(len(given), "", dtype=object)
    for code in order:
        here = marks[code]
        texts[here] = [f"{text}|{code}" if text else code for text in texts[here]]
    return pd.Series(texts, index=given.index, dtype=str)


def mismatched_rates(df: pd.DataFrame, given: pd.DataFrame, where: str) -> np.ndarray:
    """Tell which rows come with a rate that is not the quotient of their counts; what is not a number is no claim."""
    differ = np.zeros(len(df), dtype=bool)
    for name in [name for name in given.columns if name in METRICS]:
        metric = METRICS[name]
        if _has(df, metric.events) and _has(df, metric.trials):
            ours = rates(_counts(df, metric.events, where), _counts(df, metric.trials, where))
            theirs = pd.to_numeric(given[name], errors="coerce").to_numpy(np.float64, na_value=np.nan)
            differ |= np.abs(theirs - ours) > RATE_TOLERANCE  # False where either is NaN
    return differ


def inconsistent_rows(df: pd.DataFrame, where: str) -> np.ndarray:
    """Tell which rows count more opens, replies, bounces or unsubscribes than emails; clicks may do so rightly."""
    return _exceed(df, ("opened_count", "replied_count", "bounced_count", "unsubscribed_count"), where)


def _row_caveats(df: pd.DataFrame, where: str) -> dict[str, np.ndarray]:
    sent, opened, clicked, replied = (
        _counts(df, name, where) if name in df else np.full(len(df), np.nan)
        for name in ("sent_count", "opened_count", "clicked_count", "replied_count")
    )
    opens_off, clicks_off = tracking_off(df, where)
    tracked = ~(opens_off | clicks_off)
    more_clicks = tracked & (clicked > opened)
    scanned = tracked & (more_clicks | (clicked > 0.6 * opened) | (clicked > 0.05 * sent) & (replied == 0))
    return {
        "tracking_off": ~tracked,
        "nothing_sent": sent == 0,
        "still_sending": df["status"].isin(["active"]).to_numpy(bool)
        if "status" in df
        else np.zeros(len(df), dtype=bool),
        "contacts_pending": _contacts_pending(df, where),
        "events_exceed_sends": _exceed(df, COUNTS[1:], where),
        "clicks_exceed_opens": more_clicks,
        "possible_scanners": scanned,
    }


def _exceed(df: pd.DataFrame, columns: Sequence[str], where: str) -> np.ndarray:
    if "sent_count" not in df:
        return np.zeros(len(df), dtype=bool)
    sent = _counts(df, "sent_count", where)
    over = [_counts(df, name, where) > sent for name in columns if name in df]
    return np.logical_or.reduce(over) if over else np.zeros(len(df), dtype=bool)


def untracked(
    df: pd.DataFrame, metric: Metric, where: str, off: tuple[np.ndarray, np.ndarray] | None = None
) -> np.ndarray:
    """Tell which rows did not track what a metric is made of; `off` is what `tracking_off` found."""
    opens_off, clicks_off = off or tracking_off(df, where)
    gone = np.zeros(len(df), dtype=bool)
    if "opened_count" in (metric.events, metric.trials):
        gone |= opens_off
    if "clicked_count" in (metric.events, metric.trials):
        gone |= clicks_off
    return gone


def tracking_off(df: pd.DataFrame, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Tell where opens, and where clicks, were not tracked: by the setting, or by what else was counted.

    Replies or clicks without a single open are a sign that opens were not tracked; replies without either, that clicks
    were not, unless the setting says they were.
    """
    opens_off, clicks_off = (
        ~flag_column(df, name, where).to_numpy() if name in df else np.zeros(len(df), dtype=bool)
        for name in ("track_opens", "track_clicks")
    )
    if "opened_count" not in df:
        return opens_off, clicks_off
    silent = _counts(df, "opened_count", where) == 0
    clicked, replied = (
        _counts(df, name, where) if name in df else np.full(len(df), np.nan)
        for name in ("clicked_count", "replied_count")
    )
    surely_tracked = df["track_clicks"].notna().to_numpy(bool) if "track_clicks" in df else np.zeros(len(df), bool)
    return opens_off | silent & ((clicked > 0) | (replied > 0)), clicks_off | (
        silent & (clicked == 0) & (replied > 0) & ~surely_tracked  # a setting of False is in clicks_off already
    )


def _has(df: pd.DataFrame, column: str) -> bool:
    return column in df or (column in _MADE_OF and all(name in df for name in _MADE_OF[column]))


def _contacts_reached(df: pd.DataFrame, where: str) -> Floats:
    """Give the contacts mailed: as told, else all that are enrolled where the campaign is over, else unknown."""
    reached = count_column(df, "contacts_reached", where) if "contacts_reached" in df else np.full(len(df), np.nan)
    if "contacts" in df and "status" in df:
        completed = df["status"].isin(["completed"]).to_numpy(bool)
        reached = np.where(np.isnan(reached) & completed, count_column(df, "contacts", where), reached)
    return reached


def _contacts_pending(df: pd.DataFrame, where: str) -> np.ndarray:
    """Tell whose contacts may not all have been mailed yet, so that nobody knows how many were."""
    if not ("contacts" in df and "status" in df):
        return np.zeros(len(df), dtype=bool)
    return ~np.isnan(count_column(df, "contacts", where)) & np.isnan(_contacts_reached(df, where))


def _counts(df: pd.DataFrame, column: str, where: str) -> Floats:
    if column == "contacts_reached":
        return _contacts_reached(df, where)
    if column == "delivered_count" and column not in df:
        delivered = count_column(df, "sent_count", where) - count_column(df, "bounced_count", where)
        return np.maximum(delivered, 0)
    return count_column(df, column, where)
