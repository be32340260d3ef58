"""The collection's fields and indexes, and the identity in its description."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from tools.errors import StoreMismatch

DenseIndex = Literal["auto", "hnsw", "hnsw_sq8"]

MAX_CONTENT_BYTES = 65_535
MAX_METADATA_BYTES = 65_536
MAX_ARRAY_ITEMS = 1_024
MAX_ARRAY_ITEM_BYTES = 512
MAX_BYTES = {"key": 4_096, "passage_id": 4_096, "tenant": 512, "source": 4_096, "title": 16_384}
PRIMARY_KEY_CHARACTERS = 32

# Measured with k1 and b on six public question sets: best on average, no set far behind. Folding accents costs nothing
# there and finds "Björk" typed as "Bjork", as `name_key` does.
ANALYZER: dict[str, Any] = {
    "tokenizer": "standard",
    "filter": [
        "lowercase",
        "asciifolding",
        {"type": "stop", "stop_words": ["_english_"]},
        {"type": "stemmer", "language": "english"},
    ],
}
BM25_K1 = 0.9
BM25_B = 0.4
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """What a collection was built with. Vectors of another model or dimension must never be mixed in."""

    embedder: str
    dimension: int

    def as_description(self) -> str:
        return json.dumps({"hopline": SCHEMA_VERSION, "embedder": self.embedder, "dimension": self.dimension})


def check_identity(description: str, wanted: Identity, collection: str, place: str) -> None:
    """Raises StoreMismatch, naming both sides and what to do, unless the collection was built with `wanted`."""
    cure = f"Set HOPLINE_COLLECTION to another name and ingest again, or delete the collection in {place}."
    try:
        written = json.loads(description)
        version, found = written["hopline"], Identity(written["embedder"], written["dimension"])
    except (ValueError, KeyError, TypeError):
        raise StoreMismatch(f"The collection {collection!r} in {place} was not made by Hopline. {cure}") from None
    if version != SCHEMA_VERSION:
        raise StoreMismatch(
            f"The collection {collection!r} has schema version {version}, this program needs {SCHEMA_VERSION}. {cure}"
        )
    if found != wanted:
        raise StoreMismatch(
            f"The collection {collection!r} was built with the embedding model {found.embedder!r} ({found.dimension} "
            f"dimensions), not with {wanted.embedder!r} ({wanted.dimension}). Set HOPLINE_EMBEDDER back, or: {cure}"
        )


def collection_schema(identity: Identity) -> Any:
    """One passage a row; `sparse` is filled by the server's own BM25 function."""
    from pymilvus import AsyncMilvusClient, DataType, Function, FunctionType

    schema = AsyncMilvusClient.create_schema(
        auto_id=False, enable_dynamic_field=False, description=identity.as_description()
    )
    schema.add_field("pk", DataType.VARCHAR, max_length=PRIMARY_KEY_CHARACTERS, is_primary=True)
    for name, max_bytes in MAX_BYTES.items():
        schema.add_field(name, DataType.VARCHAR, max_length=max_bytes)
    for name in ("groups", "names"):
        schema.add_field(
            name,
            DataType.ARRAY,
            element_type=DataType.VARCHAR,
            max_capacity=MAX_ARRAY_ITEMS,
            max_length=MAX_ARRAY_ITEM_BYTES,
        )
    schema.add_field(
        "content", DataType.VARCHAR, max_length=MAX_CONTENT_BYTES, enable_analyzer=True, analyzer_params=ANALYZER
    )
    schema.add_field("text_start", DataType.INT64)
    schema.add_field("metadata", DataType.JSON)
    schema.add_field("dense", DataType.FLOAT_VECTOR, dim=identity.dimension)
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(
        Function(
            name="bm25",
            function_type=FunctionType.BM25,
            input_field_names=["content"],
            output_field_names=["sparse"],
        )
    )
    return schema


def vector_indexes(dense: DenseIndex, *, embedded: bool) -> list[Any]:
    """One IndexParams for each index, so that they can be built at the same time. Milvus Lite only knows AUTOINDEX."""
    from pymilvus import AsyncMilvusClient

    kinds: dict[DenseIndex, tuple[str, dict[str, Any]]] = {
        "auto": ("AUTOINDEX", {}),
        "hnsw": ("HNSW", {"M": 32, "efConstruction": 360}),
        "hnsw_sq8": (
            "HNSW_SQ",
            {"M": 32, "efConstruction": 360, "sq_type": "SQ8", "refine": True, "refine_type": "FP16"},
        ),
    }
    kind, parameters = kinds["auto" if embedded else dense]
    wanted: list[dict[str, Any]] = [
        {"field_name": "dense", "index_type": kind, "metric_type": "COSINE", "params": parameters},
        {
            "field_name": "sparse",
            "index_type": "SPARSE_INVERTED_INDEX",
            "metric_type": "BM25",
            "params": {"bm25_k1": BM25_K1, "bm25_b": BM25_B},
        },
    ]
    if not embedded:
        wanted += [{"field_name": name, "index_type": "INVERTED"} for name in ("tenant", "groups", "source", "names")]
    return [_one_index(AsyncMilvusClient.prepare_index_params(), **arguments) for arguments in wanted]


def _one_index(parameters: Any, **arguments: Any) -> Any:
    parameters.add_index(**arguments)
    return parameters
