"""SQuAD-form files → training groups: a question, its passage, and passages without its answer.

Used by `training/reader.py`. Everything is drawn from one seeded generator, so that the same
files and configuration give the same groups in the same order.
"""

from __future__ import annotations

import gzip
import itertools
import json
import random
import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import tantivy
from bylines import bylined
from nearmisses import Borrowing, Names, altered
from rewording import Rewording
from sentencex import segment
from written import digest, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

NAME = re.compile(r"\b(?:[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+){0,3}|\d[\d,.]*)")
WORD = re.compile(r"\w+")

WRITTEN = "written"
"""Name, in the configuration, of the questions that lie in `training/written`."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A context of one set, with the title of its article where the set gives one."""

    source: str
    title: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question with every annotated answer as (start, end) into its paragraph's text."""

    question_id: str
    text: str
    paragraph: int
    answers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that no passage of an article answers, and the paragraph that tempts."""

    text: str
    paragraph: int


@dataclass(slots=True)
class Corpus:
    """All that was read; paragraphs are pointed to by index.

    Attributes:
        questions: By the set that they come from.
        siblings: The other paragraphs of an article, by paragraph, where they are known.
        misses: Written near misses, by each paragraph of their article.
    """

    paragraphs: list[Paragraph] = field(default_factory=list)
    questions: dict[str, list[Question]] = field(default_factory=dict)
    siblings: dict[int, list[int]] = field(default_factory=dict)
    misses: dict[int, list[Miss]] = field(default_factory=dict)

    def every_question(self) -> list[Question]:
        """Give the questions of all sets, in the order in which they were read."""
        return [*itertools.chain.from_iterable(self.questions.values())]


@dataclass(frozen=True, slots=True)
class Shown:
    """One passage as the reader sees it; no answers means that the null answer is right."""

    question: str
    title: str | None
    text: str
    answers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Passages read for one question, the one with the answer first."""

    passages: tuple[Shown, ...]


def load(data: Path, names: Iterable[str]) -> Corpus:
    """Read the sets of a configuration, SQuAD 1.1 files in a folder and the written questions."""
    corpus = Corpus()
    wanted = list(names)
    for name in wanted:
        if name != WRITTEN:
            add_set(corpus, name, data / f"{name}.json.gz")
    if WRITTEN in wanted:
        add_written(corpus)
    return corpus


def add_set(corpus: Corpus, name: str, path: Path) -> None:
    """Append a SQuAD 1.1 file, gzipped; titles that only number an article are left out."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        articles = json.load(file)["data"]
    corpus.questions[name] = []
    for article in articles:
        title = clean_title(article.get("title"))
        for raw in article["paragraphs"]:
            number = len(corpus.paragraphs)
            corpus.paragraphs.append(Paragraph(name, title, raw["context"]))
            for qa in raw["qas"]:
                answers = tuple(
                    (answer["answer_start"], answer["answer_start"] + len(answer["text"]))
                    for answer in qa["answers"]
                    if answer["text"].strip()
                )
                if answers:
                    question = Question(str(qa["id"]), qa["question"], number, answers)
                    corpus.questions[name].append(question)


def add_written(corpus: Corpus) -> None:
    """Append the written articles, and the written questions about paragraphs of the sets."""
    rows = {digest(paragraph.text): row for row, paragraph in enumerate(corpus.paragraphs)}
    texts = {name: corpus.paragraphs[row].text for name, row in rows.items()}
    corpus.questions[WRITTEN] = []
    for line in written(texts):
        numbers = []
        for text in line.passages:
            known = rows.get(digest(text))
            numbers.append(len(corpus.paragraphs) if known is None else known)
            if known is None:
                corpus.paragraphs.append(Paragraph(WRITTEN, line.title, text))
        for number in numbers:
            corpus.siblings[number] = [other for other in numbers if other != number]
        for asked in line.questions:
            number = numbers[asked.passage]
            if asked.answer:
                made = Question(digest(asked.text), asked.text, number, (asked.answer,))
                corpus.questions[WRITTEN].append(made)
            else:
                for each in numbers:
                    corpus.misses.setdefault(each, []).append(Miss(asked.text, number))


def clean_title(title: str | None) -> str | None:
    """Give a title that a reader would recognise, or None."""
    if not title or re.search(r"Amazon_Reviews_|Filtered_Reddit|^Wiki1k:|^wikinews:", title):
        return None
    return title.replace("_", " ")


class Lexical:
    """BM25 over the paragraphs, to find passages that look right and are not."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Index all texts in memory."""
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("text", stored=False, tokenizer_name="en_stem")
        schema.add_unsigned_field("row", stored=True)
        self._index = tantivy.Index(schema.build())
        writer = self._index.writer(num_threads=1)
        for row, text in enumerate(texts):
            writer.add_document(tantivy.Document(text=text, row=row))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, text: str, k: int) -> list[int]:
        """Give the rows of the k best texts."""
        words = " ".join(WORD.findall(text)[:40])
        if not words:
            return []
        query, _ = self._index.parse_query_lenient(words, ["text"])
        hits = self._searcher.search(query, k, count=False).hits
        return [self._searcher.doc(address)["row"][0] for _, address in hits]


