"""The answer checker that comes with the installation."""

import logging
from pathlib import Path

from tools.answer_checkers.builtin import ARTEFACT, BuiltinAnswerChecker
from tools.errors import MissingModel
from tools.ports import AnswerChecker

log = logging.getLogger("hopline.answer_checkers")


def open_answer_checker(artefact: Path = ARTEFACT) -> AnswerChecker | None:
    """Blocks while the model loads. A damaged installation must not keep the assistant from answering: None, and a
    warning."""
    try:
        return BuiltinAnswerChecker(artefact)
    except MissingModel as error:
        log.warning("%s Until then rules alone choose what is quoted, and the confidence knows less.", error)
        return None
