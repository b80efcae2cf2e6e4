"""Two small articles, five questions, and a corpus that gives the answers it was made with.

The corpus of an evaluation is its input, so it is scripted here rather than built.
"""

from askcorpus.answers import Candidate, Group
from askcorpus.calibration import UNCALIBRATED
from askcorpus.corpus import Considered
from askcorpus.errors import DataError, UsageError
from askcorpus.evaluation import Gold, Question
from askcorpus.settings import Settings
from askcorpus.types import Answer, Article, Citation, Hit, Passage, Signals, Stage

TEXTS = {
    "a.txt": "Trump keeps the 5,200 troops.\nThe vote is in May.",
    "b.txt": "Several thousand troops remain.",
}


def article(article_id):
    return Article(article_id, TEXTS[article_id], None, None, (), None, None, None, ())


def passage(article_id, quote):
    start = TEXTS[article_id].index(quote)
    return Passage(f"{article_id}:{start}", article_id, quote, start, start + len(quote))


PASSAGES = (
    passage("a.txt", "Trump keeps the 5,200 troops."),
    passage("a.txt", "The vote is in May."),
    passage("b.txt", TEXTS["b.txt"]),
)


def gold(article_id, text):
    start = TEXTS[article_id].index(text)
    return Gold(article_id, text, start, start + len(text), text)


def question(question_id, part, golds=(), unanswerable=None, tags=("what",), **more):
    text = f"{question_id}?"
    return Question(question_id, text, part, tags, tuple(golds), unanswerable, 1, **more)


TROOPS = question("q1", "dev", [gold("a.txt", "5,200"), gold("b.txt", "Several thousand")])
VOTE = question("q2", "test", [gold("a.txt", "May")], tags=("when",))
MISS = question("q3", "dev", unanswerable="near miss: no name")
FALSE = question("q4", "test", unanswerable="false premise: it is so not")
OFF = question("q5", "test", unanswerable="off topic")
QUESTIONS = (TROOPS, VOTE, MISS, FALSE, OFF)


def citation(article_id, quote, start=None, copies=()):
    start = TEXTS[article_id].index(quote) if start is None else start
    end = start + len(quote)
    return Citation(
        article_id, None, None, (), None, quote, start, end, quote, start, 1, "", "", None, copies
    )


def hits(*passages, dense=None, lexical=None):
    """Give passages in the order of their ranks; in either list they rank alike, or as told."""
    return tuple(
        Hit(
            one,
            1.0 / rank,
            Signals(
                0.5,
                1.0,
                (dense or {}).get(one.passage_id, rank),
                (lexical or {}).get(one.passage_id, rank),
            ),
        )
        for rank, one in enumerate(passages, start=1)
    )


def answer(text=None, *cited, confidence=0.5, rejected=None, read=PASSAGES, spans=()):
    """Answer with citations; `spans` are the candidates of the first passage read."""
    stages = tuple(
        Stage(hit, tuple((quote, 1.0) for quote in spans) if rank == 0 else ())
        for rank, hit in enumerate(hits(*read))
    )
    return Answer(
        question="",
        status="not_found" if text is None else "answered",
        text=text,
        confidence=confidence,
        citations=tuple(cited),
        alternatives=(),
        passages=hits(*read),
        generation=1,
        seconds=0.01,
        best_rejected=rejected,
        stages=stages,
    )


class ScriptedCorpus:
    """Gives the answers it was made with, by the question without its mark; None refuses it."""

    articles = tuple(article(one) for one in TEXTS)
    passages = PASSAGES
    generation = 3
    settings = Settings()
    reader_fingerprint = "reader@1"
    calibration = UNCALIBRATED

    def __init__(self, answers, found=None):
        self.manifest = {"format": 1, "encoder": "fake@0", "files": {"x": "0"}}
        self.answers, self.found, self.asked = answers, found or {}, []

    def ask(self, question):
        self.asked.append(question)
        given = self.answers[question.rstrip("?")]
        if given is None:
            message = "The question is empty."
            raise UsageError(message)
        return given

    def consider(self, question):
        """Let the candidates of a question compete: the first is certain, the next half as much."""
        stages = self.answers[question.rstrip("?")].stages
        spans = [quote for stage in stages for quote, _ in stage.spans]
        groups = tuple(
            Group((Candidate(stages[0].hit, 0, 0, 1, quote, 1.0),), 1 / rank, {"margin": 1.0})
            for rank, quote in enumerate(spans, start=1)
        )
        return Considered((), (), groups)

    def search(self, question, k):
        return list(self.found.get(question.rstrip("?"), hits(*PASSAGES)))[:k]

    def article(self, article_id):
        if article_id not in TEXTS:
            message = f"no article {article_id}"
            raise DataError(message)
        return article(article_id)


ORACLE = {
    "q1": answer(
        "5,200",
        citation("a.txt", "5,200"),
        citation("b.txt", "Several thousand"),
        confidence=1.0,
        spans=["5,200"],
    ),
    "q2": answer("May", citation("a.txt", "May"), confidence=1.0, spans=["May"]),
    "q3": answer(confidence=0.0, rejected="Trump"),
    "q4": answer(confidence=0.0, rejected="Trump"),
    "q5": answer(confidence=0.0, rejected="Trump"),
}
FOUND = {"q1": hits(PASSAGES[0], PASSAGES[2]), "q2": hits(PASSAGES[1])}