class Groups:
    """Draws training groups, pass after pass."""

    def __init__(self, corpus: Corpus, config: dict) -> None:
        """Prepare the lexical index and the neighbours of each paragraph."""
        self.corpus = corpus
        self.config = config
        texts = [paragraph.text for paragraph in corpus.paragraphs]
        questions = corpus.every_question()
        self.lexical = Lexical(texts)
        self.rewording = Rewording(
            [question.text for question in questions], texts, config["rewording"]
        )
        asked = ((each.text, texts[each.paragraph]) for each in questions)
        self.borrowing = Borrowing(Names(texts), asked)

    def one_pass(self, cycle: int, number: int) -> Iterator[Group]:
        """Draw the groups of one pass of a cycle over the data, shuffled."""
        generator = random.Random(f"{self.config['seed']}-{cycle}-{number}")
        shares = self.config["cycles"][cycle]
        drawn: list[Question] = []
        for source, share in {**self.config["data"], WRITTEN: shares["written"]}.items():
            questions = self.corpus.questions[source]
            times, rest = divmod(share, 1)
            drawn += questions * int(times)
            drawn += generator.sample(questions, int(rest * len(questions)))
        generator.shuffle(drawn)
        for question in drawn:
            passage = self.corpus.paragraphs[question.paragraph].text
            asked = question
            if generator.random() < shares["reworded"]:
                wording = self.rewording.reworded(question.text, passage, generator)
                asked = replace(question, text=wording)
            yield self.group(asked, shares, generator)
            if generator.random() < shares["bylines"]:
                yield self.byline(question, generator)

    def byline(self, question: Question, generator: random.Random) -> Group:
        """Ask for the author, date or outlet of a made-up article."""
        paragraph = self.corpus.paragraphs[question.paragraph]
        made = bylined(paragraph.text, paragraph.title, generator)
        answers = (made.answer,) if made.answer else ()
        return Group((Shown(made.question, made.title, made.text, answers),))

    def group(
        self, question: Question, shares: dict[str, float], generator: random.Random
    ) -> Group:
        """Show a question with its paragraph and with passages that do not answer."""
        paragraph = self.corpus.paragraphs[question.paragraph]
        text = self.longer(paragraph, generator)
        gold = Shown(question.text, paragraph.title, text, question.answers)
        kinds: dict[str, Callable[[], Shown | None]] = {
            "retrieved": lambda: self.retrieved(question, generator),
            "cut": lambda: cut(gold),
            "swapped": lambda: self.swapped(gold, generator),
            "borrowed": lambda: self.borrowed(gold, generator),
            "altered": lambda: self.altered(gold, generator),
            "sibling": lambda: self.sibling(question, generator),
            "missed": lambda: self.missed(question, generator),
        }
        drawn = (make() for kind, make in kinds.items() if generator.random() < shares[kind])
        return Group((gold, *(shown for shown in drawn if shown)))

    def borrowed(self, gold: Shown, generator: random.Random) -> Shown | None:
        """Ask about a name of the passage what was asked about another elsewhere."""
        question = self.borrowing.ask(gold.text, gold.title, generator)
        return Shown(question, gold.title, gold.text, ()) if question else None

    def altered(self, gold: Shown, generator: random.Random) -> Shown | None:
        """Exchange a word of the question, so that it asks for something else."""
        question = altered(gold.question, gold.text, self.rewording.related, generator)
        return Shown(question, gold.title, gold.text, ()) if question else None

    def sibling(self, question: Question, generator: random.Random) -> Shown | None:
        """Pick another paragraph of the same article that holds none of the answers."""
        near = self.corpus.siblings.get(question.paragraph, [])
        return self.without_answer(question, near, generator)

    def missed(self, question: Question, generator: random.Random) -> Shown | None:
        """Ask what was written to have no answer, mostly of the paragraph that tempts."""
        misses = self.corpus.misses.get(question.paragraph)
        if not misses:
            return None
        miss = generator.choice(misses)
        tempting = [miss.paragraph] * 3
        number = generator.choice([*tempting, *self.corpus.siblings[miss.paragraph]])
        paragraph = self.corpus.paragraphs[number]
        return Shown(miss.text, paragraph.title, paragraph.text, ())

    def longer(self, paragraph: Paragraph, generator: random.Random) -> str:
        """Append other sentences to a single sentence, so that finding it is not trivial."""
        if not paragraph.source.startswith("qamr"):
            return paragraph.text
        others = [
            generator.choice(self.corpus.paragraphs) for _ in range(generator.choice((0, 1, 2, 3)))
        ]
        same = [other.text for other in others if other.source == paragraph.source]
        return " ".join([paragraph.text, *same])

    def retrieved(self, question: Question, generator: random.Random) -> Shown | None:
        """Pick a paragraph that BM25 ranks high and that holds none of the answers."""
        rows = self.lexical.search(question.text, 12)
        return self.without_answer(question, rows, generator)

    def without_answer(
        self, question: Question, rows: Iterable[int], generator: random.Random
    ) -> Shown | None:
        """Show one of the paragraphs that do not hold an answer's words; None if all do."""
        paragraph = self.corpus.paragraphs[question.paragraph]
        golds = {normal(paragraph.text[start:end]) for start, end in question.answers}
        fitting = [
            self.corpus.paragraphs[row]
            for row in rows
            if row != question.paragraph
            and not any(gold in normal(self.corpus.paragraphs[row].text) for gold in golds)
        ]
        if not fitting:
            return None
        other = generator.choice(fitting)
        return Shown(question.text, other.title, other.text, ())

    def swapped(self, gold: Shown, generator: random.Random) -> Shown | None:
        """Exchange a name or number of the question for one from elsewhere.

        Only a name that the passage holds is exchanged, for one that it does not hold: what
        the new question asks about is then not in the passage.
        """
        names = [
            match
            for match in NAME.finditer(gold.question)
            if match.start() > 0 and match.group() in gold.text
        ]
        if not names:
            return None
        name = generator.choice(names)
        digit = name.group()[0].isdigit()
        for _ in range(8):
            elsewhere = generator.choice(self.corpus.paragraphs).text
            others = [other.group() for other in NAME.finditer(elsewhere)]
            fitting = [
                other
                for other in others
                if other[0].isdigit() == digit and other not in gold.text and len(other) > 1
            ]
            if fitting:
                question = (
                    gold.question[: name.start()]
                    + generator.choice(fitting).rstrip(".,")
                    + gold.question[name.end() :]
                )
                return Shown(question, gold.title, gold.text, ())
        return None


def normal(text: str) -> str:
    """Give the words of a text in lower case, for comparing answers."""
    return " ".join(WORD.findall(text.lower()))


def sentence_starts(text: str) -> list[int]:
    """Give the offset at which each sentence begins."""
    starts, position = [], 0
    for sentence in segment("en", text):
        found = text.find(sentence, position)
        if found < 0:
            continue
        starts.append(found)
        position = found + len(sentence)
    return starts or [0]


def cut(gold: Shown) -> Shown | None:
    """Take the sentences with an answer out of a passage; None when too little is left."""
    starts = sentence_starts(gold.text)
    hit = {
        row
        for start, end in gold.answers
        for row in range(bisect_right(starts, start) - 1, bisect_right(starts, end - 1))
    }
    ends = [*starts[1:], len(gold.text)]
    kept = [
        gold.text[start:end]
        for row, (start, end) in enumerate(zip(starts, ends, strict=True))
        if row not in hit
    ]
    text = "".join(kept).strip()
    golds = [normal(gold.text[start:end]) for start, end in gold.answers]
    if len(text) < 60 or any(answer in normal(text) for answer in golds):
        return None
    return Shown(gold.question, gold.title, text, ())
