"""Curves, bins, losses and differences → figures as SVG, for pages and reports.

Text stays text, ids are the same every time, and colours are classes: a figure put into a page
takes the page's colours, one saved as a file brings light and dark with it.
May import: records, comparison, matplotlib (its object interface; no window, no global figure).
"""

from __future__ import annotations

import io
import re
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from askcorpus.evaluation.comparison import Difference
from askcorpus.evaluation.records import Loss, ReliabilityBin, RiskPoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SVG = "http://www.w3.org/2000/svg"
_LINK = "http://www.w3.org/1999/xlink"

COLOURS: Mapping[str, tuple[str, str]] = {
    "ink": ("#1d1b16", "#ece7da"),
    "soft": ("#655f52", "#aba492"),
    "rule": ("#ddd6c6", "#39352a"),
    "accent": ("#7a1f1f", "#eba195"),
    "second": ("#1c4e78", "#8fc0ea"),
}
"""Each colour on light and on dark paper: the names are classes, `fill-ink`, `stroke-ink`."""

_RULES: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "askcorpus",
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: measured alike everywhere
    "font.size": 9.0,
    "axes.labelcolor": COLOURS["soft"][0],
    "axes.edgecolor": COLOURS["soft"][0],
    "text.color": COLOURS["ink"][0],
    "xtick.color": COLOURS["soft"][0],
    "ytick.color": COLOURS["soft"][0],
}
_FONTS = "'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif"

_DRAWING = threading.Lock()
"""Matplotlib reads how to write SVG from settings that all threads share."""

SERIES = (("accent", "-"), ("second", (0, (5, 2))))
"""Colour and dashes of the first and the second run: told apart without colour as well."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure.

    Attributes:
        name: For its file and its ids.
        title: What it is.
        description: What it shows, for those who do not see it.
        inline: The `svg` element for a page, which has the classes' colours in its stylesheet.
    """

    name: str
    title: str
    description: str
    inline: str

    def to_svg(self) -> str:
        """Give the figure as a file of its own, with colours for light and for dark."""
        head, _, rest = self.inline.partition(">")
        return f'<?xml version="1.0" encoding="utf-8"?>\n{head}><style>{_STYLE}</style>{rest}\n'

    def within(self, place: str) -> Plot:
        """Give the figure with ids of its own, for a page that holds several of its kind."""
        name = f"{place}-{self.name}"
        ids = rf'(?<=["# ]){re.escape(self.name)}-(?=[\w-]+[") ])'
        return replace(self, name=name, inline=re.sub(ids, f"{name}-", self.inline))


def _rules(side: int) -> str:
    return "".join(
        f".fill-{name}{{fill:{pair[side]}}}.stroke-{name}{{stroke:{pair[side]}}}"
        for name, pair in COLOURS.items()
    )


_STYLE = f"{_rules(0)}@media (prefers-color-scheme:dark){{{_rules(1)}}}"


# --- figures ----------------------------------------------------------------------------------


def risk_coverage(
    curves: Mapping[str, Sequence[RiskPoint]], *, threshold: float | None = None
) -> Plot:
    """Draw how many answers would be wrong if only the surest questions were answered.

    Args:
        curves: One or two runs by name.
        threshold: Confidence from which the first run answers; marked on its curve.
    """

    def draw(axes: Axes) -> None:
        for (name, points), (colour, dashes) in zip(curves.items(), SERIES, strict=False):
            x = [point.coverage for point in points]
            y = [point.risk for point in points]
            axes.plot(x, y, color=_light(colour), linestyle=dashes, linewidth=2, label=name)
        at = _working_point(next(iter(curves.values()), ()), threshold)
        if at:
            axes.plot([at.coverage], [at.risk], "o", color=_light("accent"), markersize=7)
            _label(axes, f"answers from {threshold:.0%} on", (at.coverage, at.risk))
        top = max((point.risk for points in curves.values() for point in points), default=0.0)
        axes.set(xlim=(0, 1), ylim=(0, max(top * 1.15, 0.1)))
        _in_percent(axes, "Share of questions answered", "Share of answers that are wrong")
        _legend(axes, curves)

    said = "; ".join(_risk_in_words(name, points) for name, points in curves.items())
    return _drawn("risk-coverage", "Risk and coverage", said, draw)


def reliability(bins: Mapping[str, Sequence[ReliabilityBin]]) -> Plot:
    """Draw how often answers were right against how sure they were said to be.

    Args:
        bins: One or two runs by name.
    """

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=_light("soft"), linestyle=(0, (1, 2)), linewidth=1.2)
        for (name, each), (colour, dashes) in zip(bins.items(), SERIES, strict=False):
            right = [one.right for one in each]
            errors = [
                [max(one.right - one.low, 0) for one in each],
                [max(one.high - one.right, 0) for one in each],
            ]
            axes.errorbar(
                [one.confidence for one in each],
                right,
                yerr=errors,
                color=_light(colour),
                linestyle=dashes,
                marker="o",
                linewidth=1.6,
                capsize=3,
                label=name,
            )
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
        _in_percent(axes, "Confidence that was said", "Share that was right")
        _legend(axes, bins)

    said = "; ".join(_bins_in_words(name, each) for name, each in bins.items())
    return _drawn("reliability", "Reliability of confidence", said, draw)


