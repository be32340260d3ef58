"""Eight bits: near the exact values, whoever runs beside, and only where they belong."""

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from tools.quantisation import LEVELS, LEVELS_WITHOUT_OVERFLOW, has_products, in_eight_bits, with_small_tables

DRAW = np.random.default_rng(3)
TABLE = DRAW.normal(size=(50, 16)).astype(np.float32)
WEIGHTS = DRAW.normal(size=(16, 8)).astype(np.float32)
PLACES = np.arange(50, dtype=np.int64).reshape(50, 1)


def model() -> Any:
    """Two look-ups in one table of vectors, one in a table of whole numbers, and a product."""
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["vectors"]),
        helper.make_node("Gather", ["table", "others"], ["more"]),
        helper.make_node("Add", ["vectors", "more"], ["both"]),
        helper.make_node("MatMul", ["both", "weights"], ["product"]),
        helper.make_node("Gather", ["places", "ids"], ["at"]),
    ]
    tensors = {"table": TABLE, "weights": WEIGHTS, "places": PLACES}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"]) for name in ("ids", "others")],
        [
            helper.make_tensor_value_info("product", TensorProto.FLOAT, None),
            helper.make_tensor_value_info("at", TensorProto.INT64, None),
        ],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def run(some: Any, ids: Any) -> list[Any]:
    session = onnxruntime.InferenceSession(some.SerializeToString(), providers=["CPUExecutionProvider"])
    return list(session.run(["product", "at"], {"ids": ids, "others": ids[:, ::-1].copy()}))


IDS = DRAW.integers(0, 50, (6, 5))
SAMPLE = [{"ids": IDS, "others": IDS}]


@pytest.mark.parametrize("levels", [LEVELS, LEVELS_WITHOUT_OVERFLOW])
def test_products_and_tables_in_eight_bits_come_near_the_exact_ones(levels: int) -> None:
    exact, at = run(model(), IDS)
    small = with_small_tables(in_eight_bits(model(), SAMPLE, weight_levels=levels))
    found, places = run(small, IDS)
    assert np.abs(found - exact).max() < 0.05 * np.abs(exact).max()
    assert np.array_equal(places, at)
    kinds = {one.name: one.data_type for one in small.graph.initializer}
    assert kinds["table/integers"] == TensorProto.INT8
    assert kinds["places"] == TensorProto.INT64
    assert "table" not in kinds
    assert len(kinds) == len(small.graph.initializer)


def test_a_text_is_read_alone_as_among_others() -> None:
    small = with_small_tables(in_eight_bits(model(), SAMPLE, weight_levels=LEVELS))
    together, _ = run(small, IDS)
    for place in range(len(IDS)):
        assert np.array_equal(run(small, IDS[place : place + 1])[0][0], together[place])


def test_a_table_that_is_looked_up_by_column_stays_as_it_is() -> None:
    some = model()
    some.graph.node[0].attribute.append(helper.make_attribute("axis", 1))
    names = {one.name for one in with_small_tables(some).graph.initializer}
    assert {"table", "table/integers"} <= names


def test_a_model_without_products_is_told() -> None:
    some = model()
    assert has_products(some)
    del some.graph.node[3]
    assert not has_products(some)
    assert isinstance(some, onnx.ModelProto)
