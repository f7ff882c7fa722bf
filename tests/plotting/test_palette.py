"""Verdicts can be told apart in grey, by the colour-blind, and against every ground they are drawn on."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from leadlex_pandas.plotting import style
from leadlex_pandas.verbs.verdict import VERDICTS
from tests.plotting.checks import contrast

# Machado, Oliveira and Fernandes (2009), IEEE TVCG 15:1291, table 1, severity 1.0; for linear RGB
DEFICIENCIES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
FAR = 20  # CIE 1976 colour difference; about 2 can just be seen


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE L*a*b* of linear sRGB, white D65."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    t = xyz / [0.9505, 1.0, 1.089]
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one, other, matrix):
    seen = [lab(np.array(matrix) @ linear(colour)) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def test_every_verdict_that_is_drawn_has_a_shape_of_its_own():
    looks = {verdict: (shape, verdict in style.HOLLOW) for verdict, shape in style.MARKERS.items()}
    assert set(looks) == set(VERDICTS) - {"no data"}
    assert len(set(looks.values())) == len(looks)  # so that no colour is needed at all, as in grey


@pytest.mark.parametrize("name", DEFICIENCIES)
def test_good_bad_and_other_news_differ_for_the_colour_blind(name):
    for one, other in itertools.combinations([style.BETTER, style.WORSE, style.INK], 2):
        assert distance(one, other, DEFICIENCIES[name]) > FAR, (one, other)


def test_the_measure_sees_colours_that_the_colour_blind_confuse():
    red, green = "#B54700", "#6B6F00"
    assert distance(red, green, np.eye(3)) > FAR
    assert distance(red, green, DEFICIENCIES["deuteranopia"]) < FAR


@pytest.mark.parametrize("colour", [style.BETTER, style.WORSE, style.INK, style.QUIET])
@pytest.mark.parametrize("ground", ["white", style.ZONE])
def test_texts_and_marks_have_contrast(colour, ground):
    assert contrast(colour, ground) >= 4.5


@pytest.mark.parametrize("ground", ["white", style.ZONE])
def test_lines_have_contrast(ground):
    assert contrast(style.LINE, ground) >= 3


def test_contrast_as_the_guideline_reckons_it():
    assert contrast("white", "black") == pytest.approx(21)
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.005)  # the well-known grey just below 4.5


def test_colours_follow_the_meaning():
    assert style.colour("above", "better") == style.colour("below", "better") == style.BETTER
    assert style.colour("above", "worse") == style.colour("below", "worse") == style.WORSE
    assert style.colour("typical", None) == style.INK
    assert style.colour("too few sends", None) == style.QUIET
