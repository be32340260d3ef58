"""Fine-tunes a small encoder to read two texts together, on CPU; torch is imported only when it is used."""

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from tools.pair_encoders.onnx_runtime import MAX_TOKENS, inputs_among, side_by_side
from tools.ports import FloatArray

SCORED_PAIRS = 64
WARM_UP = 0.08
LEAST_RATE = 0.02
REPORTED_STEPS = 25
log = logging.getLogger("hopline.training")


@dataclass(frozen=True, slots=True)
class Example:
    """Two texts in the order they are read. `allowed`: the classes that the label leaves open, a flag for each;
    `weight` balances sources and labels."""

    first: str
    second: str
    allowed: tuple[bool, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """One pass. The word vectors and the lower layers stay as they are: that saves a fifth of the time.

    bfloat16 doubles the speed where the processor has it (AVX-512 BF16, AMX); elsewhere it is left alone.
    """

    batch: int = 32
    rate: float = 1.5e-4
    max_tokens: int = 160
    frozen_layers: int = 2
    seed: int = 7
    bf16: bool = True


def has_bf16() -> bool:
    """Whether the processor calculates in bfloat16; where it does not, that takes a hundred times as long."""
    import torch

    found = torch.cpu.get_capabilities()
    return any(found.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))


class TrainableEncoder:
    def __init__(self, folder: Path, seed: int = 7, *, classes: int, layers: int | None = None) -> None:
        """Load a BERT-like model, or its lowest layers; the classifier of so many classes on top starts at random, from
        the seed."""
        import torch
        from tokenizers import Tokenizer
        from transformers import AutoModelForSequenceClassification
        from transformers import logging as noise

        noise.set_verbosity_error()
        noise.disable_progress_bar()
        torch.manual_seed(seed)
        self.classes = classes
        self.network: Any = AutoModelForSequenceClassification.from_pretrained(
            folder,
            num_labels=classes,
            local_files_only=True,
            attn_implementation="eager",
            **({} if layers is None else {"num_hidden_layers": layers}),
        )
        self.inputs = inputs_among(signature(self.network.forward).parameters)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()

    def fit(self, examples: Sequence[Example], plan: Plan) -> None:
        """Minimise the negative log-probability of the allowed classes together, for each example."""
        import torch

        self.tokenizer.enable_truncation(plan.max_tokens, strategy="longest_first")
        encoded = self.tokenizer.encode_batch([(one.first, one.second) for one in examples])
        batches = bucketed([len(one.ids) for one in encoded], plan.batch, random.Random(plan.seed))  # noqa: S311
        torch.manual_seed(plan.seed)
        optimiser, schedule = self._optimiser(plan, len(batches))
        bf16 = plan.bf16 and has_bf16()
        self.network.train()
        started = time.monotonic()
        for step, places in enumerate(batches):
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
                logits = self.network(**self._tensors([encoded[at] for at in places])).logits
            loss = _loss(logits.float(), [examples[at] for at in places])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            if step % REPORTED_STEPS == 0:
                pace = (step + 1) * plan.batch / (time.monotonic() - started)
                log.info("step %d of %d, loss %.3f, %.0f pairs/s", step, len(batches), loss.item(), pace)

    def _optimiser(self, plan: Plan, steps: int) -> tuple[Any, Any]:
        """AdamW; the rate rises, then falls along a line (as BERT was fine-tuned by Devlin et al. 2019)."""
        import torch

        self.network.base_model.embeddings.requires_grad_(False)
        for layer in self.network.base_model.encoder.layer[: plan.frozen_layers]:
            layer.requires_grad_(False)
        trained = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        matrices = [parameter for parameter in trained if parameter.ndim > 1]
        vectors = [parameter for parameter in trained if parameter.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}]
        optimiser = torch.optim.AdamW(groups, lr=plan.rate)
        rising = max(1, int(WARM_UP * steps))

        def share(step: int) -> float:
            return min((step + 1) / rising, max(LEAST_RATE, (steps - step) / max(1, steps - rising)))

        return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, share)

    def save(self, folder: Path) -> None:
        self.network.save_pretrained(folder)
        self.tokenizer.save(str(folder / "tokenizer.json"))

    def logits(self, pairs: Sequence[tuple[str, str]], *, bf16: bool = False) -> FloatArray:
        """Shape (n, classes)."""
        import torch

        self.network.eval()
        self.tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
        encoded = self.tokenizer.encode_batch(list(pairs))
        order = sorted(range(len(pairs)), key=lambda at: len(encoded[at].ids))
        found = np.zeros((len(pairs), self.classes), dtype=np.float32)
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16 and has_bf16()):
            for start in range(0, len(order), SCORED_PAIRS):
                places = order[start : start + SCORED_PAIRS]
                found[places] = self.network(**self._tensors([encoded[at] for at in places])).logits.float().numpy()
        return found

    def _tensors(self, encoded: Sequence[Any]) -> dict[str, Any]:
        import torch

        return {name: torch.from_numpy(rows) for name, rows in side_by_side(encoded, self.inputs).items()}


def use_threads(count: int) -> None:
    import torch

    torch.set_num_threads(count)


def bucketed(lengths: Sequence[int], size: int, draw: random.Random) -> list[list[int]]:
    """Places in batches of similar length, which waste no padding, in random order."""
    order = list(range(len(lengths)))
    draw.shuffle(order)
    batches = []
    for start in range(0, len(order), size * 40):
        chunk = sorted(order[start : start + size * 40], key=lambda at: lengths[at])
        batches += [chunk[first : first + size] for first in range(0, len(chunk), size)]
    draw.shuffle(batches)
    return batches


def _loss(logits: Any, examples: Sequence[Example]) -> Any:
    import torch

    allowed = torch.tensor([one.allowed for one in examples])
    weights = torch.tensor([one.weight for one in examples])
    shares = torch.log_softmax(logits, dim=-1).masked_fill(~allowed, -1e4)
    return -(torch.logsumexp(shares, dim=-1) * weights).sum() / weights.sum()
