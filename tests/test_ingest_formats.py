"""Encodings, dates, web pages, PDF and Word files, and files made to break a parser."""

import datetime as dt
import io
import json
import time
import zipfile

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from askcorpus.ingest import UnreadableFileError, read_file
from askcorpus.ingest.dates import Habit, find_dates, learn_habit, parse_iso
from askcorpus.ingest.decoding import Decoded, NotTextError, declared_encoding, decode
from askcorpus.ingest.documents import read_docx, read_pdf
from askcorpus.ingest.header import valid_address
from askcorpus.ingest.names import Byline, read_byline
from askcorpus.ingest.pages import read_page
from askcorpus.ingest.pieces import split_pieces
from askcorpus.ingest.plain import read_plain
from askcorpus.ingest.records import read_records
from askcorpus.ingest.wording import clean, unemphasise, unlink

GERMAN = "Die Dohlen über dem Turm schließen ihre Flügel. Niemand hört sie, außer dem Wärter.\n"
MIXED = "“Curly” line, naïve.\n".encode() + "Café at nine, señor.\n".encode("cp1252") * 2


@pytest.mark.parametrize(
    ("data", "declared", "expected"),
    [
        (b"\xef\xbb\xbfwords", None, Decoded("words")),
        ("wörds".encode("utf-16"), None, Decoded("wörds")),
        ("wörds".encode("utf-32"), None, Decoded("wörds")),
        ("wörds “x”".encode(), "cp1252", Decoded("wÃ¶rds â€œxâ€\x9d"[:-1])),
        ("wörds".encode("cp1252"), "cp1252", Decoded("wörds")),
        ("wörds “x”".encode(), None, Decoded("wörds “x”")),
        (
            "some plain words".encode("utf-16-be"),
            None,
            Decoded("some plain words", ("the encoding is not stated; read as utf-16-be",)),
        ),
        (
            "wörds ü".encode()[:-1],
            None,
            Decoded("wörds ", ("the file is cut off inside its last character",)),
        ),
        (
            GERMAN.encode("cp1252") * 3,
            None,
            Decoded(GERMAN * 3, ("the encoding is not stated; read as cp1252",)),
        ),
        (
            MIXED,
            None,
            Decoded(
                "“Curly” line, naïve.\n" + "Café at nine, señor.\n" * 2,
                ("mixed encodings: lines that are not UTF-8 read as Windows-1252",),
            ),
        ),
    ],
)
def test_bytes_are_read_in_the_encoding_they_are_in(data, declared, expected):
    """Mark, declaration, UTF-8, mixture and detection are tried in this order."""
    if declared == "cp1252" and b"\x9d" in data:
        # Byte 9D is nothing in Windows-1252, so what the file declares is not believed.
        expected = Decoded(data.decode())
    assert decode(data, declared=declared) == expected


@pytest.mark.parametrize("data", [b"a\0b", b"\x7fELF\x02\x01\x01\0\0", b"\x01\x02abc" * 50])
def test_binary_data_is_refused(data):
    """A NUL or many control bytes are no text."""
    with pytest.raises(NotTextError, match="binary data, not text"):
        decode(data)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b'<meta charset="utf-8">', "utf-8"),
        (b"<META http-equiv=x content='text/html; charset=ISO-8859-1'>", "cp1252"),
        (b'<?xml version="1.0" encoding="shift_jis"?>', "shift_jis"),
        (b'<meta charset="klingon">', None),
        (b"<p>charset=utf-8</p>", None),
    ],
)
def test_declared_encoding_is_read_from_the_head(head, name):
    """Only a meta element or an XML declaration declares, and only what Python knows."""
    assert declared_encoding(head) == name


