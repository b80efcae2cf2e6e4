"""A Haystack component: question → Documents, best first. Needs the extra `haystack`.

    from askcorpus.integrations.haystack import AskCorpusRetriever

    retriever = AskCorpusRetriever("embeddings", top_k=5)
    documents = retriever.run("How many US troops are in Iraq?")["documents"]

Haystack sends usage statistics unless told not to; here it is told before it is loaded. A program
that loads Haystack first decides that for itself. May import: corpus, types; haystack.
"""

from __future__ import annotations

import os
from typing import Any, Unpack

from askcorpus.corpus import Corpus
from askcorpus.integrations.documents import extra, found, opened
from askcorpus.retriever import filters_of
from askcorpus.settings import BUNDLED
from askcorpus.types import Narrowing

os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")

with extra("haystack"):
    from haystack import Document, component, default_from_dict, default_to_dict


@component
class AskCorpusRetriever:
    """Finds passages of a corpus; each is a Document with its place in the article as meta.

    A saved pipeline holds the folder of the index, never its content. Haystack loads it where this
    module is trusted: `Pipeline.load(file, allowed_modules=["askcorpus.integrations.haystack"])`.
    """

    def __init__(
        self,
        index_dir: str,
        *,
        top_k: int = 5,
        encoder: str = BUNDLED,
        **narrowing: Unpack[Narrowing],
    ) -> None:
        """Take the folder of an index; it is opened when the pipeline warms up.

        Args:
            index_dir: What `askcorpus index` made.
            top_k: Documents given at most.
            encoder: Name or folder of the encoder that the index was made with.
            **narrowing: `since`, `until`, `publisher`, `language`, `section`; see `Filters`.

        Raises:
            UsageError: A keyword is no filter.
        """
        self.index_dir = index_dir
        self.top_k = top_k
        self.filters = filters_of(**narrowing)
        self.encoder = encoder
        self._corpus: Corpus | None = None

    def warm_up(self) -> None:
        """Open the index, once.

        Raises:
            IndexMissingError: There is no index.
            IndexCorruptError: A file of it is damaged.
        """
        self._opened()

    def _opened(self) -> Corpus:
        if self._corpus is None:
            self._corpus = opened(self.index_dir, self.encoder)
        return self._corpus

    @component.output_types(documents=list[Document])
    def run(self, query: str, top_k: int | None = None) -> dict[str, list[Document]]:
        """Find the passages that speak of a question, best first.

        Args:
            query: In any words; none of its characters has a meaning of its own.
            top_k: Documents given at most; None for what the component was made with.

        Raises:
            UsageError: The question, k or a filter makes no sense.
        """
        k = self.top_k if top_k is None else top_k
        hits = found(self._opened(), query, k, self.filters)
        return {
            "documents": [
                Document(
                    id=hit.passage.passage_id,
                    content=hit.passage.text,
                    meta=metadata,
                    score=hit.score,
                )
                for hit, metadata in hits
            ]
        }

    def to_dict(self) -> dict[str, Any]:
        """Give what a saved pipeline holds of this component."""
        return default_to_dict(
            self,
            index_dir=self.index_dir,
            top_k=self.top_k,
            encoder=self.encoder,
            **self.filters.keywords(),
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> AskCorpusRetriever:
        """Make the component anew from what a saved pipeline holds."""
        made: AskCorpusRetriever = default_from_dict(cls, data)
        return made
