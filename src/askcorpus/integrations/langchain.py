"""A LangChain retriever: question → Documents, best first. Needs the extra `langchain`.

    from askcorpus.integrations.langchain import AskCorpusRetriever

    retriever = AskCorpusRetriever.open("embeddings", k=5)
    documents = retriever.invoke("How many US troops are in Iraq?")

May import: corpus, types; langchain_core.
"""

from __future__ import annotations

from pathlib import Path

from askcorpus.corpus import Corpus
from askcorpus.integrations.documents import extra, found, opened
from askcorpus.settings import BUNDLED
from askcorpus.types import Filters

with extra("langchain"):
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever


class AskCorpusRetriever(BaseRetriever):
    """Finds passages of a corpus; each is a Document with its place in the article as metadata.

    Attributes:
        corpus: Open; whoever opened it closes it.
        k: Documents given at most.
        filters: Which articles may be searched.
    """

    corpus: Corpus
    k: int = 5
    filters: Filters = Filters()

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
        return cls(corpus=opened(index_dir, encoder), k=k, filters=filters or Filters())

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002  # the form of a retriever
    ) -> list[Document]:
        return [
            Document(id=hit.passage.passage_id, page_content=hit.passage.text, metadata=metadata)
            for hit, metadata in found(self.corpus, query, self.k, self.filters)
        ]
