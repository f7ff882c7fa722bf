"""`leadlex record` and `leadlex read`, as a scheduler and a shell run them."""

import io
import os
import re
import signal
import sqlite3
import subprocess
import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import History, sandbox
from leadlex_pandas.cli import main

LINE = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  recorded (\d+) of (\d+) campaigns in ([^;]+); ([\d,]+) calls left today\n"
)
PAGE = Path(__file__).parents[1] / "docs" / "howto" / "history.md"


@pytest.fixture
def service(monkeypatch):
    """A sandbox that the environment leads to."""
    with sandbox.start() as server:
        monkeypatch.setenv("LEADLEX_API_KEY", server.api_key)
        monkeypatch.setenv("LEADLEX_BASE_URL", server.url)
        yield server


@pytest.fixture
def path(tmp_path):
    return tmp_path / "stats.sqlite"


def endpoints(server):
    return [call.endpoint for call in server.calls]


# record


def test_all_campaigns_of_the_list_are_recorded(service, path, capsys):
    assert main(["record", "--history", str(path)]) == 0
    out, err = capsys.readouterr()
    assert LINE.fullmatch(out).groups() == ("40", "40", str(path), f"{service.day_calls_left:,}")
    assert err == ""
    with History(path) as history:
        latest = history.latest()
    assert set(latest.index) == set(service.campaigns.index)
    assert latest["label"].to_dict() == service.campaigns["label"].to_dict()


def test_calls_bound_what_is_read_and_the_next_run_goes_on(service, path):
    assert main(["record", "--history", str(path), "--calls", "16"]) == 0
    assert endpoints(service) == ["campaigns"] + ["stats"] * 15
    assert main(["record", "--history", str(path), "--calls", "16"]) == 0
    assert endpoints(service)[16:] == ["stats"] * 16  # the list is a moment old
    assert main(["record", "--history", str(path), "--calls", "9"]) == 0
    with History(path) as history:
        assert len(history.latest()) == len(history.read()) == 40  # each was read once before any was again


@pytest.mark.parametrize(("calls", "first", "second"), [
    (39, "recorded 38 of 40 campaigns in {}; 2 are left for later runs: 39 calls were allowed, and the list took 1; ", "recorded 39 of 40 campaigns in {}; 1 is left for later runs: 39 calls were allowed; "),
    (1, "recorded 0 of 40 campaigns in {}; 40 are left for later runs: 1 call was allowed, and the list took 1; ", "recorded 1 of 40 campaigns in {}; 39 are left for later runs: 1 call was allowed; "),
    (41, "recorded 40 of 40 campaigns in {}; 999", "recorded 40 of 40 campaigns in {}; 999"),
])  # fmt: skip
def test_what_the_calls_leave_for_later_is_said(service, path, capsys, calls, first, second):
    for said in (first, second):
        assert main(["record", "--history", str(path), "--calls", str(calls)]) == 0
        assert said.format(path) in capsys.readouterr().out


def test_an_id_that_comes_twice_is_one_campaign(service, path, tmp_path, capsys):
    ids = list(service.campaigns.index[:2])
    (tmp_path / "ids.txt").write_text("\n".join([*ids, *ids]))
    assert main(["record", "--history", str(path), "--ids-file", str(tmp_path / "ids.txt")]) == 0
    assert LINE.fullmatch(capsys.readouterr().out).groups()[:2] == ("2", "2")


