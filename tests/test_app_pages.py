"""The plain pages: an article wherever its passage stands, the corpus, evaluation runs, uploads."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from fakes import FakeEncoder, FakeReader
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from mixed_corpus import mixed
from small_corpus import ARTICLES, BRIDGE, FERRY, RIVER, FakeCorpus, article_of, built
from test_app import LOCAL, QUESTION
from test_ingest_languages import TEXTS
from test_render import PAYLOADS, TAGS, read

from askcorpus.app.articles import Spot, Trail, address, linker, spot_of, trail_of
from askcorpus.app.corpus_page import (
    MOST_BARS,
    ROWS,
    Bar,
    View,
    archive,
    fix_of,
    histogram,
    left_out,
    sheet,
)
from askcorpus.app.desk import Desk
from askcorpus.app.evaluation_page import as_csv
from askcorpus.app.pages import Pages
from askcorpus.app.site import Site, add_pages
from askcorpus.app.uploads import Uploads, harmless
from askcorpus.corpus import Corpus
from askcorpus.errors import UsageError
from askcorpus.evaluation import evaluate, read_run, write_run
from askcorpus.render import Shelf, as_html
from askcorpus.types import Removed, Skipped

NUMBER = Spot(0, BRIDGE.text.index("4,200"), BRIDGE.text.index("4,200") + 5)
QUERY = {"q": "How many cross it?", "pub": "Lin Herald"}


def words(response) -> str:
    """Give the text of a page on one line, a space for each tag."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", response.text)).split())


def client_of(corpus, **site) -> TestClient:
    """Give a client of the plain pages: without Gradio, which takes seconds to put together."""
    app = FastAPI()
    add_pages(app, Pages(Desk(corpus), uploads="uploads" in site), Site(**site))
    return TestClient(app, base_url=LOCAL, raise_server_exceptions=False)


def links(response) -> list[str]:
    return [value for name, value in read(response.text).attributes if name == "href"]


# --- the reader -------------------------------------------------------------------------------


def test_address_carries_the_words_and_the_way_back():
    """Offsets, generation, the quote with what surrounds it, and the query of the answer."""
    made = urlsplit(address(NUMBER, BRIDGE, Trail(7, back=QUERY)))
    assert (made.path, made.fragment) == ("/article/0", "p2")
    assert {name: value for name, (value,) in parse_qs(made.query).items()} == {
        "s": str(NUMBER.start),
        "e": str(NUMBER.end),
        "g": "7",
        "x": "4,200",
        "b": "e Lin closes on 3 March. Around ",
        "a": " people cross it every day. Mayo",
        **QUERY,
    }


def opened(article, made):
    """Open an address in an app whose article reads otherwise by now."""
    return client_of(FakeCorpus([article], {})).get(made)


def changed(text) -> object:
    """Give the article of the bridge with another text."""
    title, *rest = text.split("\n\n")
    return replace(article_of("bridge.txt", [title, *rest]), url=BRIDGE.url)


def test_unchanged_article_opens_at_the_quote():
    """Nothing is said where nothing has changed."""
    page = opened(BRIDGE, address(NUMBER, BRIDGE, Trail(1)))
    assert read(page.text).marked == ["4,200"]
    assert "since the link was made" not in words(page)


def test_moved_passage_is_found_and_scrolled_to():
    """The address is mended, so that the browser scrolls to the paragraph of now."""
    now = changed(BRIDGE.text.replace("\n\n", "\n\nA new paragraph.\n\n", 1))
    page = opened(now, address(NUMBER, BRIDGE, Trail(1, back=QUERY)))
    assert page.url.fragment == "p3"
    assert read(page.text).marked == ["4,200"]
    assert "The passage moved: the article has changed since the link was made." in words(page)
    assert "/?q=How+many+cross+it%3F&pub=Lin+Herald" in links(page)


def test_reworded_passage_is_marked_with_what_was_quoted():
    """A corrected figure is shown with the one that the link quoted."""
    now = changed(BRIDGE.text.replace("4,200", "4,700"))
    page = opened(now, address(NUMBER, BRIDGE, Trail(1)))
    assert read(page.text).marked == ["4,700"]
    assert "which quoted “4,200”. What stands there now is marked." in words(page)


