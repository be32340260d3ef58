"""Which verifier a setting means, and what happens when it is not there."""

import logging

import pytest

from tools.errors import MissingModel
from tools.verifiers.builtin import BuiltinVerifier
from tools.verifiers.lexical import LexicalVerifier
from tools.verifiers.opening import open_verifier


def test_the_built_in_one_is_the_trained_model() -> None:
    assert isinstance(open_verifier("builtin"), BuiltinVerifier)


def test_the_lexical_one_needs_no_model() -> None:
    assert isinstance(open_verifier("lexical"), LexicalVerifier)


def test_the_lexical_one_stands_in_for_a_missing_model_and_says_so(
    caplog: pytest.LogCaptureFixture, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with caplog.at_level(logging.WARNING, logger="hopline.verifiers"):
        verifier = open_verifier("builtin", artefact=tmp_path_factory.mktemp("empty"))
    assert isinstance(verifier, LexicalVerifier)
    assert "make verifier" in caplog.text
    assert "by their words alone" in caplog.text


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(MissingModel, match=r"no folder \./nowhere"):
        open_verifier("./nowhere")
