"""A folder of files becomes articles, and every file that does not has its reason."""

import json
import os
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askcorpus import ingest
from askcorpus.errors import DataError
from askcorpus.ingest import UnreadableFileError, find_files, read_file, read_folder
from askcorpus.ingest.plain import read_plain
from askcorpus.types import Progress, Skipped

SEEDS = Path(__file__).parents[1] / "seeds"
FIXTURES = Path(__file__).parent / "fixtures" / "ingest"
VALID = sorted(path for path in (FIXTURES / "valid").iterdir() if path.suffix != ".json")
INVALID = json.loads((FIXTURES / "invalid" / "reasons.json").read_text("utf-8"))
LIMIT = 1_000_000

TABLE = {
    "000": (
        "In a Dramatic Pivot, Shia Militia Leader Tells US: “Get Ready to Leave Iraq”",
        ("Zero Hedge",),
        "Global Research",
        "2017-10-24",
        None,
    ),
    "001": (
        "Iraq's Shia Militia 'Must Go Home', Says Tillerson",
        ("teleSUR",),
        "teleSUR",
        "2017-10-23",
        None,
    ),
    "002": (
        "Iraqi militia leader wants US troops to leave",
        ("Qassim Abdul-Zahra", "Zeina Karam"),
        "Associated Press",
        "2019-01-28",
        None,
    ),
    "003": (
        "Iran-Backed Shiite Militias Demand U.S. Leave Iraq",
        ("Ben Kew",),
        None,
        "2017-11-30",
        "2017-12-02",
    ),
    "004": (
        (
            "'Interference': Iraq PM's office rejects Tillerson's call for Iran-backed militias to "
            "'go home'"
        ),
        (),
        None,
        "2017-10-23",
        None,
    ),
}

# Lines of each seed that hold the article; every other line that holds anything is furniture.
KEPT_LINES = {
    "000": (3, 5, 7, 9, *range(19, 32, 2), 35, 37, 39, 43, 45, 47, 49, *range(53, 64, 2), 65),
    "001": (4, 9, 11, 13, 16, 18, 20, 22, 24, 26, 29, 32, 34, 36, 38, 40, 42),
    "002": (21, 23, 24, 26, *range(28, 65, 2)),
    "003": (1, 3, 7, 9, *range(11, 32, 2), 35),
    "004": (5, 9, *range(13, 32, 2), 35),
}

FURNITURE = {
    "000": "Region:,Theme:,In-depth Report,War Agenda,Comment on Global Research,Become a Member,"
    "Disclaimer,media inquiries,Copyright,copyright,fair use",
    "001": "Delivering Truth,Custom Search,Font,RSS,Russia stands by,Raqqa",
    "002": "Sign In,guest,Your email,signing up,Forgot,connect using,vince,Faze,HardTalk,Hemen,"
    "mehmet,Mohamedzzz,arjun,pager,Page size,Elsewhere on,Rudaw,linger in jail,checkpoint,KRI,"
    "seconds,|",
    "003": "Print,Tagged under,Published in,External Links,Misguided,Courting,RAND,"
    "Human Rights Watch",
    "004": "READ MORE,---,now estimated",
}


def record_of(path):
    """Give what reading a file gives, as JSON-ready values that a person can check by eye."""
    result = read_file(path, path.name, max_bytes=1_000_000)
    return {
        "articles": [
            {
                "article_id": article.article_id,
                "title": article.title,
                "authors": list(article.authors),
                "publisher": article.publisher,
                "published": article.published,
                "modified": article.modified,
                "url": article.url,
                "paragraphs": [
                    [paragraph.kind, article.text[paragraph.start : paragraph.end]]
                    for paragraph in article.paragraphs
                ],
                "facts": [f"{f.field}={f.value} ({f.where})" for f in article.facts],
                "removed": [[piece.line, piece.reason, piece.text] for piece in article.removed],
                "warnings": list(article.warnings),
            }
            for article in result.articles
        ],
        "skipped": [[skipped.path, skipped.reason] for skipped in result.skipped],
    }


@pytest.fixture(scope="module")
def seeds():
    """Give the seed articles by the first three characters of their names."""
    result = read_folder(SEEDS, max_bytes=LIMIT)
    assert result.skipped == ()
    return {article.article_id[:3]: article for article in result.articles}


def test_public_names_are_sorted_and_exist():
    """All that `askcorpus.ingest` offers is listed in order, constants first."""
    assert ingest.__all__ == sorted(ingest.__all__, key=lambda name: (not name.isupper(), name))
    assert all(hasattr(ingest, name) for name in ingest.__all__)


@pytest.mark.parametrize("number", sorted(TABLE))
def test_seed_facts_are_those_a_reader_sees(seeds, number):
    """Title, authors, publisher and dates of each seed are what its file says."""
    article = seeds[number]
    found = (
        article.title,
        article.authors,
        article.publisher,
        article.published,
        article.modified,
    )
    assert found == TABLE[number]


