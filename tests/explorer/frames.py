"""Frames and helpers that the tests of the explorer share."""

from html.parser import HTMLParser

import numpy as np
import pandas as pd

from leadlex_pandas.explorer.derive import view
from leadlex_pandas.explorer.state import ExplorerState
from tests.plotting.frames import many

NASTY = {
    "html": "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>",
    "quotes": 'It\'s "quoted" & <b>bold</b> \\ `back`',
    "emoji": "Spring 🌱 offer 👩‍⚖️",
    "rtl": "עדכון פטנטים, تحديث",
    "long": "x" * 300,
    "formula": "=HYPERLINK(1)",
    "plus": "+1",
    "minus": "-1",
    "at": "@SUM(1)",
}


def nasty():
    """Campaigns whose labels try everything."""
    return many(len(NASTY), seed=3).assign(label=list(NASTY.values())).set_axis(list(NASTY))


def labelled(campaigns=60):
    """Campaigns with labels and an office."""
    names = [f"Alert {i:03d}" for i in range(campaigns)]
    return many(campaigns).assign(label=names, office=["Munich", "Berlin", "Vienna"] * (campaigns // 3))


def seen(df, **state):
    """What is derived from a frame and some settings."""
    return view(df, ExplorerState(**state).state())


class Page(HTMLParser):
    """Tags, attributes and texts of some HTML, as a browser would take it apart."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if data.strip():
            self.texts.append(data.strip())

    def all(self, tag, **attributes):
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [found for name, found in self.tags if name == tag and wanted.items() <= found.items()]

    def with_class(self, name):
        return [found for _, found in self.tags if name in (found.get("class") or "").split()]


def ids_of(html):
    """The rows of a table, as their ids."""
    return [attributes["data-id"] for attributes in Page(html).all("tr") if "data-id" in attributes]


def ran(code, stats):
    """Run the code of a view on a frame, and give what it leaves behind."""
    names = {"stats": stats}
    exec(code, names)
    return names


def empty():
    return pd.DataFrame({"sent_count": pd.Series(dtype="Int64"), "replied_count": pd.Series(dtype="Int64")})


def portfolio(campaigns=200):
    """What the notebooks open: opens as well, labels with long names, and some that try to be more than a text."""
    rng = np.random.default_rng(11)
    frame = many(campaigns, seed=2)
    names = [f"{('Patent', 'Labour', 'M&A (DE)', 'Privacy *new*')[i % 4]} alert {i:03d}" for i in range(campaigns)]
    frame = frame.assign(
        opened_count=rng.binomial(frame["sent_count"], 0.45),
        label=names,
        office=[("Munich", "Berlin", "Vienna")[i % 3] for i in range(campaigns)],
    ).set_axis([f"cmp_{i:04d}" for i in range(campaigns)])
    frame.iloc[: len(NASTY), frame.columns.get_loc("label")] = list(NASTY.values())
    return frame
