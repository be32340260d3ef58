import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from tools.chat.replies import UnfitReply, json_schema_of, parse_reply


class Step(BaseModel):
    complete: bool
    next_question: str = ""
    parts: list[str] = Field(default_factory=list)


TEXT_WITHOUT_BRACES = st.text(st.characters(exclude_characters="{}", codec="utf-8"), max_size=60)
STEPS = st.builds(
    Step, complete=st.booleans(), next_question=st.text(max_size=30), parts=st.lists(st.text(), max_size=3)
)


@given(step=STEPS, before=TEXT_WITHOUT_BRACES, after=st.text(max_size=60))
def test_an_object_is_read_whatever_stands_around_it(step: Step, before: str, after: str) -> None:
    assert parse_reply(before + step.model_dump_json() + after, Step) == step


@given(st.text(max_size=200))
def test_any_text_is_read_or_named_unfit(text: str) -> None:
    with pytest.raises(UnfitReply) as caught:
        parse_reply(text, Step)
    assert str(caught.value)


@given(step=STEPS, data=st.data())
def test_an_object_cut_off_is_never_completed(step: Step, data: st.DataObject) -> None:
    written = json.dumps(step.model_dump())
    cut = data.draw(st.integers(0, len(written) - 1))
    with pytest.raises(UnfitReply):
        parse_reply(written[:cut], Step)


def test_the_object_that_fits_is_taken_among_several() -> None:
    assert parse_reply('{"thought": 1} so {"complete": true}', Step).complete


def test_what_is_part_of_an_object_that_does_not_fit_is_no_reply() -> None:
    with pytest.raises(UnfitReply):
        parse_reply('{"thought": {"complete": true}}', Step)


def test_the_problem_names_the_field() -> None:
    with pytest.raises(UnfitReply, match="complete: Field required"):
        parse_reply('{"next_question": "Who?"}', Step)


def test_half_of_a_surrogate_pair_which_no_search_takes_is_a_question_mark() -> None:
    assert (
        parse_reply('{"complete": false, "next_question": "Who\\ud83d, \\ud83d\\ude00"}', Step).next_question
        == "Who?, 😀"
    )


@pytest.mark.parametrize(
    "text",
    [
        "{" * 100_000,
        "[" * 100_000 + '{"a":' * 50_000,
        '{"a":' * 900 + "1" + "}" * 900,
        f'{{"complete": {"1" * 5_000}}}',
    ],
)
def test_hostile_nesting_and_numbers_are_an_unfit_reply(text: str) -> None:
    with pytest.raises(UnfitReply):
        parse_reply(text, Step)


def test_the_schema_is_strict_even_for_optional_fields() -> None:
    written = json_schema_of(Step)
    assert written["additionalProperties"] is False
    assert set(written["required"]) == set(Step.model_fields)
