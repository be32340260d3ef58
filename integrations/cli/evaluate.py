"""`hopline eval` and `hopline eval-claims`: how good the answers and the claim checks are on a data set."""

from integrations.cli.options import Json


def evaluate(as_json: Json = False) -> int:
    """x"""
    return 0


def evaluate_claims(as_json: Json = False) -> int:
    """x"""
    return 0
