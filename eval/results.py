"""Measure anew what `results.md` says, section by section, and write it there.

    python eval/results.py [--data FOLDER] [--split dev] [--limit N] [--only SECTION …]

The seeds' questions are asked of `--index`. FOLDER holds question-answering sets in SQuAD form,
`*.json.gz`: all their paragraphs become one index, and the questions of the three SQuADShifts
development parts are asked of it. Without FOLDER the sections on outside sets stay as they are,
each with the date on which it was measured. Run files are left in `eval/runs/`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from askcorpus.cli.evaluation import rewriter
from askcorpus.corpus import Corpus
from askcorpus.evaluation import Ablation, Summary, ablate, prepare, summarise, write_run
from askcorpus.evaluation.files import write_text
from askcorpus.evaluation.outside import Sample, Source, opened
from askcorpus.evaluation.results import ablation_section, summary_section, with_section
from askcorpus.evaluation.runs import Ready
from askcorpus.types import Progress

HERE = Path(__file__).parent
ASKED = ("squadshifts-new-wiki-dev", "squadshifts-amazon-reviews-dev", "squadshifts-reddit-dev")

TITLE = """# Results

What `make eval` measured last; [README.md](README.md) says how questions were made and what the
measures are. A cell holds the value, its 95 % interval from resampling whole articles, and how
many questions or citations it is the mean of. Where resampling shows no spread there is no
interval."""

SEEDS = """## The seeds' questions

Written by hand from the five articles in `seeds/`. `dev` was looked at while the program was
made; `test` is for the figure that is reported."""

SEEDS_ABLATION = """## The seeds' development questions, a stage taken away

Each variant asks the same questions of the same index. `words alone` and `meaning alone` search
by one list; `not word by word` mixes both, and leaves out how well a passage meets each word of
the question; `each passage for itself` does not lift those of articles that fit; `in the
reader's order` sorts the passages that were read by their best candidate; `no agreement` lets
answers compete as if each had one source; `the reader's margin alone` takes the best span there
is and gives it where the reader prefers it to “no answer”."""

OUTSIDE = """## SQuADShifts, read openly

Questions of the three development parts of SQuADShifts 1.0 (Miller et al., 2020), asked of all
paragraphs of all sets in one index, one article a paragraph: nothing says which paragraph a
question was written for. Crowd workers wrote them with the paragraph in sight, and some make
sense only beside it. A passage counts as found only if it is of that paragraph, though another
may answer too. The training parts of these sets trained the reader, and a sample of these very
questions helped to fit the confidence: of calibration these figures are a little too kind, of
finding and reading not."""

OUTSIDE_MISSES = """## SQuADShifts, a third of the paragraphs left out

The same questions, of which a third lose their paragraph: it is not in the index, all others on
the topic are. They become near misses. Another paragraph may answer one of them by chance, so
false answers are counted high rather than low."""

OUTSIDE_ABLATION = """## SQuADShifts, a stage taken away

As above, over the questions of all three parts and all paragraphs."""

SECTIONS = ("seeds", "seeds-ablation", "outside", "outside-ablation", "outside-misses")


def main() -> int:
    """Measure the sections that were asked for, writing each as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of sets in SQuAD form")
    parser.add_argument("--index", type=Path, default=Path("embeddings"))
    parser.add_argument("--questions", type=Path, default=HERE / "questions.jsonl")
    parser.add_argument("--split", default="all", help="part of the seeds' questions")
    parser.add_argument("--limit", type=int, help="questions of each outside set")
    parser.add_argument("--only", nargs="*", choices=SECTIONS, default=SECTIONS)
    parser.add_argument(
        "--keep", type=Path, default=Path("build/outside-sets"), help="index of those"
    )
    parser.add_argument("--out", type=Path, default=HERE / "results.md")
    arguments = parser.parse_args()
    makers = {**seeds(arguments), **(outside(arguments) if has_sets(arguments.data) else {})}
    for name in arguments.only:
        if name in makers:
            section = makers[name]()  # takes minutes, in which another section may be written
            before = arguments.out.read_text("utf-8") if arguments.out.exists() else TITLE
            write_text(arguments.out, with_section(before, name, section))
            print(f"{name}: written to {arguments.out}")
        else:
            print(f"{name}: left as it is, for want of --data FOLDER")
    return 0


def has_sets(data: Path | None) -> bool:
    """Tell whether a folder holds the sets that are asked."""
    return data is not None and all((data / f"{name}.json.gz").is_file() for name in ASKED)


def seeds(arguments: argparse.Namespace) -> dict[str, Callable[[], str]]:
    """Give what measures the sections on the seeds."""

    def whole() -> str:
        with Corpus.open(arguments.index) as corpus:
            ready = prepare(corpus, arguments.questions, arguments.split)
            summary = summarise(ready.run(rewrite=rewriter(corpus), progress=told))
        write_run(HERE / "runs" / f"seeds-{arguments.split}.jsonl", summary)
        again = f"askcorpus eval --split {arguments.split}"
        return f"{SEEDS}\n\n{summary_section(summary, again)}"

    def taken_away() -> str:
        with Corpus.open(arguments.index) as corpus:
            ready = prepare(corpus, arguments.questions, "dev")
            found = ablate(ready, rewrite=rewriter(corpus), progress=told)
        again = "askcorpus eval --split dev --ablation"
        return f"{SEEDS_ABLATION}\n\n{ablation_section(found, again)}"

    return {"seeds": whole, "seeds-ablation": taken_away}


def outside(arguments: argparse.Namespace) -> dict[str, Callable[[], str]]:
    """Give what measures the sections on outside sets."""
    limit = f" --limit {arguments.limit}" if arguments.limit else ""
    again = f"python eval/results.py --data FOLDER{limit}"

    @cache
    def ablated() -> Ablation:
        with together(arguments, Sample(arguments.limit)) as ready:
            found = ablate(ready, progress=told)
        write_run(HERE / "runs" / "outside.jsonl", found.whole.summary)
        return found

    def asked(name: str, sample: Sample) -> Summary:
        with together(arguments, sample) as ready:
            summary = summarise(ready.run(progress=told))
        write_run(HERE / "runs" / f"{name}.jsonl", summary)
        return summary

    def whole() -> str:
        # The ablation asks the same questions of the whole: they need not be asked twice.
        both = "outside-ablation" in arguments.only
        found = ablated().whole.summary if both else asked("outside", Sample(arguments.limit))
        return f"{OUTSIDE}\n\n{summary_section(found, again)}"

    def taken_away() -> str:
        return f"{OUTSIDE_ABLATION}\n\n{ablation_section(ablated(), again)}"

    def misses() -> str:
        found = asked("outside-misses", Sample(arguments.limit, unanswerable=1 / 3))
        return f"{OUTSIDE_MISSES}\n\n{summary_section(found, again)}"

    return {"outside": whole, "outside-ablation": taken_away, "outside-misses": misses}


@contextmanager
def together(arguments: argparse.Namespace, sample: Sample) -> Iterator[Ready]:
    """Make one index of all sets; it is kept from section to section, so that it is made once."""
    paths = sorted(arguments.data.glob("*.json.gz"))
    asked = {f"{name}.json.gz" for name in ASKED}
    sources = [Source(path, "squad", asked=path.name in asked) for path in paths]
    with opened(sources, sample=sample, keep=arguments.keep, progress=told) as ready:
        yield ready


def told(step: Progress) -> None:
    """Say how far it has come, now and then."""
    if step.done == step.total or step.done % 100 == 0:
        print(f"  {step.stage}: {step.done} of {step.total}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