@pytest.mark.parametrize(
    ("text", "value", "role"),
    [
        ("Posted October 23, 2017", "2017-10-23", "published"),
        ("Last modified on Saturday, 02 December 2017 12:42", "2017-12-02", "modified"),
        ("First published: 3rd of May 2011", "2011-05-03", "first_published"),
        ("2017-10-24T22:59:00-05:00", "2017-10-24", "plain"),
        ("23/10/2017", "2017-10-23", "plain"),
        ("10/23/2017 7:40:30 PM", "2017-10-23", "plain"),
        ("5/5/2017", "2017-05-05", "plain"),
        ("Sept. 9, 2001", "2001-09-09", "plain"),
        ("Updated: June 2010", "2010-06", "modified"),
        ("05/06/2017", "2017", "plain"),
        ("Monday, 05/06/2017", "2017-06-05", "plain"),
    ],
)
def test_dates_are_read_as_precisely_as_they_are_written(text, value, role):
    """A date gives its ISO value and what its label says of it."""
    assert [(date.value, date.role) for date in find_dates(text)] == [(value, role)]
    (date,) = find_dates(text)
    assert (date.start, date.end) == (0 if role != "plain" else date.start, len(text))


@pytest.mark.parametrize("text", ["31/02/2017", "30 February 2016", "2017-13-01", "1.2.3.2017"])
def test_days_that_no_calendar_has_are_no_dates(text):
    """A date that cannot be is not mended."""
    assert find_dates(text) == []


def test_habit_of_the_file_settles_a_doubtful_date():
    """An unmistakable date of the same pattern, or the day in words, says which is the month."""
    assert find_dates("05/06/2017", learn_habit(["on 28/1/2019"]))[0].value == "2017-06-05"
    assert find_dates("05/06/2017", learn_habit(["on 1/28/2019"]))[0].value == "2017-05-06"
    assert find_dates("05/06/2017", learn_habit(["on 28.1.2019"]))[0].value == "2017"
    assert find_dates("05/06/2017", learn_habit(["May 6, 2017"]))[0].value == "2017-05-06"
    both = learn_habit(["28/1/2019", "1/28/2019"])
    assert find_dates("05/06/2017", both)[0].warning == (
        "05/06/2017 may be either of two days; only the year is kept"
    )


def test_weekday_that_does_not_fit_is_told():
    """The date stays, with a warning that names both days."""
    (date,) = find_dates("Friday, 30 November 2017", Habit())
    assert (date.value, date.warning) == ("2017-11-30", "2017-11-30 was a Thursday, not a Friday")


@given(st.dates(min_value=dt.date(1400, 1, 1)))
def test_every_iso_date_is_read_as_itself(day):
    """An ISO date up to the year 2199 is read unchanged, alone and in a line."""
    expected = day.isoformat() if day.year < 2200 else None
    assert parse_iso(day.isoformat()) == expected
    assert [date.value for date in find_dates(day.isoformat())] == ([expected] if expected else [])


def test_future_date_is_kept_with_a_warning():
    """A date that lies ahead is what the file says, and is told."""
    article = read_plain(b"A tale\n\nBy Ann Lee\n1 May 2190\n\nOnce.", "x.txt", markdown=False)
    assert article.published == "2190-05-01"
    assert article.warnings == ("the date published, 2190-05-01, lies in the future",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "By Qassim Abdul-Zahra and Zeina Karam",
            Byline(("Qassim Abdul-Zahra", "Zeina Karam"), ()),
        ),
        ("By teleSUR", Byline((), ("teleSUR",))),
        ("By The Associated Press", Byline((), ("Associated Press",))),
        ("by Ludwig van der Berg, Staff Writer", Byline(("Ludwig van der Berg",), ())),
        ("Written by Ana Lopes for The Guardian", Byline(("Ana Lopes",), ("The Guardian",))),
        ("Author: Li Wei; Omar al-Sayed", Byline(("Li Wei", "Omar al-Sayed"), ())),
        ("By the rivers of Babylon", None),
        ("By June", None),
        ("By then it was over.", None),
        ("Standing by Anna", None),
    ],
)
def test_bylines_give_people_and_organisations(text, expected):
    """Names are split and told apart; a line that only begins with `by` is none."""
    assert read_byline(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a [word](#) b", ("a word b", 4)),
        ("![alt](x.png)!", ("alt!", 3)),
        ("[“forever wars”](#) in [a [b]](#)", ("“forever wars” in a [b]", 19)),
        ("[PMU militias] are", ("[PMU militias] are", 0)),
        ("[a](b_(c)) [d", ("a [d", 1)),
        ("](#) [](#)", ("](#) ", 0)),
    ],
)
def test_links_give_their_words(text, expected):
    """`[words](address)` gives its words; other brackets stay."""
    assert unlink(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*“No party,”* the", "“No party,” the"),
        ("**bold** and __bold__ and _x_", "bold and bold and x"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("a note* and another*", "a note* and another*"),
    ],
)
def test_marks_of_emphasis_go_and_other_marks_stay(text, expected):
    """Stars and underscores go only where they surround words."""
    assert unemphasise(text) == expected