def test_passage_that_is_gone_is_said_to_be_gone():
    """No mark is better than a wrong one, even where the same number stands elsewhere."""
    now = changed("Old bridge\n\nNothing is known.\n\nElm has 4,200 sheep, the council says.")
    page = opened(now, address(NUMBER, BRIDGE, Trail(1)))
    assert (page.status_code, read(page.text).marked) == (200, [])
    assert "The passage is no longer present" in words(page)


def test_link_without_words_says_when_it_may_be_stale():
    """Offsets of another generation may have slipped; those of this one have not."""
    bare = f"/article/0?s={NUMBER.start}&e={NUMBER.end}"
    assert "the mark may have slipped" in words(opened(BRIDGE, f"{bare}&g=9"))
    assert "slipped" not in words(opened(BRIDGE, f"{bare}&g=1"))
    assert "slipped" not in words(opened(BRIDGE, bare))


@given(st.text(max_size=60), st.integers(-5, 400), st.integers(-5, 400))
@settings(max_examples=40)
def test_no_address_breaks_the_reader(quoted, start, end):
    """Whatever an address says, the article opens, and what is marked stands in it."""
    client = test_no_address_breaks_the_reader.client
    page = client.get("/article/0", params={"s": start, "e": end, "x": quoted, "h": "1.2", "i": 0})
    assert page.status_code == 200
    assert all(mark in BRIDGE.text for mark in read(page.text).marked)


test_no_address_breaks_the_reader.client = client_of(FakeCorpus([BRIDGE], {}))


def test_places_of_one_answer_are_turned_through():
    """Previous and next lead through all places, with the words of each and the way back."""
    client = client_of(FakeCorpus(ARTICLES, {}))
    other = Spot(1, FERRY.text.index("4,200"), FERRY.text.index("4,200") + 5)
    trail = Trail(1, (NUMBER, other), QUERY)
    first = client.get(address(NUMBER, BRIDGE, trail))
    assert "Passage 1 of 2" in words(first)
    (following,) = [link for link in links(first) if link.startswith("/article/1?")]
    second = client.get(following)
    assert read(second.text).marked == ["4,200"]
    assert "Passage 2 of 2" in words(second)
    assert address(NUMBER, BRIDGE, trail) in links(second)
    assert "/?q=How+many+cross+it%3F&pub=Lin+Herald" in links(second)


@pytest.mark.parametrize("query", ["//evil.example", "https://evil.example", "x&next=//evil"])
def test_way_back_never_leaves_the_app(query):
    """The path of the way back is the app's own, whatever an address carries."""
    client = client_of(FakeCorpus([BRIDGE], {}))
    for name in ("q", "back", "run", "choice"):
        page = client.get("/article/0", params={name: query, "s": "1", "e": "2"})
        paths = [link for link in links(page) if not link.startswith(("#", "https://herald"))]
        assert all(re.match(r"/(?!/)", link) for link in paths)


def test_reader_leads_back_to_a_question_of_a_run():
    """From a row of the evaluation back to that row, as it was filtered."""
    query = {"run": "last", "choice": "lost=reading&page=2", "question": "q-q7"}
    page = client_of(FakeCorpus([BRIDGE], {})).get("/article/0", params=query)
    assert "/evaluation/last?lost=reading&page=2#q-q7" in links(page)


def test_reader_shows_what_was_left_out():
    """Every piece with its line and what it was taken for."""
    article = replace(BRIDGE, removed=(Removed("Share this", "navigation", 4),))
    page = words(opened(article, "/article/0"))
    assert "What was left out of the text: 1 piece of site furniture" in page
    assert "4 navigation Share this" in page


def test_answers_of_the_corpus_open_where_they_stand(tmp_path):
    """The address of every citation marks exactly its quote."""
    with built(tmp_path) as corpus:
        answer = corpus.ask(QUESTION)
        to = linker(corpus, trail_of(answer, QUERY))
        client = client_of(corpus)
        for citation in answer.citations:
            assert read(client.get(to(citation.link)).text).marked == [citation.quote]
        assert to("/elsewhere") == "/elsewhere?q=How+many+cross+it%3F&pub=Lin+Herald"


def test_only_links_of_citations_are_read():
    """Anything else is no spot."""
    assert spot_of("/article/3?s=2481&e=2486#p11") == Spot(3, 2481, 2486)
    assert [spot_of(link) for link in ("/articles", "/article/3", "/article/x?s=1&e=2")] == [
        None
    ] * 3


