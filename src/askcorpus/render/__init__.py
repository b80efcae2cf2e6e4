"""Answer → HTML, references, and the words and slices a terminal shows. Pure functions.

Corpus text is never trusted. It is cut by offsets first, and each slice is escaped after:
HTML by Jinja2's autoescape, text by the functions of the room `characters`. A quote is shown
character for character; only characters that cannot be seen or that would steer a terminal are
replaced by a name for them. Reading order: `words`, `slices`, `citing`, `card`.
May import: types, calibration, characters, jinja2.
"""

from askcorpus.characters import printable, visible, web_link
from askcorpus.render.card import (
    CLOSEST_LABEL,
    CLOSEST_SHOWN,
    Shelf,
    as_html,
    template_filters,
    verdict,
)
from askcorpus.render.citing import FORMS, cite, original_page, page_at, text_directive
from askcorpus.render.slices import Line, Quote, lines, passage_link, quote_in_context
from askcorpus.render.words import (
    copies_in_words,
    corpus_in_words,
    counted,
    date_in_words,
    elsewhere,
    names_in_words,
    ready,
    source_line,
    source_title,
    standings_line,
    timeline,
    worth,
)

__all__ = [
    "CLOSEST_LABEL",
    "CLOSEST_SHOWN",
    "FORMS",
    "Line",
    "Quote",
    "Shelf",
    "as_html",
    "cite",
    "copies_in_words",
    "corpus_in_words",
    "counted",
    "date_in_words",
    "elsewhere",
    "lines",
    "names_in_words",
    "original_page",
    "page_at",
    "passage_link",
    "printable",
    "quote_in_context",
    "ready",
    "source_line",
    "source_title",
    "standings_line",
    "template_filters",
    "text_directive",
    "timeline",
    "verdict",
    "visible",
    "web_link",
    "worth",
]
