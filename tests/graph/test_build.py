"""The topology, pinned: README and `hopline graph` show the same text."""

from graph.build import NODES, build_graph
from graph.deps import Deps
from graph.languages.extractive import ExtractiveLanguage
from tests.doubles import HashEmbedder, MemoryStore
from tools.knowledge import Knowledge
from tools.verifiers.lexical import LexicalVerifier

EDGES = {
    "__start__ --> rewrite",
    "rewrite -.-> retrieve",
    "rewrite -.-> __end__",
    "retrieve --> rerank",
    "rerank --> follow_up",
    "follow_up -.-> retrieve",
    "follow_up -.-> generate",
    "follow_up -.-> score",
    "follow_up -.-> __end__",
    "generate --> validate",
    "validate -.-> generate",
    "validate -.-> follow_up",
    "validate -.-> score",
    "score -.-> generate",
    "score -.-> __end__",
}


def mermaid() -> str:
    deps = Deps(Knowledge(MemoryStore(), HashEmbedder()), ExtractiveLanguage(), LexicalVerifier())
    return build_graph(deps).get_graph().draw_mermaid()


def test_the_nodes_and_edges_are_those_of_the_design() -> None:
    lines = [line.strip().rstrip(";").replace("&nbsp;", "") for line in mermaid().splitlines()]
    assert {line for line in lines if "-->" in line or "-.->" in line} == EDGES
    assert [node.__name__ for node in NODES] == [
        "rewrite",
        "retrieve",
        "rerank",
        "follow_up",
        "generate",
        "validate",
        "score",
    ]


def test_the_picture_is_the_same_every_time() -> None:
    assert mermaid() == mermaid()
