"""Texts → row numbers + BM25.

In: texts, one a row, and a question. Out: the rows that share a word with the question, best
first. Folding and cutting into words happen here and in `words`, not in the engine, so that
text and question are always treated alike and no question is ever read as query syntax:
“al-Khazali” and “Al Khazali”, “Sha’abi” and “Shaabi”, “U.S.” and “US” are the same terms. English
endings are taken off (Snowball). All terms are alternatives; stop words are left out of a
question unless it has nothing else. A word may stand for others that are near it in meaning:
each counts less than the word itself, and of all of them only the best of a passage counts.

May import: types, errors, words; tantivy.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
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

Near = Mapping[str, Sequence[tuple[str, float]]]
"""Word of a question → words near it in meaning, each with a weight in (0, 1]."""

WRITER_BYTES = 1_000_000_000
"""What the writer may hold before it starts another segment; taken as needed, not at once. One
segment keeps rows in their order, by which equal scores are told apart."""

LONGEST_WORD = 64
"""Characters of a word that are compared; longer ones are no words of a language."""

UNASKED = STOP_WORDS | {"many", "much"}
"""Words of a question that are not searched for: “how many” counts things, it names none."""

SHORTEST_NEAR = 3
"""Letters of a word that may have others near it."""

TERMS_KEPT = 16_384
"""Words whose terms are kept: those near a question's words come back with every question."""

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


def question_words(question: str) -> list[str]:
    """Give the folded words a question is searched by: each once, stop words only if all are."""
    found = _words(question)
    content = [word for word in found if word not in UNASKED]
    return list(dict.fromkeys(content or found))


@lru_cache(maxsize=TERMS_KEPT)
def term(word: str) -> str:
    """Give the term of one folded word: itself without an English ending."""
    return _stemmed([word])[0]


def has_meaning(word: str) -> bool:
    """Whether a folded word is one that others can be near: letters alone, not a mere particle."""
    return word.isalpha() and len(word) >= SHORTEST_NEAR and word not in UNASKED


def vocabulary(texts: Iterable[str], limit: int) -> list[str]:
    """Give the most frequent words of the texts, the commonest form of each term, in order.

    Args:
        texts: As they are indexed.
        limit: How many words at most.
    """
    forms: dict[str, Counter[str]] = {}
    counts = Counter(word for text in texts for word in _words(text) if has_meaning(word))
    for word, form in zip(counts, _stemmed(list(counts)), strict=True):
        forms.setdefault(form, Counter())[word] = counts[word]
    ranked = sorted(forms.values(), key=lambda words: -words.total())[:limit]
    return sorted(min(words, key=lambda word: (-words[word], word)) for words in ranked)


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

    def search(
        self, question: str, k: int, *, rows: Rows | None = None, near: Near | None = None
    ) -> tuple[Rows, Scores]:
        """Give the best rows and their BM25, highest first, equal ones by row number.

        Args:
            question: Any text; none of its characters has a meaning of its own.
            k: How many at most.
            rows: The only rows looked at; None for all.
            near: What else the words of the question may be found by.
        """
        query = self._query(_wanted(question, near or {}), rows)
        found = self._searcher.search(query, max(k, 1), count=False).hits if query and k else []
        numbers = self._searcher.fast_field_values("row", [address for _, address in found])
        scores = np.array([score for score, _ in found], np.float32)
        ordered = np.array(numbers, np.int64)
        order = np.lexsort((ordered, -scores))
        return ordered[order], scores[order]

    def score(self, question: str, rows: Rows, *, near: Near | None = None) -> Scores:
        """Give the BM25 of each row, float32[len(rows)], 0 where it shares no term."""
        found, scores = self.search(question, len(rows), rows=rows, near=near)
        known = dict(zip(found.tolist(), scores.tolist(), strict=True))
        return np.array([known.get(row, 0.0) for row in rows.tolist()], np.float32)

    def _query(
        self, wanted: Sequence[Mapping[str, float]], rows: Rows | None
    ) -> tantivy.Query | None:
        """Any of the words, and one of the rows; the rows do not add to the score."""
        if not wanted or (rows is not None and not len(rows)):
            return None
        asked = [(tantivy.Occur.Should, self._one_of(weights)) for weights in wanted]
        words = tantivy.Query.boolean_query(asked)
        if rows is None:
            return words
        allowed = tantivy.Query.term_set_query(self._schema, "row", rows.tolist())
        unscored = tantivy.Query.const_score_query(allowed, 0.0)
        both = [(tantivy.Occur.Must, words), (tantivy.Occur.Must, unscored)]
        return tantivy.Query.boolean_query(both)

    def _one_of(self, weights: Mapping[str, float]) -> tantivy.Query:
        """The best of several terms, each by its weight."""
        queries = [
            tantivy.Query.boost_query(
                tantivy.Query.term_query(self._schema, "terms", form, "freq"), weight
            )
            for form, weight in weights.items()
        ]
        return queries[0] if len(queries) == 1 else tantivy.Query.disjunction_max_query(queries)


def _wanted(question: str, near: Near) -> list[dict[str, float]]:
    """Terms and weights of each word of a question: its own at 1, others at what they are near."""
    wanted: dict[str, dict[str, float]] = {}
    for word in question_words(question):
        own = term(word)
        weights = wanted.setdefault(own, {own: 1.0})
        for other, weight in near.get(word, ()):
            form = term(other)
            weights[form] = max(weight, weights.get(form, 0.0))
    return list(wanted.values())


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
