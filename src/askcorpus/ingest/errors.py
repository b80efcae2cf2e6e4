"""The one error of this room: a file that cannot be read as an article.

May import: level 0.
"""

from __future__ import annotations

from askcorpus.errors import DataError


class UnreadableFileError(DataError):
    """A file of the corpus cannot be read as an article."""

    code = "AC-UNREADABLE"

    def __init__(self, path: str, reason: str) -> None:
        """Name the file and the reason."""
        self.path = path
        self.reason = reason
        super().__init__(f"{path} cannot be read: {reason}. All other files are still fine.")