# --- the corpus -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "bars"),
    [
        ([], ()),
        (["soon"], ()),
        (["2019-01-28"], (Bar("2019-01", "2019-01", "2019-01", 1),)),
        (
            ["2018-11", "2019-01-03", "2019-01"],
            (
                Bar("2018-11", "2018-11", "2018-11", 1),
                Bar("2018-12", "2018-12", "2018-12", 0),
                Bar("2019-01", "2019-01", "2019-01", 2),
            ),
        ),
        (
            ["1990", "2021-05"],
            tuple(
                Bar(str(year), str(year), str(year), int(year in {1990, 2021}))
                for year in range(1990, 2022)
            ),
        ),
    ],
)
def test_histogram_takes_periods_that_fit(dates, bars):
    """Months while they are few, then quarters, years and more; none is left out between."""
    assert histogram(dates) == bars


@given(st.lists(st.dates().map(str), min_size=1, max_size=30))
def test_histogram_counts_every_date_once(dates):
    """However far apart dates are, all are counted, in few bars."""
    bars = histogram(dates)
    assert sum(bar.articles for bar in bars) == len(dates)
    assert len(bars) <= MOST_BARS


@pytest.mark.parametrize(
    ("reason", "heading"),
    [
        ("an empty file", "Empty"),
        ("files of the kind .zip are not read", "Of a kind that is not read"),
        ("a symbolic link; links are not followed", "Links"),
        ("the same file as a.txt, by a hard link", "Second names of one file"),
        ("a PDF file that needs a password", "Locked"),
        ("a PDF file without text, such as scanned pages", "PDF files without text"),
        ("a PDF file that is cut off: its end mark is missing", "Damaged"),
        ("30,000,000 bytes, more than the 20,000,000 that are read", "Too large"),
        ("not a PDF file, whatever its name says", "Not what the name says"),
        ("no text is left in it without the site's furniture", "Without an article in it"),
        ("line 3 is not a JSON object", "Lines that are no article"),
        ("it cannot be opened: permission denied", "Not readable"),
        ("something new", "Others"),
    ],
)
def test_every_reason_has_a_remedy(reason, heading):
    """Files that were left out stand together with what mends them."""
    found, fix = fix_of(reason)
    assert (found, fix.endswith((".", "FILE", "file."))) == (heading, True)


def test_files_left_out_are_grouped():
    """The most frequent first; each group keeps its files."""
    skipped = [Skipped("a.zip", "files of the kind .zip are not read"), Skipped("b", "odd")]
    more = Skipped("c.zip", "files of the kind .zip are not read")
    groups = left_out([*skipped, more])
    assert [(group.reason, group.files) for group in groups] == [
        ("Of a kind that is not read", (skipped[0], more)),
        ("Others", (skipped[1],)),
    ]


def shown(query, articles=ARTICLES):
    """Give the titles of the table for the query of an address."""
    rows = archive(FakeCorpus(articles, {})).rows
    return [row.article.article_id for row in sheet(rows, View.of(query)).rows]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["bridge.txt", "ferry.txt", "river.txt"]),
        ({"sort": "title", "order": "desc"}, ["river.txt", "bridge.txt", "ferry.txt"]),
        ({"sort": "published"}, ["ferry.txt", "bridge.txt", "river.txt"]),
        ({"sort": "published", "order": "desc"}, ["bridge.txt", "ferry.txt", "river.txt"]),
        ({"sort": "words"}, ["river.txt", "ferry.txt", "bridge.txt"]),
        ({"find": "REED bridge"}, ["bridge.txt"]),
        ({"publisher": "port news"}, ["ferry.txt"]),
        ({"since": "2019"}, ["bridge.txt"]),
        ({"until": "2018-11"}, ["ferry.txt"]),
        ({"state": "undated"}, ["river.txt"]),
        (
            {"state": "nonsense", "sort": "odd", "page": "-3"},
            [*("bridge.txt", "ferry.txt"), "river.txt"],
        ),
        ({"find": "nothing like it"}, []),
    ],
)
def test_table_is_sorted_and_narrowed(query, names):
    """What a file does not say stands last either way; nonsense in an address is passed over."""
    assert shown(query) == names


