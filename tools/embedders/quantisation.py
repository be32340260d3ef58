"""Weights and activations of eight bits for an exported model: matrix products in integers, 1.6 times as fast in
all on a CPU that has instructions for them.

`python -m tools.embedders.quantisation EXPORTED_FILE TOKENIZER_FILE TARGET_FILE` makes it and says how near it comes.

onnxruntime's own dynamic quantisation has one scale for all that runs together, so that a text's vector depends on its
neighbours. Here each token has a scale of its own and each column of the weights, too; and what a channel of the
activations has too much of is moved into the weights (SmoothQuant: Xiao et al. 2023, arXiv:2211.10438).
"""

import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.embedders.description import UnsupportedModelError
from tools.ports import FloatArray

CPU_INFO = Path("/proc/cpuinfo")
PLAIN = "plain"
MIN_COSINE = 0.99
"""Of a sample's mean vectors: all-MiniLM-L6-v2 has .996 at the least, .994 on a PLAIN processor."""
SMOOTHING = 0.6
"""How much of a channel's range goes into the weights: of .3, .5, .6, .7 and .85 this turned vectors the least."""
SAMPLE_TEXTS, SAMPLE_TOKENS = 64, 64
_LEVELS, _MIDDLE = 127, 128
_LEVELS_WITHOUT_OVERFLOW = 63
"""Of weights, on processors that add two products of eight bits up in sixteen."""
_MICROSOFT = "com.microsoft"
_SEED = 7


def processor() -> str:
    """What of the processor the products of eight bits depend on: "vnni" where it has instructions for them, PLAIN
    where it is an x86 without, else, or where the system doesn't tell, what kind it is."""
    flags = None
    with suppress(OSError), CPU_INFO.open(encoding="utf-8", errors="replace") as lines:
        # The first core's are enough: the system takes long to tell of a hundred.
        flags = next((line.split() for line in lines if line.startswith("flags")), None)
    if flags is None:
        return platform.machine() or "unknown"
    return "vnni" if {"avx512_vnni", "avx_vnni"} & set(flags) else PLAIN


def quantise(exported: Path, tokenizer: Path, target: Path) -> FloatArray:
    """Write `target`, the exported model in eight bits; returns the cosines of its vectors to the exact ones, on texts
    of random words. Raises UnsupportedModelError, with the reason, when they differ too much."""
    import onnx

    sample = list(_sample(tokenizer))
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    model = onnx.load(str(exported))
    if not any(_products(model)):
        raise UnsupportedModelError("it has no products with weights that could be of eight bits")
    try:
        onnx.save(_rewritten(model, _ranges(model, sample)), str(draft))
        cosines = _cosines(exported, draft, sample)
        least = float(cosines.min())
        if not least > MIN_COSINE:
            raise UnsupportedModelError(f"on this processor its copy of eight bits differs (cosine {least:.3f})")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return cosines


def _sample(tokenizer: Path) -> Iterator[dict[str, NDArray[np.int64]]]:
    """Inputs of random words of the model's own vocabulary: what a channel's range is depends little on the text."""
    from tokenizers import Tokenizer

    reader = Tokenizer.from_file(str(tokenizer))
    reader.no_padding()
    reader.enable_truncation(SAMPLE_TOKENS)
    chance = np.random.default_rng(_SEED)
    for _ in range(SAMPLE_TEXTS):
        words = chance.integers(0, reader.get_vocab_size(), SAMPLE_TOKENS)
        ids = np.asarray([reader.encode(reader.decode(words.tolist())).ids], dtype=np.int64)
        yield {"input_ids": ids, "attention_mask": np.ones_like(ids)}


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


def _rewritten(model: Any, ranges: Mapping[str, FloatArray]) -> Any:
    """The model with each product in integers: a token's activations times its scale, weights times their column's."""
    import onnx

    def constant(name: str, value: Any) -> str:
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(value), name))
        return name

    weight_levels = _LEVELS_WITHOUT_OVERFLOW if processor() == PLAIN else _LEVELS
    products = {node.output[0]: (node, onnx.numpy_helper.to_array(tensor)) for node, tensor in _products(model)}
    strongest: dict[str, FloatArray] = {}
    for node, weights in products.values():
        rows = np.abs(weights).max(axis=1)
        strongest[node.input[0]] = np.maximum(strongest.get(node.input[0], rows), rows)
    one = constant("eight/one", np.float32(1))
    middle = constant("eight/middle", np.uint8(_MIDDLE))
    levels, level = constant("eight/levels", np.float32(_LEVELS)), constant("eight/level", np.float32(1 / _LEVELS))
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


def _cosines(exported: Path, quantised: Path, sample: Sequence[Mapping[str, Any]]) -> FloatArray:
    import onnxruntime

    exact, quick = (
        onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]) for path in (exported, quantised)
    )
    cosines = []
    for inputs in sample:
        wanted, found = (session.run(None, dict(inputs))[0][0].mean(axis=0) for session in (exact, quick))
        cosines.append(wanted @ found / (np.linalg.norm(wanted) * np.linalg.norm(found)))
    return np.array(cosines, dtype=np.float32)


if __name__ == "__main__":
    compared = quantise(*map(Path, sys.argv[1:]))
    average, least = compared.mean(), compared.min()
    sys.stdout.write(f"cosines of {len(compared)} texts: {average:.4f} on average, {least:.4f} at the least\n")
