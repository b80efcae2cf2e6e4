"""What all tests share: no network, whatever the machine allows, and one index of the seeds."""

import os
import socket
import sys
from pathlib import Path

import pytest
from alone import Alone, run_alone
from hypothesis import settings

from askcorpus.maintenance import NETWORK_EVENTS, is_local

# Read by libraries when they are imported, so it is set before any test module is.
os.environ.update(
    GRADIO_ANALYTICS_ENABLED="False",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_OFFLINE="1",
    NO_COLOR="1",
    TOKENIZERS_PARALLELISM="false",
    TRANSFORMERS_OFFLINE="1",
)
os.environ.pop("FORCE_COLOR", None)

# Every run tries the same examples, however slow the machine: a change fails tests, chance does
# not. Who wants new examples asks for them: `pytest --hypothesis-profile explore`.
settings.register_profile("explore", settings.get_profile("ci"), derandomize=False)
settings.load_profile("ci")

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"


def refuse_network(event, arguments):
    """Fail any attempt to leave this machine, in this process (PEP 578)."""
    position = NETWORK_EVENTS.get(event)
    if position is not None and not is_local(arguments[position]):
        message = f"a test reached for the network: {event} {arguments[position]}"
        raise PermissionError(message)


def pytest_configure():
    sys.addaudithook(refuse_network)


def network_is_cut() -> bool:
    """Tell whether loopback is the only interface of this machine, as in a network namespace."""
    names = {name for _, name in socket.if_nameindex()}
    return names == {"lo"}


def pytest_report_header():
    state = (
        "cut off" if network_is_cut() else "NOT cut off (only connections of Python are refused)"
    )
    return f"network: {state}"


@pytest.fixture(scope="session")
def seeds() -> Path:
    """Give the folder of the five seed articles."""
    return SEEDS


@pytest.fixture(scope="session")
def seed_index(tmp_path_factory) -> Path:
    """Give an index of the seed articles, made once with the bundled models; read it only."""
    from askcorpus import Corpus

    folder = tmp_path_factory.mktemp("seed_index")
    Corpus.build(SEEDS, folder)
    return folder


@pytest.fixture(scope="session")
def alone(seed_index, tmp_path_factory) -> Alone:
    """Ask the seed articles in a process of its own: `ask` twice, `search`, and a chat."""
    index = ["--index", str(seed_index)]
    commands = [
        ["ask", "How many US troops are in Iraq?", "--json", *index],
        ["ask", "Who is Ben Kew?", *index],
        ["search", "Iraq", *index],
        ["chat", *index],
    ]
    return run_alone(commands, "Who is Rex Tillerson?", tmp_path_factory.mktemp("alone"))
