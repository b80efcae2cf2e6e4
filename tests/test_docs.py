"""The documents say what the program does."""

import re
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from askcorpus import __version__
from askcorpus.cli import app

ROOT = Path(__file__).parents[1]
COMMANDS = get_command(app).commands
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = dict(re.findall(r"^\| `askcorpus (\w+)[^`]*` \| (.*) \|$", README, re.MULTILINE))


def options_of(command) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts if "-" in option}


def test_every_command_is_in_the_table():
    """The README's table lists the commands, all of them and no others, in the help's order."""
    assert list(TABLE) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_in_the_table_exists(name):
    """An option that the table names is one that the command takes."""
    named = set(re.findall(r"`(--?[a-z][a-z-]*)", TABLE.get(name, "")))
    assert named - options_of(COMMANDS[name]) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_json_and_index(name):
    """Every command gives one JSON object on request, and can be pointed at any index."""
    assert {"--json", "--index"} <= options_of(COMMANDS[name])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name):
    """The help opens with a sentence, and every option has one."""
    command = COMMANDS[name]
    assert command.help.endswith(".")
    silent = [parameter.name for parameter in command.params if not parameter.help]
    assert silent == []


def test_the_exit_codes_are_documented():
    """README, help of the errors and the program agree on the exit codes."""
    from askcorpus import errors

    leaves = [value for value in vars(errors).values() if isinstance(value, type)]
    codes = {leaf.exit_code for leaf in leaves if issubclass(leaf, errors.AskCorpusError)}
    listed = README[README.index("Exit codes:") :].split("\n\n")[0]
    documented = {int(code) for code in re.findall(r"(?:: |· |\n)(\d+) [a-z]", listed)}
    assert documented == codes | {0, 1, 70, 130}


def test_links_between_documents_lead_somewhere():
    """A file that a document links to or shows is there."""
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    broken = [
        f"{document.name}: {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#\s]+)\)", document.read_text(encoding="utf-8"))
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []


def test_the_changelog_knows_this_version():
    """The version of the package has a section of its own."""
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_python_in_the_readme_runs_as_it_stands(seed_index, capsys, monkeypatch):
    """The thirty seconds of Python are a program that works on the seed articles."""
    from askcorpus import Corpus

    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    build, rest = code.split("\n\n", maxsplit=1)[1].split("\n", maxsplit=1)
    assert build.startswith('Corpus.build("seeds", "embeddings")')
    monkeypatch.chdir(ROOT)
    rest = rest.replace('"embeddings"', repr(str(seed_index)))
    exec(compile(rest, "README.md", "exec"), {"Corpus": Corpus})  # noqa: S102  # our own text
    assert capsys.readouterr().out != ""


def pins(path: Path) -> dict[str, str]:
    """Give name → version of a file of pins, hashed or plain."""
    found = re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\\n]+)", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def test_the_pins_agree():
    """What pip alone installs is what `make` installs, and torch besides."""
    plain = pins(ROOT / "constraints.txt")
    assert plain.pop("torch")
    assert plain == pins(ROOT / "requirements" / "test.txt")
    assert pins(ROOT / "requirements" / "run.txt").items() <= plain.items()


def test_every_dependency_is_pinned():
    """No package named in pyproject.toml is left to chance."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    names = {re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", line)[0]).lower() for line in wanted}
    assert names - set(pins(ROOT / "constraints.txt")) == set()


def test_no_graphics_card_package_is_pinned():
    """A processor-only machine is never made to fetch what only a graphics card can use."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert re.findall(r"^(?:nvidia|cuda|triton).*", text, re.MULTILINE) == []


@pytest.mark.parametrize("name", ["constraints.txt", "requirements/run.txt", "pyproject.toml"])
def test_no_file_says_where_packages_come_from(name):
    """Which package index is used is the business of the machine, not of the project."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"https?://|file://|--(?:extra-)?index-url|--find-links", text) == []
