"""Models named as on the Hugging Face hub: whether they are on this machine, or at least known to the hub."""

import logging
from pathlib import Path

from tools.errors import MissingModel

ANSWER_SECONDS = 5.0


def cached_folder(name: str) -> Path | None:
    """The folder in which the hub's client stored this model earlier; makes no request."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError):
        return None


def check_known(name: str, variable: str, otherwise: str, *, written: str | None = None) -> None:
    """Ask the hub once whether a model exists, before a library retries the same question for minutes.

    Raises MissingModel: `variable` names it, as it was `written` there; `otherwise` is what else that may be set to.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RepositoryNotFoundError

    # What its retries say on stderr is said here, once.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        HfApi().model_info(name, timeout=ANSWER_SECONDS)
    except RepositoryNotFoundError:
        why = "nor does the hub know a public model of that name"
    except Exception as error:  # noqa: BLE001 - the client's connection errors have no base of their own
        why = f"and the hub can't be asked ({reason_of(error)})"
    else:
        return
    raise MissingModel(
        f"{variable}: there is no {written or name!r}: no such folder or model is on this machine, {why}; {otherwise}."
    )


def reason_of(error: Exception) -> str:
    """The first line of what a library says, which may go on for many."""
    said = str(error).strip()
    return said.splitlines()[0] if said else type(error).__name__
