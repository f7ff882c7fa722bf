"""The command line: the demo as a newcomer runs it."""

import struct
import subprocess
import sys
from pathlib import Path

import pytest

import leadlex_pandas
from leadlex_pandas.cli import main


def test_demo_prints_a_table_and_writes_a_chart(tmp_path, capsys):
    folder = tmp_path / "new" / "folder"
    assert main(["demo", "--out", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "40 campaigns of an invented law firm, read over HTTP from a local sandbox."
    assert lines[2] == "Reply rate: 3 of 39 campaigns above the rest, 1 below; 31 need more sends"
    assert lines[4].split() == ["Campaign", "Replies/sent", "Rate", "95", "%", "limits", "Verdict"]
    assert len(lines[5:44]) == 39  # one has sent nothing
    assert all(len(line) <= 80 for line in lines[:46])
    assert [line.rsplit(maxsplit=1)[1] for line in lines[5:9]] == ["above", "above", "above", "below"]
    assert sum(line.endswith(" sends") and " +" in line for line in lines[5:44]) == 31
    chart = folder / "forest.png"
    assert lines[47] == f"Chart: {chart}"
    head = chart.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:24])
    assert 1000 < width < 3000
    assert 1000 < height < 3000


def test_demo_of_another_portfolio(tmp_path, capsys):
    assert main(["demo", "--seed", "4", "--out", str(tmp_path)]) == 0
    assert "40 campaigns" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written(tmp_path, capsys):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert main(["demo", "--out", str(in_the_way)]) == 1
    assert (
        capsys.readouterr().err
        == f"leadlex demo: cannot write into {in_the_way}: File exists. Name another folder with --out.\n"
    )


def test_a_seed_that_is_none(capsys):
    with pytest.raises(SystemExit) as wrong:
        main(["demo", "--seed", "-1"])
    assert wrong.value.code == 2
    assert "must be a whole number of at least 0, not '-1'" in capsys.readouterr().err


def test_help_and_version(capsys):
    assert main([]) == 0
    assert "demo" in capsys.readouterr().out
    with pytest.raises(SystemExit) as done:
        main(["--version"])
    assert done.value.code == 0
    assert capsys.readouterr().out == f"leadlex-pandas {leadlex_pandas.__version__}\n"
    with pytest.raises(SystemExit) as wrong:
        main(["dance"])
    assert wrong.value.code == 2


def test_as_a_module_and_as_a_command(tmp_path):
    commands = ([sys.executable, "-m", "leadlex_pandas"], [str(Path(sys.executable).with_name("leadlex"))])
    for command in commands:
        done = subprocess.run(
            [*command, "demo", "--out", "here"], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        assert (tmp_path / "here" / "forest.png").stat().st_size > 20_000
