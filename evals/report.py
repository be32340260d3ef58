from pathlib import Path

from evals.records import RunFolder
from evals.results import EvalResult


def write_report(folder: RunFolder, result: EvalResult) -> Path:
    return folder.write("report.html", "")
