"""What may be given as a history, what it shows of itself, and where it can be taken."""

import os
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import leadlex_pandas
from leadlex_pandas import History, HistoryError, InputError
from tests.history.snapshots import START, stats

EXAMPLES = 'History("stats.sqlite") or History("postgresql+psycopg://user@host/name")'


@pytest.mark.parametrize("form", ["path", "text", "url", "relative", "home"])
def test_a_file_may_be_named_in_many_ways(file, form, monkeypatch):
    monkeypatch.chdir(file.parent)
    monkeypatch.setenv("HOME", str(file.parent))
    given = {
        "path": file, "text": str(file), "url": f"sqlite:///{file}", "relative": "stats.sqlite", "home": "~/stats.sqlite",
    }[form]  # fmt: skip
    with History(given) as history:
        history.record(stats(["a"]))
    assert file.exists()
    assert repr(history) == f"History({str(file if form == 'url' else given)!r})"


def test_a_relative_path_stays_where_it_was_opened(file, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(file.parent)
    history = History("stats.sqlite")
    history.close()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    history.record(stats(["a"]))
    assert list(elsewhere.iterdir()) == []
    history.close()


@pytest.mark.parametrize(
    "name", ["~nobody-of-this-name.sqlite", "Über uns & 100 % ?#'.sqlite", r"C:\Users\Anna\a.sqlite"]
)
def test_names_of_every_kind_are_names(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    if os.name == "nt":
        pytest.skip("names that this system has other uses for")
    with History(name) as history:
        assert history.record(stats(["a"])) == 1
        assert [each.name for each in tmp_path.iterdir() if not each.name.endswith(("-wal", "-shm"))] == [name]


def test_the_environment_may_name_it(file, monkeypatch):
    monkeypatch.setenv("LEADLEX_HISTORY", f" {file} ")
    with History() as history:
        history.record(stats(["a"]))
    monkeypatch.setenv("LEADLEX_HISTORY", str(file.with_name("other.sqlite")))
    with History(file) as history:  # what is given wins
        assert len(history.latest()) == 1


@pytest.mark.parametrize("value", [None, "", "  "])
def test_there_is_no_file_by_default(value, monkeypatch):
    if value is not None:
        monkeypatch.setenv("LEADLEX_HISTORY", value)
    with pytest.raises(HistoryError) as caught:
        History()
    assert str(caught.value) == (
        f"History: no history. Pass a file or a database, as in {EXAMPLES}, "
        "or set the environment variable LEADLEX_HISTORY to one."
    )


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (5, f"History: url must be a path or a URL, as in {EXAMPLES}, not 5."),
        ("", f"History: url must be a path or a URL, as in {EXAMPLES}, not ''."),
        (b"x", f"History: url must be a path or a URL, as in {EXAMPLES}, not b'x'."),
        (
            "mysql://me:hidden@host/name",
            "History: url must begin with sqlite:/// or postgresql+psycopg://, as in "
            f"{EXAMPLES}; the one given, mysql://..., does not, or cannot be read.",
        ),
        (
            "postgresql+psycopg://me:hidden@host:port/name",
            "History: url must begin with sqlite:/// or postgresql+psycopg://, as in "
            f"{EXAMPLES}; the one given, postgresql+psycopg://..., does not, or cannot be read.",
        ),
        (
            "sqlite:///stats.sqlite?timeout=soon",
            "History: after the file name only ?timeout=SECONDS is understood, as in "
            "'sqlite:///stats.sqlite?timeout=5', not 'timeout=soon'.",
        ),
        (
            "sqlite:///stats.sqlite?mode=ro",
            "History: after the file name only ?timeout=SECONDS is understood, as in "
            "'sqlite:///stats.sqlite?timeout=5', not 'mode=ro'.",
        ),
        (
            ":memory:",
            "History: url must name a file that stays, as in History('stats.sqlite'), not ':memory:'. "
            "To try without one: a file in tempfile.mkdtemp().",
        ),
        (
            "sqlite://",
            "History: url must name a file that stays, as in History('stats.sqlite'), not ':memory:'. "
            "To try without one: a file in tempfile.mkdtemp().",
        ),
    ],
)
def test_what_is_no_place_is_refused(given, text):
    with pytest.raises(InputError) as caught:
        History(given)
    assert str(caught.value) == text


