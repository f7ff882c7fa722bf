"""Draw every chart from the sandbox's portfolio and write the page that shows them: `python docs/make_gallery.py`."""

from __future__ import annotations

import argparse
import io
import sys
import textwrap
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

import leadlex_pandas
from leadlex_pandas import UnlikeStepsWarning, plotting, sandbox
from leadlex_pandas.plotting import data as chart_data

DOCS = Path(__file__).resolve().parent
READ = pd.Timestamp("2026-09-01 06:00", tz="UTC")  # written into captions, so that pictures stay the same
FIRST_MONDAY = pd.Timestamp("2026-01-05 07:00", tz="UTC")
WEEKS = 20
PAIR = ("Deal lessons for repeat buyers", "Records of processing: update round")


class Chart(NamedTuple):
    """One chart of the page: what it answers, what it is drawn from, how it is asked for, and when not to use it."""

    name: str
    question: str
    frame: str
    options: Mapping[str, Any]
    use: str
    not_for: str


CHARTS = (
    Chart(
        "forest", "Which campaigns are really above or below?", "stats", {"metric": "reply_rate"},
        "the first look at a portfolio, and the picture to show when somebody asks how sure a verdict is: each "
        "campaign with its limits, in the order of the verdicts.",
        "for a league table: within a block campaigns are sorted by their raw rate, and luck is part of that. Beyond "
        "40 campaigns the smallest that are neither above nor below are left out; use `funnel` to see all.",
    ),
    Chart(
        "funnel", "Is that campaign odd, or just small?", "stats", {"metric": "reply_rate"},
        "many campaigns of unlike size at once: small ones scatter widely without being odd, and the lines say how "
        "widely.",
        "for a handful of campaigns, or for groups that each have a rate of their own.",
    ),
    Chart(
        "ranks", "Who is best, without rewarding luck?", "stats", {"metric": "reply_rate", "max_rows": 20},
        "a ranking is asked for: the arrows show how far a rate of few sends is drawn to the middle, and the brackets "
        "which ranks remain possible.",
        "to name a winner whose range of ranks reaches far down, which is nearly always so.",
    ),
    Chart(
        "strip", "How do we compare with the trade?", "stats", {"metric": "reply_rate", "against": "cold-b2b-it-2026"},
        "own campaigns over the figures of a published benchmark.",
        "where base or kind of mailing differ: a rate per contact or of newsletters cannot be compared with one per "
        "email of outreach.",
    ),
    Chart(
        "stages", "Where do we lose people?", "stats", {"by": "practice_group"},
        "what is left of the emails sent, for all campaigns or for each group: the biggest step shows where work pays.",
        "to prove that groups differ (`compare_groups` does that), or as a path that each reader takes: opens are "
        "counted by pictures, and a reply needs neither.",
    ),
    Chart(
        "difference", "A or B?", "by_label",
        {"first": PAIR[0], "second": PAIR[1], "metrics": ["reply_rate", "bounce_rate", "unsubscribe_rate"]},
        "two campaigns, or the two arms of a test: by how much they differ, and whether that can be chance.",
        "for two campaigns picked because they stood out: then use `forest`, which allows for the picking.",
    ),
    Chart(
        "health", "Is our sender reputation at risk?", "stats", {"max_rows": 24},
        "bounces and unsubscribes against the limits of mailbox providers and of the trade, once a week.",
        "as an all-clear: complaints about spam, which matter most, are not among the counts, and a hollow mark says "
        "that nothing is known yet.",
    ),
    Chart(
        "trend", "Is it drifting?", "history", {"metric": "reply_rate"},
        "new replies per new email in each week, with the limits within which weeks differ anyway. A change of the way "
        "of counting is marked with `breaks=`.",
        "before 12 periods with emails, or when reads were missed: what came meanwhile falls into the week of the "
        "next read.",
    ),
    Chart(
        "growth", "When are the replies in?", "history", {"count": "replied_count"},
        "to decide how long to wait before a campaign is judged.",
        "while most campaigns still grow: their last count is not their end.",
    ),
)  # fmt: skip