@given(st.text(max_size=200))
def test_cleaning_twice_is_cleaning_once(text):
    """Cleaned text is clean, is one line, and can be written as UTF-8."""
    once = clean(text)
    assert clean(once) == once
    assert once.encode("utf-8").decode() == " ".join(once.split())


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        ("https://example.org/a?b=1", "https://example.org/a?b=1"),
        (" java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("http:///path", None),
        ("//example.org", None),
        ("https://[bad", None),
        ("ftp://example.org", None),
    ],
)
def test_only_web_addresses_with_a_host_are_kept(raw, url):
    """An address of another scheme, or without a host, is none."""
    assert valid_address(raw) == url


def test_hard_wrapped_lines_are_joined_and_single_lines_are_not():
    """Prose wrapped at a column is one paragraph; a paragraph a line stays so."""
    words = "the quiet harbour lay below them while nobody spoke of boats or storms "
    wrapped = "\n".join([words.strip()] * 5)
    assert [piece.text for piece in split_pieces(wrapped)] == [" ".join([words.strip()] * 5)]
    single = "Short one.\n" + "A much longer paragraph of prose that goes on. " * 5 + "\nThird."
    assert len(split_pieces(single)) == 3


# ------------------------------------------------------------------------------ web pages


def page(body, head=""):
    """Give the bytes of a page."""
    return f"<html><head>{head}</head><body>{body}</body></html>".encode()


LD = "JSON-LD articleSection"
PARAGRAPH = "<p>Moss grows on the north side of this house, and nobody has asked it why. </p>"


def test_deeply_nested_page_is_read_by_the_fallback():
    """Nesting at which the first extractor gives nothing costs no text and little time."""
    for depth in (200, 5_000, 100_000):
        started = time.process_time()
        article = read_page(page("<div>" * depth + PARAGRAPH), "x.html")
        assert article.text == PARAGRAPH[3:-5].strip()
        assert time.process_time() - started < 10


def test_page_without_a_stated_date_has_none():
    """Neither today, nor a year in a copyright line, nor the file's age becomes a date."""
    article = read_page(
        page("<h1>Moss</h1>" + PARAGRAPH * 4 + "<footer>© 2019 Moss Ltd</footer>"), "x.html"
    )
    assert (article.title, article.published, article.modified) == ("Moss", None, None)
    assert article.paragraphs[0].kind == "headline"


def test_script_markup_and_entities_stay_out_or_become_words():
    """Scripts are left out; escaped markup is text."""
    body = "<script>alert(1)</script><h1>A &lt;b&gt; tale</h1>" + PARAGRAPH * 3
    article = read_page(page(body), "x.html")
    assert article.title == "A <b> tale"
    assert "alert" not in article.text
    assert all("alert" not in removed.text for removed in article.removed)


def test_entity_bomb_is_not_blown_up():
    """Entities that multiply are not expanded into more than the file holds."""
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{lines}]>'.encode()
    article = read_page(bomb + page(PARAGRAPH + "<p>&a9;</p>"), "x.html")
    assert len(article.text) < 5_000


def said_by(json_ld):
    """Give the head of a page whose JSON-LD is this."""
    return f'<script type="application/ld+json">{json.dumps(json_ld)}</script>'


META = '<meta property="article:section" content=" Town  Hall "><meta name="section" content="x">'


