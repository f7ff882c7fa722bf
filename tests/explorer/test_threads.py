"""The explorer is asked from several threads at once: nothing waits for ever, nothing is lost, nothing is left behind."""

import threading

import pandas as pd
import pytest

from leadlex_pandas import HistoryError, Quota, QuotaExhaustedError, benchmark, explore
from leadlex_pandas.explorer import pictures, tables
from leadlex_pandas.explorer.loader import Loader
from leadlex_pandas.explorer.painter import Painter
from leadlex_pandas.explorer.state import ExplorerState
from leadlex_pandas.explorer.widget import Explorer
from tests.explorer.frames import labelled
from tests.explorer.test_loader import ids, reached, rows

FRAME = labelled()


def raises(error):
    raise error


@pytest.fixture
def explorer():
    opened = explore(FRAME)
    yield opened
    opened.close()


def stopped_in(monkeypatch, owner, name):
    """Stop whoever calls a function, until told to go on."""
    inside, go, keep = threading.Event(), threading.Event(), getattr(owner, name)

    def slow(*arguments):
        inside.set()
        assert go.wait(10)
        return keep(*arguments)

    monkeypatch.setattr(owner, name, slow)
    return inside, go


def in_thread(work):
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_a_list_can_be_chosen_from_while_the_lists_are_being_filled(explorer, monkeypatch):
    explorer.controls.more.value = True
    assert explorer.wait(10)
    inside, go = stopped_in(monkeypatch, explorer.controls, "show")
    explorer.theme = "dark"
    assert inside.wait(10)
    choosing = in_thread(lambda: setattr(explorer.controls.selection, "value", ("campaign 2",)))
    choosing.join(0.2)  # it gets as far as it can: to where it needs what the painting thread holds
    go.set()
    choosing.join(10)
    assert not choosing.is_alive()
    assert explorer.wait(10)
    assert explorer.selected_ids == ("campaign 2",)


def test_whoever_observes_may_look_at_the_view_and_wait(explorer):
    told = []
    explorer.observe(lambda _: told.append((explorer.wait(10), len(explorer.view))), "min_sends")
    changing = in_thread(lambda: setattr(explorer.controls.min_sends, "value", 10**6))
    changing.join(20)
    assert told == [(True, 0)]


def test_a_change_in_one_thread_is_heard_while_another_fills(explorer):
    with explorer.controls._fills():
        changing = in_thread(lambda: setattr(explorer.controls.search, "value", "patent"))
        assert reached(lambda: explorer.search == "patent")
    changing.join(10)
    assert explorer.controls.search.value == "patent"


def test_steps_of_several_threads_do_not_mix():
    state, wrong = ExplorerState(), []

    def change(step):
        try:
            for number in range(200):
                state.update(min_sends=number, level=0.8 + step / 100, page=number + 1)
        except Exception as error:
            wrong.append(error)

    threads = [in_thread(lambda step=step: change(step)) for step in range(4)]
    for thread in threads:
        thread.join(30)
    assert wrong == []
    assert (state.min_sends, state.page) == (199, 200)
    state.search = "a"  # observers are told again at once
    assert state.page == 1


def test_a_table_that_cannot_be_written_is_told_and_the_next_change_is_painted(explorer, monkeypatch):
    chart = explorer._parts["chart"].value
    with monkeypatch.context() as broken:
        broken.setattr(tables, "table_html", lambda shown: 1 / 0)
        explorer.update(sort="rate", chart="forest")
        assert explorer.wait(10)
    assert isinstance(explorer.last_error, ZeroDivisionError)
    assert "ZeroDivisionError: division by zero" in explorer._parts["alert"].value
    assert explorer._parts["chart"].value != chart
    explorer.page = 2
    assert explorer.wait(10)
    assert "Page 2 of 3" in explorer._parts["table"].value
    assert explorer._parts["alert"].value == ""


def test_a_painter_that_fails_leaves_nobody_waiting_and_paints_again(monkeypatch):
    painted = []
    monkeypatch.setattr(threading, "excepthook", lambda told: None)

    def paint():
        painted.append(len(painted))
        if len(painted) == 1:
            raise KeyboardInterrupt

    painter = Painter(paint)
    painter.ask()
    assert painter.wait(10)
    painter.ask()
    assert painter.wait(10)
    assert painted == [0, 1]


def test_the_newest_of_many_requests_is_painted_and_none_after_the_end():
    going, painted, wanted = threading.Event(), [], [0]

    def paint():
        painted.append(wanted[0])
        assert going.wait(10)

    painter = Painter(paint)
    for number in range(50):
        wanted[0] = number
        painter.ask()
    assert reached(lambda: len(painted) == 1)
    going.set()
    assert painter.wait(10)
    assert painted[-1] == 49
    assert len(painted) <= 2
    painter.stop()
    painter.ask()
    assert painter.wait(10)
    assert len(painted) <= 2