def test_sections_are_shown_where_an_article_names_one(tmp_path):
    """As a column, a filter and a way to sort; without any, the page is as it was."""
    with mixed(tmp_path) as corpus:
        client = client_of(corpus)
        page = words(client.get("/articles"))
        assert "Politics JSON-LD articleSection" in page
        narrowed = words(client.get("/articles?section=SPORT"))
        assert "1–2 of 2 articles; 3 articles hidden" in narrowed
        rows = archive(corpus).rows
        order = sheet(rows, View.of({"sort": "section", "order": "desc"})).rows
        assert [row.article.section for row in order] == [
            *("Sport", "sport", "Politics", "Politics"),
            None,
        ]
    for path in ("/articles", "/articles?sort=section", "/articles?section=Sport"):
        plain = client_of(FakeCorpus()).get(path).text
        assert "section" not in plain.lower().replace("<section", "").replace("</section", "")


def test_table_has_pages():
    """Each article stands on one page; a page behind the last gives the last."""
    articles = [article_of(f"{n:03}.txt", ["Title", f"Text {n}."]) for n in range(2 * ROWS + 1)]
    pages = [shown({"page": str(page)}, articles) for page in (1, 2, 3, 9)]
    assert [len(page) for page in pages] == [ROWS, ROWS, 1, 1]
    assert [*pages[0], *pages[1], *pages[2]] == [article.article_id for article in articles]


def test_corpus_page_tells_where_facts_were_found(tmp_path):
    """Facts with their places, totals, what was left out with its remedy, health of the index."""
    with built(tmp_path) as corpus:
        page = words(client_of(corpus).get("/articles"))
    assert (
        "Old bridge to close in March By Tom Reed and Ann Vale news.jsonl#1 , line 1: title" in page
    )
    assert "28 January 2019 line 1: published" in page
    assert "Not what the name says : 1 file" in page
    assert "1 article without a date not shown" in page
    assert "Checksums verified 20" in page
    assert "askcorpus index articles" in page


def test_articles_say_what_language_they_are_in():
    """To readers in words where it is not English, to programs that read aloud by its code."""
    german = article_of("lin.txt", ["Alte Brücke wird geschlossen", TEXTS["de"]])
    client = client_of(FakeCorpus([BRIDGE, german], {}))
    assert "in German" in words(client.get("/article/1"))
    assert '<div class="ac-text" lang="de">' in client.get("/article/1").text
    assert "lang=" not in client.get("/article/0").text.partition("<body")[2]
    page = client.get("/articles?state=foreign")
    assert "/article/1" in links(page)
    assert "/article/0" not in links(page)
    assert f"date unknown German {len(german.text.split())} 2 Indexed" in words(page)


def test_quotes_say_what_language_they_are_in():
    """Those of an article whose language is known, and no others."""
    answer = FakeCorpus().ask("How many people use the bridge?")
    card = as_html(answer, Shelf(languages={"ferry.txt": "fr"}))
    spoken = re.findall(r'<blockquote class="ac-quote" dir="auto"([^>]*)>', card)
    quoted = [*answer.citations, *(c for other in answer.alternatives for c in other.citations)]
    assert spoken == [' lang="fr"' * (each.article_id == "ferry.txt") for each in quoted]


def test_corpus_page_of_many_articles_is_quick():
    """Filtering and sorting twenty thousand articles takes no time that is felt."""
    rows = archive(FakeCorpus([RIVER], {})).rows
    many = [replace(rows[0], number=n, words=n % 977) for n in range(20_000)]
    found = sheet(many, View.of({"find": "river", "sort": "words", "order": "desc", "page": "7"}))
    assert (found.total, found.pages, len(found.rows)) == (20_000, 400, ROWS)
    assert found.rows[0].words == 976 - (6 * ROWS) // 20


# --- evaluation -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Give an app with two runs, one broken run file and one of an older format."""
    home = tmp_path_factory.mktemp("evaluated")
    with built(home) as corpus:
        asked = home / "questions.jsonl"
        asked.write_text("".join(f"{json.dumps(each)}\n" for each in questions_of(corpus)), "utf-8")
        folder = home / "runs"
        folder.mkdir()
        for name in ("before", "after"):
            write_run(folder / f"{name}.jsonl", evaluate(corpus, asked))
        (folder / "broken.jsonl").write_text("{", "utf-8")
        (folder / "old.jsonl").write_text('{"kind": "run", "schema": 1}\n', "utf-8")
        yield client_of(corpus, runs=folder), folder