@pytest.mark.parametrize("number", sorted(KEPT_LINES))
def test_seed_keeps_every_line_of_the_article_and_no_other(seeds, number):
    """The paragraphs are the lines that a person marked as article, whole and in order."""
    path = next(SEEDS.glob(f"{number}_*"))
    lines = path.read_text("utf-8").split("\n")
    kept = [_plain(lines[line - 1]) for line in KEPT_LINES[number]]
    assert seeds[number].text.split("\n") == kept
    others = {line for line, text in enumerate(lines, start=1) if text.strip()}
    gone = {removed.line for removed in seeds[number].removed}
    assert gone == others - set(KEPT_LINES[number])


@pytest.mark.parametrize("number", sorted(FURNITURE))
def test_seed_holds_no_furniture(seeds, number):
    """None of the words of menus, forms, comments, teasers and notices is left."""
    assert [word for word in FURNITURE[number].split(",") if word in seeds[number].text] == []


def test_seed_facts_say_where_they_were_found(seeds):
    """Each fact names its line; the first printing, the change and the wrong weekday are told."""
    where = {(f.field, f.value): f.where for f in seeds["000"].facts}
    assert where["publisher", "Global Research"] == "line 7: publisher and date line"
    assert where["first_published", "2017-10-23"] == "line 9: line of name and date"
    assert ("modified", "2017-12-02") in {(f.field, f.value) for f in seeds["003"].facts}
    assert seeds["003"].warnings == ("line 9: date line: 2017-11-30 was a Thursday, not a Friday",)
    assert [seeds[number].warnings for number in ("000", "001", "002", "004")] == [()] * 4


@pytest.mark.parametrize("number", sorted(TABLE))
def test_seed_head_lines_are_paragraphs_of_their_own_kind(seeds, number):
    """Headline, bylines and date lines can be quoted, and are told from the body."""
    kinds = {
        "000": ["headline", "byline", "byline", "byline", "body"],
        "001": ["headline", "byline", "body", "byline", "body"],
        "002": ["headline", "byline", "body", "byline", "body"],
        "003": ["headline", "byline", "byline", "byline", "body"],
        "004": ["headline", "byline", "body", "body", "body"],
    }
    assert [paragraph.kind for paragraph in seeds[number].paragraphs[:5]] == kinds[number]


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.name)
def test_valid_file_gives_the_expected_record(path):
    """A file of each style and format gives the record kept beside it."""
    expected = json.loads(path.with_name(path.name + ".json").read_text("utf-8"))
    assert record_of(path) == expected


@pytest.mark.parametrize("name", sorted(INVALID))
def test_invalid_file_is_refused_with_its_reason(name):
    """A file that is no article is refused with one sentence that names it and says why."""
    with pytest.raises(UnreadableFileError) as caught:
        read_file(FIXTURES / "invalid" / name, name, max_bytes=LIMIT)
    assert caught.value.reason == INVALID[name]
    assert str(caught.value) == (
        f"{name} cannot be read: {INVALID[name]}. All other files are still fine."
    )


def test_every_invalid_fixture_has_a_reason():
    """No fixture file is forgotten."""
    names = {path.name for path in (FIXTURES / "invalid").iterdir()} - {"reasons.json"}
    assert names == set(INVALID)


