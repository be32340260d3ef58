"""What an endpoint's failure means in Hopline's error tree, in one sentence that says what to check."""

import importlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from langchain_core.exceptions import ContextOverflowError

from tools.chat.bounded import http_library
from tools.chat.retries import retry_after_seconds
from tools.errors import HoplineError, ModelRefused, ModelUnavailable
from tools.ports import Usage
from tools.redaction import quoted, secrets_in, without_credentials

_TRY_AGAIN = frozenset({408, 409, 425, 429})
_PASSING = frozenset({"overloaded_error", "rate_limit_error", "api_error", "timeout_error"})
"""How Anthropic calls, inside a stream that began with a 200, what would have been a 429 or a 5xx."""

_OUT_OF_CREDIT = re.compile(
    r"insufficient_quota|billing|exceeded your current quota|credit balance is too low", re.IGNORECASE
)
_TOO_LONG = re.compile(
    r"context[_ ](?:length|window|size)|prompt is too long|too many tokens|maximum context|input is too long",
    re.IGNORECASE,
)

_NO_REPLY = (TimeoutError, ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""A time-out, and how the clients fail on a body that is no completion: half a JSON, broken UTF-8, an error under a
200, a list of choices with nothing in it, brackets without end, a reply in the system's name."""


class ParameterRefused(ModelRefused):
    """The request was understood and rejected: perhaps for an optional part that the endpoint doesn't know."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A client library of the family that OpenAI's and Anthropic's come from (one generator makes both, with the same
    names of errors), and the words that its endpoint's settings go by."""

    library: str
    key: str
    url: str
    is_like: str
    url_advice: str

    @property
    def errors(self) -> Any:
        return importlib.import_module(self.library)


OPENAI = Vendor(
    "openai", "OPENAI_API_KEY", "OPENAI_BASE_URL", "a chat completions endpoint", "which usually ends in /v1"
)
ANTHROPIC = Vendor(
    "anthropic", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "Anthropic's Messages API", "which is given without /v1"
)


class Endpoint:
    """Where calls go, as messages may name it: the model and the base URL without user, password and query."""

    def __init__(self, model: str, base_url: str, api_key: str | None, vendor: Vendor = OPENAI) -> None:
        self._vendor, self._errors = vendor, vendor.errors
        self.model = model
        self.url = without_credentials(base_url)
        self._secrets = secrets_in(base_url, api_key)

    def redacted(self, text: str) -> str:
        return quoted(text, self._secrets)

    @property
    def _family(self) -> tuple[type[Exception], ...]:
        """What the client raises of its own, and what it lets by of the HTTP library below it (httpx or its
        successor): a connection that breaks in the middle of a stream."""
        own: type[Exception] = getattr(self._errors, "OpenAIError", None) or self._errors.AnthropicError
        return own, self._transport_error

    @property
    def _transport_error(self) -> type[Exception]:
        found: type[Exception] = http_library(self._errors).HTTPError
        return found

    @contextmanager
    def explaining(self, timeout_seconds: float) -> Iterator[None]:
        """Turn what the vendor's client raises inside the block into the error tree; its own text is not chained,
        because it may hold the key."""
        try:
            yield
        except Exception as error:
            if not isinstance(error, self._family + _NO_REPLY):
                raise
            raise self.explained(error, timeout_seconds) from None

    def timed_out(self, seconds: float, usage: Usage | None = None) -> ModelUnavailable:
        return ModelUnavailable(
            f"The model {self.model} at {self.url} did not answer within {seconds:g} s; "
            "it is overloaded, or HOPLINE_MODEL_TIMEOUT_SECONDS is too short for it.",
            usage=usage,
        )

    def explained(self, error: Exception, timeout_seconds: float) -> HoplineError:
        """The error of the tree that a vendor's exception stands for."""
        if isinstance(error, self._errors.APITimeoutError | TimeoutError):
            return self.timed_out(timeout_seconds)
        if isinstance(error, self._errors.APIConnectionError):
            if own := _own_cause(error):
                return own
            cause = self.redacted(str(error.__cause__ or error))
            return ModelUnavailable(
                f"The model endpoint {self.url} can't be reached ({cause}); check {self._vendor.url} and that it runs."
            )
        said = self.redacted(_message_of(error))
        if isinstance(error, self._transport_error):
            return ModelUnavailable(f"The model {self.model} at {self.url} broke off: {said}")
        if isinstance(error, ContextOverflowError) or _TOO_LONG.search(said):
            return ModelRefused(
                f"The prompt is too long for the model {self.model} at {self.url}: {said}. "
                "Lower HOPLINE_MAX_TOKENS or HOPLINE_TOP_K, or use a model with a longer context."
            )
        if isinstance(error, self._errors.APIStatusError):
            return self._refused(error, said)
        if isinstance(error, self._errors.APIError):
            return ModelUnavailable(f"The model {self.model} at {self.url} broke off: {said}")
        # What stands before the endpoint may send such a body for a moment, so this may pass.
        return ModelUnavailable(
            f"{self.url} did not answer as {self._vendor.is_like} does ({type(error).__name__}: {said}); "
            f"if that stays so, check {self._vendor.url}, {self._vendor.url_advice}."
        )

    def _refused(self, error: Any, said: str) -> HoplineError:
        status = error.status_code
        asked = f"The model {self.model} at {self.url}"
        if status in (400, 402, 429) and _OUT_OF_CREDIT.search(said):
            return ModelRefused(f"{asked} refused for want of credit ({status}): {said}. Check the account's quota.")
        if status in _TRY_AGAIN or status >= 500 or getattr(error, "type", None) in _PASSING:
            wait = retry_after_seconds(error.response.headers)
            return ModelUnavailable(f"{asked} is not available now ({status}): {said}", retry_after_seconds=wait)
        if status in (401, 403):
            return ModelRefused(
                f"{self.url} refused the key ({status}): {said}. Check {self._vendor.key} and its rights."
            )
        if status == 404:
            return ModelRefused(
                f"{self.url} knows no model {self.model} (404): {said}. Check HOPLINE_MODEL, and "
                f"{self._vendor.url}, {self._vendor.url_advice}."
            )
        if status == 413:
            return ModelRefused(f"{asked} refused a request of that size (413): {said}. Lower HOPLINE_MAX_TOKENS.")
        kind = ParameterRefused if status in (400, 422) else ModelRefused
        return kind(f"{asked} rejected the request ({status}): {said}. Check HOPLINE_MODEL and the endpoint's log.")


def _own_cause(error: BaseException | None) -> HoplineError | None:
    """What the HTTP client below was made to raise; the vendor's library and LangChain wrap it."""
    while error is not None and not isinstance(error, HoplineError):
        error = error.__cause__
    return error


def _message_of(error: Exception) -> str:
    """The server's own sentence where the body holds one; exceptions wrap it in the body's whole text."""
    body = getattr(error, "body", None)
    if isinstance(body, dict):
        inner = body.get("error", body)
        message = inner.get("message") if isinstance(inner, dict) else inner
        code = inner.get("code") if isinstance(inner, dict) else None
        if message:
            return f"{message} ({code})" if isinstance(code, str) else str(message)
    return str(error)
