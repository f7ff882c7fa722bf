"""What users install: the wheel is built from a copy of the tree, looked into, installed and run, all without network."""

import configparser
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import leadlex_pandas

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "build", "dist", "*.egg-info"
)

READ = """
import json, sys
import leadlex_pandas
from leadlex_pandas import sandbox
with sandbox.start() as server:
    stats = leadlex_pandas.read_stats(server.campaigns, api_key=server.api_key, base_url=server.url)
verdicts = stats.leadlex.benchmark("reply_rate")["verdict"].astype(str).tolist()
files = [module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] == "leadlex_pandas"]
print(json.dumps({"verdicts": verdicts, "files": files, "version": leadlex_pandas.__version__}))
"""


def run(*arguments, **options):
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    tree = shutil.copytree(ROOT, folder / "tree", ignore=NOT_COPIED)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    run("-m", "pip", "wheel", ".", *options, "--wheel-dir", str(folder), cwd=tree)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    target = tmp_path_factory.mktemp("installed")
    options = ["--no-deps", "--no-index", "--disable-pip-version-check"]
    run("-m", "pip", "install", *options, "--target", str(target), str(wheel))
    return target


@pytest.fixture
def elsewhere(installed, tmp_path, monkeypatch):
    """An empty folder, from which only the installed wheel can be imported as leadlex_pandas."""
    monkeypatch.setenv("PYTHONPATH", str(installed))
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    return tmp_path


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    info = f"leadlex_pandas-{leadlex_pandas.__version__}.dist-info"
    sources = [
        path for path in (ROOT / "leadlex_pandas").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    wanted = {path.relative_to(ROOT).as_posix() for path in sources}
    assert {name for name in names if not name.startswith(f"{info}/")} == wanted
    assert "leadlex_pandas/py.typed" in wanted
    assert "leadlex_pandas/sandbox/__init__.py" in wanted
    assert f"{info}/licenses/LICENSE" in names


def test_the_wheel_says_what_it_is(wheel):
    version = leadlex_pandas.__version__
    with zipfile.ZipFile(wheel) as archive:
        entry_points = archive.read(f"leadlex_pandas-{version}.dist-info/entry_points.txt").decode()
        metadata = archive.read(f"leadlex_pandas-{version}.dist-info/METADATA").decode()
    parser = configparser.ConfigParser()
    parser.read_string(entry_points)
    assert dict(parser["console_scripts"]) == {"leadlex": "leadlex_pandas.cli:main"}
    assert f"\nVersion: {version}\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata


def test_the_installed_wheel_reads_and_judges(installed, elsewhere, stats):
    told = json.loads(run("-c", READ, cwd=elsewhere).splitlines()[-1])
    assert [file for file in told["files"] if not Path(file).is_relative_to(installed)] == []
    assert told["verdicts"] == stats.leadlex.benchmark("reply_rate")["verdict"].astype(str).tolist()
    assert told["version"] == leadlex_pandas.__version__


def test_the_installed_demo_runs(elsewhere):
    printed = run("-m", "leadlex_pandas", "demo", "--out", "demo", cwd=elsewhere)
    assert "40 campaigns" in printed
    charts = list((elsewhere / "demo").glob("*.png"))
    assert charts
    assert all(chart.read_bytes().startswith(b"\x89PNG") for chart in charts)
    assert [path.name for path in elsewhere.iterdir()] == ["demo"]


@pytest.mark.skipif(os.name == "nt", reason="the script is an .exe there")
def test_the_installed_command_runs(installed, elsewhere):
    printed = run(str(installed / "bin" / "leadlex"), "--version", cwd=elsewhere)
    assert printed == f"leadlex-pandas {leadlex_pandas.__version__}\n"