def test_a_path_with_nul_is_refused():
    with pytest.raises(InputError) as caught:
        History("stats\0.sqlite")
    assert str(caught.value) == r"History: url must be a path without NUL, not 'stats\x00.sqlite'."


@pytest.mark.parametrize("settings", ["host=db password=s3cret", "password = 's3cret' dbname=stats"])
def test_settings_of_psql_are_refused_without_showing_them(settings):
    with pytest.raises(InputError) as caught:
        History(settings)
    assert str(caught.value) == (
        'History: url must be a path or a URL, as in History("stats.sqlite") or '
        'History("postgresql+psycopg://user@host/name"), not settings such as host=....'
    )


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(HistoryError) as caught:
        History(tmp_path)
    assert str(caught.value) == (
        f"History: {str(tmp_path)!r} is a folder. Give a file in it, as in {str(tmp_path / 'stats.sqlite')!r}."
    )
    with pytest.raises(HistoryError) as caught:
        History(tmp_path / "gone" / "stats.sqlite")
    assert str(caught.value) == (
        f"History: there is no folder {str(tmp_path / 'gone')!r} for stats.sqlite. Make it, or give another path."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_plain_address_of_a_server_is_understood(postgres_server):
    address = postgres_server.database()
    for scheme in ("postgresql", "postgres"):
        with History(address.replace("postgresql+psycopg", scheme)) as history:
            assert history.record(stats(["a"])) == (scheme == "postgresql")


def test_no_password_is_shown(postgres_server):
    address = postgres_server.database().replace("postgres@", "postgres:s3cret@")
    for given in (address, address + "?sslpassword=s3cret"):
        with History(given) as history:
            assert "s3cret" not in repr(history)
            assert "postgres:***@127.0.0.1" in repr(history)
            with pytest.raises(TypeError, match=r"^a History with a password in its address is not pickled: give the "):
                pickle.dumps(history)
    with pytest.raises(HistoryError) as caught:
        History(address.replace("/postgres", "/gone"))
    assert "s3cret" not in str(caught.value)


def test_it_is_pickled_as_its_address(history):
    history.record(stats(["a"]))
    with pickle.loads(pickle.dumps(history)) as copy:
        assert copy.latest().index.tolist() == ["a"]


def test_it_can_be_closed_and_used_again(history):
    history.record(stats(["a"]))
    history.close()
    history.close()
    assert len(history.latest()) == 1


def test_a_closed_file_is_one_file(file):
    with History(file) as history:
        history.record(stats(["a"]))
        history.latest()
    assert [each.name for each in file.parent.iterdir()] == ["stats.sqlite"]


def test_threads_share_one_history(history):
    threads = 12  # more than a pool has by itself
    started = threading.Barrier(threads)

    def work(number):
        started.wait()
        new = [history.record(stats([f"c{number}", "all"], START + number * (START - START.floor("D")))) for _ in "12"]
        return new, len(history.latest(f"c{number}"))

    with ThreadPoolExecutor(threads) as pool:
        assert list(pool.map(work, range(threads))) == [([2, 0], 1)] * threads
    assert len(history.read("all")) == threads


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_it_is_usable_after_a_fork(history):
    history.record(stats(["a"]))
    engine = history._database.engine  # its connections are the parent's, whatever seems to work
    child = os.fork()
    if child == 0:
        try:
            new = history.record(stats(["child"]))
            own = history._database.engine is not engine
            os._exit(0 if new == 1 and len(history.latest()) == 2 and own else 1)
        except BaseException:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert history.record(stats(["parent"])) == 1
    assert history.latest().index.tolist() == ["a", "child", "parent"]


def test_without_the_driver_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(HistoryError) as caught:
        History("postgresql+psycopg://me:hidden@host/name")
    assert str(caught.value) == (
        "History: postgresql+psycopg://me:***@host/name needs the package psycopg. "
        "Install it: pip install 'leadlex-pandas[postgres]'."
    )


def test_it_is_at_the_top_of_the_package():
    assert leadlex_pandas.History is History
    assert "History" in dir(leadlex_pandas)
    assert Path(sys.modules["leadlex_pandas.history"].__file__).parent.name == "history"
