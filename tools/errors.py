"""Everything that can go wrong, by what is true of the world.

HoplineError
├── InvalidInput            the caller's input can't be used; says which and what to do (exit status 2)
│   ├── InvalidSetting      an environment variable or .env line
│   ├── InvalidQuestion     an empty or over-long question
│   └── InvalidDataset      a row of a corpus or a data set, named by file and line
├── TransientError          may succeed when tried again; retried with back-off at the port
│   ├── SearchUnavailable   the store did not answer
│   ├── ModelUnavailable    the language model did not answer (429, 5xx, time-out), or not with a reply; may carry
│   │                       retry_after_seconds
│   ├── EmbedderUnavailable the embedding endpoint did not answer
│   ├── MemoryUnavailable   a database that Hopline keeps (conversations, queue, costs, audit, checkpoints, cached
│   │                       answers) did not answer or was locked for too long
│   ├── RerankerUnavailable the reranker failed or took too long
│   ├── VerifierUnavailable the verifier failed or took too long
│   ├── AnswerCheckerUnavailable  what tells answers from near misses failed or took too long
│   ├── RunUnderWay         this very run is being worked on; carries retry_after_seconds
│   └── Overloaded          more questions than this process takes; carries retry_after_seconds
└── PermanentError          trying again changes nothing
    ├── StoreInUse          another process holds the embedded store's file
    ├── StoreMismatch       the store was built with another embedding model or dimension
    ├── StoreEmpty          nothing has been ingested yet, or nothing is left of it
    ├── StorageFull         the disk has no room
    ├── CatalogueLost       the store holds passages of which the catalogue does not know for whom they were ingested
    ├── StorageDamaged      a file that Hopline keeps is not a readable database any more
    ├── UnreadableSource    one source can't be read: malformed, empty, encrypted, too large, binary
    ├── ModelRefused        the language model rejected the request (key, model name, size)
    ├── BadReply            a model's reply did not fit its schema, after its repair
    │   └── ModelDeclined   the language model would not answer, by its provider's rules
    ├── MissingModel        a model's files are not where they should be, or their digest is wrong
    ├── BudgetExhausted     a limit of the question was reached (hops, calls, tokens, seconds)
    │   └── BudgetSpent     a budget of the question, its asker, the tenant or all leaves no room; says when it renews
    └── AccessViolation     the store returned a row its reader may not read; the answer is abandoned

ModelUnavailable, ModelRefused, BadReply and BudgetExhausted are CallFailed besides: they carry the usage of what was
paid all the same.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.ports import Usage


class HoplineError(Exception):
    """Base of all errors that Hopline raises on purpose; the message is fit for a person to read."""


class CallFailed(HoplineError):
    """A language model gave nothing that can be used. `usage` is what was paid all the same: a draft that broke off, a
    call that was given up, a reply of no use."""

    def __init__(self, message: str, *, usage: "Usage | None" = None, **more: Any) -> None:
        from tools.ports import Usage  # here, so that an error's name doesn't cost the import of numpy

        super().__init__(message, **more)
        self.usage = usage or Usage()


class InvalidInput(HoplineError):
    pass


class InvalidSetting(InvalidInput):
    pass


class InvalidQuestion(InvalidInput):
    pass


class InvalidDataset(InvalidInput):
    pass


class TransientError(HoplineError):
    """`is_of_input`: a model in this process failed over what it was given. That will fail again, and tells nothing of
    how the model is."""

    is_of_input = False

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


def may_pass(error: BaseException) -> bool:
    """Whether a port is down for now: the same call may succeed later, and any other would fail as well."""
    return isinstance(error, TransientError) and not error.is_of_input


class SearchUnavailable(TransientError):
    pass


class ModelUnavailable(CallFailed, TransientError):
    pass


class EmbedderUnavailable(TransientError):
    pass


class MemoryUnavailable(TransientError):
    pass


class RerankerUnavailable(TransientError):
    pass


class VerifierUnavailable(TransientError):
    pass


class AnswerCheckerUnavailable(TransientError):
    pass


class RunUnderWay(TransientError):
    pass


class Overloaded(TransientError):
    pass


class PermanentError(HoplineError):
    pass


class StoreInUse(PermanentError):
    pass


class StoreMismatch(PermanentError):
    pass


class StoreEmpty(PermanentError):
    pass


class StorageFull(PermanentError):
    pass


class CatalogueLost(PermanentError):
    pass


class StorageDamaged(PermanentError):
    pass


class UnreadableSource(PermanentError):
    """`source` is named as the caller gave it; `reason` is one lower-case clause."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class ModelRefused(CallFailed, PermanentError):
    pass


class BadReply(CallFailed, PermanentError):
    pass


class ModelDeclined(BadReply):
    pass


class MissingModel(PermanentError):
    pass


class BudgetExhausted(CallFailed, PermanentError):
    pass


class BudgetSpent(BudgetExhausted):
    """`renews_at` in seconds since 1970; None for a question's own budget, which ends with the question."""

    def __init__(self, message: str, *, renews_at: float | None = None) -> None:
        super().__init__(message)
        self.renews_at = renews_at


class AccessViolation(PermanentError):
    pass
