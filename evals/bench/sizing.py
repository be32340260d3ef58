"""`python -m evals.bench.sizing [FOLDER] [--passages N] [--dimension D]`: computes the memory that Milvus needs.

The size of a passage is measured on your documents (without a folder: on the bundled handbook), cut as in ingestion.
The rest is arithmetic over the index's structure; docs/milvus-sizing.md explains each term.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from tools.errors import UnreadableSource
from tools.ingestion.documents import Limits
from tools.ingestion.formats.readers import is_readable_type, read_document
from tools.ingestion.parsing.chunker import chunk_document
from tools.passages import DEFAULT_TENANT, PUBLIC, Passage
from tools.store.rows import row_of

GIB = 2**30
MILLION = 1_000_000
DIMENSION = 384
NEIGHBOURS = {"auto": 18, "hnsw": 32, "hnsw_sq8": 32}
"""HNSW's M for each `HOPLINE_MILVUS_INDEX`. AUTOINDEX on a server is by default HNSW with M = 18."""

SEGMENT_BYTES = GIB
"""Size at which a server seals a segment and builds its index (default of `dataCoord.segment.maxSize`)."""

CHUNK_CHARACTERS = 900
ID_BYTES, FLOAT_BYTES, POSTING_BYTES = 4, 4, 8
"""A neighbour's number in the graph, a vector component, and a BM25 posting (row number and weight)."""

HEADROOM = 1.3
"""Headroom for growing segments, deletions not yet compacted, and the searches themselves."""


@dataclass(frozen=True, slots=True)
class Passages:
    """Means over passages: bytes of all fields except the vectors, and number of distinct words."""

    count: int
    characters: float
    field_bytes: float
    words: float


def vector_bytes(dimension: int, index: str) -> float:
    """Bytes of one vector in the index. `hnsw_sq8` also keeps an FP16 copy in memory for refining."""
    return dimension * (1 + 2 if index == "hnsw_sq8" else FLOAT_BYTES)


def graph_bytes(m: int) -> float:
    """Bytes of one node of HNSW (Malkov and Yashunin, 2016): 2 m neighbours on the ground level, m on each of the 1/(m
    - 1) levels above on average, and a count for each level."""
    return (2 * m + 1) * ID_BYTES + (m + 1) * ID_BYTES / (m - 1)


def bytes_of_a_passage(passages: Passages, dimension: int, index: str) -> dict[str, float]:
    return {
        "vector": vector_bytes(dimension, index),
        "graph": graph_bytes(NEIGHBOURS[index]),
        "bm25": passages.words * POSTING_BYTES,
        "fields": passages.field_bytes,
    }


def passages_a_segment(passages: Passages, dimension: int) -> int:
    return int(SEGMENT_BYTES / (dimension * FLOAT_BYTES + passages.field_bytes))


def weighed(folder: Path, chunk_characters: int = CHUNK_CHARACTERS) -> Passages:
    """Measures every readable file below the folder and skips the others. Raises ValueError if there is none."""
    cut: list[Passage] = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and is_readable_type(path.name)):
        try:
            document = read_document(file.read_bytes(), str(file.relative_to(folder)), Limits())
        except UnreadableSource:
            continue
        cut += chunk_document(document, groups=(PUBLIC,), tenant=DEFAULT_TENANT, chunk_characters=chunk_characters)
    if not cut:
        raise ValueError(f"{folder} holds no readable document")
    return Passages(
        len(cut),
        float(np.mean([len(passage.content) for passage in cut])),
        float(np.mean([_field_bytes(passage) for passage in cut])),
        float(np.mean([len(set(passage.content.casefold().split())) for passage in cut])),
    )


def _field_bytes(passage: Passage) -> int:
    row = row_of(passage, np.zeros(0, dtype=np.float32))
    del row["dense"]
    written = (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in row.values())
    return sum(len(text.encode("utf-8", "replace")) for text in written)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.sizing", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--passages", type=int, default=MILLION)
    parser.add_argument("--dimension", type=int, default=DIMENSION)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.folder is not None:
        passages = weighed(asked.folder)
    else:
        with as_file(files("evals.bundled.handbook") / "documents") as bundled:
            passages = weighed(bundled)
    rows = {index: bytes_of_a_passage(passages, asked.dimension, index) for index in NEIGHBOURS}
    if asked.json:
        told = {
            "passages": asked.passages,
            "measured": passages.count,
            "headroom": HEADROOM,
            "bytes_each": rows,
            "passages_a_segment": passages_a_segment(passages, asked.dimension),
        }
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    else:
        _print(passages, rows, asked.passages, asked.dimension)
    return 0


def _print(passages: Passages, rows: dict[str, dict[str, float]], number: int, dimension: int) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=120)
    table = Table(title=f"Milvus, {number:,} passages of {dimension} dimensions: bytes a passage, and in all")
    for name in ("index", "vector", "graph", "BM25", "fields", "sum", "GiB", f"GiB × {HEADROOM}", "fields on disk"):
        table.add_column(name, justify="left" if name == "index" else "right")
    for index, parts in rows.items():
        each = sum(parts.values())
        mapped = each - parts["fields"]
        table.add_row(
            index,
            *(f"{value:,.0f}" for value in (*parts.values(), each)),
            *(f"{value:.1f}" for value in (each * number / GIB, each * number * HEADROOM / GIB)),
            f"{mapped * number * HEADROOM / GIB:.1f}",
        )
    console.print(table)
    console.print(
        f"measured over {passages.count:,} passages: {passages.characters:.0f} characters, {passages.words:.0f} "
        f"distinct words, {passages.field_bytes:.0f} bytes of fields on average",
        highlight=False,
    )
    each = passages_a_segment(passages, dimension)
    console.print(f"a segment of {SEGMENT_BYTES / GIB:.0f} GiB holds {each:,} passages", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
