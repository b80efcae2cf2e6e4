"""An answer → a card in HTML. Every value is escaped by the template; quotes arrive as slices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from askcorpus.calibration import UNCALIBRATED, Calibration
from askcorpus.characters import printable, visible, web_link
from askcorpus.render import citing, words
from askcorpus.render.slices import passage_link, quote_in_context

if TYPE_CHECKING:
    import jinja2

    from askcorpus.types import Answer, Article

CLOSEST_SHOWN = 3
"""Closest passages under "Not found": more of what does not answer is noise."""

OTHERS_SHOWN = 3
"""Other articles that say the same, before the rest is folded away."""

CLOSEST_LABEL = "Closest passages; they may not answer"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a rendering may know of the corpus beside the answer.

    Attributes:
        label: The corpus in words: `5 articles, Oct 2017 – Jan 2019`; empty if unknown.
        articles: The articles of the answer's passages, by id.
        numbers: Their numbers in links, by id.
        languages: Codes of the languages they are written in, by id, where that is known.
        calibration: Turns a confidence into a verdict.
        models: What searched and what read, by what they do: `Reader`, name and hash.
    """

    label: str = ""
    articles: Mapping[str, Article] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    calibration: Calibration = UNCALIBRATED
    models: Mapping[str, str] = field(default_factory=dict)


def verdict(answer: Answer, shelf: Shelf | None = None) -> str:
    """Say in words how far an answer can be trusted; never a percentage."""
    shelf = shelf or Shelf()
    if answer.text is None:
        return words.not_found(shelf.label)
    return shelf.calibration.verdict(answer.confidence).word


def as_html(
    answer: Answer,
    shelf: Shelf | None = None,
    *,
    link: Callable[[str], str] | None = None,
    live: bool = False,
    advice: str = "",
) -> str:
    """Give an answer as a card: verdict, quote, source, other sources, how it came about.

    Args:
        answer: Its text is cut by offsets first and escaped after.
        shelf: What is known of the corpus; needed to name the closest passages.
        link: Changes the path of each link to an article, for instance to add a query.
        live: Adds buttons, for a page that knows what to do when one is pressed.
        advice: Stands under the verdict; HTML only where it is a `Markup` of a template.
    """
    shelf = shelf or Shelf()
    judged = shelf.calibration.verdict(answer.confidence)
    found = answer.text is not None
    others = words.elsewhere(answer)
    return (
        _environment()
        .get_template("answer.html")
        .render(
            answer=answer,
            kind=words.KINDS.get(judged.word, "weak") if found else "none",
            verdict=verdict(answer, shelf),
            worth=words.worth(judged) if found else "",
            shelf=shelf,
            standings=words.standings(answer),
            moments=words.timeline(answer),
            elsewhere=others,
            within=[each for each in answer.alternatives if each not in others],
            others_shown=OTHERS_SHOWN,
            closest=answer.passages[:CLOSEST_SHOWN],
            closest_label=CLOSEST_LABEL,
            link=link or str,
            live=live,
            advice=advice,
        )
    )


@cache
def _environment() -> jinja2.Environment:
    import jinja2  # text and Markdown need no template engine

    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.PackageLoader("askcorpus"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(template_filters())
    environment.globals.update(
        cite=citing.cite,
        forms=citing.FORM_NAMES,
        in_words=words.in_words,
        passage_link=passage_link,
        quote_in_context=quote_in_context,
    )
    return environment


def template_filters() -> dict[str, Callable[..., object]]:
    """Give the filters that templates of corpus text use."""
    return {
        "copies_in_words": words.copies_in_words,
        "counted": words.counted,
        "date_in_words": words.date_in_words,
        "original_page": citing.original_page,
        "printable": printable,
        "source_title": words.source_title,
        "visible": visible,
        "web_link": web_link,
    }
