"""Texts → row numbers + BM25.

In: texts, one a row, and a question. Out: the rows that share a word with the question, best
first. Folding and cutting into words happen here and in `words`, not in the engine, so that
text and question are always treated alike and no question is ever read as query syntax:
“al-Khazali” and “Al Khazali”, “Sha’abi” and “Shaabi”, “U.S.” and “US” are the same terms. English
endings are taken off (Snowball). All terms are alternatives; stop words are left out of a
question unless it has nothing else.

May import: types, errors, words; tantivy.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tantivy

from askcorpus.errors import IndexCorruptError
from askcorpus.words import STOP_WORDS, fold

Rows = npt.NDArray[np.int64]
"""int64[k], row numbers."""

Scores = npt.NDArray[np.float32]
"""float32[k], higher is better."""

WRITER_BYTES = 1_000_000_000
"""What the writer may hold before it starts another segment; taken as needed, not at once. One
segment keeps rows in their order, by which equal scores are told apart."""

LONGEST_WORD = 64
"""Characters of a word that are compared; longer ones are no words of a language."""

UNASKED = STOP_WORDS | {"many", "much"}
"""Words of a question that are not searched for: “how many” counts things, it names none."""

_WORD = re.compile(r"\w+")

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
"""Scripts without spaces between words: each character is a term."""

_PLAIN = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
_STEMMER = (
    tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    .filter(tantivy.Filter.stemmer("english"))
    .build()
)


def terms(text: str) -> list[str]:
    """Give the terms under which a text is found, in order, repeated as in the text."""
    return _stemmed(_words(text))


def question_terms(question: str) -> list[str]:
    """Give the terms a question is searched by: each once, stop words only if all are."""
    found = _words(question)
    content = [word for word in found if word not in UNASKED]
    return list(dict.fromkeys(_stemmed(content or found)))


def write_lexical(folder: Path, texts: Iterable[str]) -> None:
    """Index texts, row by row, into a new folder; its files are final afterwards."""
    folder.mkdir(parents=True)
    index = tantivy.Index(_schema(), path=str(folder))
    index.register_tokenizer("plain", _PLAIN)
    writer = index.writer(WRITER_BYTES, num_threads=1)
    for row, text in enumerate(texts):
        document = tantivy.Document()
        document.add_unsigned("row", row)
        document.add_text("terms", " ".join(terms(text)))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    for lock in folder.glob(".tantivy-*.lock"):
        lock.unlink()


class Lexical:
    """A written index, opened for reading; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Open what `write_lexical` wrote, without writing to its folder.

        Raises:
            IndexCorruptError: The engine cannot read it.
        """
        self._schema = _schema()
        try:
            self._searcher = _open(folder)
        except ValueError as error:  # all that tantivy raises
            raise IndexCorruptError(str(folder), str(error)) from error

    def __len__(self) -> int:
        """Count the rows."""
        return int(self._searcher.num_docs)

    def search(self, question: str, k: int, *, rows: Rows | None = None) -> tuple[Rows, Scores]:
        """Give the best rows and their BM25, highest first, equal ones by row number.

        Args:
            question: Any text; none of its characters has a meaning of its own.
            k: How many at most.
            rows: The only rows looked at; None for all.
        """
        query = self._query(question_terms(question), rows)
        found = self._searcher.search(query, max(k, 1), count=False).hits if query and k else []
        numbers = self._searcher.fast_field_values("row", [address for _, address in found])
        scores = np.array([score for score, _ in found], np.float32)
        ordered = np.array(numbers, np.int64)
        order = np.lexsort((ordered, -scores))
        return ordered[order], scores[order]

    def score(self, question: str, rows: Rows) -> Scores:
        """Give the BM25 of each row, float32[len(rows)], 0 where it shares no term."""
        found, scores = self.search(question, len(rows), rows=rows)
        known = dict(zip(found.tolist(), scores.tolist(), strict=True))
        return np.array([known.get(row, 0.0) for row in rows.tolist()], np.float32)

    def _query(self, wanted: Sequence[str], rows: Rows | None) -> tantivy.Query | None:
        """Any of the terms, and one of the rows; the rows do not add to the score."""
        if not wanted or (rows is not None and not len(rows)):
            return None
        queries = (tantivy.Query.term_query(self._schema, "terms", term, "freq") for term in wanted)
        words = tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])
        if rows is None:
            return words
        allowed = tantivy.Query.term_set_query(self._schema, "row", rows.tolist())
        unscored = tantivy.Query.const_score_query(allowed, 0.0)
        both = [(tantivy.Occur.Must, words), (tantivy.Occur.Must, unscored)]
        return tantivy.Query.boolean_query(both)


def _words(text: str) -> list[str]:
    """Folded words, stop words included, not yet stemmed."""
    spaced = _UNSPACED.sub(r" \g<0> ", fold(text))
    return [word[:LONGEST_WORD] for word in _WORD.findall(spaced)]


def _stemmed(words: Sequence[str]) -> list[str]:
    """Words without their English endings."""
    found: list[str] = _STEMMER.analyze(" ".join(words))
    return found


def _schema() -> tantivy.Schema:
    """A row number to search and read by, and terms with their frequency."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_text_field("terms", tokenizer_name="plain", index_option="freq")
    return builder.build()


def _open(folder: Path) -> tantivy.Searcher:
    """Open an index through a passing folder of links.

    tantivy makes a lock file beside what it opens. An index may lie where nothing can be
    written, and a generation must hold nothing that its manifest does not list.
    """
    with tempfile.TemporaryDirectory(prefix="askcorpus-", ignore_cleanup_errors=True) as passing:
        for file in folder.iterdir():
            _link(file.resolve(), Path(passing) / file.name)
        index = tantivy.Index.open(passing)
        index.config_reader(reload_policy="manual")
        return index.searcher()


def _link(file: Path, link: Path) -> None:
    """Link to a file, or copy it where links are not allowed."""
    try:
        link.symlink_to(file)
    except OSError:
        shutil.copyfile(file, link)
