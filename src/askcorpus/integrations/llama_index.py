"""A LlamaIndex retriever: question → nodes with scores. Needs the extra `llama-index`.

    from askcorpus.integrations.llama_index import AskCorpusRetriever

    retriever = AskCorpusRetriever.open("embeddings", k=5)
    nodes = retriever.retrieve("How many US troops are in Iraq?")

No model of LlamaIndex is used, and nothing that it would download is asked for. May import:
corpus, types; llama_index.
"""

from __future__ import annotations

from pathlib import Path

from askcorpus.corpus import Corpus
from askcorpus.integrations.documents import extra, found, opened
from askcorpus.settings import BUNDLED
from askcorpus.types import Filters, Hit, Json

with extra("llama-index"):
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import (
        NodeRelationship,
        NodeWithScore,
        QueryBundle,
        RelatedNodeInfo,
        TextNode,
    )

PLACES = ["article_id", "passage_id", "start", "end", "score", "link"]
"""Metadata that programs need; a language model that is shown the node does not."""


class AskCorpusRetriever(BaseRetriever):
    """Finds passages of a corpus; each is a node with its place in the article as metadata."""

    def __init__(self, corpus: Corpus, *, k: int = 5, filters: Filters | None = None) -> None:
        """Take an open corpus; whoever opened it closes it."""
        super().__init__()
        self.corpus = corpus
        self.k = k
        self.filters = filters or Filters()

    @classmethod
    def open(
        cls,
        index_dir: str | Path,
        *,
        k: int = 5,
        filters: Filters | None = None,
        encoder: str = BUNDLED,
    ) -> AskCorpusRetriever:
        """Open an index and retrieve from it.

        Raises:
            IndexMissingError: There is no index.
            IndexCorruptError: A file of it is damaged.
        """
        return cls(opened(index_dir, encoder), k=k, filters=filters)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [
            NodeWithScore(node=_node(hit, metadata), score=hit.score)
            for hit, metadata in found(self.corpus, query_bundle.query_str, self.k, self.filters)
        ]


def _node(hit: Hit, metadata: Json) -> TextNode:
    passage = hit.passage
    return TextNode(
        id_=passage.passage_id,
        text=passage.text,
        metadata=metadata,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        excluded_llm_metadata_keys=PLACES,
        excluded_embed_metadata_keys=PLACES,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.article_id)},
    )