HEAD = """# The charts

Every chart of the package, drawn from the campaigns of the sandbox's invented law firm by
[`docs/make_gallery.py`](make_gallery.py). Titles state the finding, captions the method, the source and the day it was
read. Verdicts differ by shape and place, not by colour alone, so that a chart can be printed in grey.

`stats` is what `read_stats` gives, `by_label` the same with labels as its index, `history` a `History` or a frame of
snapshots. Each chart is a function too, such as `leadlex_pandas.plotting.forest(stats, "reply_rate")`, and also takes
the table of its verb; a `History` is no frame, so the charts over time are shown as functions, which take both. `ax=`
draws on axes of your own, without pyplot; `leadlex_pandas.plotting.data.forest_data` tells what each mark shows; and
`leadlex_pandas.plotting.alt_text` says it in a sentence.
"""


def main(arguments: list[str] | None = None) -> int:
    """Draw, and write the page; the folder is that of this script unless another is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DOCS, help="folder for gallery.md and the folder gallery")
    folder = parser.parse_args(arguments).out
    (folder / "gallery").mkdir(parents=True, exist_ok=True)
    frames, parts = read(), [HEAD]
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UnlikeStepsWarning
        )  # the portfolio's sequences differ, which is not the point here
        for chart in CHARTS:
            draw(chart, frames[chart.frame], folder / "gallery" / f"{chart.name}.png")
            parts.append(section(chart, frames[chart.frame]))
    (folder / "gallery.md").write_text("\n".join(parts), encoding="utf-8", newline="\n")
    return 0


def read() -> dict[str, pd.DataFrame]:
    """Read the portfolio as it ends, and as it stood on each of some Mondays."""
    with sandbox.start() as server:
        here: dict[str, Any] = {"api_key": server.api_key, "base_url": server.url, "progress": False}
        stats = leadlex_pandas.read_stats(server.campaigns, **here).assign(fetched_at=READ)
        readings = []
        for week in range(WEEKS):
            server.day = 7 * week
            now = leadlex_pandas.read_stats(server.campaigns, **here)
            readings.append(now.assign(fetched_at=FIRST_MONDAY + pd.Timedelta(weeks=week)))
    history = pd.concat(readings).set_index("fetched_at", append=True)
    return {"stats": stats, "by_label": stats.set_index("label"), "history": history}


def draw(chart: Chart, frame: pd.DataFrame, path: Path) -> None:
    """Draw one chart and save it."""
    import matplotlib.pyplot as plt
    from PIL import Image

    ax = getattr(plotting, chart.name)(frame, **chart.options)
    drawn = io.BytesIO()
    ax.figure.savefig(drawn, dpi=100)
    plt.close(ax.figure)
    # 64 colours are enough for letters with soft edges, and a third of the size
    Image.open(drawn).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)


def section(chart: Chart, frame: pd.DataFrame) -> str:
    """Write the part of the page on one chart."""
    data = getattr(chart_data, f"{chart.name}_data")(frame, **chart.options)
    given = [f"{name}={value!r}".replace("'", '"') for name, value in chart.options.items()]
    drawn_by, given = _asked(chart, given)
    call = f"{drawn_by}({', '.join(given)})"
    if len(call) > 120:
        call = "\n    ".join([f"{drawn_by}(", *(f"{each}," for each in given)]) + "\n)"
    said = plotting.alt_text(data).replace("[", "(").replace("]", ")")
    texts = "\n".join(
        textwrap.fill(f"- {when}: {text}", 120, subsequent_indent="  ")
        for when, text in (("When", chart.use), ("When not", chart.not_for))
    )
    picture = f"![{said}](gallery/{chart.name}.png)"
    return f"## {chart.name}: {chart.question}\n\n```python\n{call}\n```\n\n{texts}\n\n{picture}\n"


def _asked(chart: Chart, given: list[str]) -> tuple[str, list[str]]:
    """Say what draws a chart and what it is given: of a history the function, as a `History` has no accessor."""
    if chart.frame == "history":
        return f"leadlex_pandas.plotting.{chart.name}", [chart.frame, *given]
    return f"{chart.frame}.leadlex.plot.{chart.name}", given


if __name__ == "__main__":
    sys.exit(main())