def test_what_was_asked_for_before_the_end_is_not_painted_after_it():
    going, painted = threading.Event(), []

    def paint():
        painted.append(len(painted))
        assert going.wait(10)

    painter = Painter(paint)
    painter.ask()
    assert reached(lambda: painted == [0])
    painter.ask()
    painter.stop()
    going.set()
    assert painter.wait(10)
    assert painted == [0]


def test_what_a_control_cannot_do_is_told_until_the_next_change(explorer):
    def refuse(change):
        raise ValueError("not on a Sunday")

    explorer.observe(refuse, "min_sends")
    explorer.controls.min_sends.value = 50
    assert explorer.wait(10)
    assert explorer.min_sends == 50
    assert "ValueError: not on a Sunday" in explorer._parts["alert"].value
    assert "campaigns" in explorer._parts["status"].value
    explorer.page = 2
    assert explorer.wait(10)
    assert explorer._parts["alert"].value == ""


def test_a_judgement_is_of_the_rows_that_it_is_kept_for(monkeypatch):
    """Rows that come while others are judged are judged themselves, too."""
    later = FRAME.head(4)
    explorer = Explorer(FRAME)
    inside, go = stopped_in(monkeypatch, explorer, "state")
    looking = in_thread(lambda: explorer.view)
    assert inside.wait(10)
    explorer._loader.data = later
    go.set()
    looking.join(10)
    assert explorer.view["verdict"].sort_index().tolist() == benchmark(later)["verdict"].sort_index().tolist()
    explorer.close()


def test_nothing_is_painted_and_nothing_waits_after_the_end(monkeypatch):
    before = threading.active_count()

    def read(wanted, **options):
        quota = Quota(100, 0, pd.Timestamp.now("UTC") + pd.Timedelta("6h"))
        raise QuotaExhaustedError(rows("a"), {}, "read_stats", "1 of 2", quota)

    explorer = Explorer(ids=ids("a", "b"), read=read)
    assert explorer.wait(10)
    assert threading.active_count() == before + 1  # it looks again when calls are back
    explorer.close()
    explorer.reading.show()  # as a thread does that had begun before
    explorer.metric = "open_rate"
    assert explorer.wait(10)
    assert reached(lambda: threading.active_count() == before)


def test_the_end_waits_for_what_is_being_painted(explorer, monkeypatch):
    inside, go = stopped_in(monkeypatch, explorer.controls, "show")
    explorer.theme = "dark"
    assert inside.wait(10)
    closing = in_thread(explorer.close)
    closing.join(0.2)
    assert closing.is_alive()
    go.set()
    closing.join(10)
    assert not closing.is_alive()
    drawn = explorer._parts["status"].value, explorer._parts["table"].value
    explorer.page = 2
    assert explorer.wait(10)
    explorer._painter.now()  # as a thread does that had begun before
    assert (explorer._parts["status"].value, explorer._parts["table"].value) == drawn


def test_a_read_that_cannot_be_kept_ends_as_an_error():
    loader = Loader(lambda wanted, **options: "no frame", lambda: None)
    loader.data = rows("a")
    loader.start(ids("a"), None)
    assert loader.wait(10)
    assert (loader.now.status, type(loader.now.error)) == ("error", TypeError)
    assert list(loader.data.index) == ["a"]


def test_an_interrupt_that_was_asked_for_is_a_cancel():
    going = threading.Event()

    def read(wanted, *, progress, **options):
        assert going.wait(10)
        progress.look("")

    loader = Loader(read, lambda: None)
    loader.cancel()  # of nothing: it does not end the next read
    loader.start(ids("a"), None)
    loader.cancel()
    loader.cancel()
    going.set()
    assert loader.wait(10)
    assert (loader.now.status, loader.now.error, loader.now.missing) == ("cancelled", None, ("a",))


def test_a_picture_that_cannot_be_drawn_leaves_no_other_in_its_place(explorer, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(pictures, "picture", lambda *given, **options: raises(HistoryError("the file is gone")))
        explorer.update(chart="ranks", sort="rate")
        assert explorer.wait(10)
    assert "The file is gone" in explorer._parts["alert"].value
    assert "This chart cannot be drawn." in explorer._parts["chart"].value
    assert "<img" not in explorer._parts["chart"].value
    assert explorer.view.index[0] in explorer._parts["table"].value
    explorer.page = 2
    assert explorer.wait(10)
    assert "<img" in explorer._parts["chart"].value
