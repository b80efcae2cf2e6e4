"""Set what Gradio and the model hub read from the environment, before they are imported."""

from __future__ import annotations

import os

_FIXED = {
    # Else a table of all events so far is made anew after each one, for a monitor that is off.
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
}
"""Nothing is reported anywhere and nothing is looked up."""

_CLEARED = (
    "GRADIO_ALLOWED_PATHS",
    "GRADIO_BLOCKED_PATHS",
    "GRADIO_MCP_SERVER",
    "GRADIO_PROFILING",
    "GRADIO_SHARE",
    "GRADIO_SSR_MODE",
    "GRADIO_VIBE_MODE",
)
"""Each of these would serve more than the app means to, from a setting left by another program."""


def keep_to_this_machine() -> None:
    """Switch off everything by which Gradio would call out or open more than the app's pages."""
    os.environ.update(_FIXED)
    for name in _CLEARED:
        os.environ.pop(name, None)
