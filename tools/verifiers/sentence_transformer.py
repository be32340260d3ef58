"""Any cross-encoder for entailment or hallucination that sentence-transformers can load, by name or path."""

import asyncio
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tools.errors import MissingModel
from tools.hub import cached_folder, check_known, reason_of
from tools.ports import ClaimToCheck, FloatArray, Verdict
from tools.verifiers.reading import is_empty, with_question
from tools.verifiers.text import plain

SUPPORTED = 0.5
PARTIAL = 0.3
BATCH_PAIRS = 16
OTHERWISE = "download it elsewhere and set the variable to its folder, or to 'builtin' or 'lexical'"
_SAYS_SUPPORTED = re.compile(r"(?:entail\w*|support\w*|consistent|factual|faithful|grounded)(?:[ _-].*)?", re.I)


class CrossEncoderVerifier:
    """Implements Verifier; the window where texts are cut is the model's own."""

    def __init__(self, name_or_path: str) -> None:
        """Load the model; blocks for ten seconds or so. A name that is not in the local cache is downloaded.

        Raises MissingModel when that can't be done, or when its labels don't say which one means support.
        """
        local = Path(name_or_path).expanduser().is_dir()
        if local:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        elif name_or_path.startswith((".", "/", "~")):
            raise MissingModel(f"HOPLINE_VERIFIER: there is no folder {name_or_path}.")
        elif cached_folder(name_or_path) is None:
            check_known(name_or_path, "HOPLINE_VERIFIER", OTHERWISE)
        from sentence_transformers import CrossEncoder

        place = str(Path(name_or_path).expanduser()) if local else name_or_path
        try:
            self._model: Any = CrossEncoder(place, local_files_only=local)
        except (OSError, ValueError, ImportError, RuntimeError) as error:
            raise MissingModel(
                f"HOPLINE_VERIFIER: the model {name_or_path!r} can't be loaded ({reason_of(error)}); {OTHERWISE}."
            ) from error
        self._name = name_or_path
        self._supported = _place_of_support(self._model.config.id2label, name_or_path)

    @property
    def name(self) -> str:
        return f"cross-encoder:{self._name}"

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        told = [claim for claim in claims if not is_empty(claim)]
        found = iter(await asyncio.to_thread(self._scores, told) if told else [])
        scores = (0.0 if is_empty(claim) else float(next(found)) for claim in claims)
        return [Verdict.of(score, supported=SUPPORTED, partial=PARTIAL) for score in scores]

    def _scores(self, claims: Sequence[ClaimToCheck]) -> FloatArray:
        import torch

        pairs = [
            (" ".join(plain(item) for item in claim.evidence), with_question(plain(claim.claim), plain(claim.question)))
            for claim in claims
        ]
        logits: FloatArray = self._model.predict(
            pairs, batch_size=BATCH_PAIRS, show_progress_bar=False, activation_fn=torch.nn.Identity()
        ).reshape(len(pairs), -1)
        if self._supported is None:
            # A lone logit against nothing: the sigmoid is a softmax over it and zero.
            logits = np.stack([logits[:, 0], np.zeros(len(pairs), dtype=np.float32)], axis=1)
        shares: FloatArray = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return shares[:, self._supported or 0]


def _place_of_support(labels: dict[int, str], name: str) -> int | None:
    """Which logit means support; None for a model with one logit, which is the support itself."""
    if len(labels) == 1:
        return None
    found = [int(place) for place, label in labels.items() if _SAYS_SUPPORTED.fullmatch(str(label).strip())]
    if len(found) != 1:
        raise MissingModel(
            f"HOPLINE_VERIFIER: the labels of {name!r} are {', '.join(map(str, labels.values()))}: one of them must "
            "say entailment, supported, consistent, factual, faithful or grounded (id2label in its config.json)."
        )
    return found[0]