def test_files_are_listed_by_path_and_others_with_a_reason(tmp_path):
    """Files are sorted by path with `/`; links, unknown kinds and pipes are named, hidden not."""
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "hidden.txt").write_text("hidden")
    for name in ("z.TXT", "b/a.md", "a.csv", "Makefile", ".x.txt"):
        (tmp_path / name).write_text("words")
    (tmp_path / "link.txt").symlink_to(tmp_path / "z.TXT")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.link(tmp_path / "z.TXT", tmp_path / "b" / "same.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    listing = find_files(tmp_path)
    assert [name for name, _ in listing.files] == ["b/a.md", "b/same.txt"]
    assert listing.skipped == (
        Skipped("Makefile", "files without a suffix are not read"),
        Skipped("a.csv", "files of the kind .csv are not read"),
        Skipped("link.txt", "a symbolic link; links are not followed"),
        Skipped("loop", "a symbolic link; links are not followed"),
        Skipped("pipe.txt", "not a regular file"),
        Skipped("z.TXT", "the same file as b/same.txt, by a hard link"),
    )


def test_odd_file_names_become_printable_paths(tmp_path):
    """Names that are no UTF-8, or hold a line break, give a path that can be printed."""
    (tmp_path / "a\nb.txt").write_text("First words.")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text("Second words.")
    (tmp_path / "é😀.txt").write_text("Third words.")
    result = read_folder(tmp_path, max_bytes=LIMIT)
    assert {article.article_id for article in result.articles} == {
        "a\\x0ab.txt",
        "\\xff.txt",
        "é😀.txt",
    }


def test_missing_folder_and_file_in_its_place_are_told(tmp_path):
    """A folder that is not there, or a file, is an error of one sentence."""
    missing = tmp_path / "none"
    with pytest.raises(DataError, match=re.escape(f"There is no folder {missing}.")):
        read_folder(missing, max_bytes=LIMIT)
    file = tmp_path / "file.txt"
    file.write_text("words")
    with pytest.raises(DataError, match=re.escape(f"{file} is a file, not a folder.")):
        find_files(file)


def test_empty_folder_gives_nothing(tmp_path):
    """An empty folder is no error."""
    result = read_folder(tmp_path, max_bytes=LIMIT)
    assert (result.articles, result.skipped) == ((), ())


def test_large_file_is_refused_by_its_size(tmp_path):
    """A file above the limit is never read, however large; the others are."""
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(1 << 40)
    (tmp_path / "small.txt").write_text("Small words.")
    result = read_folder(tmp_path, max_bytes=LIMIT)
    reason = "1,099,511,627,776 bytes, more than the 1,000,000 that are read"
    assert result.skipped == (Skipped("huge.txt", reason),)
    assert [article.text for article in result.articles] == ["Small words."]


def test_file_that_vanished_is_refused(tmp_path):
    """A file that cannot be opened is refused with the system's words."""
    with pytest.raises(UnreadableFileError, match="it cannot be opened: no such file or directory"):
        read_file(tmp_path / "gone.txt", "gone.txt", max_bytes=LIMIT)


def test_folder_is_read_whole_in_order_with_progress(tmp_path):
    """One bad file does not end the run; progress counts every file, and what is left out."""
    for name, text in (("b.txt", "B words."), ("a.txt", ""), ("c.jsonl", '{"text": "C."}\n{')):
        (tmp_path / name).write_text(text)
    steps: list[Progress] = []
    result = read_folder(tmp_path, max_bytes=LIMIT, progress=steps.append)
    assert [article.article_id for article in result.articles] == ["b.txt", "c.jsonl#1"]
    assert [skipped.path for skipped in result.skipped] == ["a.txt", "c.jsonl#2"]
    assert steps == [
        Progress("read", done, 3, skipped=skipped) for done, skipped in ((1, 1), (2, 1), (3, 2))
    ]


def test_line_repeated_over_the_corpus_is_furniture_only_at_the_edges(tmp_path):
    """A motto above and a notice below three articles go; a heading inside them stays."""
    for number, place in enumerate(("harbour", "market", "station")):
        (tmp_path / f"{number}.txt").write_text(
            f"Words for the whole valley\nMenu\n\nNews from the {place}\n\nBy Ann Lee\n"
            f"{number + 1} May 2015\n\nThe {place} was opened on Monday by a crowd of people.\n\n"
            f"Background\n\nNobody had asked for a {place} before last year, or wanted it.\n\n"
            "Written with ink that is made from the valley's own walnuts.\n"
        )
    result = read_folder(tmp_path, max_bytes=LIMIT)
    first = result.articles[0]
    assert first.text.split("\n") == [
        "News from the harbour",
        "By Ann Lee",
        "1 May 2015",
        "The harbour was opened on Monday by a crowd of people.",
        "Background",
        "Nobody had asked for a harbour before last year, or wanted it.",
    ]
    assert first.removed[-1].reason == "repeated in 3 files"


def test_copies_of_one_article_stay_whole(tmp_path):
    """What copies share is their text, not furniture."""
    seed = next(SEEDS.glob("002_*"))
    alone = read_file(seed, "x.txt", max_bytes=LIMIT).articles[0].text
    for number in range(4):
        (tmp_path / f"{number}.txt").write_bytes(seed.read_bytes())
    result = read_folder(tmp_path, max_bytes=LIMIT)
    assert [article.text for article in result.articles] == [alone] * 4


@given(st.text(max_size=600), st.booleans())
def test_paragraphs_slice_back_to_lines_of_the_text(text, markdown):
    """Whatever the file holds, each paragraph is one line, and together they are the text."""
    data = text.encode("utf-8", "ignore")
    if b"\0" in data or not data.strip():
        return
    try:
        article = read_plain(data, "x.txt", markdown=markdown)
    except ValueError:
        return
    slices = [article.text[p.start : p.end] for p in article.paragraphs]
    assert slices == (article.text.split("\n") if article.text else [])
    assert all(slices)
    assert unicodedata.is_normalized("NFC", article.text)


def _plain(line):
    """Take links and emphasis off a line of a seed, independently of the code under test."""
    line = re.sub(r"\[([^\[\]]*)\]\(#\)", r"\1", line)
    return " ".join(re.sub(r"(?<!\w)\*+|\*+(?!\w)", "", line).split())