def test_the_log_on_the_page_is_that_of_its_command(tmp_path, monkeypatch, capsys):
    page = PAGE.read_text(encoding="utf-8")
    command = re.search(r"^leadlex (record .*)$", page, re.MULTILINE)[1].split()
    shown = re.findall(r"^[\d-]+ [\d:]+ UTC  (recorded .*)$", page, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    with sandbox.start(plan="org", minute=0.001) as server:  # whose minute has room for both runs
        monkeypatch.setenv("LEADLEX_API_KEY", server.api_key)
        monkeypatch.setenv("LEADLEX_BASE_URL", server.url)
        server.day_calls_left = 100
        assert [main(command) for _ in shown] == [0, 0]
    assert [line.partition(" UTC  ")[2] for line in capsys.readouterr().out.splitlines()] == shown


def test_a_file_of_ids_spares_the_list(service, path, tmp_path):
    ids = list(service.campaigns.index[:3])
    (tmp_path / "ids.txt").write_text("# the live ones\n" + "\n".join(ids) + "\n\n", encoding="utf-8-sig")
    assert main(["record", "--history", str(path), "--ids-file", str(tmp_path / "ids.txt")]) == 0
    assert {call.campaign_id for call in service.calls} == set(ids)


def test_the_history_may_stand_in_the_environment(service, path, monkeypatch):
    monkeypatch.setenv("LEADLEX_HISTORY", str(path))
    assert main(["record", "--calls", "3"]) == 0
    assert path.exists()


def test_some_that_fail_are_named_and_the_others_recorded(service, path, capsys):
    lost = service.campaigns.index[0]
    service.fail(500, campaign_id=lost, times=None)
    assert main(["record", "--history", str(path)]) == 1
    out, err = capsys.readouterr()
    assert LINE.fullmatch(out).groups()[:2] == ("39", "40")
    assert err.startswith("leadlex record: 1 could not be read: ")
    assert lost in err
    with History(path) as history:
        assert len(history.latest()) == 39


def test_the_end_of_the_days_calls_keeps_what_came(monkeypatch, path, capsys):
    with sandbox.start(plan="starter", minute=0.001) as server:
        monkeypatch.setenv("LEADLEX_API_KEY", server.api_key)
        monkeypatch.setenv("LEADLEX_BASE_URL", server.url)
        server.day_calls_left = 9
        assert main(["record", "--history", str(path)]) == 1
    out, err = capsys.readouterr()
    assert LINE.fullmatch(out).groups()[:2] == ("8", "40")
    assert "8 of 40 campaigns" in err
    with History(path) as history:
        assert len(history.latest()) == 8


@pytest.mark.parametrize("key", ["wbk_expired", ""])
def test_without_a_good_key_nothing_is_read(service, path, monkeypatch, capsys, key):
    monkeypatch.setenv("LEADLEX_API_KEY", key)
    assert main(["record", "--history", str(path)]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("leadlex record: ")
    assert "wbk_expired" not in err
    assert err.count("\n") == 1


def test_a_history_that_is_none(service, tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("not a database, but long enough to be one" * 50)
    assert main(["record", "--history", str(tmp_path / "notes.txt")]) == 4
    assert capsys.readouterr().err.startswith("leadlex record: ")
    assert service.calls == []


def test_without_a_history_both_ways_are_shown(service, monkeypatch, capsys):
    monkeypatch.delenv("LEADLEX_HISTORY", raising=False)
    assert main(["record"]) == 4
    err = capsys.readouterr().err
    assert "LEADLEX_HISTORY" in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory. Give a file with one campaign id a line."),
        (b"\xff\xfe\x00", "cannot be read: it is not text in UTF-8. Give a file with one campaign id a line."),
        (b"# nothing\n", "holds no campaign id. Give a file with one campaign id a line."),
    ],
)
def test_a_file_of_ids_that_is_none(service, path, tmp_path, capsys, content, said):
    file = tmp_path / "ids.txt"
    if content is not None:
        file.write_bytes(content)
    assert main(["record", "--history", str(path), "--ids-file", str(file)]) == 2
    assert capsys.readouterr().err == f"leadlex record: --ids-file: {file} {said}\n"
    assert service.calls == []


@pytest.mark.parametrize("calls", ["0", "-3", "many", "1.5"])
def test_calls_must_be_a_whole_number(service, path, capsys, calls):
    with pytest.raises(SystemExit) as wrong:
        main(["record", "--history", str(path), "--calls", calls])
    assert wrong.value.code == 2
    assert f"must be a whole number of at least 1, not '{calls}'" in capsys.readouterr().err


def test_ctrl_c_keeps_what_came(service, path, monkeypatch, capsys):
    def interrupt(self, *args, **options):
        raise leadlex_pandas.ReadInterrupted(pd.DataFrame(), {}, "read_stats", "0 of 40 campaigns")

    monkeypatch.setattr(leadlex_pandas.Client, "read_stats", interrupt)
    assert main(["record", "--history", str(path)]) == 130
    assert capsys.readouterr().err == "leadlex record: interrupted; what had been read was kept.\n"


def test_a_request_to_end_keeps_what_came(service, path, monkeypatch, capsys):
    read = leadlex_pandas.Client.read_stats

    def stopped(self, *args, **options):
        return read(
            self, *args, **{**options, "progress": lambda done, _: done >= 3 and signal.raise_signal(signal.SIGTERM)}
        )

    monkeypatch.setattr(leadlex_pandas.Client, "read_stats", stopped)
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        assert main(["record", "--history", str(path)]) == 130
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
    assert capsys.readouterr().err == "leadlex record: interrupted; what had been read was kept.\n"
    with History(path) as history:
        assert len(history.latest()) >= 3


# read


def test_campaigns_are_written_as_csv(service, capsys):
    ids = list(service.campaigns.index[:3])
    assert main(["read", *ids]) == 0
    out = capsys.readouterr().out
    stats = pd.read_csv(io.StringIO(out), index_col="campaign_id")
    assert list(stats.index) == ids
    made = sandbox.portfolio.portfolio().counts
    assert stats["sent_count"].to_dict() == made["sent_count"].loc[ids].astype(int).to_dict()
    assert "read_error" not in stats
    assert leadlex_pandas.from_frame(pd.read_csv(io.StringIO(out)), id="campaign_id").shape[0] == 3


def test_all_of_a_status_go_to_a_file_through_a_history(service, path, tmp_path):
    out = tmp_path / "stats.csv"
    options = ["read", "--status", "active", "--history", str(path), "--max-age", "6h", "--out", str(out)]
    assert main(options) == 0
    first = out.read_text(encoding="utf-8")
    made = len(service.calls)
    assert main(options) == 0
    assert out.read_text(encoding="utf-8") == first  # to the microsecond
    assert endpoints(service)[made:] == ["campaigns"]
    stats = pd.read_csv(out)
    assert set(stats["status"]) == {"active"}
    assert stats["label"].notna().all()


def test_a_campaign_that_is_not_there_has_its_row_and_its_reason(service, capsys):
    assert main(["read", "cmp_abc123", "deleted"]) == 1
    out, err = capsys.readouterr()
    stats = pd.read_csv(io.StringIO(out), index_col="campaign_id")
    assert stats["sent_count"].isna().to_dict() == {"cmp_abc123": False, "deleted": True}
    assert "deleted" in stats.loc["deleted", "read_error"]
    assert err.startswith("leadlex read: ")


def test_nothing_at_all_is_another_code(service):
    assert main(["read", "deleted"]) == 3


def test_wrong_arguments_of_read(service, tmp_path, capsys):
    assert main(["read", "a", "--status", "active"]) == 2
    said = "leadlex read: --status chooses from the list of campaigns; give ids or --status, not both.\n"
    assert capsys.readouterr().err == said
    nowhere = tmp_path / "no" / "such" / "folder.csv"
    assert main(["read", "cmp_abc123", "--out", str(nowhere)]) == 2
    said = f"leadlex read: --out: cannot write {nowhere}: No such file or directory. Name another file.\n"
    assert capsys.readouterr().err == said
    assert main(["read", "cmp_abc123", "--out", str(tmp_path)]) == 2
    assert f"--out: cannot write {tmp_path}: Is a directory." in capsys.readouterr().err
    assert service.calls == []


def test_max_age_finds_the_history_of_the_environment(service, path, monkeypatch, capsys):
    monkeypatch.delenv("LEADLEX_HISTORY", raising=False)
    assert main(["read", "cmp_abc123", "--max-age", "6h"]) == 4
    assert "LEADLEX_HISTORY" in capsys.readouterr().err
    monkeypatch.setenv("LEADLEX_HISTORY", str(path))
    for _ in "12":
        assert main(["read", "cmp_abc123", "--max-age", "6h"]) == 0
    assert endpoints(service) == ["stats"]


def test_an_out_file_is_left_alone_until_there_is_something_to_write(service, tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLEX_API_KEY", "wbk_expired")
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("of yesterday")
    for file in (old, new):
        assert main(["read", "--out", str(file)]) == 3
    assert old.read_text() == "of yesterday"
    assert not new.exists()


@pytest.mark.parametrize("days_calls", [0, 9])
def test_read_writes_what_the_days_calls_sufficed_for(monkeypatch, capsys, days_calls):
    with sandbox.start(plan="starter", minute=0.001) as server:
        monkeypatch.setenv("LEADLEX_API_KEY", server.api_key)
        monkeypatch.setenv("LEADLEX_BASE_URL", server.url)
        server.day_calls_left = days_calls
        assert main(["read"]) == 1
    out, err = capsys.readouterr()
    assert out.count("\n") == days_calls  # a header, and one call was for the list
    assert "Traceback" not in err


def test_a_history_that_is_full_costs_read_no_row(service, path, capsys):
    with History(path) as history:
        history.record(leadlex_pandas.read_stats("cmp_abc123"))
    with sqlite3.connect(path) as plain:
        plain.execute("CREATE TRIGGER full BEFORE INSERT ON leadlex_snapshots BEGIN SELECT RAISE(ABORT, 'full'); END")
    ids = list(service.campaigns.index[:3])
    assert main(["read", *ids, "--history", str(path)]) == 4
    out, err = capsys.readouterr()
    assert list(pd.read_csv(io.StringIO(out))["campaign_id"]) == ids
    assert err == f"leadlex read: History.record: {path} failed (full). What was recorded before is there.\n"


def test_ctrl_c_writes_what_came(service, monkeypatch, capsys):
    came = leadlex_pandas.read_stats("cmp_abc123")

    def interrupt(self, *args, **options):
        raise leadlex_pandas.ReadInterrupted(came, {}, "read_stats", "1 of 40 campaigns")

    monkeypatch.setattr(leadlex_pandas.Client, "read_stats", interrupt)
    assert main(["read"]) == 130
    assert list(pd.read_csv(io.StringIO(capsys.readouterr().out))["campaign_id"]) == ["cmp_abc123"]


def test_a_spreadsheet_finds_no_formula_in_the_csv(service, monkeypatch, capsys):
    """What OWASP names as dangerous at the beginning of a cell; numbers and ids stay what they are."""
    labels = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "Fine = so", "", None]
    ids = [*service.campaigns.index[:7], "-1"]
    read = leadlex_pandas.Client.read_stats

    def labelled(self, given, **options):
        return read(self, dict(zip(ids[:7], labels, strict=False)), **options).rename({ids[6]: "-1"})

    monkeypatch.setattr(leadlex_pandas.Client, "read_stats", labelled)
    assert main(["read", *ids[:7]]) == 0
    found = pd.read_csv(io.StringIO(capsys.readouterr().out), index_col="campaign_id", keep_default_na=False)
    assert list(found["label"]) == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "Fine = so", ""]
    assert found.index[-1] == "-1"


