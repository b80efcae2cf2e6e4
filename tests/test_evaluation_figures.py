"""Figures of an evaluation: the same bytes every time, text as text, colours of the page."""

import re
import xml.etree.ElementTree as ET

import pytest

from askcorpus.evaluation.comparison import Difference
from askcorpus.evaluation.figures import (
    COLOURS,
    differences,
    losses,
    reliability,
    risk_coverage,
)
from askcorpus.evaluation.records import Loss, ReliabilityBin, RiskPoint
from askcorpus.evaluation.statistics import Estimate

POINTS = [RiskPoint(0.9, 0.25, 0.0), RiskPoint(0.5, 0.5, 0.1), RiskPoint(0.1, 1.0, 0.4)]
BINS = [ReliabilityBin(0.2, 0.25, 0.1, 0.5, 8), ReliabilityBin(0.9, 1.0, 0.7, 1.0, 9)]
CHANGE = Difference(
    "f1",
    "F1",
    0.6,
    0.7,
    Estimate(0.1, 0.02, 0.18, 40),
    0.01,
    wins=5,
    losses=1,
    ties=34,
    lower_is_better=False,
)
FIGURES = {
    "risk-coverage": lambda: risk_coverage({"a <b>": POINTS, "after": POINTS}, threshold=0.4),
    "reliability": lambda: reliability({"run": BINS}),
    "losses": lambda: losses([Loss("reading", 12, {}), Loss("threshold", 3, {})]),
    "differences": lambda: differences([CHANGE]),
    "nothing": lambda: risk_coverage({"empty": []}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figure_is_the_same_every_time(name):
    """Two drawings of the same figures are equal to the byte."""
    assert FIGURES[name]().to_svg() == FIGURES[name]().to_svg()


@pytest.mark.parametrize("name", FIGURES)
def test_figure_fits_into_a_page(name):
    """No style that a page's policy refuses, no id of another figure, text that can be read."""
    plot = FIGURES[name]()
    root = ET.fromstring(plot.inline)  # noqa: S314  # drawn by the line before
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert {"title", "desc", "text"} <= tags
    assert not tags & {"style", "script", "image", "metadata", "foreignObject"}
    assert not any("style" in element.attrib for element in root.iter())
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert (len(ids), all(key.startswith(plot.name) for key in ids)) == (len(set(ids)), True)
    used = set(re.findall(r"(?:url\(|href=\")#([\w-]+)", plot.inline))
    assert used <= set(ids)
    assert root.get("role") == "img"
    assert {root.get("aria-labelledby")} == {f"{plot.name}-title {plot.name}-said"}


def test_file_brings_light_and_dark():
    """Every colour has a rule for both, and each class that is used has a colour."""
    svg = FIGURES["reliability"]().to_svg()
    for light, dark in COLOURS.values():
        assert svg.count(f"{{fill:{light}}}") == svg.count(f"{{fill:{dark}}}") == 1
    classes = set(re.findall(r'class="([^"]*)"', svg))
    known = {f"{kind}-{name}" for kind in ("fill", "stroke") for name in COLOURS}
    assert {word for each in classes for word in each.split()} - known == {
        *("ac-plot", "ac-plot-reliability")
    }


def test_risk_is_told_in_words_as_well():
    """Those who do not see the curve hear it; a name is text, never markup."""
    plot = FIGURES["risk-coverage"]()
    assert plot.description.startswith(
        "a <b>: wrong 0% at 25%, 10% at 50%, 10% at 50%, 40% at 100% of questions answered; after"
    )
    assert "a &lt;b&gt;" in plot.inline
    assert "answers from 40% on" in plot.inline


def test_losses_and_differences_are_told_in_words():
    """Each bar with its number; an empty curve is no error."""
    assert FIGURES["losses"]().description == "reading 12, threshold 3"
    assert FIGURES["differences"]().description == "F1 +10.0 points"
    assert FIGURES["nothing"]().description == "empty: no answers"
