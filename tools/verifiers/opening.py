"""Which verifier a setting means: `builtin`, `lexical`, or a cross-encoder's name or path."""

import logging
from pathlib import Path

from tools.errors import MissingModel
from tools.ports import Verifier
from tools.verifiers.builtin import ARTEFACT, BuiltinVerifier
from tools.verifiers.lexical import LexicalVerifier

BUILTIN = "builtin"
LEXICAL = "lexical"

log = logging.getLogger("hopline.verifiers")


def open_verifier(spec: str, *, artefact: Path = ARTEFACT) -> Verifier:
    """Open the verifier that `HOPLINE_VERIFIER` names; blocks while its model loads.

    A damaged installation must not keep the assistant from answering: without the built-in model the lexical verifier
    stands in, and a warning says so. A model that was asked for by name is another matter: raises MissingModel.
    """
    if spec == LEXICAL:
        return LexicalVerifier()
    if spec == BUILTIN:
        try:
            return BuiltinVerifier(artefact)
        except MissingModel as error:
            log.warning("%s Until then claims are checked by their words alone.", error)
            return LexicalVerifier()
    from tools.verifiers.sentence_transformer import CrossEncoderVerifier

    return CrossEncoderVerifier(spec)