def test_a_log_that_knows_few_letters(service, tmp_path, monkeypatch):
    """What was recorded is told all the same."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert main(["record", "--history", "Übersicht.sqlite", "--calls", "2"]) == 0
    sys.stdout.flush()
    assert rb"recorded 1 of 40 campaigns in \xdcbersicht.sqlite; " in sys.stdout.buffer.getvalue()


def test_a_csv_is_utf_8_whatever_the_terminal_knows(service, monkeypatch):
    came = leadlex_pandas.read_stats({"cmp_abc123": "Überstunden €"})
    monkeypatch.setattr(leadlex_pandas.Client, "read_stats", lambda *_, **__: came.assign(read_error=None))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert main(["read", "cmp_abc123"]) == 0
    found = pd.read_csv(io.BytesIO(sys.stdout.buffer.getvalue()), encoding="utf-8")
    assert list(found["label"]) == ["Überstunden €"]


def test_a_file_for_a_spreadsheet_says_that_it_is_utf_8(service, monkeypatch, tmp_path):
    """By the mark that Excel looks for; a program at the other end of a pipe would take it for text."""
    came = leadlex_pandas.read_stats({"cmp_abc123": "Überstunden €"})
    monkeypatch.setattr(leadlex_pandas.Client, "read_stats", lambda *_, **__: came.assign(read_error=None))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    out = tmp_path / "stats.csv"
    for options in (["--out", str(out)], []):
        assert main(["read", "cmp_abc123", *options]) == 0
    written, piped = out.read_bytes(), sys.stdout.buffer.getvalue()
    assert written.startswith(b"\xef\xbb\xbfcampaign_id,")
    assert piped.startswith(b"campaign_id,")
    back = leadlex_pandas.from_frame(pd.read_csv(out), id="campaign_id")
    assert back["label"].to_dict() == {"cmp_abc123": "Überstunden €"}


@pytest.mark.parametrize(("watched", "progress"), [(True, None), (False, False)])
def test_a_bar_is_drawn_only_where_somebody_watches(service, monkeypatch, watched, progress):
    seen, read = [], leadlex_pandas.Client.read_stats

    def noted(self, *args, **options):
        seen.append(options.pop("progress"))
        return read(self, *args, progress=False, **options)

    monkeypatch.setattr(leadlex_pandas.Client, "read_stats", noted)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: watched)
    assert main(["read", "cmp_abc123"]) == 0
    assert seen == [progress]


def test_a_mistake_of_ours_has_a_code_of_its_own(service, path, monkeypatch, capsys):
    monkeypatch.setattr(History, "due", lambda *_: 1 / 0)
    assert main(["record", "--history", str(path)]) == 5
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err
    said = "leadlex record: this is a mistake of leadlex-pandas. Please report it, with the lines above.\n"
    assert err.endswith(said)


def test_a_warning_is_a_line_of_the_log(service, path, monkeypatch, capsys):
    read = leadlex_pandas.Client.read_stats

    def warns(self, *args, **options):
        warnings.warn("opens exceed sends", leadlex_pandas.InconsistentCountsWarning, stacklevel=2)
        return read(self, *args, **options)

    monkeypatch.setattr(leadlex_pandas.Client, "read_stats", warns)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["record", "--history", str(path), "--calls", "2"]) == 0
    assert capsys.readouterr().err == "leadlex record: opens exceed sends\n"


def test_campaigns_that_are_gone_cost_a_call_once(service, path, tmp_path, capsys):
    gone, ids = ["0_away", "1_away"], list(service.campaigns.index[:3])
    (tmp_path / "ids.txt").write_text("\n".join([*ids, *gone]))
    options = ["record", "--history", str(path), "--ids-file", str(tmp_path / "ids.txt"), "--calls", "2"]
    codes = [main(options) for _ in range(4)]
    assert codes[0] == 3  # those never read come first
    assert "2 could not be read: campaign '0_away': 404 " in capsys.readouterr().err
    assert codes[1:] == [0, 0, 0]
    asked = [call.campaign_id for call in service.calls]
    assert asked[:2] in (gone, gone[::-1])
    assert set(asked[2:]) == set(ids)


def test_a_campaign_deleted_since_it_was_listed_costs_a_call_and_a_new_list(service, path):
    ids = pd.Index([*service.campaigns.index[:3], "deleted"], name="campaign_id")
    with History(path) as history:
        history.record_campaigns(pd.DataFrame({"status": "active"}, index=ids), whole=True)
    assert [main(["record", "--history", str(path)]) for _ in "123"] == [1, 0, 0]
    assert endpoints(service) == ["stats"] * 4 + ["campaigns"] + ["stats"] * 80
    assert [call.campaign_id for call in service.calls].count("deleted") == 1


def test_a_run_with_the_key_of_another_workspace_hides_nothing(service, path):
    """No campaign was known there; the next run, with the right key, lists and reads them all."""
    assert main(["record", "--history", str(path)]) == 0
    with History(path) as history:
        history.record_campaigns(pd.DataFrame({"status": "not found"}, index=history.latest().index))
    assert main(["record", "--history", str(path)]) == 0
    with History(path) as history:
        assert len(history.read()) == 80
        assert "not found" not in set(history.directory()["status"])


def test_what_only_an_older_list_had_is_not_asked_for(service, path):
    old = pd.DataFrame({"status": "active"}, index=pd.Index(["old"], name="campaign_id"))
    with History(path) as history:
        history.record_campaigns(old, noted_at=pd.Timestamp.now("UTC") - pd.Timedelta(days=3), whole=True)
    for _ in "12":
        assert main(["record", "--history", str(path)]) == 0
    assert endpoints(service) == ["campaigns"] + ["stats"] * 80
    assert "old" not in {call.campaign_id for call in service.calls}


def test_a_list_of_one_status_is_not_that_of_the_workspace(service, path):
    assert main(["read", "--status", "active", "--history", str(path), "--out", os.devnull]) == 0
    assert main(["record", "--history", str(path)]) == 0
    with History(path) as history:
        assert set(history.latest().index) == set(service.campaigns.index)


def test_a_list_from_a_clock_that_went_wrong_is_read_anew(service, path):
    with History(path) as history:
        ahead = pd.Timestamp.now("UTC") + pd.Timedelta(days=900)
        history.record_campaigns(pd.DataFrame(index=pd.Index([], name="campaign_id")), noted_at=ahead, whole=True)
    assert main(["record", "--history", str(path), "--calls", "2"]) == 0
    assert main(["record", "--history", str(path), "--calls", "2"]) == 0
    assert endpoints(service) == ["campaigns", "stats", "stats", "stats"]


def test_a_reader_that_has_seen_enough(service):
    """`leadlex read | head -1` ends without a traceback."""
    command = [sys.executable, "-m", "leadlex_pandas", "read", *service.campaigns.index]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        running.stdout.close()
        err = running.stderr.read()
    assert "Traceback" not in err
    assert "Exception ignored" not in err


def test_the_key_is_no_argument():
    for command in ("record", "read"):
        shown = subprocess.run(
            [sys.executable, "-m", "leadlex_pandas", command, "--help"], capture_output=True, text=True, check=True
        ).stdout
        assert "exit codes:" in shown
        assert "LEADLEX_API_KEY" in shown
        assert "--api-key" not in shown
    assert Path(leadlex_pandas.__file__).exists()
