"""The explorer itself: it passes on what is clicked, and shows what was derived and rendered elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd

from ..errors import LeadlexError
from . import exports, page, parts, pictures, tables, texts
from .clicks import Clicks
from .code import code_text
from .controls import Controls
from .derive import JUDGED_BY, View, judge, view
from .loader import Loader
from .painter import Painter
from .reading import Reading
from .state import NAMES, ExplorerState

__all__ = ["Explorer"]


class Explorer(ExplorerState, widgets.VBox):  # type: ignore[misc]
    """A portfolio to ask with a mouse; `leadlex_pandas.explore` makes one.

    Every setting is a trait: assign it, or `observe` it.

    Parameters
    ----------
    data : pandas.DataFrame, optional
        One row per campaign, as the verbs take it.
    ids : pandas.DataFrame, optional
        Campaigns to read at once, with what is carried along.
    read : callable, optional
        What reads, as `Client.read_stats` does; without it nothing can be reloaded.
    client : Client, optional
        Whose quota is told before a read.
    history : optional
        What the chart of change over time is drawn from.
    max_age : str or timedelta, default "1h"
        How old a row may be that a reload keeps.
    judged : pandas.DataFrame, optional
        What `benchmark` says of the data with these settings, where that is known already.
    **state
        Settings to begin with.

    Raises
    ------
    InputError
        If a setting is not allowed.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"sent_count": [1247, 980], "replied_count": [89, 41]}, index=["a", "b"])
    >>> explorer = Explorer(df, against=0.04)
    >>> explorer.view["verdict"].tolist()
    ['above', 'typical']
    >>> explorer.close()
    """

    _closed = True  # until there is something to close

    def __init__(
        self,
        data: pd.DataFrame | None = None,
        *,
        ids: pd.DataFrame | None = None,
        read: Callable[..., pd.DataFrame] | None = None,
        client: Any = None,
        history: Any = None,
        max_age: Any = "1h",
        judged: pd.DataFrame | None = None,
        **state: Any,
    ) -> None:
        super().__init__(**state)
        self._closed = False
        self.last_error: BaseException | None = None
        self._lock = threading.RLock()  # around everything that derives, draws or shows
        self._painter = Painter(self._paint)
        self._history, self._draws = history, 0
        self._noted: str | None = None  # of the read under way
        self._said: list[str] = []  # what went wrong in a control, until the next change
        self._loader = Loader(read or _no_reader, self._read_on)
        self._loader.data = None if data is None else data.copy()  # the caller's may change
        # what was made last, of which data, and what was asked for
        self._drawn: tuple[pd.DataFrame, Any, pictures.Picture] | None = None
        self._judged: tuple[pd.DataFrame, Any, pd.DataFrame] | None = None
        if judged is not None and self._loader.data is not None:
            self._judged = (self._loader.data, _asked(self.state()), judged)
        self._clicks = Clicks(self, self._view)
        self._build(ids, client, max_age, readable=read is not None)
        self.observe(self._change, NAMES)
        if ids is not None and len(ids):
            self.reading.start()
        self._painter.now()

    @property
    def data(self) -> pd.DataFrame | None:
        """The campaigns, as last read; None before the first read."""
        return None if self._loader.data is None else self._loader.data.copy()

    @property
    def view(self) -> pd.DataFrame:
        """The table as shown, of all pages: `benchmark`'s, filtered and sorted."""
        shown = self._view()
        return pd.DataFrame() if shown is None else shown.shown.copy()

    @property
    def selected(self) -> pd.DataFrame:
        """The campaigns that are selected: their rows of the data, whether shown or not."""
        shown = self._view()
        return pd.DataFrame() if shown is None else shown.data.iloc[shown.selected].copy()

    @property
    def code(self) -> str:
        """The Python that gives `view`, of a frame called `stats`."""
        shown = self._view()
        return "" if shown is None else code_text(shown)

    @property
    def failures(self) -> dict[str, LeadlexError]:
        """The campaigns that the last read could not read, with the reason of each."""
        return dict(self._loader.now.failures)

    @property
    def status(self) -> str:
        """How the last read ended: empty, loading, ready, partial, error or cancelled."""
        now = self._loader.now.status
        return "empty" if self._loader.data is None and now == "ready" else now

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until a read has ended and all is drawn; tell whether that is so."""
        return self._loader.wait(timeout) and self._painter.wait(timeout)

    def close(self) -> None:
        """End what is under way, and free every model of the page; closing twice does no harm."""
        if self._closed:
            return
        with self._lock:  # what is being painted is painted to its end
            self._closed = True
        self.reading.close()
        self._painter.stop()
        for model in {id(each): each for each in _models(self)}.values():
            if model is not self:
                model.close()
        super().close()

    def _ipython_display_(self, **options: Any) -> None:  # noqa: ARG002 -- IPython passes some
        """Show the page, and below it a table and a picture, hidden while the page lives, for where no kernel runs.

        In one output, as alternatives, they would not do: a notebook that is opened again takes the page, finds no
        model, and shows an error instead of the other.
        """
        from IPython.display import display

        told = super()._repr_mimebundle_()  # type: ignore[no-untyped-call, unused-ignore]
        display({**told, "text/plain": ""}, raw=True)  # type: ignore[no-untyped-call, unused-ignore]
        display({"text/html": self._static_html(), "text/plain": repr(self)}, raw=True)  # type: ignore[no-untyped-call, unused-ignore]

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Give the page and what is left of it without a kernel, for tools that choose."""
        bundle = super()._repr_mimebundle_(**options) or {}
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["text/plain"], data["text/html"] = repr(self), self._static_html()
        return bundle

    def _static_html(self) -> str:
        shown = self._guarded(self._view)
        drawn = None if shown is None else self._guarded(lambda: self._picture_alone(shown))
        return page.spare_html(exports.static_html(shown, drawn), self.model_id)

    def __repr__(self) -> str:
        """Say what is shown, on one line."""
        shown = self._guarded(self._view)
        return f"<Explorer: {'no campaigns' if shown is None else texts.status_text(shown)}>"

    def _build(self, ids: Any, client: Any, max_age: Any, *, readable: bool) -> None:
        self.controls = Controls(
            self, self._run, select=self._clicks.choose, opened=self._painter.ask, history=self._history
        )
        self.reading = Reading(self._loader, ids, client, max_age, self._run)
        self.reading.row.layout.display = "" if readable else "none"
        self._bus = widgets.Text(continuous_update=False)
        self._bus.add_class("lx-bus")
        self._bus.observe(lambda change: self._run(lambda: self._clicks.hear(change.new)), "value")
        self._links: dict[str, str] = {}
        names = ("style", "status", "alert", "chart", "chosen", "table", "code", "links")
        self._parts = {name: widgets.HTML() for name in names}
        self._parts["style"].value = page.style_html() + page.hiding_html(self.model_id) + page.starter_html()
        csv = widgets.Button(description="Prepare CSV")
        png = widgets.Button(description="Prepare PNG")
        csv.on_click(lambda _: self._run(self._prepare_csv))
        png.on_click(lambda _: self._run(self._prepare_png))
        files = widgets.HBox([csv, png, self._parts["links"]])
        files.add_class("lx-row")
        mine = self._parts
        self.children = (
            mine["style"], self.controls.row, self.controls.panel, self.reading.row, mine["status"], mine["alert"],
            mine["chart"], mine["chosen"], mine["table"], mine["code"], files, self._bus,
        )  # fmt: skip
        self.add_class("lx-root")
        self.controls.fill(self._loader.data)

    def _view(self) -> View | None:
        """Derive what is shown, and judge only if what is asked has changed."""
        data, state = self._loader.data, self.state()
        if data is None:
            return None
        with self._lock:
            asked, last = _asked(state), self._judged
            if last is None or last[0] is not data or last[1] != asked:
                self._judged = last = (data, asked, judge(data, state))
            return view(data, state, last[2])

    def _picture(self, shown: View) -> pictures.Picture:
        """Draw, unless only the selection or the order of the table has changed."""
        with self._lock:
            key, last = pictures.drawn_by(shown), self._drawn
            if last is None or last[0] is not shown.data or last[1] != key:
                self._drawn = last = (shown.data, key, pictures.picture(shown, self._history))
            return last[2]

    def _change(self, _: Any) -> None:
        self._said = []
        self._painter.ask()

    def _paint(self) -> None:
        """Derive, draw and show; what fails is said, and all else is shown."""
        with self._lock:
            if self._closed:
                return
            self._draws += 1
            troubles: list[str] = []
            shown = self._guarded(self._view, troubles)
            if shown is not None:
                self._show(shown, troubles)
            elif self._loader.data is None and not self._loader.busy:
                self._parts["table"].value = parts.EMPTY
            self.reading.show()
            self._show_theme()
            self._show_messages(shown, troubles)

    def _show(self, shown: View, troubles: list[str]) -> None:
        self._parts["links"].value = ""  # files of another view
        self._links.clear()
        written = {
            "table": lambda: tables.table_html(shown) if len(shown.data) else parts.EMPTY,
            "chosen": lambda: parts.chosen_html(shown),
            "code": lambda: parts.code_html(shown),
            "chart": lambda: pictures.chart_html(self._picture(shown), shown),
        }
        self._guarded(lambda: self.controls.show(shown), troubles)
        for name, write in written.items():  # one that fails does not keep the others from being shown
            content = self._guarded(write, troubles)
            if content is None and name == "chart":  # another picture would be taken for what was asked for
                content = pictures.chart_html(pictures.Picture(alt="This chart cannot be drawn."), shown)
            if content is not None:
                self._parts[name].value = page.live(content)

    def _show_messages(self, shown: View | None, troubles: list[str]) -> None:
        told = texts.status_text(shown) if shown is not None else self._waiting_text()
        if self._loader.busy:
            note = self._loader.now.note
            waiting = f": {note}" if note.startswith("waiting") else ""  # all else stands beside the buttons
            told = f"Reading{waiting}. {told}"
        self._parts["status"].value = parts.status_html(told, self._draws, reading=self._loader.busy)
        names = {}
        if shown is not None and self._loader.now.missing:
            names = dict(zip(shown.keys, shown.names_of(np.arange(len(shown.data))), strict=True))
        self._parts["alert"].value = parts.alert_html([*troubles, *self._said, self.reading.alert(names)])

    def _waiting_text(self) -> str:
        return (
            "Nothing has been read yet." if self._loader.data is None else "Shown is still what was asked for before."
        )

    def _show_theme(self) -> None:
        for theme in ("auto", "light", "dark"):
            (self.add_class if theme == self.theme else self.remove_class)(f"lx-{theme}")

    def _read_on(self) -> None:
        """Take note of a read: its progress by itself, what it brought with a redraw."""
        if self._closed:
            return
        if self._loader.busy:
            self.reading.show()
            if self._loader.now.note != self._noted:  # the status says it
                self._noted = self._loader.now.note
                self._painter.ask()
            return
        self._noted = None
        now = self._loader.now
        self.last_error = now.error or next(iter(now.failures.values()), self.last_error)
        self._run(lambda: self.controls.fill(self._loader.data))
        self._painter.ask()

    def _prepare_csv(self) -> None:
        shown = self._view()
        if shown is not None:
            name = f"{shown.metric.name}.csv"
            self._offer("csv", exports.link_html(exports.csv_bytes(shown), "text/csv;charset=utf-8", name))

    def _prepare_png(self) -> None:
        shown = self._view()
        if shown is not None:
            png, name = self._picture_alone(shown).png, f"{shown.metric.name}-{self.chart}.png"
            self._offer("png", exports.link_html(png, "image/png", name) if png else "There is no chart to save.")

    def _picture_alone(self, shown: View) -> pictures.Picture:
        with self._lock:
            return pictures.picture(shown, self._history, alone=True)

    def _offer(self, kind: str, link: str) -> None:
        """Show the link to a file beside that of the other kind."""
        with self._lock:
            self._links[kind] = link
            self._parts["links"].value = " ".join(self._links.values())

    def _guarded(self, work: Callable[[], Any], troubles: list[str] | None = None) -> Any:
        """Do something; what goes wrong is kept in `last_error` and told, as front ends swallow it."""
        try:
            return work()
        except Exception as error:
            self.last_error = error
            if troubles is not None:
                troubles.append(texts.error_text(error, kept=0, missing=0))
            return None

    def _run(self, work: Callable[[], Any]) -> None:
        """Do what a control asks for, and say what goes wrong."""
        troubles: list[str] = []
        self._guarded(work, troubles)
        if troubles:
            self._said = troubles
            self._painter.ask()


def _asked(state: dict[str, Any]) -> tuple[Any, ...]:
    """Give what a judgement depends on beside the data."""
    return tuple(state[name] for name in JUDGED_BY)


def _models(widget: Any) -> list[Any]:
    """Name every model of a page: widgets, and their layouts and styles."""
    own = [getattr(widget, name, None) for name in ("layout", "style")]
    inner = [model for child in getattr(widget, "children", ()) for model in _models(child)]
    return [*inner, *(model for model in own if isinstance(model, widgets.Widget)), widget]


def _no_reader(*arguments: Any, **options: Any) -> pd.DataFrame:  # noqa: ARG001
    raise LeadlexError("explore: nothing can be read here.")