def questions_of(corpus):
    """Give three questions: one that is answered, one that is not, one that nothing answers."""
    text, name = corpus.article_at(1).text, "news.jsonl#1"
    for number, (asked, answer) in enumerate(
        [(QUESTION, "Mayor Ada Brook"), ("What was overdue?", "the step"), ("=Who sank?", None)]
    ):
        start = text.index(answer) if answer else 0
        gold = {
            "article_id": name,
            "text": answer,
            "start": start,
            "end": start + len(answer or ""),
            "context": text[max(start - 9, 0) : start + len(answer or "") + 9],
        }
        yield {
            "id": f"q{number}",
            "question": asked,
            "split": "dev",
            "tags": ["who"],
            "answers": [gold] if answer else [],
            "unanswerable": None if answer else "off topic: nobody sank",
        }


def test_runs_are_listed_with_what_cannot_be_read(runs):
    """Each run with what it was a run of; a file that is none says so, without its folder."""
    client, folder = runs
    page = client.get("/evaluation")
    assert {"/evaluation/before", "/evaluation/after"} <= set(links(page))
    assert "broken not a run file, or damaged" in words(page)
    assert "old a run of format 1; this askcorpus reads" in words(page)
    assert str(folder) not in page.text


def test_run_page_shows_figures_and_questions(runs):
    """Cards with n, curves as SVG in the page, every question with links into the reader."""
    client, _ = runs
    page = client.get("/evaluation/after")
    assert page.status_code == 200
    assert "n = 2" in words(page)
    assert page.text.count("<svg xmlns") >= 2
    assert "style=" not in page.text
    (row,) = [link for link in links(page) if "question=q-q0" in link and "Ada" in link][:1]
    assert read(client.get(row).text).marked == ["Mayor Ada Brook"]
    assert "/evaluation/after?#q-q0" in links(client.get(row))


def test_questions_of_a_run_are_narrowed(runs):
    """By stage, tag and words; nothing that fits is said."""
    client, _ = runs
    for query, count in (("find=sank", 1), ("tag=who", 3), ("find=zzz", 0), ("page=99", 3)):
        assert f" {count} question{'' if count == 1 else 's'}" in words(
            client.get(f"/evaluation/after?{query}")
        )
    assert "No question fits." in words(client.get("/evaluation/after?find=zzz"))


def test_two_runs_of_one_state_show_no_difference(runs):
    """Side by side, in words and figures."""
    client, _ = runs
    page = client.get("/evaluation?before=before&after=after")
    assert "No clear difference in any of" in words(page)
    assert "0 questions answered better, 0 worse." in words(page)


def test_runs_are_saved_as_csv_json_and_svg(runs):
    """What is saved is what the records give; a cell that looks like a formula is disarmed."""
    client, folder = runs
    table = list(csv.reader(io.StringIO(client.get("/evaluation/after/questions.csv").text)))
    assert [row[0] for row in table] == ["id", "q0", "q1", "q2"]
    assert table[3][table[0].index("question")] == "'=Who sank?"
    summary = client.get("/evaluation/after/summary.json")
    assert summary.json()["manifest"] == read_run(folder / "after.jsonl").manifest.to_dict()
    figure = client.get("/evaluation/after/reliability.svg")
    assert figure.headers["content-type"] == "image/svg+xml"
    assert figure.text == client.get("/evaluation/after/reliability.svg").text
    for response in (summary, figure):
        assert response.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    compared = client.get("/evaluation?before=before&after=after&as=json").json()
    assert compared["questions"] == 3
    assert client.get("/evaluation?before=before&after=after&as=differences.svg").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/evaluation/none", 404),
        ("/evaluation/..%2f..%2fetc%2fpasswd", 404),
        ("/evaluation/after/odd.svg", 404),
        ("/evaluation?before=none&after=after", 404),
        ("/evaluation/broken", 422),
        ("/evaluation/old", 422),
    ],
)
def test_what_is_no_run_has_a_page_that_says_so(runs, path, status):
    """A name is looked up among the files found; no folder is named."""
    client, folder = runs
    response = client.get(path)
    assert response.status_code == status
    assert str(folder) not in response.text