@pytest.mark.parametrize(
    ("head", "section", "where"),
    [
        (said_by({"@type": "NewsArticle", "articleSection": "World"}), "World", LD),
        (
            said_by({"@type": "Article", "articleSection": ["", " Wor\u00adld ", "Asia"]}),
            "World",
            LD,
        ),
        (said_by({"@type": "Article", "articleSection": "Wo\u0308rld"}) + META, "W\u00f6rld", LD),
        (META, "Town Hall", "meta property=article:section"),
        (META + META.replace("Town", "Other"), "Town Hall", "meta property=article:section"),
        (said_by({"@type": "WebPage", "articleSection": "Home"}), None, None),
        (said_by({"@type": "Article", "articleSection": [7, None, [], {}]}), None, None),
        ("", None, None),
    ],
)
def test_a_page_says_its_section(head, section, where):
    """In JSON-LD, where the first of several counts, before its meta tags; else it has none."""
    article = read_page(page(PARAGRAPH * 4, head), "x.html")
    assert article.section == section
    facts = [(fact.value, fact.where) for fact in article.facts if fact.field == "section"]
    assert facts == ([(section, where)] if section else [])


@pytest.mark.parametrize(
    ("value", "section", "warnings"),
    [
        ("World", "World", ()),
        (" Wo\u0308rld\u200b ", "W\u00f6rld", ()),
        (["", "World", "Asia"], "World", ()),
        (None, None, ()),
        ("", None, ()),
        ([], None, ()),
        (7, None, ("line 1: `section` names none",)),
        ([["World"]], None, ("line 1: `section` names none",)),
    ],
)
def test_a_line_says_its_section(value, section, warnings):
    """In characters, one or the first of several; what is none is a warning, never a lost line."""
    line = json.dumps({"text": "The well is dry.", "section": value})
    (article,), skipped = read_records(line.encode(), "x.jsonl")
    assert (article.section, article.warnings, skipped) == (section, warnings, ())


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ("section: World", "World"),
        ('Section: "World: Asia"', "World: Asia"),
        ("section: [World, Asia]", "World"),
        ("section:\n  - World\n  - Asia", "World"),
        ("section: null", None),
        ("section:", None),
        ("sections: World", None),
    ],
)
def test_front_matter_says_its_section(line, section):
    """As `section: NAME`; of a list the first counts."""
    article = read_plain(f"---\ntitle: x\n{line}\n---\nThe well.".encode(), "x.md", markdown=True)
    assert article.section == section


@pytest.mark.parametrize(
    "json_ld",
    ["{", "[" * 100_000, '{"@type": "Article", "headline": 7, "author": [[]]}', '{"@graph": 3}'],
)
def test_broken_json_ld_is_passed_over(json_ld):
    """Metadata that cannot be read is left out; the page is read."""
    head = f'<script type="application/ld+json">{json_ld}</script><title>Moss</title>'
    article = read_page(page(PARAGRAPH * 4, head), "x.html")
    assert (article.title, article.authors) == ("Moss", ())


# ---------------------------------------------------------------------------- PDF and Word


