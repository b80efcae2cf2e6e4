"""Evaluation: question file + corpus → run → measures → report; two runs → what changed.

    report = evaluate(corpus, Path("eval/questions.jsonl"), split="dev", run_path=None)
    print(report.to_text())

Reads the corpus only through its public names. May import: corpus, types, errors, numpy.
"""

from askcorpus.evaluation.comparison import Comparison, compare
from askcorpus.evaluation.parts import assign_parts
from askcorpus.evaluation.questions import (
    Gold,
    Question,
    check_places,
    load_questions,
    write_questions,
)
from askcorpus.evaluation.report import EvaluationReport, evaluate
from askcorpus.evaluation.runs import Run, RunLine, run

__all__ = [
    "Comparison",
    "EvaluationReport",
    "Gold",
    "Question",
    "Run",
    "RunLine",
    "assign_parts",
    "check_places",
    "compare",
    "evaluate",
    "load_questions",
    "run",
    "write_questions",
]
