"""A folder of files → cleaned articles.

Comes in: a folder of .txt, .md, .html, .pdf, .docx and .jsonl files. Goes out: an `Article` for
each, with headline, byline and dates read off the file itself, everything that was taken out
listed, and a reason for every file that could not be read. May import: level 0, parsers.
"""

from askcorpus.ingest.errors import UnreadableFileError
from askcorpus.ingest.folder import READ, IngestResult, Listing, find_files, read_file, read_folder
from askcorpus.ingest.languages import NAMES as LANGUAGES
from askcorpus.ingest.languages import language_of

__all__ = [
    "LANGUAGES",
    "READ",
    "IngestResult",
    "Listing",
    "UnreadableFileError",
    "find_files",
    "language_of",
    "read_file",
    "read_folder",
]
