"""Opens a data set by path or name, and recognises its format by its files."""

from collections.abc import Callable
from pathlib import Path

from evals.datasets import beir, folder, hotpotqa, multihoprag, musique
from evals.datasets.questions import Dataset
from evals.datasets.rows import read_rows
from tools.errors import InvalidDataset

HANDBOOK = "handbook"
PLAIN_HANDBOOK = "handbook-plain"
ORGANISATIONS = ("marrowgate", "aldhelm", "tessellate", "marlstead", "hollin", "sallow", "brackwater")
"""Bundled: hard questions over the handbook, and plain ones, as colleagues type them, over the same documents; and
other organisations' everyday questions, over files of many kinds. No confidence is fitted on the last two."""

ASKED_OPENLY = (HANDBOOK, "marrowgate", "hollin", "sallow")
"""Those that have questions beside which no product, country or case is named: `handbook-open` and so on."""

ASKED_FOR_ALL = (HANDBOOK, "marrowgate", "hollin", "tessellate", "sallow")
"""Those that have questions for all there is of something ("list all error codes"): `handbook-lists` and so on."""

_BUNDLED = {
    HANDBOOK: (HANDBOOK, folder.QUESTIONS_FILE),
    PLAIN_HANDBOOK: (HANDBOOK, "plain.jsonl"),
    **{name: (name, folder.QUESTIONS_FILE) for name in ORGANISATIONS},
    **{f"{name}-open": (name, "open.jsonl") for name in ASKED_OPENLY},
    **{f"{name}-lists": (name, "lists.jsonl") for name in ASKED_FOR_ALL},
}
"""The folder of `evals/bundled` and the file of questions in it."""

_KNOWN = "Hopline's folder format, HotpotQA, 2WikiMultihopQA, MuSiQue, MultiHop-RAG and BEIR are understood"
Loader = Callable[[Path], Dataset]


def load_dataset(path: str | Path) -> Dataset:
    """The data set at `path`, or a bundled one by its name: `handbook`, `handbook-plain`, one of ORGANISATIONS, one of
    ASKED_OPENLY with `-open` added, or one of ASKED_FOR_ALL with `-lists` added. Raises InvalidDataset."""
    dataset = _loaded(path)
    if not dataset.questions:
        raise InvalidDataset(f"{path}: no question is left in it to be asked{_because(dataset.notes)}.")
    return dataset


def _because(notes: tuple[str, ...]) -> str:
    return f" ({'; '.join(notes)})" if notes else ""


def _loaded(path: str | Path) -> Dataset:
    place = Path(path)
    if str(path) in _BUNDLED and not place.exists():
        bundle, questions = _BUNDLED[str(path)]
        return folder.load_folder(Path(__file__).parents[1] / "bundled" / bundle, questions, str(path))
    if place.is_dir():
        return _load_folder(place)
    if place.is_file():
        return _load_file(place)
    *first, last = (f"'{name}'" for name in _BUNDLED)
    bundled = f"{', '.join(first)} and {last}"
    raise InvalidDataset(f"{path}: there is no such file or folder; the bundled data sets are called {bundled}.")


def _load_folder(place: Path) -> Dataset:
    if (place / folder.QUESTIONS_FILE).is_file():
        return folder.load_folder(place)
    if (place / "queries.jsonl").is_file():
        return beir.load_beir(place)
    if (place / multihoprag.QUESTIONS_FILE).is_file():
        return multihoprag.load_multihoprag(place / multihoprag.QUESTIONS_FILE)
    official, unreadable = _official_files(place)
    if len(official) == 1:
        return _load_file(official[0])
    if official:
        names = ", ".join(path.name for path in official)
        raise InvalidDataset(f"{place}: there are several data sets in it; name one of {names}.")
    if unreadable:
        raise unreadable[0]
    raise InvalidDataset(f"{place}: not a data set folder; {_KNOWN}.")


def _official_files(place: Path) -> tuple[list[Path], list[InvalidDataset]]:
    """The folder's official files. Other JSON files may be there too; one that can't be read only matters if none is
    found."""
    official, unreadable = [], []
    for path in sorted(path for path in place.iterdir() if path.suffix in (".json", ".jsonl")):
        try:
            if _official_loader(path) is not None:
                official.append(path)
        except InvalidDataset as error:
            unreadable.append(error)
    return official, unreadable


def _load_file(path: Path) -> Dataset:
    if path.suffix == ".tsv" and path.parent.name == "qrels":
        return beir.load_beir(path.parent.parent, path)
    if path.name == folder.QUESTIONS_FILE:
        return folder.load_folder(path.parent)
    loader = _official_loader(path)
    if loader is None:
        raise InvalidDataset(f"{path}: its first row fits no known data set; {_KNOWN}.")
    return loader(path)


def _official_loader(path: Path) -> Loader | None:
    """Recognised by the keys of the first row, which differ between all official files."""
    first = next(iter(read_rows(path)), None)
    keys = first.value.keys() if first is not None and isinstance(first.value, dict) else frozenset[str]()
    if {"question", "context"} <= keys and keys & {"_id", "id"}:
        return hotpotqa.load_hotpotqa
    if {"question", "paragraphs"} <= keys:
        return musique.load_musique
    if {"query", "evidence_list"} <= keys:
        return multihoprag.load_multihoprag
    return None
