"""LangChain's EnsembleRetriever over retrievers that use our store."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from evals.bench.plan import LEG_DEPTH
from evals.matching import Retrieved
from tools.passages import Hit

Ask = Callable[[str, int], Awaitable[list[Hit]]]


class StoreRetriever(BaseRetriever):
    """One index of our store as a LangChain retriever."""

    ask: Ask

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        hits = await self.ask(query, LEG_DEPTH)
        return [
            Document(
                page_content=hit.passage.content,
                metadata={"key": hit.passage.key, "id": hit.passage.id, "source": hit.passage.source},
            )
            for hit in hits
        ]

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        raise NotImplementedError("The store is asked asynchronously.")


class EnsembleFinder:
    """`retrievers` is the module `langchain_classic.retrievers`."""

    def __init__(self, legs: Sequence[Ask], retrievers: Any) -> None:
        self._ensemble = retrievers.EnsembleRetriever(
            retrievers=[StoreRetriever(ask=ask) for ask in legs], weights=[1 / len(legs)] * len(legs), id_key="key"
        )

    async def find(self, question: str, k: int) -> list[Retrieved]:
        documents: list[Document] = await self._ensemble.ainvoke(question)
        return [Retrieved(document.metadata["id"], document.metadata["source"]) for document in documents[:k]]
