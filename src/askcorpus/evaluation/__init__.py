"""Evaluation: question file + corpus → run → measures → report; two runs → what changed.

    summary = evaluate(corpus, Path("eval/questions.jsonl"), split="dev")
    print(report_text(summary))

Reads the corpus only through its public names. May import: corpus, render, types, errors, numpy,
ir_measures; jinja2 and matplotlib for reports.
"""

from askcorpus.evaluation.ablation import Ablation, ablate, ablation_text
from askcorpus.evaluation.comparison import Comparison, compare
from askcorpus.evaluation.evaluating import evaluate, explain, prepare
from askcorpus.evaluation.gate import Breach, Floor, breaches, load_floors, parse_floor
from askcorpus.evaluation.parts import assign_parts
from askcorpus.evaluation.publishing import check_report, write_report
from askcorpus.evaluation.questions import (
    Gold,
    Question,
    check_places,
    load_questions,
    write_questions,
)
from askcorpus.evaluation.records import Judged, Line, Manifest, Measure, Run, Summary
from askcorpus.evaluation.report import report_text
from askcorpus.evaluation.runs import Ready, Rewrite, read_run, run, write_run
from askcorpus.evaluation.summary import summarise
from askcorpus.evaluation.why import why_text

__all__ = [
    "Ablation",
    "Breach",
    "Comparison",
    "Floor",
    "Gold",
    "Judged",
    "Line",
    "Manifest",
    "Measure",
    "Question",
    "Ready",
    "Rewrite",
    "Run",
    "Summary",
    "ablate",
    "ablation_text",
    "assign_parts",
    "breaches",
    "check_places",
    "check_report",
    "compare",
    "evaluate",
    "explain",
    "load_floors",
    "load_questions",
    "parse_floor",
    "prepare",
    "read_run",
    "report_text",
    "run",
    "summarise",
    "why_text",
    "write_questions",
    "write_report",
    "write_run",
]
