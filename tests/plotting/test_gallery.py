"""The page that shows every chart is what its script writes, and has every chart."""

import importlib.util
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import History, plotting

DOCS = Path(__file__).parents[2] / "docs"
CHARTS = [name for name in plotting.__all__ if name not in ("alt_text", "data")]
LARGEST = 120_000  # bytes of a picture


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_gallery", DOCS / "make_gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made(script, tmp_path_factory):
    """The folder that the script has written, anew."""
    folder = tmp_path_factory.mktemp("docs")
    assert script.main(["--out", str(folder)]) == 0
    assert not plt.get_fignums()
    return folder


def call_on_the_page(name):
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    [call] = re.findall(rf"^[\w.]+\.plot(?:ting)?\.{name}\([^`]*\)$", page, re.MULTILINE)
    return call


def test_every_chart_is_in_it_once(script):
    assert sorted(chart.name for chart in script.CHARTS) == sorted(CHARTS)
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^## (\w+): ", page, re.MULTILINE)) == sorted(CHARTS)
    assert page.count("\n- When: ") == page.count("\n- When not: ") == len(CHARTS)


def test_the_page_is_what_the_script_writes(made):
    assert (made / "gallery.md").read_text(encoding="utf-8") == (DOCS / "gallery.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CHARTS)
def test_pictures_are_there_and_small(made, name):
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    assert f"](gallery/{name}.png)" in page
    for folder in (DOCS, made):
        picture = folder / "gallery" / f"{name}.png"
        assert picture.stat().st_size < LARGEST
        assert plt.imread(picture).shape[1] == 900
    assert plt.imread(DOCS / "gallery" / f"{name}.png").shape == plt.imread(made / "gallery" / f"{name}.png").shape


def test_no_picture_is_left_over():
    assert sorted(path.stem for path in (DOCS / "gallery").iterdir()) == sorted(CHARTS)


@pytest.mark.parametrize("name", CHARTS)
def test_the_call_on_the_page_draws_the_chart(script, name):
    chart = next(each for each in script.CHARTS if each.name == name)
    call = call_on_the_page(name)
    drawn_by, given = f"{chart.frame}.leadlex.plot.{name}(", ""
    if chart.frame == "history":
        drawn_by, given = f"leadlex_pandas.plotting.{name}(", "history, "
    assert call.startswith(drawn_by + given)
    asked = eval("dict(" + call.removeprefix(drawn_by + given))
    assert asked == dict(chart.options)


@pytest.mark.parametrize("name", ["trend", "growth"])
def test_what_is_over_time_takes_a_history_and_a_frame(name, tmp_path):
    counts = dict.fromkeys(leadlex_pandas.metrics.COUNTS, 0)
    frames = [
        pd.DataFrame(counts | {"sent_count": 100 * week, "replied_count": 4 * week}, index=["alert"]).assign(
            fetched_at=pd.Timestamp("2026-01-05 09:00", tz="UTC") + pd.Timedelta(weeks=week)
        )
        for week in range(14)
    ]
    frame = pd.concat(frames).rename_axis("campaign_id")
    with History(tmp_path / "stats.sqlite") as kept:
        kept.record(frame)
        drawn = [
            eval(call_on_the_page(name), {"leadlex_pandas": leadlex_pandas, "history": history})
            for history in (kept, frame.set_index("fetched_at", append=True))
        ]
    of_history, of_frame = ([line.get_xydata() for line in ax.lines] for ax in drawn)
    assert of_history
    for ours, theirs in zip(of_history, of_frame, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    plt.close("all")
