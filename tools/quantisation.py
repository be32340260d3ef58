"""Weights and activations of eight bits for an exported model: matrix products in integers.

onnxruntime's own dynamic quantisation has one scale for all that runs together, so that what comes out for a text
depends on its neighbours. Here each token has a scale of its own and each column of the weights, too; and what a
channel of the activations has too much of is moved into the weights (SmoothQuant: Xiao et al. 2023,
arXiv:2211.10438).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.ports import FloatArray

SMOOTHING = 0.6
"""How much of a channel's range goes into the weights: of .3, .5, .6, .7 and .85 this turned an embedder's vectors the
least."""

LEVELS = 127
LEVELS_WITHOUT_OVERFLOW = 63
"""Of weights, on processors that add two products of eight bits up in sixteen."""

_MIDDLE = 128
_MICROSOFT = "com.microsoft"


def has_products(model: Any) -> bool:
    return any(_products(model))


def in_eight_bits(model: Any, sample: Sequence[Mapping[str, NDArray[np.int64]]], *, weight_levels: int) -> Any:
    """The model with its products in integers; `sample` are inputs that show how large its activations become."""
    return _rewritten(model, _ranges(model, sample), weight_levels)


def with_small_tables(model: Any) -> Any:
    """The model with the tables of vectors that its tokens are looked up in as integers, a scale a row: a quarter of
    the size."""
    import onnx

    kind = onnx.TensorProto.FLOAT
    tables = {one.name: one for one in model.graph.initializer if len(one.dims) == 2 and one.data_type == kind}
    make = onnx.helper.make_node
    nodes: list[Any] = []
    made: set[str] = set()
    for node in model.graph.node:
        of_rows = all(attribute.name != "axis" or attribute.i == 0 for attribute in node.attribute)
        if node.op_type != "Gather" or node.input[0] not in tables or not of_rows:
            nodes.append(node)
            continue
        name, rows = node.input
        found = node.output[0]
        if name not in made:
            made.add(name)
            table = onnx.numpy_helper.to_array(tables[name])
            scales = np.maximum(np.abs(table).max(axis=1, keepdims=True) / LEVELS, 1e-12).astype(np.float32)
            constants = {f"{name}/integers": np.rint(table / scales).astype(np.int8), f"{name}/scales": scales}
            model.graph.initializer.extend(onnx.numpy_helper.from_array(one, at) for at, one in constants.items())
        nodes += [
            make("Gather", [f"{name}/integers", rows], [f"{found}/integers"]),
            make("Cast", [f"{found}/integers"], [f"{found}/floats"], to=onnx.TensorProto.FLOAT),
            make("Gather", [f"{name}/scales", rows], [f"{found}/scales"]),
            make("Mul", [f"{found}/floats", f"{found}/scales"], [found]),
        ]
    _replace(model, nodes)
    return model


def _products(model: Any) -> Iterator[tuple[Any, Any]]:
    """Each product with weights: its node and the weights' tensor."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights and len(weights[node.input[1]].dims) == 2:
            yield node, weights[node.input[1]]


def _ranges(model: Any, sample: Sequence[Mapping[str, Any]]) -> dict[str, FloatArray]:
    """The largest size of each channel of what goes into the products."""
    import onnx
    import onnxruntime

    names = list(dict.fromkeys(node.input[0] for node, _ in _products(model)))
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    kind = onnx.TensorProto.FLOAT
    watched.graph.output.extend(onnx.helper.make_tensor_value_info(name, kind, None) for name in names)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    ranges: dict[str, FloatArray] = {}
    for inputs in sample:
        for name, found in zip(names, session.run(names, dict(inputs)), strict=True):
            largest = np.abs(found).reshape(-1, found.shape[-1]).max(axis=0)
            ranges[name] = np.maximum(ranges[name], largest) if name in ranges else largest
    return ranges


def _rewritten(model: Any, ranges: Mapping[str, FloatArray], weight_levels: int) -> Any:
    """The model with each product in integers: a token's activations times its scale, weights times their column's."""
    import onnx

    def constant(name: str, value: Any) -> str:
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(value), name))
        return name

    products = {node.output[0]: (node, onnx.numpy_helper.to_array(tensor)) for node, tensor in _products(model)}
    strongest: dict[str, FloatArray] = {}
    for node, weights in products.values():
        rows = np.abs(weights).max(axis=1)
        strongest[node.input[0]] = np.maximum(strongest.get(node.input[0], rows), rows)
    one = constant("eight/one", np.float32(1))
    middle = constant("eight/middle", np.uint8(_MIDDLE))
    levels, level = constant("eight/levels", np.float32(LEVELS)), constant("eight/level", np.float32(1 / LEVELS))
    tiny = constant("eight/tiny", np.float32(1e-12))
    make = onnx.helper.make_node
    nodes: list[Any] = []
    smoothing: dict[str, FloatArray] = {}
    for node in model.graph.node:
        if not node.output or node.output[0] not in products:
            nodes.append(node)
            continue
        source, target = node.input[0], node.output[0]
        at = f"{source}/eight"
        if source not in smoothing:
            smoothing[source] = factors = _smoothing(ranges[source], strongest[source])
            nodes += [
                make("Mul", [source, constant(f"{at}/factors", factors)], [f"{at}/even"]),
                make("ReduceMax", [f"{at}/even"], [f"{at}/most"], axes=[-1], keepdims=1),
                make("ReduceMin", [f"{at}/even"], [f"{at}/least"], axes=[-1], keepdims=1),
                make("Neg", [f"{at}/least"], [f"{at}/below"]),
                make("Max", [f"{at}/most", f"{at}/below", tiny], [f"{at}/range"]),
                make("Mul", [f"{at}/range", level], [f"{at}/scale"]),
                make("Div", [levels, f"{at}/range"], [f"{at}/inverse"]),
                make("Mul", [f"{at}/even", f"{at}/inverse"], [f"{at}/levels"]),
                make("QuantizeLinear", [f"{at}/levels", one, middle], [f"{at}/integers"]),
            ]
        weights = products[target][1] / smoothing[source][:, None]
        scales = np.maximum(np.abs(weights).max(axis=0) / weight_levels, np.float32(1e-12)).astype(np.float32)
        integers = constant(f"{target}/eight/weights", np.rint(weights / scales).astype(np.int8))
        column = constant(f"{target}/eight/scales", scales)
        nodes += [
            make(
                "MatMulIntegerToFloat",
                [f"{at}/integers", integers, one, column, middle],
                [f"{target}/eight/product"],
                domain=_MICROSOFT,
            ),
            make("Mul", [f"{target}/eight/product", f"{at}/scale"], [target]),
        ]
    _replace(model, nodes)
    return model


def _smoothing(largest: FloatArray, strongest: FloatArray) -> FloatArray:
    """Factors of the channels, whose geometric mean is one."""
    logs = (1 - SMOOTHING) * np.log(np.maximum(strongest, 1e-5)) - SMOOTHING * np.log(np.maximum(largest, 1e-5))
    factors: FloatArray = np.exp(logs - logs.mean()).astype(np.float32)
    return factors


def _replace(model: Any, nodes: Sequence[Any]) -> None:
    """The graph of these nodes, without the weights that none of them reads."""
    import onnx

    read = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in read]
    for field, content in ((model.graph.node, nodes), (model.graph.initializer, kept)):
        del field[:]
        field.extend(content)
    if all(opset.domain != _MICROSOFT for opset in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid(_MICROSOFT, 1))