def latencies(milliseconds: Sequence[float]) -> Plot:
    """Draw how long questions took, with lines at the median and at the slowest twentieth.

    Args:
        milliseconds: One a question, the models warm; at least one.
    """
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    median, slow = (float(one) for one in np.percentile(milliseconds, [50, 95]))

    def draw(axes: Axes) -> None:
        # One question that waited for something else must not squeeze all others into one bar.
        shown = np.minimum(milliseconds, 2 * slow)
        axes.hist(shown, bins=min(40, 5 + len(milliseconds) // 10), color=_light("accent"))
        for at, words in ((median, "p50"), (slow, "p95")):
            axes.axvline(at, color=_light("second"), linestyle=(0, (5, 2)), linewidth=1.6)
            axes.annotate(
                f"{words} {at:,.0f} ms",
                (at, 0.97),
                xycoords=("data", "axes fraction"),
                xytext=(4, 0),
                textcoords="offset points",
                va="top",
            )
        axes.set(xlim=(0, None), xlabel="Milliseconds a question", ylabel="Questions")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(visible=True, axis="y", color=_light("rule"), linewidth=0.8)

    said = f"half of {len(milliseconds)} questions took up to {median:,.0f} ms, 95 % up to"
    return _drawn("latency", "Time a question", f"{said} {slow:,.0f} ms", draw)


def losses(counts: Sequence[Loss]) -> Plot:
    """Draw how many questions each stage lost, in the order of a question's way."""
    from matplotlib.ticker import MaxNLocator

    def draw(axes: Axes) -> None:
        stages = [loss.stage for loss in counts]
        bars = axes.barh(stages, [loss.n for loss in counts], color=_light("accent"), height=0.6)
        axes.bar_label(bars, padding=4, color=_light("ink"))
        axes.invert_yaxis()
        axes.set_xlabel("Questions")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(visible=True, axis="x", color=_light("rule"), linewidth=0.8)

    said = ", ".join(f"{loss.stage} {loss.n}" for loss in counts) or "no question was lost"
    height = max(0.3 * len(counts) + 0.8, 1.4)
    return _drawn("losses", "Where questions were lost", said, draw, height=height)


def differences(changes: Sequence[Difference]) -> Plot:
    """Draw what changed from one run to another, measure by measure, with intervals."""
    from matplotlib.ticker import FuncFormatter

    def draw(axes: Axes) -> None:
        axes.axvline(0, color=_light("soft"), linewidth=1)
        for row, one in enumerate(changes):
            value = one.change.value or 0.0
            low, high = (value if end is None else end for end in (one.change.low, one.change.high))
            colour = _light("soft" if one.verdict == "no clear difference" else "accent")
            axes.plot([low, high], [row, row], color=colour, linewidth=2)
            axes.plot([value], [row], "o", color=colour, markersize=6)
        axes.set_yticks(range(len(changes)), [one.label for one in changes])
        axes.invert_yaxis()
        axes.set_xlabel("Percentage points, with 95% interval")
        axes.xaxis.set_major_formatter(FuncFormatter(_points))
        axes.grid(visible=True, axis="x", color=_light("rule"), linewidth=0.8)

    said = "; ".join(f"{one.label} {100 * (one.change.value or 0):+.1f} points" for one in changes)
    height = max(0.3 * len(changes) + 0.8, 1.4)
    return _drawn("differences", "What changed", said, draw, height=height)


# --- words ------------------------------------------------------------------------------------


def _working_point(points: Sequence[RiskPoint], threshold: float | None) -> RiskPoint | None:
    """Give the point at which a run answers: the widest coverage that is sure enough."""
    sure = [point for point in points if threshold is not None and point.confidence >= threshold]
    return max(sure, key=lambda point: point.coverage, default=None)


def _risk_in_words(name: str, points: Sequence[RiskPoint]) -> str:
    if not points:
        return f"{name}: no answers"
    shown = [min(points, key=lambda point: abs(point.coverage - at)) for at in (0.25, 0.5, 0.75, 1)]
    said = ", ".join(f"{point.risk:.0%} at {point.coverage:.0%}" for point in shown)
    return f"{name}: wrong {said} of questions answered"


def _bins_in_words(name: str, bins: Sequence[ReliabilityBin]) -> str:
    said = ", ".join(f"{one.right:.0%} right at {one.confidence:.0%} (n={one.n})" for one in bins)
    return f"{name}: {said}" if said else f"{name}: no answers"


# --- drawing ----------------------------------------------------------------------------------


def _light(colour: str) -> str:
    return COLOURS[colour][0]


def _in_percent(axes: Axes, across: str, up: str) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.xaxis.set_major_formatter(PercentFormatter(1, 0))
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    axes.grid(visible=True, color=_light("rule"), linewidth=0.8)


def _points(share: float, _place: int) -> str:
    """Write a difference on an axis: `+5`, `−5`, `0`."""
    return f"{100 * share:+g}".replace("-", "−") if share else "0"


def _label(axes: Axes, words: str, at: tuple[float, float]) -> None:
    """Write beside a point, on the side that has room: a risk curve leaves most below it."""
    left = at[0] > 0.5
    bottom, top = axes.get_ylim()
    below = at[1] - bottom > (top - bottom) / 4
    axes.annotate(
        words,
        at,
        xytext=(-9 if left else 9, -9 if below else 7),
        textcoords="offset points",
        ha="right" if left else "left",
        va="top" if below else "bottom",
    )


def _legend(axes: Axes, named: Mapping[str, object]) -> None:
    """Name the runs where there are several."""
    if len(named) > 1:
        axes.legend(frameon=False, loc="upper left")


def _drawn(
    name: str, title: str, description: str, draw: Callable[[Axes], None], *, height: float = 3.1
) -> Plot:
    """Draw, write as SVG, and turn colours into classes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    written = io.StringIO()
    with _DRAWING, mpl.rc_context(_RULES):
        figure = Figure(figsize=(5.0, height), layout="constrained")
        figure.patch.set_visible(False)
        axes = figure.subplots()
        axes.patch.set_visible(False)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_axisbelow(True)
        axes.tick_params(length=3)
        draw(axes)
        figure.savefig(written, format="svg", metadata={"Date": None})
    return Plot(name, title, description, _inline(written.getvalue(), name, title, description))


def _inline(svg: str, name: str, title: str, description: str) -> str:
    """Make what matplotlib wrote fit for a page: classes for styles, no ids but those needed."""
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _LINK)
    root = ET.fromstring(svg)  # noqa: S314  # matplotlib's own words, made a moment ago
    for parent in root.iter():
        for child in [c for c in parent if c.tag.endswith(("}metadata", "}style"))]:
            parent.remove(child)
    used = set(re.findall(r"(?:url\(|href=\")#([\w-]+)", svg))
    for element in root.iter():
        _classed(element)
        _renamed(element, name, used)
    _labelled(root, name, title, description)
    return ET.tostring(root, encoding="unicode")


def _labelled(root: ET.Element, name: str, title: str, description: str) -> None:
    """Say in the figure itself what it shows, and let the page decide how wide it is."""
    words = [(f"{name}-title", "title", title), (f"{name}-said", "desc", description)]
    for place, (key, tag, text) in enumerate(words):
        element = ET.Element(f"{{{_SVG}}}{tag}", {"id": key})
        element.text = text
        root.insert(place, element)
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    root.set("role", "img")
    root.set("aria-labelledby", " ".join(key for key, _, _ in words))
    root.set("class", f"ac-plot ac-plot-{name}")
    root.set("font-family", _FONTS)
    root.set("stroke-linejoin", "round")


_BY_LIGHT = {light: name for name, (light, _) in COLOURS.items()}


def _classed(element: ET.Element) -> None:
    """Turn a style into attributes, which a page's policy allows, and colours into classes."""
    style = element.attrib.pop("style", "")
    pairs = (part.partition(":") for part in style.split(";") if ":" in part)
    values = {key.strip(): value.strip() for key, _, value in pairs}
    font = re.match(r"([\d.]+)px", values.pop("font", ""))
    values.pop("font-family", None)
    if font:
        values["font-size"] = font[1]
    text = element.tag.endswith("}text")
    if text and "fill" not in values:
        values["fill"] = _light("ink")
    classes = [
        f"{kind}-{_BY_LIGHT[values[kind]]}"
        for kind in ("fill", "stroke")
        if values.get(kind) in _BY_LIGHT
    ]
    element.attrib.update(values)
    if classes:
        element.set("class", " ".join(classes))


def _renamed(element: ET.Element, name: str, used: set[str]) -> None:
    """Keep only the ids that something refers to, and make them the figure's own."""
    key = element.attrib.pop("id", None)
    if key in used:
        element.set("id", f"{name}-{key}")
    for attribute, value in element.attrib.items():
        if attribute == f"{{{_LINK}}}href":
            element.set(attribute, value.replace("#", f"#{name}-"))
        elif "url(#" in value:
            element.set(attribute, value.replace("url(#", f"url(#{name}-"))