def test_without_runs_the_page_says_how_to_make_one(tmp_path):
    """Whether the folder is empty or none was found."""
    for runs in (tmp_path, None):
        page = client_of(FakeCorpus(), runs=runs).get("/evaluation")
        assert "askcorpus eval --run eval/runs/first.jsonl" in words(page)


def test_no_cell_runs_as_a_formula(runs):
    """Every dangerous beginning is kept from running, wherever it stands."""
    _, folder = runs
    lines = read_run(folder / "after.jsonl").lines
    from askcorpus.evaluation.judging import judge

    hostile = [replace(line, text=f"{sign}1") for line, sign in zip(lines, "=+-", strict=True)]
    rows = list(csv.DictReader(io.StringIO(as_csv(judge(hostile)))))
    assert [row["answer"] for row in rows] == ["'=1", "'+1", "'-1"]


# --- uploads ----------------------------------------------------------------------------------

NEWS = b"Tunnel opens\n\nThe tunnel under the Lin opens on Friday, engineer Max Stone said.\n"


@pytest.fixture
def open_house(tmp_path):
    """Give an app that takes files, the folder that they go to, and its corpus."""
    folder = tmp_path / "articles"
    built(tmp_path).close()
    corpus = Corpus.open(tmp_path / "index", encoder=FakeEncoder(), reader=FakeReader())
    with corpus:
        yield client_of(corpus, uploads=Uploads.of([folder], corpus)), folder, corpus


def token_of(client) -> str:
    return re.search(r'name="token" value="([^"]+)"', client.get("/upload").text)[1]


def send(client, *files, known=None, **options):
    """Send files through the form, with its token or another."""
    data = {"token": token_of(client) if known is None else known}
    return client.post(
        "/upload",
        data=data,
        files=[("files", (name, content)) for name, content in files],
        **options,
    )


def test_file_is_kept_indexed_and_shown(open_house):
    """The page tells progress, what came of it, and leads to the article; it can be asked about."""
    client, folder, corpus = open_house
    page = send(client, ("tunnel.txt", NEWS), ("scan.pdf", b"no PDF"))
    assert (page.status_code, (folder / "tunnel.txt").read_bytes()) == (200, NEWS)
    assert "1 article added, in" in words(page)
    assert "scan.pdf not a PDF file, whatever its name says Rename it" in words(page)
    assert "/article/4" in links(page)
    assert corpus.article_at(4).title == "Tunnel opens"
    assert "<progress" in page.text


def test_no_file_is_written_over_another(open_house):
    """The same bytes are kept once; other bytes of the same name get a name of their own."""
    client, folder, _ = open_house
    send(client, ("a.txt", NEWS))
    page = send(client, ("a.txt", NEWS), ("a.txt", NEWS.replace(b"Friday", b"Monday")))
    assert "a.txt was not kept: the same file is there already" in words(page)
    assert (folder / "a.txt").read_bytes() == NEWS
    assert b"Monday" in (folder / "a-2.txt").read_bytes()


def test_link_in_the_folder_is_not_followed(open_house, tmp_path):
    """A name that is taken by a link gives way like any other; nothing outside is written."""
    client, folder, _ = open_house
    (folder / "b.txt").symlink_to(tmp_path / "outside.txt")
    send(client, ("b.txt", NEWS))
    assert not (tmp_path / "outside.txt").exists()
    assert (folder / "b-2.txt").read_bytes() == NEWS


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("news.txt", "news.txt"),
        ("../../etc/cron.d/job.txt", "job.txt"),
        ("C:\\Windows\\notes.MD", "notes.md"),
        (".hidden.txt", "hidden.txt"),
        ("..txt", None),
        (".txt", None),
        ("run.sh", None),
        ("page.html.exe", None),
        ("", None),
        ("a\x00b\n<c>:|?*.html", "abc.html"),
        ("con.txt", "_con.txt"),
        ("Überschrift\u202e.txt", "Überschrift.txt"),
        ("x" * 400 + ".txt", "x" * 120 + ".txt"),
        ("caf\udce9.txt", "caf.txt"),
    ],
)
def test_names_are_made_harmless(sent, name):
    """Paths, hidden names, devices, controls and suffixes that are not read do no harm."""
    assert harmless(sent) == name


