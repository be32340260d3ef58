"""Structured replies: what a model is told about the schema, and a tolerant reading of what it wrote.

Reading is tolerant about the wrapping (code fences, prose around the object) and strict about the content: pydantic
decides, and an object cut off at the token limit is not completed by guessing.
"""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from tools.ports import JsonObject, Schema
from tools.well_formed import well_formed

MAX_SHOWN_REPLY_CHARACTERS = 1_500
MAX_OBJECTS_TRIED = 20
LIMITS = frozenset({"maxLength", "minLength", "maxItems", "minItems"})


class UnfitReply(ValueError):
    """The reply does not fit its schema; the message is written for the model that is asked to repair it."""

    def __init__(self, message: str, *, is_json: bool) -> None:
        super().__init__(message)
        self.is_json = is_json


def json_schema_of(schema: type[BaseModel]) -> JsonObject:
    """The schema as OpenAI's strict mode wants it: every field required, no other fields, references inlined."""
    from langchain_core.utils.function_calling import convert_to_json_schema

    return dict(convert_to_json_schema(schema, strict=True))


def response_format_of(schema: type[BaseModel], *, bounded: bool) -> JsonObject:
    """The `response_format` of a request whose reply must be one object of `schema`.

    `bounded` keeps limits of length, which stop a small model that repeats itself; not every endpoint knows them.
    """
    written = json_schema_of(schema)
    if not bounded:
        written = without(LIMITS, written)
    return {"type": "json_schema", "json_schema": {"name": schema.__name__, "strict": True, "schema": written}}


def schema_instruction(schema: type[BaseModel]) -> str:
    """What to tell a model whose endpoint does not enforce the schema."""
    written = json.dumps(json_schema_of(schema), ensure_ascii=False)
    return f"Reply with one JSON object and nothing else, no code fence. It must fit this JSON schema:\n{written}"


def repair_instruction(schema: type[BaseModel], problem: str) -> str:
    """The message after a reply that did not fit: what was wrong with it, and the schema once more."""
    return f"Your reply could not be used: {problem}\n{schema_instruction(schema)}"


def parse_reply(text: str, schema: type[Schema]) -> Schema:
    """The first JSON object in `text` that fits `schema`; raises UnfitReply with the first object's problem."""
    problem: str | None = None
    for found in _objects(text):
        try:
            return schema.model_validate(found)
        except ValidationError as error:
            problem = problem or _sentence(error)
    if problem:
        raise UnfitReply(problem, is_json=True)
    raise UnfitReply("it holds no complete JSON object.", is_json=False)


def without(names: frozenset[str], written: JsonObject) -> JsonObject:
    """The schema without these keywords, at every level; a field may still be called like one."""

    def stripped(value: object) -> object:
        if isinstance(value, list):
            return [stripped(item) for item in value]
        return without(names, value) if isinstance(value, dict) else value

    return {
        key: {field: stripped(inner) for field, inner in value.items()} if key == "properties" else stripped(value)
        for key, value in written.items()
        if key not in names
    }


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every outermost JSON object in `text`, whatever stands around it; its texts can be searched for and stored."""
    decoder = json.JSONDecoder()
    position, tried = text.find("{"), 0
    while position >= 0 and tried < MAX_OBJECTS_TRIED:
        tried += 1
        end = position + 1
        try:
            value, end = decoder.raw_decode(text, position)
            value = json.loads(well_formed(json.dumps(value, ensure_ascii=False)))
        except (ValueError, RecursionError):  # no JSON, or a number of thousands of digits
            value = None
        if isinstance(value, dict):
            yield value
        position = text.find("{", end)


def _sentence(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    named = (f"{'.'.join(str(part) for part in problem['loc']) or 'object'}: {problem['msg']}" for problem in problems)
    return "; ".join(named)[:500] + "."
