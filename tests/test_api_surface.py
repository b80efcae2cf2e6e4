"""What the package gives out, and that naming it costs nothing."""

import json
import subprocess
import sys

import pytest

import askcorpus

HEAVY = {"torch", "faiss", "gradio", "transformers", "sentence_transformers", "tantivy", "fastapi"}


def test_public_names_are_sorted():
    """`__all__` can be read and compared at a glance."""
    assert askcorpus.__all__ == sorted(askcorpus.__all__)


@pytest.mark.parametrize("name", askcorpus.__all__)
def test_every_public_name_can_be_had(name):
    """Each name is found in the room it is looked up in, under that name."""
    value = getattr(askcorpus, name)
    assert value == askcorpus.__version__ or value.__name__ == name


def test_the_names_relied_on_are_there():
    """The names of the README, the records of an answer, the protocols and the errors."""
    promised = {"Corpus", "Retriever", "Settings", "Encoder", "Reader", "BuildReport"}
    promised |= {"Answer", "Citation", "Hit", "Passage", "Article", "Paragraph", "AskCorpusError"}
    assert promised - set(askcorpus.__all__) == set()


def test_dir_lists_the_public_names():
    """Completion in a terminal or notebook offers names that are not loaded yet."""
    assert set(askcorpus.__all__) <= set(dir(askcorpus))


def test_an_unknown_name_is_refused_as_python_does():
    """A spelling mistake reads like that of any module."""
    with pytest.raises(AttributeError, match=r"^module 'askcorpus' has no attribute 'Corpse'$"):
        _ = askcorpus.Corpse


def loaded_by(statement: str) -> set[str]:
    """Give the top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"{statement}; import json, sys; print(json.dumps([n for n in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return {name.split(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize(
    "statement",
    [
        "import askcorpus",
        "import askcorpus.cli",
        "from askcorpus import Answer, Settings, UsageError",
    ],
)
def test_importing_loads_no_heavy_library(statement):
    """Help, records and errors come at once; models are loaded by what needs them."""
    assert loaded_by(statement) & HEAVY == set()


def test_naming_the_corpus_loads_no_model_library():
    """Even the façade loads torch and gradio only when it opens an index."""
    assert loaded_by("from askcorpus import Corpus, Retriever") & {"torch", "gradio"} == set()