@given(st.text())
def test_harmless_name_stays_in_its_folder(sent):
    """Whatever is sent, the name is one plain, visible name of a kind that is read, or none."""
    name = harmless(sent)
    if name is not None:
        assert re.fullmatch(
            r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]*\.(txt|md|html?|pdf|docx|jsonl)", name
        )
        assert len(name.encode()) < 200


def test_form_of_another_site_is_refused(open_house):
    """Without the token of this start, or from a foreign page, nothing is written."""
    client, folder, _ = open_house
    before = sorted(folder.iterdir())
    assert send(client, ("a.txt", NEWS), known="guessed").status_code == 403
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert send(client, ("a.txt", NEWS), headers=headers).status_code == 403
    assert sorted(folder.iterdir()) == before


def test_too_much_is_refused(open_house, monkeypatch):
    """Too many bytes, announced or not, too many files and too large files are not kept."""
    client, folder, _ = open_house
    before = sorted(folder.iterdir())
    token = token_of(client)
    monkeypatch.setattr("askcorpus.app.guards.LARGEST_UPLOAD", 2_000)
    assert send(client, ("a.txt", b"x" * 3_000), known=token).status_code == 413
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    pieces = (b"--b\r\n" + b"x" * 500 for _ in range(8))
    assert client.post("/upload", content=pieces, headers=kind).status_code == 413
    monkeypatch.undo()
    assert send(client, *[(f"{n}.txt", NEWS) for n in range(51)]).status_code == 400
    page = send(client, ("empty.txt", b""))
    assert (page.status_code, "empty.txt was not kept: an empty file" in words(page)) == (422, True)
    assert sorted(folder.iterdir()) == before


def test_every_page_has_the_same_masthead():
    """The question page's, which Gradio shows, is that of the plain pages, in every word."""
    for uploads in (False, True):
        pages = Pages(Desk(FakeCorpus()), uploads=uploads)
        asking = pages.render("masthead.html", here="/")
        error = pages.error(404, "Nothing.").body.decode()
        masthead = error[error.index("<header") : error.index("</header>") + len("</header>")]
        assert re.findall(">([^<]+)<", masthead) == re.findall(">([^<]+)<", asking)
        assert ("/upload" in asking) == uploads
        assert 'href="/" aria-current="page"' in asking


def test_uploads_are_off_unless_asked_for(tmp_path):
    """Without a folder there is no form, no way to send, and no link to either."""
    with built(tmp_path) as corpus:
        client = client_of(corpus)
        assert client.get("/upload").status_code == 404
        assert "askcorpus serve --uploads FOLDER" in words(client.get("/upload"))
        assert client.post("/upload", files=[("files", ("a.txt", NEWS))]).status_code == 404
        assert "/upload" not in links(client.get("/articles"))


def test_uploads_never_take_articles_out(tmp_path):
    """Folders that are not those of the index are refused, as is a folder that is not there."""
    with built(tmp_path) as corpus:
        (tmp_path / "other").mkdir()
        with pytest.raises(UsageError, match="all other articles would be taken out"):
            Uploads.of([tmp_path / "other"], corpus)
        with pytest.raises(UsageError, match="There is no folder"):
            Uploads.of([tmp_path / "none"], corpus)


# --- all of them ------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_address_can_bring_markup_into_a_page(payload, runs):
    """What stands in an address shows as text, in every page."""
    client, _ = runs
    for path, name in (
        *(("/articles", field) for field in ("find", "publisher", "since", "sort", "page")),
        *(("/article/1", field) for field in ("x", "q", "run", "choice", "h")),
        *(("/evaluation/after", field) for field in ("find", "part", "lost", "tag")),
        ("/evaluation", "before"),
    ):
        page = client.get(path, params={name: payload, "s": "1", "e": "2", "after": "after"})
        allowed = TAGS | {"path", "defs", "use", "g", "clippath", "desc"}
        assert set(read(page.text).tags) <= allowed
        assert not any(name.startswith("on") for name, _ in read(page.text).attributes)


def test_pages_name_their_place(runs):
    """Each page has one first heading, one main part, and says in the navigation where it is."""
    client, _ = runs
    for path in ("/articles", "/evaluation", "/evaluation/after", "/article/1"):
        page = read(client.get(path).text)
        assert (page.tags.count("h1"), page.tags.count("main")) == (1, 1)
        assert (("aria-current", "page") in page.attributes) == (path != "/article/1")