def pdf(pages):
    """Write a PDF by hand: each page a list of lines in Helvetica."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", (b"<< /Type /Font /Subtype /Type1 "
               b"/BaseFont /Helvetica >>")]  # fmt: skip
    kids = []
    for lines in pages:
        shown = b" ".join(b"(%s) Tj T*" % line.encode("latin-1") for line in lines)
        stream = b"BT /F1 11 Tf 14 TL 50 780 Td " + shown + b" ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n" % (
        size, table, size) + b"startxref\n%d\n%%%%EOF\n" % len(out)  # fmt: skip


def pdf_page(number, *lines):
    """Give the lines of a page with a running header and footer."""
    return ["The Valley Review", *lines, f"Page {number} of 4"]


def test_pdf_gives_paragraphs_without_headers_and_broken_words():
    """Lines are joined, words broken at the margin made whole, running lines taken out."""
    body = [
        "The bridge over the river was closed on Monday for repairs, which the engi-",
        "neers say will last until the end of the month. It is the third closing since",
        "the spring.",
        "Nobody was hurt.",
    ]
    first = pdf_page(1, "The bridge is closed again", "By Ann Lee", "3 May 2015", *body)
    data = pdf([first, *(pdf_page(n, f"Page text {'abc'[n - 2]} stands here.") for n in (2, 3, 4))])
    article = read_pdf(data, "x.pdf")
    assert article.text.split("\n")[:5] == [
        "The bridge is closed again",
        "By Ann Lee",
        "3 May 2015",
        (
            "The bridge over the river was closed on Monday for repairs, which the engineers say "
            "will last until the end of the month. It is the third closing since the spring."
        ),
        "Nobody was hurt.",
    ]
    assert (article.title, article.authors, article.published) == (
        "The bridge is closed again",
        ("Ann Lee",),
        "2015-05-03",
    )
    assert [removed.text for removed in article.removed[:2]] == [
        "The Valley Review",
        "Page 1 of 4",
    ]


def test_pdf_without_text_or_with_a_password_is_refused():
    """Scanned and locked files are told apart from damaged ones."""
    with pytest.raises(UnreadableFileError, match="without text, such as scanned pages"):
        read_pdf(pdf([[]]), "x.pdf")
    writer = PdfWriter(PdfReader(io.BytesIO(pdf([["Secret words."]]))))
    writer.encrypt("secret", algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    with pytest.raises(UnreadableFileError, match="needs a password"):
        read_pdf(locked.getvalue(), "x.pdf")


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_damaged_pdf_is_read_or_refused(place, byte):
    """Whatever byte is flipped, a PDF gives an article or a reason, never another error."""
    data = bytearray(pdf([["Some words of a page that are read."]]))
    data[place % len(data)] = byte
    try:
        text = read_pdf(bytes(data), "x.pdf").text
    except UnreadableFileError:
        text = "refused"
    assert text


def word(paragraphs, **properties):
    """Write a Word file: (style, text) each."""
    document = docx.Document()
    for style, text in paragraphs:
        document.add_paragraph(text, style=style)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Toll", "3.20"
    for name, value in properties.items():
        setattr(document.core_properties, name, value)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_docx_gives_paragraphs_and_only_what_its_text_says():
    """Author and creation date of the file are not those of the article."""
    data = word(
        [("Title", "Salt on the wind"), ("Normal", "By Ada Brun"), ("Normal", "It rained.")],
        author="office user",
        title="Document1",
    )
    article = read_docx(data, "x.docx")
    assert article.text == "Salt on the wind\nBy Ada Brun\nIt rained.\nToll | 3.20"
    assert (article.title, article.authors, article.published) == (
        "Salt on the wind",
        ("Ada Brun",),
        None,
    )
    assert [paragraph.kind for paragraph in article.paragraphs] == [
        "headline",
        "byline",
        "body",
        "body",
    ]


def test_docx_that_is_cut_off_or_unpacks_to_too_much_is_refused():
    """A cut file and a zip bomb are refused before they are unpacked."""
    whole = word([("Normal", "Some words.")])
    with pytest.raises(UnreadableFileError, match=r"not a complete \.docx file"):
        read_docx(whole[: len(whole) // 2], "x.docx")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * 210_000_000)
    with pytest.raises(UnreadableFileError, match="unpacks to too much"):
        read_docx(bomb.getvalue(), "x.docx")


# ------------------------------------------------------------------------------- long lines

LONG = ("word ", "[](( ", "[[]](x", "*a ", "**a", "12/12/2012 ", "By Al ", "_a", "| ", "a b ", "-")


def spent_on(path, line) -> float:
    """Give the processor time that reading a file of one line takes, in seconds."""
    path.write_text(line)
    started = time.process_time()
    try:
        read_file(path, "x.txt", max_bytes=1_000_000)
    except UnreadableFileError:
        assert line.startswith("--")
    return time.process_time() - started


@pytest.mark.parametrize("unit", LONG)
def test_time_grows_no_faster_than_a_long_line(tmp_path, unit):
    """Eight times the line takes no more than some sixteen times the time, once in three tries."""
    short, long = (unit * (size // len(unit)) + "." for size in (25_000, 200_000))
    path = tmp_path / "x.txt"
    # Another program that empties the caches of the processor can make one try a slow one.
    assert any(spent_on(path, long) < 16 * max(spent_on(path, short), 0.02) for _ in range(3))
